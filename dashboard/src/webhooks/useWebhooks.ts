import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { newIdempotencyKey, useApi, useStripeApi, type Client, type Method } from "../api/client";
import { useFeed, useFeedActions } from "../api/feed";
import { readsNextPage } from "../api/nextPage";
import type { Inbox, Metrics } from "../api/shapes";
import type {
  Delivery,
  DeliveryList,
  DeliverySummary,
  Endpoint,
  EndpointList,
  EndpointWithSecret,
  Event,
  EventList,
  EventSummary,
} from "../api/schema";
import { native } from "./eventTypes.json";

/** The API's own types of events, which its list takes as a filter. */
const EVENT_NAMES: ReadonlySet<string> = new Set(native);

const ROOT = "webhooks";
const PAGE = 100;
// Each reading is a request per endpoint, and attempts can follow each other faster.
const READ_AGAIN_MS = 2_000;
const ATTEMPTS = "webhook_attempts";
// The server reads up to 20,000 entries for it.
const COUNT_AGAIN_MS = 10_000;
const COUNT_LATEST_MS = 60_000;

const pathOf = (endpoint: string) => `/webhooks/endpoints/${encodeURIComponent(endpoint)}`;

/** The merchant's endpoints, oldest first. */
export function useEndpoints(): UseQueryResult<Endpoint[]> {
  const api = useApi();
  return useQuery({
    queryKey: [ROOT, "endpoints"],
    queryFn: async ({ signal }) => (await api.get<EndpointList>("/webhooks/endpoints", undefined, signal)).data,
  });
}

export function useEndpoint(id: string): UseQueryResult<Endpoint> {
  const api = useApi();
  return useQuery({
    queryKey: [ROOT, "endpoint", id],
    queryFn: ({ signal }) => api.get<Endpoint>(pathOf(id), undefined, signal),
  });
}

/** Attempts of the last 24 hours to all endpoints, as the server counts them. */
export function useAttempts(): UseQueryResult<Metrics> {
  const api = useApi();
  return useQuery({
    queryKey: [ATTEMPTS],
    queryFn: ({ signal }) => api.get<Metrics>("/metrics", { range: "24h" }, signal),
    refetchInterval: COUNT_LATEST_MS,
    placeholderData: keepPreviousData,
  });
}

export const DELIVERY_STATUSES = ["failing", "pending", "delivered", "failed", "canceled"] as const;
/** A page may have no delivery with the status: so many are read before the reader is asked to go on. */
const PAGES_AT_ONCE = 4;

/** Pages of events that are read for a page of deliveries, which are of the same time but not of all of its events. */
const EVENT_PAGES = 5;

/** What an event is about: a payment, or another object. */
interface About {
  id: string;
  reference: string | null;
}

/** A delivery with what its event is about, null if that is not known. */
export type ListedDelivery = DeliverySummary & { about: About | null };

function aboutOf({ data }: EventSummary): About | null {
  const object = data["object"] as { id?: unknown } | undefined;
  const id = [data["auth_id"], object?.id].find((each) => typeof each === "string");
  const reference = data["reference"];
  return id === undefined ? null : { id, reference: typeof reference === "string" ? reference : null };
}

/** Reads what the events of deliveries are about into `known`. Both lists are newest first, by the events' times. */
async function readAbout(
  api: Client,
  deliveries: readonly DeliverySummary[],
  known: Map<string, About | null>,
  signal: AbortSignal,
): Promise<void> {
  const missing = deliveries.filter(({ event_id }) => !known.has(event_id));
  const [newest, oldest] = [missing[0], missing.at(-1)];
  if (!newest || !oldest) return;
  const left = new Set(missing.map(({ event_id }) => event_id));
  const types = new Set(missing.map(({ event_type }) => event_type));
  const [type] = types.size === 1 && EVENT_NAMES.has(newest.event_type) ? types : [];
  // Without the microseconds that a browser's time leaves out, the newest would not be before it.
  const to = new Date(Date.parse(newest.event_timestamp) + 1).toISOString();
  let cursor: string | null = null;
  for (let read = 0; read < EVENT_PAGES && left.size > 0; read++) {
    const asked = { from: oldest.event_timestamp, to, type: type ?? null, limit: PAGE, cursor };
    const page: EventList = await api.get<EventList>("/events", asked, signal);
    for (const event of page.data) if (left.delete(event.id)) known.set(event.id, aboutOf(event));
    cursor = page.next_cursor;
    if (cursor === null) break;
  }
  // It is not asked for again.
  for (const id of left) known.set(id, null);
}

