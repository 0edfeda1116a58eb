import type { FeedEntry } from "../api/shapes";

/** A row of the list: an entry, or several that it stands for. */
export interface Row {
  /** ID of the entry, or of what holds several together. */
  id: string;
  /** The newest of those it stands for. */
  entry: FeedEntry;
  /**
   * `attempts`: those of an event that is not in the list. `retries`: those of several such events to one endpoint, after
   * the first attempt of each. `burst`: entries that are alike.
   */
  kind: "entry" | "attempts" | "retries" | "burst";
  /** What opening it shows, newest first: of an event its delivery attempts. */
  inside: readonly Row[];
}

/** A row as it is shown. */
export interface ShownRow {
  row: Row;
  /** How many rows it is inside of. */
  depth: number;
  isOpen: boolean;
}

/** Between the entries of a burst lies less than this. */
const GAP_MS = 1_000;
const SPAN_MS = 60_000;
const LEAST = 5;

const rowOf = (entry: FeedEntry, inside: readonly Row[] = []): Row => ({ id: entry.id, entry, kind: "entry", inside });

/** A row for each entry. */
export function entryRows(entries: readonly FeedEntry[]): readonly Row[] {
  return entries.map((entry) => rowOf(entry));
}

/**
 * Rows of entries: attempts within their event, also if that is not loaded, and bursts of what is alike as one. Retries
 * of events that are not loaded are one row for each endpoint: a failing one has as many as it has missed events.
 */
export function rowsOf(entries: readonly FeedEntry[]): readonly Row[] {
  const events = new Set(entries.filter(({ kind }) => kind === "event").map(({ id }) => id));
  const holder = (entry: FeedEntry) => (entry.kind === "delivery_attempt" ? entry.delivery_attempt.event_id : entry.id);
  const attempts = new Map<string, Row[]>();
  for (const entry of entries) {
    if (entry.kind !== "delivery_attempt") continue;
    const id = holder(entry);
    const known = attempts.get(id);
    if (known) known.push(rowOf(entry));
    else attempts.set(id, [rowOf(entry)]);
  }
  const rows: Row[] = [];
  for (const entry of entries) {
    const id = holder(entry);
    const inside = attempts.get(id) ?? [];
    if (entry.kind !== "delivery_attempt") rows.push(rowOf(entry, inside));
    // An event that is not loaded stands where its newest attempt is.
    else if (inside[0]?.entry === entry && !events.has(id)) {
      rows.push(inside.length > 1 ? { id, entry, kind: "attempts", inside } : rowOf(entry));
    }
  }
  return withBursts(withRetries(rows));
}

/** The endpoint of a row of retries: of attempts that have none of an event's first ones, null for another row. */
function retriedBy(row: Row): string | null {
  const attempts = row.kind === "attempts" ? row.inside : [row];
  const numbers = attempts.map(({ entry }) => (entry.kind === "delivery_attempt" ? entry.delivery_attempt.attempt : 1));
  if (row.entry.kind !== "delivery_attempt" || Math.min(...numbers) === 1) return null;
  return row.entry.delivery_attempt.endpoint_id;
}

/** The row of an event that is not loaded, of its only attempt. */
function attemptsOf(row: Row): Row {
  const { entry } = row;
  const id = entry.kind === "delivery_attempt" ? entry.delivery_attempt.event_id : row.id;
  return { id, entry, kind: "attempts", inside: [row] };
}

/** Retries of several events to one endpoint become a row, where the newest of them is. */
function withRetries(rows: readonly Row[]): readonly Row[] {
  const byEndpoint = new Map<string, Row[]>();
  for (const row of rows) {
    const endpoint = retriedBy(row);
    if (endpoint === null) continue;
    const known = byEndpoint.get(endpoint);
    if (known) known.push(row);
    else byEndpoint.set(endpoint, [row]);
  }
  return rows.flatMap((row) => {
    const endpoint = retriedBy(row);
    const retried = endpoint === null ? [] : (byEndpoint.get(endpoint) ?? []);
    if (retried.length < 2) return [row];
    if (retried[0] !== row) return [];
    const inside = retried.map((each): Row => (each.kind === "attempts" ? each : attemptsOf(each)));
    return [{ id: `retries ${endpoint ?? ""}`, entry: row.entry, kind: "retries" as const, inside }];
  });
}

/** What entries of a burst have in common. */
function alike(entry: FeedEntry): string {
  switch (entry.kind) {
    case "request": {
      const { route, status, code, outcome } = entry.request;
      return [entry.kind, route, status, code, outcome].join();
    }
    case "event":
      return [entry.kind, entry.event.type].join();
    case "delivery_attempt": {
      const { endpoint_id, event_type, status } = entry.delivery_attempt;
      return [entry.kind, endpoint_id, event_type, status].join();
    }
  }
}

/** Rows that are alike and follow each other fast become one. Others, such as the events of a burst of requests, may lie between. */
function withBursts(rows: readonly Row[]): readonly Row[] {
  const last = new Map<string, { rows: Row[]; from: number; to: number }>();
  const runs = new Map<Row, readonly Row[]>();
  // From the oldest: a burst keeps its ID, and what it began with, while it goes on.
  for (const row of rows.toReversed()) {
    if (row.kind === "retries") continue;
    const key = alike(row.entry);
    const at = Date.parse(row.entry.recorded_at);
    let run = last.get(key);
    if (!run || at - run.to >= GAP_MS || at - run.from >= SPAN_MS) {
      run = { rows: [], from: at, to: at };
      last.set(key, run);
    }
    run.rows.unshift(row);
    run.to = at;
    runs.set(row, run.rows);
  }
  return rows.flatMap((row) => {
    const inside = runs.get(row) ?? [];
    if (inside.length < LEAST) return [row];
    if (inside[0] !== row) return [];
    return [{ id: `burst ${inside.at(-1)?.id ?? ""}`, entry: row.entry, kind: "burst" as const, inside }];
  });
}

/** The rows and, below those that are open, what is inside of them. */
export function shownRows(rows: readonly Row[], open: ReadonlySet<string>, depth = 0): readonly ShownRow[] {
  return rows.flatMap((row) => {
    const isOpen = open.has(row.id);
    return [{ row, depth, isOpen }, ...(isOpen ? shownRows(row.inside, open, depth + 1) : [])];
  });
}

/** The newest attempt of each delivery in a row, with the number of attempts of it. */
export function deliveriesIn(row: Row): readonly { id: string; status: number | null; attempts: number }[] {
  const found = new Map<string, { id: string; status: number | null; attempts: number }>();
  for (const { entry } of row.inside.flatMap((each) => (each.inside.length > 0 ? each.inside : [each]))) {
    if (entry.kind !== "delivery_attempt") continue;
    const { delivery_id: id, status } = entry.delivery_attempt;
    const known = found.get(id);
    if (known) known.attempts += 1;
    else found.set(id, { id, status, attempts: 1 });
  }
  return [...found.values()];
}

/** How many of these events have a delivery whose newest attempt failed. */
export function failedIn(events: readonly Row[]): number {
  return events.filter((row) => deliveriesIn(row).some(({ status }) => status === null || status >= 300)).length;
}
