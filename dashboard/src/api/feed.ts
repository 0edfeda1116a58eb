import { createContext, useCallback, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { ApiError, OfflineError, ThrottledError, type Client } from "./client";
import type { Config } from "./config";
import type { FeedEntry, FeedPage } from "./shapes";

/** Entries that the page keeps. Older ones are dropped, and no more are loaded. */
export const MAX_ENTRIES = 10_000;
const FIRST_PAGE = 200;
const OLDER_PAGE = 500;
const PAGE = 1_000;
/** After an entry, the sandbox counts as active for this long. */
const ACTIVE_MS = 30_000;
/** While nothing happens, the next request waits for this part of the time since something did: 3 s after two minutes. */
const PART_OF_QUIET = 1 / 40;
/** What shows that somebody is at the page. */
const INTERACTIONS = ["pointermove", "pointerdown", "keydown", "focus"];
/** A hidden page stops asking after this time. */
const HIDDEN_STOP_MS = 30 * 60_000;
const BACKOFF_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * State of the feed. `connecting`: no answer yet. `signed_out`: the key is not accepted any more. `stopped`: the page
 * was hidden for too long.
 */
export type FeedState = "connecting" | "live" | "throttled" | "offline" | "failed" | "signed_out" | "stopped";

export interface FeedStatus {
  state: FeedState;
  /** When the next request is sent after a failure, in milliseconds since 1970. */
  retryAt: number | null;
  /** The last failure; null while the feed is live. */
  error: Error | null;
  /** Whether the sandbox was unreachable or restarted, and answers again. `acknowledge` clears it. */
  resumed: boolean;
}

/**
 * What precedes the oldest entry. `available`: more entries. `none`: nothing within the time that the feed reaches back.
 * `full`: the page has MAX_ENTRIES. `failed`: they could not be loaded, for the reason in `error`.
 */
export interface OlderStatus {
  state: "available" | "loading" | "failed" | "none" | "full";
  error: Error | null;
}

export interface FeedStore {
  /** Entries by time of recording, newest first, each ID once. A new array whenever it changes. */
  getEntries: () => readonly FeedEntry[];
  getStatus: () => FeedStatus;
  getOlder: () => OlderStatus;
  subscribe: (listener: () => void) => () => void;
  /** Ask at once. */
  poll: () => void;
  /** Load a page of older entries, if there are any. Resolves when they are among the entries, or could not be loaded. */
  loadOlder: () => Promise<void>;
  acknowledge: () => void;
  start: () => void;
  stop: () => void;
}

/**
 * Wall-clock time at which an entry happened, in RFC 3339, as metrics count it. An event's own time is the sandbox's
 * clock, which may have been moved: it counts when it was recorded.
 */
export function happenedAt(entry: FeedEntry): string {
  return entry.kind === "event" ? entry.recorded_at : entry.at;
}

/** Order of entries: newest first. */
function compare(a: FeedEntry, b: FeedEntry): number {
  if (a.recorded_at !== b.recorded_at) return a.recorded_at < b.recorded_at ? 1 : -1;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/** Merge a page into the entries: each ID once, newest first, at most `cap`. Returns the same array if nothing is new. */
export function mergeEntries(
  entries: readonly FeedEntry[],
  page: readonly FeedEntry[],
  cap = MAX_ENTRIES,
): readonly FeedEntry[] {
  const known = new Set(entries.map(({ id }) => id));
  const added: FeedEntry[] = [];
  for (const entry of page) {
    if (!known.has(entry.id)) added.push(entry);
    known.add(entry.id);
  }
  if (!added.length) return entries;
  added.sort(compare);
  const merged: FeedEntry[] = [];
  let next = 0;
  for (const entry of entries) {
    for (let other = added[next]; other && compare(other, entry) < 0; other = added[++next]) merged.push(other);
    merged.push(entry);
  }
  merged.push(...added.slice(next));
  return merged.length > cap ? merged.slice(0, cap) : merged;
}

/** The feed of one merchant: asks for new entries while somebody is subscribed and `start` was called. */
export function createFeedStore(client: Client, pollMs: Config["poll_ms"]): FeedStore {
  let entries: readonly FeedEntry[] = [];
  let status: FeedStatus = { state: "connecting", retryAt: null, error: null, resumed: false };
  let cursor: string | null = null;
  let etag: string | null = null;
  let failures = 0;
  let lastNews = 0;
  let lastUsed = Date.now();
  let hiddenSince: number | null = null;
  let running = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let inFlight: AbortController | null = null;
  let older: OlderStatus = { state: "none", error: null };
  let olderCursor: string | null = null;
  let olderError: Error | null = null;
  let loadingOlder: AbortController | null = null;
  const listeners = new Set<() => void>();

  const publish = () => {
    for (const listener of listeners) listener();
  };
  const setStatus = (next: FeedStatus) => {
    const isSame = (Object.keys(next) as (keyof FeedStatus)[]).every((name) => next[name] === status[name]);
    if (!isSame) {
      status = next;
      publish();
    }
  };
  const updateOlder = () => {
    const isFull = entries.length >= MAX_ENTRIES;
    const rest = isFull ? "full" : olderCursor === null ? "none" : "available";
    const state = loadingOlder ? "loading" : olderError ? "failed" : rest;
    if (state === older.state && olderError === older.error) return;
    older = { state, error: olderError };
    publish();
  };
  const interval = () => {
    if (document.hidden) return pollMs.hidden;
    if (Date.now() - lastNews < ACTIVE_MS) return pollMs.active;
    const quiet = (Date.now() - Math.max(lastNews, lastUsed)) * PART_OF_QUIET;
    return Math.min(Math.max(quiet, pollMs.idle), pollMs.quiet);
  };
  const schedule = (delay: number) => {
    clearTimeout(timer);
    if (running) timer = setTimeout(() => void poll(), delay);
  };

  const read = async (signal: AbortSignal): Promise<boolean> => {
    const query = cursor === null ? { limit: FIRST_PAGE } : { after: cursor, limit: PAGE };
    const headers: Record<string, string> = etag ? { "If-None-Match": etag } : {};
    const answer = await client.request<FeedPage>("GET", "/feed", { query, headers, signal });
    if (answer.status === 304) return false;
    const page = answer.data;
    const merged = mergeEntries(entries, page.data);
    if (cursor === null) {
      olderCursor = page.previous_cursor;
      olderError = null;
    }
    cursor = page.next_cursor;
    etag = answer.headers.get("ETag");
    if (merged !== entries) {
      // The first page is history, not news.
      if (status.state !== "connecting") lastNews = Date.now();
      entries = merged;
      publish();
    }
    updateOlder();
    return page.has_more;
  };

  const fail = (error: unknown) => {
    failures += 1;
    const backoff = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? 0;
    const failure = error instanceof Error ? error : new Error(String(error));
    if (error instanceof ApiError && error.problem.code === "cursor_invalid") {
      // The sandbox has other data than before. The entries that are shown stay.
      cursor = etag = null;
    }
    if (error instanceof ThrottledError) {
      const retryAt = Math.max(error.retryAt, Date.now() + (pollMs.active || backoff));
      setStatus({ ...status, state: "throttled", retryAt, error: failure });
      schedule(retryAt - Date.now());
    } else if (error instanceof ApiError && error.isKeyRefused) {
      setStatus({ ...status, state: "signed_out", retryAt: null, error: failure });
    } else {
      const state = error instanceof OfflineError ? "offline" : "failed";
      setStatus({ ...status, state, retryAt: Date.now() + backoff, error: failure });
      schedule(backoff);
    }
  };

  const poll = async () => {
    if (inFlight || !running) return;
    clearTimeout(timer);
    if (hiddenSince !== null && Date.now() - hiddenSince >= HIDDEN_STOP_MS) {
      setStatus({ ...status, state: "stopped", retryAt: null, error: null });
      return;
    }
    const abort = new AbortController();
    inFlight = abort;
    try {
      while (await read(abort.signal)) {
        if (abort.signal.aborted) return;
      }
      const resumed = status.resumed || status.state === "offline" || status.state === "failed";
      failures = 0;
      setStatus({ state: "live", retryAt: null, error: null, resumed });
      schedule(interval());
    } catch (error) {
      if (!abort.signal.aborted) fail(error);
    } finally {
      if (inFlight === abort) inFlight = null;
    }
  };

  const loadOlder = async () => {
    const before = olderCursor;
    if (before === null || (older.state !== "available" && older.state !== "failed")) return;
    const abort = new AbortController();
    loadingOlder = abort;
    olderError = null;
    updateOlder();
    try {
      const page = await client.get<FeedPage>("/feed", { before, limit: OLDER_PAGE }, abort.signal);
      entries = mergeEntries(entries, page.data);
      // It is another one if the feed started anew meanwhile.
      if (olderCursor === before) olderCursor = page.previous_cursor;
      publish();
    } catch (error) {
      if (abort.signal.aborted) return;
      olderError = error instanceof Error ? error : new Error(String(error));
    } finally {
      if (loadingOlder === abort) loadingOlder = null;
      updateOlder();
    }
  };

  const onVisibility = () => {
    hiddenSince = document.hidden ? Date.now() : null;
    lastUsed = Date.now();
    if (document.hidden) {
      if (status.state === "live") schedule(pollMs.hidden);
    } else {
      void poll();
    }
  };
  const onInteraction = () => {
    const isSlow = !document.hidden && interval() > pollMs.idle;
    lastUsed = Date.now();
    if (isSlow && status.state === "live") void poll();
  };
  const onOnline = () => void poll();

  return {
    getEntries: () => entries,
    getStatus: () => status,
    getOlder: () => older,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    poll() {
      lastUsed = Date.now();
      void poll();
    },
    loadOlder,
    acknowledge: () => setStatus({ ...status, resumed: false }),
    start() {
      if (running) return;
      running = true;
      hiddenSince = document.hidden ? Date.now() : null;
      lastUsed = Date.now();
      document.addEventListener("visibilitychange", onVisibility);
      for (const each of INTERACTIONS) window.addEventListener(each, onInteraction, { passive: true });
      window.addEventListener("online", onOnline);
      void poll();
    },
    stop() {
      running = false;
      clearTimeout(timer);
      inFlight?.abort();
      loadingOlder?.abort();
      inFlight = loadingOlder = null;
      updateOlder();
      document.removeEventListener("visibilitychange", onVisibility);
      for (const each of INTERACTIONS) window.removeEventListener(each, onInteraction);
      window.removeEventListener("online", onOnline);
    },
  };
}

export const FeedContext = createContext<FeedStore | null>(null);

function useFeedStore(): FeedStore {
  const store = useContext(FeedContext);
  if (!store) throw new Error("FeedContext is missing.");
  return store;
}

/** State of the feed only; does not render again for entries. */
export function useFeedStatus(): FeedStatus {
  const store = useFeedStore();
  return useSyncExternalStore(store.subscribe, store.getStatus);
}

/** Ask the feed at once, for instance after a request of the page itself. */
export function useFeedActions(): Pick<FeedStore, "poll" | "acknowledge"> {
  return useFeedStore();
}

export interface Feed {
  /** Newest first. While paused, those that were there when it was paused, and older ones that were loaded. */
  entries: readonly FeedEntry[];
  status: FeedStatus;
  older: OlderStatus;
  paused: boolean;
  /** Entries that arrived since it was paused. */
  waiting: number;
  pause: () => void;
  resume: () => void;
  loadOlder: () => void;
}

/** The merchant's requests, events and delivery attempts as they happen. Pausing concerns this use only. */
export function useFeed(): Feed {
  const store = useFeedStore();
  const latest = useSyncExternalStore(store.subscribe, store.getEntries);
  const older = useSyncExternalStore(store.subscribe, store.getOlder);
  const status = useFeedStatus();
  const [shown, setShown] = useState<readonly FeedEntry[] | null>(null);
  const pause = useCallback(() => setShown((before) => before ?? store.getEntries()), [store]);
  const resume = useCallback(() => setShown(null), []);
  const loadOlder = useCallback(() => {
    void store.loadOlder().then(() => setShown((before) => before && withOlder(before, store.getEntries())));
  }, [store]);
  return {
    entries: shown ?? latest,
    status,
    older,
    paused: shown !== null,
    waiting: shown ? countNew(latest, shown) : 0,
    pause,
    resume,
    loadOlder,
  };
}

/** The entries that are shown, and those of the latest that are older. The same array if there are none. */
function withOlder(shown: readonly FeedEntry[], latest: readonly FeedEntry[]): readonly FeedEntry[] {
  const last = shown.at(-1);
  const index = last ? latest.findIndex((entry) => compare(entry, last) > 0) : -1;
  return index < 0 ? shown : [...shown, ...latest.slice(index)];
}

function countNew(latest: readonly FeedEntry[], shown: readonly FeedEntry[]): number {
  const last = shown[0];
  if (!last) return latest.length;
  const index = latest.findIndex((entry) => compare(entry, last) >= 0);
  return index < 0 ? latest.length : index;
}

/** Start the feed while the component is mounted. Used once, by the layout. */
export function useRunningFeed(store: FeedStore): void {
  useEffect(() => {
    store.start();
    return () => store.stop();
  }, [store]);
}