/** Deliveries to an endpoint, newest first, page by page; with a status, those that have it now. */
export function useDeliveryList(endpoint: string, status: string) {
  const api = useApi();
  const [known] = useState(() => new Map<string, About | null>());
  const query = useInfiniteQuery({
    queryKey: [ROOT, "deliveries", endpoint, status],
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }: DeliveryList) => next_cursor,
    queryFn: async ({ pageParam, signal }) => {
      let cursor = pageParam;
      for (let read = 1; ; read++) {
        const filters = { endpoint, status, limit: PAGE, cursor };
        const page = await api.get<DeliveryList>("/webhooks/deliveries", filters, signal);
        cursor = page.next_cursor ?? null;
        if (page.data.length > 0 || cursor === null || read === PAGES_AT_ONCE) {
          // Without the events, the list still says what was delivered.
          await readAbout(api, page.data, known, signal).catch((error: unknown) => {
            if (signal.aborted) throw error;
          });
          const data = page.data.map((each): ListedDelivery => ({ ...each, about: known.get(each.event_id) ?? null }));
          return { ...page, data };
        }
      }
    },
  });
  return { ...query, rows: query.data?.pages.flatMap(({ data }) => data) };
}

export function useDelivery(id: string): UseQueryResult<Delivery> {
  const api = useApi();
  return useQuery({
    queryKey: [ROOT, "delivery", id],
    queryFn: ({ signal }) => api.get<Delivery>(`/webhooks/deliveries/${encodeURIComponent(id)}`, undefined, signal),
  });
}

export function useEvent(id: string): UseQueryResult<EventSummary> {
  const api = useApi();
  return useQuery({
    queryKey: [ROOT, "event", id],
    queryFn: ({ signal }) => api.get<Event>(`/events/${encodeURIComponent(id)}`, undefined, signal),
  });
}

export function useInbox(): UseQueryResult<Inbox> {
  const api = useApi();
  return useQuery({
    queryKey: [ROOT, "inbox"],
    queryFn: ({ signal }) => api.get<Inbox>("/sandbox/inbox", undefined, signal),
  });
}

/** Read the page's data again when the feed has a new attempt, at most every two seconds, and count more rarely. */
export function useFreshWebhooks(): void {
  const { entries } = useFeed();
  const newest = entries.find(({ kind }) => kind === "delivery_attempt")?.id;
  useReadAgain(ROOT, newest, READ_AGAIN_MS);
  useReadAgain(ATTEMPTS, newest, COUNT_AGAIN_MS);
}

/** Read what begins with a key again when the newest attempt is another one, so often at most. */
function useReadAgain(root: string, newest: string | undefined, everyMs: number): void {
  const queries = useQueryClient();
  const last = useRef(0);
  useEffect(() => {
    if (newest === undefined) return undefined;
    const read = () => {
      last.current = Date.now();
      void queries.invalidateQueries({ queryKey: [root], predicate: (query) => !readsNextPage(query) });
    };
    const timer = setTimeout(read, Math.max(0, last.current + everyMs - Date.now()));
    return () => clearTimeout(timer);
  }, [root, newest, everyMs, queries]);
}

