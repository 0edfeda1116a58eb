import { lazy, Suspense, useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { useSearchParams } from "react-router";
import { ThrottledError } from "../api/client";
import { useFeed, useFeedActions, type FeedStatus } from "../api/feed";
import type { FeedEntry } from "../api/shapes";
import { paymentOf } from "../api/paymentId";
import { messages } from "../messages";
import { Button, IconButton } from "../parts/Button";
import { Page } from "../parts/Page";
import { Empty, ErrorState, Loading } from "../parts/states";
import { VirtualList } from "../parts/VirtualList";
import { EntryRow, titleOf } from "./EntryRow";
import { FilterBar } from "./FilterBar";
import { filterEntries, isFiltered, readFilters, withoutFilters, type Filters } from "./filters";
import { FirstSteps } from "./FirstSteps";
import { OlderEntries } from "./OlderEntries";
import { SearchPayments } from "./PaymentLink";
import { entryRows, rowsOf, shownRows, type ShownRow } from "./rows";
import { useWide } from "./useWide";
import { ERRORS, VIEW, Views } from "./Views";
import { visible } from "../parts/visible";

const EntryDetail = lazy(() => import("./EntryDetail"));
const ErrorsPage = lazy(() => import("./ErrorsPage"));
// On narrow screens only.
const Drawer = lazy(async () => ({ default: (await import("../parts/Drawer")).Drawer }));

const text = messages.activity;

const ROW_REM = 3.75;
const WIDE_ROW_REM = 2.4;
const DEFAULT_REM_PX = 14;
const SELECTED = "id";
const SHORT = 40;
/** Pages of older entries that are loaded to fill a short list. */
const MOST_FILLS = 4;
const ROWS = "rows";
const EACH = "each";

const keyOf = ({ row }: ShownRow) => row.id;
const renderRow = (shown: ShownRow) => <EntryRow {...shown} />;

/** Pixels of a size in rem. A row is higher for those who chose larger text. */
function pixels(size: number): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.round(size * (rem > 0 ? rem : DEFAULT_REM_PX));
}

/** What happens as it does, or the errors of the last days. */
export default function ActivityPage() {
  const [params] = useSearchParams();
  return params.get(VIEW) === ERRORS ? <ErrorsPage /> : <LivePage />;
}

