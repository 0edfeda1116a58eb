import { happenedAt } from "../api/feed";
import type { FeedEntry } from "../api/shapes";

/** Filters of the list, as they stand in the URL. Null: not filtered by it. */
export interface Filters {
  /** `request`, `event` or `delivery_attempt`. */
  kind: string | null;
  /** One of STATUSES. */
  status: string | null;
  /** An error code, such as `amount_too_small`. */
  code: string | null;
  /** Operation ID of a route, such as `authorize_payment`. */
  route: string | null;
  /** The last four digits of a card. */
  card: string | null;
  /** Text in an ID, a reference, a path or an event type; a card number is found by its last four digits. */
  q: string | null;
  /** Earliest time of recording, RFC 3339. */
  from: string | null;
  /** Time of recording before which an entry lies, RFC 3339. */
  to: string | null;
}

export const KINDS = ["request", "event", "delivery_attempt"] as const;

/** Classes of HTTP statuses, declined requests, and delivery attempts without a response. Events have no status. */
export const STATUSES = ["2xx", "4xx", "5xx", "declined", "no_answer"] as const;

const NAMES = ["kind", "status", "code", "route", "card", "q", "from", "to"] as const;
const CARD_NUMBER = /^\d{12,19}$/;

export function readFilters(params: URLSearchParams): Filters {
  const value = (name: (typeof NAMES)[number]) => {
    const text = params.get(name)?.trim() ?? "";
    return text === "" ? null : text;
  };
  return {
    kind: value("kind"),
    status: value("status"),
    code: value("code"),
    route: value("route"),
    card: value("card"),
    q: value("q"),
    from: value("from"),
    to: value("to"),
  };
}

/** The parameters without any filter; others, such as the selected entry, stay. */
export function withoutFilters(params: URLSearchParams): URLSearchParams {
  const rest = new URLSearchParams(params);
  for (const name of NAMES) rest.delete(name);
  return rest;
}

export function isFiltered(filters: Filters): boolean {
  return NAMES.some((name) => filters[name] !== null);
}

function hasStatus(entry: FeedEntry, wanted: string): boolean {
  if (entry.kind === "event") return false;
  if (wanted === "declined") return entry.kind === "request" && entry.request.outcome === "declined";
  const status = entry.kind === "request" ? entry.request.status : entry.delivery_attempt.status;
  return status === null ? wanted === "no_answer" : `${Math.trunc(status / 100)}xx` === wanted;
}

/** Everything of an entry that is searched, except its card. */
function searched(entry: FeedEntry): readonly (string | null)[] {
  const shared = [entry.id, entry.payment_id, entry.reference];
  switch (entry.kind) {
    case "request":
      return [...shared, entry.request.transaction_id, entry.request.path, entry.request.route, entry.request.code];
    case "event":
      return [...shared, entry.event.object_id, entry.event.type];
    case "delivery_attempt": {
      const { event_id, event_type, endpoint_id, url } = entry.delivery_attempt;
      return [...shared, event_id, event_type, endpoint_id, url];
    }
  }
}

/** Return a predicate for the entries that a search finds, without regard to case. */
function search(text: string): (entry: FeedEntry) => boolean {
  const wanted = text.toLowerCase();
  const digits = wanted.replaceAll(/[ -]/g, "");
  if (CARD_NUMBER.test(digits)) return ({ card }) => card?.last4 === digits.slice(-4);
  return (entry) =>
    entry.card?.last4 === wanted || searched(entry).some((field) => field?.toLowerCase().includes(wanted));
}

/** Entries that pass every filter, in the same order. The same array if there is no filter. */
export function filterEntries(entries: readonly FeedEntry[], filters: Filters): readonly FeedEntry[] {
  if (!isFiltered(filters)) return entries;
  const { kind, status, code, route, card, q } = filters;
  const isFound = q === null ? null : search(q);
  const from = filters.from === null ? -Infinity : Date.parse(filters.from);
  const to = filters.to === null ? Infinity : Date.parse(filters.to);
  const isTimed = filters.from !== null || filters.to !== null;
  return entries.filter((entry) => {
    if (kind !== null && entry.kind !== kind) return false;
    if (status !== null && !hasStatus(entry, status)) return false;
    if (code !== null && !(entry.kind === "request" && entry.request.code === code)) return false;
    if (route !== null && !(entry.kind === "request" && entry.request.route === route)) return false;
    if (card !== null && entry.card?.last4 !== card) return false;
    if (isTimed) {
      const at = Date.parse(happenedAt(entry));
      // A time that cannot be read filters nothing.
      if (at < from || at >= to) return false;
    }
    return isFound === null || isFound(entry);
  });
}

/** Values that can be chosen, each once, in alphabetical order. */
export interface Choices {
  codes: string[];
  routes: string[];
  cards: { last4: string; brand: string }[];
}

export function choicesOf(entries: readonly FeedEntry[]): Choices {
  const codes = new Set<string>();
  const routes = new Set<string>();
  const cards = new Map<string, string>();
  for (const entry of entries) {
    if (entry.card) cards.set(entry.card.last4, entry.card.brand);
    if (entry.kind !== "request") continue;
    routes.add(entry.request.route);
    if (entry.request.code !== null) codes.add(entry.request.code);
  }
  return {
    codes: [...codes].sort(),
    routes: [...routes].sort(),
    cards: [...cards].sort(([a], [b]) => a.localeCompare(b)).map(([last4, brand]) => ({ last4, brand })),
  };
}

/** IDs of payments, of their operations and disputes, and what the Stripe-compatible API calls them (core/ids.py). */
const OF_PAYMENT =
  /^(?:(?:auth|pi)_([a-z2-7]{26})|(?:att|cap|void|ref|exp|set|du|ch|re)_([a-z2-7]{26})(?:[a-z2-7]{10})?[a-z]?)$/;

/** The payment that an ID belongs to, null for another text: every ID of a payment contains the payment's own. */
export function paymentOf(text: string): string | null {
  const match = OF_PAYMENT.exec(text.trim());
  const body = match?.[1] ?? match?.[2];
  return body === undefined ? null : `auth_${body}`;
}