// The API returns a secret once. It is kept in the query cache, which belongs to the merchant and ends with the page;
// it is never written to a storage.
const secretKey = (endpoint: string) => ["webhook_secret", endpoint];

/** The signing secret of an endpoint, if it was created, rotated or entered since the page was opened. */
export function useSecret(endpoint: string): [secret: string | null, keep: (secret: string) => void] {
  const queries = useQueryClient();
  const { data } = useQuery<string | null>({
    queryKey: secretKey(endpoint),
    queryFn: () => null,
    enabled: false,
    gcTime: Infinity,
    staleTime: Infinity,
    initialData: null,
  });
  return [data, (secret) => queries.setQueryData(secretKey(endpoint), secret)];
}

/** The facts of an endpoint that the Stripe-compatible API created: the same endpoint, under the same ID. */
interface StripeEndpoint {
  id: string;
  secret: string;
}

interface Change {
  method: Method;
  path: string;
  body?: unknown;
  /** Fields for the Stripe-compatible API, in place of a body. */
  form?: Record<string, string>;
}

/** Send a request that changes webhooks, with a new idempotency key, then read them again. */
export function useChange<T = unknown>() {
  const api = useApi();
  const stripe = useStripeApi();
  const queries = useQueryClient();
  const { poll } = useFeedActions();
  return useMutation<T, Error, Change>({
    mutationFn: async ({ method, path, body, form }) => {
      // Only POST takes a key.
      const options = {
        body,
        ...(form && { form }),
        ...(method === "POST" && { idempotencyKey: newIdempotencyKey() }),
      };
      return (await (form ? stripe : api).request<T>(method, path, options)).data;
    },
    onSettled: () => {
      poll();
      return queries.invalidateQueries({ queryKey: [ROOT] });
    },
  });
}

/** The same for a request whose answer has the endpoint's secret, which is kept. */
export function useSecretChange() {
  const queries = useQueryClient();
  const change = useChange<EndpointWithSecret | StripeEndpoint>();
  const send = async (request: Change) => {
    const endpoint = await change.mutateAsync(request);
    const id = "id" in endpoint ? endpoint.id : endpoint.endpoint_id;
    queries.setQueryDefaults(secretKey(id), { gcTime: Infinity });
    queries.setQueryData(secretKey(id), endpoint.secret);
    return endpoint;
  };
  return { ...change, send };
}

export const requests = {
  create: (url: string, events: readonly string[], description: string): Change => ({
    method: "POST",
    path: "/webhooks/endpoints",
    body: { url, events, ...(description && { description }) },
  }),
  createStripe: (url: string, events: readonly string[], description: string): Change => ({
    method: "POST",
    path: "/webhook_endpoints",
    form: {
      url,
      description,
      ...Object.fromEntries(events.map((type, place) => [`enabled_events[${place}]`, type])),
    },
  }),
  rotate: (endpoint: string): Change => ({ method: "POST", path: `${pathOf(endpoint)}/rotate` }),
  test: (endpoint: string): Change => ({ method: "POST", path: `${pathOf(endpoint)}/test` }),
  enable: (endpoint: string): Change => ({ method: "POST", path: `${pathOf(endpoint)}/enable` }),
  disable: (endpoint: string): Change => ({ method: "PATCH", path: pathOf(endpoint), body: { status: "disabled" } }),
  replay: (endpoint: string, since: string, onlyFailed: boolean): Change => ({
    method: "POST",
    path: `${pathOf(endpoint)}/replay`,
    body: { since, only_failed: onlyFailed },
  }),
  resend: (event: string, endpoint: string): Change => ({
    method: "POST",
    path: `/events/${encodeURIComponent(event)}/resend`,
    body: { endpoint_id: endpoint },
  }),
  answer: (answer: string): Change => ({ method: "PATCH", path: "/sandbox/inbox", body: { answer } }),
  empty: (): Change => ({ method: "DELETE", path: "/sandbox/inbox" }),
};