/** Requests and events as they happen, with the events' delivery attempts, and the selected one in detail. */
function LivePage() {
  const [params, setParams] = useSearchParams();
  const search = params.toString();
  const filters = useMemo(() => readFilters(new URLSearchParams(search)), [search]);
  const selected = params.get(SELECTED);
  const isWide = useWide();
  const latest = useFeed();
  const feed = useFeed();
  const { poll } = useFeedActions();
  // Paused by its button: reaching the top does not resume it.
  const [isHeld, setHeld] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const height = pixels(isWide ? WIDE_ROW_REM : ROW_REM);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  // The field's own text: the URL follows a moment later, which would move the cursor.
  const [typed, setTyped] = useState(filters.q ?? "");

  // Typing stays fluent with many entries: the list follows.
  const applied = useDeferredValue(filters);
  const isEach = params.get(ROWS) === EACH;
  const rows = useMemo(
    () => (isEach ? entryRows : rowsOf)(filterEntries(feed.entries, applied)),
    [isEach, feed.entries, applied],
  );
  const shown = useMemo(() => shownRows(rows, open), [rows, open]);
  const { waiting } = feed;
  const news = useMemo(
    () => (waiting ? countRows(filterEntries(latest.entries.slice(0, waiting), applied), latest.entries) : 0),
    [waiting, latest.entries, applied],
  );

  // A link to the past, from a chart for instance, shows entries that are yet to be loaded.
  const { older, loadOlder } = feed;
  const oldest = feed.entries.at(-1)?.recorded_at;
  // Many entries may be few rows, and a list that ends above the screen's end cannot be scrolled to load more.
  const isShort = rows.length < SHORT && !isFiltered(applied);
  const isBeforeOldest = filters.from !== null && oldest !== undefined && Date.parse(filters.from) < Date.parse(oldest);
  const filled = useRef(0);
  useEffect(() => {
    if (older.state !== "available") return;
    // A burst of thousands is one row: after a few pages, the reader decides.
    const fills = isShort && filled.current < MOST_FILLS;
    if (fills) filled.current += 1;
    if (isBeforeOldest || fills) loadOlder();
  }, [isBeforeOldest, isShort, older.state, oldest, loadOlder]);

  const setFilter = (name: keyof Filters | typeof ROWS, value: string) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  const type = (value: string) => {
    setTyped(value);
    setFilter("q", value);
  };
  const clearFilters = () => {
    setTyped("");
    setParams(withoutFilters, { replace: true });
  };
  const select = (id: string | null) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (id === null) next.delete(SELECTED);
        else next.set(SELECTED, id);
        return next;
      },
      // Back closes the details, however many entries were looked at.
      { replace: selected !== null },
    );
  const setRow = ({ row }: ShownRow, isOpen: boolean) =>
    setOpen((before) => {
      const next = new Set(before);
      if (isOpen) next.add(row.id);
      else next.delete(row.id);
      return next;
    });
  const choose = (chosen: ShownRow) => {
    const { row, isOpen } = chosen;
    const isOne = row.kind === "entry";
    // A click on an event shows its attempts and its details; another one puts the attempts away.
    if (!isOne || !isOpen || row.id === selected) setRow(chosen, !isOpen);
    if (isOne) select(row.id);
  };
  const showNewest = () => {
    setHeld(false);
    feed.resume();
    area.current?.querySelector('[role="listbox"]')?.scrollTo({ top: 0 });
  };
  const onTop = (isAtTop: boolean) => {
    if (!isAtTop) feed.pause();
    else if (!isHeld) feed.resume();
  };
  const loadOlderOnScroll = () => {
    // After a failure, only its button asks again.
    if (older.state === "available") loadOlder();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || selected === null || event.defaultPrevented) return;
    select(null);
    area.current?.querySelector<HTMLElement>('[role="listbox"]')?.focus();
  };
  const hold = () => {
    setHeld(true);
    feed.pause();
  };

  const hasFilters = isFiltered(applied);
  const list = shown.length ? (
    <VirtualList
      label={text.list}
      items={shown}
      keyOf={keyOf}
      rowHeight={height}
      render={renderRow}
      selected={selected}
      onSelect={choose}
      onOpen={setRow}
      onTop={onTop}
      onEnd={loadOlderOnScroll}
      className="h-0 min-h-0 grow"
    />
  ) : (
    <Nothing
      status={feed.status}
      isFiltered={hasFilters}
      searched={applied.q}
      hasEntries={feed.entries.length > 0}
      retry={poll}
      clear={clearFilters}
      steps={!isWide}
    />
  );
  const entry = selected === null ? null : (latest.entries.find(({ id }) => id === selected) ?? null);
  const detail = selected !== null && (
    <Suspense fallback={<Loading />}>
      <EntryDetail key={selected} id={selected} entry={entry} entries={latest.entries} onSelect={select} />
    </Suspense>
  );
  const title = visible(entry ? titleOf(entry) : (selected ?? ""));
  return (
    <Page
      title={text.title}
      fill
      actions={
        <>
          <Views />
          <Button icon={feed.paused ? "try" : "pause"} onClick={feed.paused ? showNewest : hold}>
            {feed.paused ? text.resume : text.pause}
          </Button>
        </>
      }
    >
      <FilterBar
        filters={filters}
        entries={feed.entries}
        search={typed}
        onSearch={type}
        onChange={setFilter}
        onClear={clearFilters}
        isEach={isEach}
        onEach={(chosen) => setFilter(ROWS, chosen ? EACH : "")}
      />
      <div
        className="grid min-h-0 grow grid-cols-1 grid-rows-1 gap-4 md:grid-cols-[minmax(0,1fr)_minmax(0,1.1fr)]"
        onKeyDown={onKeyDown}
      >
        <div
          ref={area}
          className="relative flex min-h-0 min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-surface"
        >
          <p role="status" className="sr-only">
            {feed.paused ? text.news(news) : ""}
          </p>
          {feed.paused && news > 0 && (
            <div className="absolute inset-x-0 top-2 z-[5] flex justify-center">
              <Button variant="primary" onClick={showNewest}>
                {text.news(news)}
              </Button>
            </div>
          )}
          {list}
          {feed.entries.length > 0 && <OlderEntries older={older} load={loadOlder} />}
        </div>
        {isWide && (
          <section
            aria-label={text.detail.label}
            className="flex min-h-0 min-w-0 flex-col overflow-hidden rounded-lg border border-line bg-surface"
          >
            {selected !== null && (
              <header className="flex items-center gap-2 border-b border-line py-1 pr-1 pl-4">
                <h2 className="min-w-0 grow truncate font-mono text-xs font-medium">{title}</h2>
                <IconButton icon="close" label={messages.parts.close} onClick={() => select(null)} />
              </header>
            )}
            {/* Positioned: else hidden texts for screen readers, which are absolute, make the document longer. */}
            <div className="relative min-h-0 grow overflow-y-auto p-4">
              {detail || (
                <>
                  <p className="mb-4 text-muted">{text.detail.none}</p>
                  <FirstSteps entries={latest.entries} />
                </>
              )}
            </div>
          </section>
        )}
      </div>
      {!isWide && (
        <Suspense>
          <Drawer open={selected !== null} onClose={() => select(null)} title={title}>
            {detail}
          </Drawer>
        </Suspense>
      )}
    </Page>
  );
}

