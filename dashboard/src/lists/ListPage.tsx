import { useNavigate, useSearchParams } from "react-router";
import { ApiError } from "../api/client";
import { paymentOf } from "../api/paymentId";
import { messages } from "../messages";
import { ofMerchant, useMerchant } from "../api/session";
import { Button, ButtonLink } from "../parts/Button";
import { CopyLine } from "../parts/CodeBlock";
import { SelectField } from "../parts/Field";
import { Page } from "../parts/Page";
import { Empty, ErrorState, Loading } from "../parts/states";
import { Table } from "../parts/Table";
import { FilterForm } from "./FilterForm";
import { askedOf, columnsOf, filtersIn, type List } from "./list";
import { useList } from "./useList";

const text = messages.lists;

/** What a list shows while it has no row. */
function NothingYet({ title, text: reason, page, to, command, isOfMerchant }: List<unknown>["empty"]) {
  const merchant = useMerchant()?.merchant;
  return (
    <Empty title={title} actions={to && <ButtonLink to={to}>{page}</ButtonLink>}>
      <p>{reason}</p>
      {command && (
        <div className="mt-3 text-left text-ink">
          <CopyLine text={isOfMerchant ? ofMerchant(command, merchant) : command} />
        </div>
      )}
    </Empty>
  );
}

/** A list of the API with its filters, which the address keeps. */
export function ListPage<Row>({ list }: { list: List<Row> }) {
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const values = filtersIn(search, list.filters);
  const isOldestFirst = list.sortedBy !== undefined && search.get("order") === "asc";
  const isFiltered = Object.keys(values).length > 0;
  const filtered = askedOf(values, list.filters);
  const asked = isOldestFirst ? { ...filtered, order: "asc" } : filtered;
  const { rows, searched, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useList<Row>(
    list,
    asked,
  );

  const sort = (order: string) => {
    const next = new URLSearchParams(search);
    if (order) next.set("order", order);
    else next.delete("order");
    setSearch(next);
  };

  const change = (name: string, value: string) => {
    const opens = list.filters.some((filter) => filter.name === name && filter.kind === "text" && filter.opensPayments);
    const payment = opens ? paymentOf(value) : null;
    if (payment) {
      void navigate(`/payments/${payment}`);
      return;
    }
    const next = new URLSearchParams(search);
    if (value) next.set(name, value);
    else next.delete(name);
    setSearch(next);
  };

  return (
    <Page title={list.title} wide>
      {list.intro?.(asked)}
      {(list.filters.length > 0 || list.sortedBy !== undefined) && (
        <FilterForm
          filters={list.filters}
          values={values}
          onChange={change}
          onClear={() => setSearch(isOldestFirst ? { order: "asc" } : {})}
        >
          {list.sortedBy !== undefined && (
            <SelectField
              className="grow sm:hidden"
              label={text.order.label}
              value={isOldestFirst ? "asc" : ""}
              options={[
                { value: "", text: text.order.newest },
                { value: "asc", text: text.order.oldest },
              ]}
              onChange={(event) => sort(event.target.value)}
            />
          )}
        </FilterForm>
      )}
      {error &&
        // A list is empty rather than unknown: it is the route that is not there, unless a parameter named what is not.
        (error instanceof ApiError && error.status === 404 && !error.problem.param ? (
          <Empty title={text.absent.title}>{text.absent.text}</Empty>
        ) : (
          <ErrorState error={error} retry={() => void refetch()} />
        ))}
      {isPending && <Loading />}
      {rows && rows.length > 0 && (
        <Table
          label={list.title}
          columns={columnsOf(list.columns, rows)}
          rows={rows}
          keyOf={list.keyOf}
          sorting={
            list.sortedBy === undefined
              ? undefined
              : {
                  column: list.sortedBy,
                  descending: !isOldestFirst,
                  onTurn: () => sort(isOldestFirst ? "" : "asc"),
                }
          }
        />
      )}
      {rows && rows.length > 0 && list.foot?.(rows, asked, hasNextPage)}
      {rows?.length === 0 &&
        (isFiltered ? (
          <Empty title={text.noMatch.title}>{hasNextPage ? text.noMatch.yet : text.noMatch.text}</Empty>
        ) : (
          <NothingYet {...list.empty} />
        ))}
      {(hasNextPage || searched > 0) && (
        <div className="mt-3 flex flex-wrap items-center justify-center gap-3">
          {searched > 0 && <p className="text-muted">{text.searched(searched)}</p>}
          {hasNextPage && (
            <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {rows?.length ? text.more : text.searchOn}
            </Button>
          )}
        </div>
      )}
    </Page>
  );
}
