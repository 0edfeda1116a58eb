import { useNavigate, useSearchParams } from "react-router";
import { ApiError } from "../api/client";
import { paymentOf } from "../api/paymentId";
import { messages } from "../messages";
import { useWatchedClock } from "../api/clock";
import { ofMerchant, useMerchant } from "../api/session";
import { Button, ButtonLink } from "../parts/Button";
import { CopyLine } from "../parts/CodeBlock";
import { SelectField } from "../parts/Field";
import { Page } from "../parts/Page";
import { Empty, ErrorState, Loading } from "../parts/states";
import { Table } from "../parts/Table";
import { useZone } from "../parts/times";
import { FilterForm } from "./FilterForm";
import { PERIOD, PERIODS, periodIn, rangeOf, timesOf, type Period } from "./periods";
import { SavedViews } from "./SavedViews";
import { Sums } from "./Sums";
import { askedOf, columnsOf, filtersIn, type Filter, type List } from "./list";
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

/** The filters with a choice of periods before the times. */
function withPeriod(filters: readonly Filter[]): readonly Filter[] {
  const first = filters.findIndex(({ kind }) => kind === "time");
  const period: Filter = { name: PERIOD, label: text.period, kind: "choice", choices: PERIODS };
  return [...filters.slice(0, first), period, ...filters.slice(first)];
}

/** When a period begins and ends, by the sandbox's clock and in the zone that is shown; null until the clock is read. */
function useRange(period: Period | null): ReturnType<typeof rangeOf> | null {
  const clock = useWatchedClock(period !== null);
  const zone = useZone();
  if (period === null || clock.isPending) return null;
  // Where the clock cannot be read, it does not move.
  return rangeOf(period, clock.data ? Date.parse(clock.data.now) : clock.errorUpdatedAt, zone);
}

/** The values with the times of a period in its place. */
function inPeriod(
  values: Record<string, string>,
  times: ReturnType<typeof timesOf>,
  range: ReturnType<typeof rangeOf> | null,
): Record<string, string> {
  const others = Object.fromEntries(Object.entries(values).filter(([name]) => name !== PERIOD));
  if (times === null || range === null) return others;
  return {
    ...others,
    [times.from]: range.from,
    ...(range.to !== null && { [times.to]: range.to }),
  };
}

/** A list of the API with its filters, which the address keeps. */
export function ListPage<Row>({ list }: { list: List<Row> }) {
  const [search, setSearch] = useSearchParams();
  const navigate = useNavigate();
  const times = timesOf(list.filters);
  const filters = times === null ? list.filters : withPeriod(list.filters);
  const values = filtersIn(search, filters);
  const period = times === null ? null : periodIn(search);
  const range = useRange(period);
  const isOldestFirst = list.sortedBy !== undefined && search.get("order") === "asc";
  const isFiltered = Object.keys(values).length > 0;
  const filtered = askedOf(inPeriod(values, times, range), list.filters);
  const asked = isOldestFirst ? { ...filtered, order: "asc" } : filtered;
  const { rows, searched, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useList<Row>(
    list,
    asked,
    period === null || range !== null,
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
    // A period stands for both of its times.
    if (name === PERIOD && times) for (const time of [times.from, times.to]) next.delete(time);
    if (name === times?.from || name === times?.to) next.delete(PERIOD);
    setSearch(next);
  };

  return (
    <Page title={list.title} wide>
      {list.intro?.(asked)}
      {(list.filters.length > 0 || list.sortedBy !== undefined) && (
        <FilterForm
          filters={filters}
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
      {!list.isArray && <SavedViews />}
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
      {rows && rows.length > 0 && !list.hasOwnSums && (
        <Sums key={JSON.stringify(asked)} list={list} rows={rows} asked={asked} hasMore={hasNextPage} />
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