/** How many there are without retries and without attempts of events among `all`: these get no row of their own. */
function countRows(entries: readonly FeedEntry[], all: readonly FeedEntry[]): number {
  const events = new Set(all.filter(({ kind }) => kind === "event").map(({ id }) => id));
  return entries.filter(
    (entry) =>
      entry.kind !== "delivery_attempt" ||
      (entry.delivery_attempt.attempt === 1 && !events.has(entry.delivery_attempt.event_id)),
  ).length;
}

interface NothingProps {
  status: FeedStatus;
  isFiltered: boolean;
  /** Text of the search, null without one. */
  searched: string | null;
  hasEntries: boolean;
  retry: () => void;
  clear: () => void;
  /** Whether the first steps are shown here. */
  steps: boolean;
}

/** In place of the list, why there is none. The line above the page counts down to the next request. */
function Nothing({ status, isFiltered, searched, hasEntries, retry, clear, steps }: NothingProps) {
  const isRead = status.state === "live" || status.state === "stopped";
  if (!hasEntries && status.error instanceof ThrottledError) return <Loading label={text.throttled} />;
  if (!hasEntries && status.error) return <ErrorState error={status.error} retry={retry} />;
  if (!hasEntries && !isRead) return <Loading />;
  if (isFiltered) {
    return (
      <Empty title={text.noMatch.title} icon="search" actions={<Button onClick={clear}>{text.filters.clear}</Button>}>
        <p>{text.noMatch.text}</p>
        {searched !== null && paymentOf(searched) === null && (
          <p className="mt-1">
            <SearchPayments reference={searched} />
          </p>
        )}
      </Empty>
    );
  }
  return (
    <div className="min-h-0 overflow-y-auto">
      <Empty title={text.empty.title} icon="activity">
        {text.empty.text}
      </Empty>
      {steps && (
        <div className="p-4 pt-0">
          <FirstSteps entries={[]} />
        </div>
      )}
    </div>
  );
}
