import { useNavigate, useSearchParams } from "react-router";
import { ApiError } from "../api/client";
import { paymentOf } from "../api/paymentId";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { Page } from "../parts/Page";
import { Empty, ErrorState, Loading } from "../parts/states";
import { Table } from "../parts/Table";
import { FilterForm } from "./FilterForm";
import { filtersIn, type List } from "./list";
import { useList } from "./useList";

const text = messages.lists;

/** A list of the API with its filters, which the address keeps. */
export function ListPage<Row>({ list }: { list: List<Row> }) {
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const values = filtersIn(search, list.filters);
  const isFiltered = Object.keys(values).length > 0;
  const { rows, searched, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useList<Row>(
    list,
    values,
  );

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
      {list.intro}
      {list.filters.length > 0 && (
        <FilterForm filters={list.filters} values={values} onChange={change} onClear={() => setSearch({})} />
      )}
      {error &&
        // A list is empty rather than unknown: it is the route that is not there.
        (error instanceof ApiError && error.status === 404 ? (
          <Empty title={text.absent.title}>{text.absent.text}</Empty>
        ) : (
          <ErrorState error={error} retry={() => void refetch()} />
        ))}
      {isPending && <Loading />}
      {rows && rows.length > 0 && <Table label={list.title} columns={list.columns} rows={rows} keyOf={list.keyOf} />}
      {rows?.length === 0 &&
        (isFiltered ? (
          <Empty title={text.noMatch.title}>{hasNextPage ? text.noMatch.yet : text.noMatch.text}</Empty>
        ) : (
          <Empty title={list.empty.title}>{list.empty.text}</Empty>
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
