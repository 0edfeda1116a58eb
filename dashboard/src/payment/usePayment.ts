import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useApi, useStripeApi, type Client } from "../api/client";
import { useFeed } from "../api/feed";
import { useRepeatablePost } from "../api/post";
import type { FeedEntry } from "../api/shapes";
import type {
  Delivery,
  DeliveryAttempt,
  DeliverySummary,
  EventSummary,
  LoggedRequest,
  Payment,
  PaymentPosting,
  Simulation,
} from "../api/schema";

const PAGE = 100;
const key = (id: string, part: string) => ["payment", id, part];

/** A payment, by its ID or that of one of its operations. */
export function usePayment(id: string): UseQueryResult<Payment> {
  const api = useApi();
  return useQuery({
    queryKey: key(id, "self"),
    queryFn: ({ signal }) => api.get<Payment>(`/payments/${encodeURIComponent(id)}`, undefined, signal),
  });
}

/** The customer's name or e-mail address. Undefined until it is read, and for a customer who is deleted or has neither. */
export function useCustomerName(id: string | null | undefined): string | undefined {
  const stripe = useStripeApi();
  const { data } = useQuery({
    queryKey: ["customer", id],
    enabled: Boolean(id),
    queryFn: ({ signal }) =>
      stripe.get<{ name?: string | null; email?: string | null }>(
        `/customers/${encodeURIComponent(id ?? "")}`,
        undefined,
        signal,
      ),
  });
  return data?.name ?? data?.email ?? undefined;
}

export function usePostings(id: string): UseQueryResult<PaymentPosting[]> {
  const api = useApi();
  return useQuery({
    queryKey: key(id, "postings"),
    queryFn: async ({ signal }) => {
      const path = `/payments/${encodeURIComponent(id)}/postings`;
      return (await api.get<{ data: PaymentPosting[] }>(path, undefined, signal)).data;
    },
  });
}

/** An attempt to deliver an event. The latency is known only of those that the delivery itself was read for. */
export type ShownAttempt = Pick<DeliveryAttempt, "number" | "at" | "status" | "error"> & { latency_ms?: number };

/** Events of a payment, oldest first, each with its deliveries' attempts. */
export interface EventWithDeliveries {
  event: EventSummary;
  deliveries: { delivery: DeliverySummary; attempts: ShownAttempt[] }[];
}

export function useEvents(id: string): UseQueryResult<EventWithDeliveries[]> {
  const api = useApi();
  return useQuery({
    queryKey: key(id, "events"),
    queryFn: async ({ signal }) => {
      const events = await readAll<EventSummary>(api, "/events", { transaction_id: id }, signal);
      if (!events.length) return [];
      const deliveriesOf = await readDeliveries(api, signal);
      const shown = events.map(async (event) => {
        const deliveries = (await deliveriesOf(event)).map(async (delivery) => ({
          delivery,
          attempts: await readAttempts(api, delivery, signal),
        }));
        return { event, deliveries: await Promise.all(deliveries) };
      });
      return (await Promise.all(shown)).sort((a, b) => a.event.sequence - b.event.sequence);
    },
  });
}

interface ListPage<T> {
  data: T[];
  next_cursor: string | null;
}

/** Every entry of a list. With a filter, a page can be short or empty although another one follows. */
async function readAll<T>(
  api: Client,
  path: string,
  filters: Record<string, string>,
  signal: AbortSignal,
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: ListPage<T> = await api.get<ListPage<T>>(path, { ...filters, limit: PAGE, cursor }, signal);
    found.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}

/**
 * A function that finds an event's deliveries. One page of the merchant's newest, by their events' times, has those of a
 * recent payment; only for an event that is not newer than the end of this page, a list of its own is read.
 */
async function readDeliveries(
  api: Client,
  signal: AbortSignal,
): Promise<(event: EventSummary) => Promise<DeliverySummary[]>> {
  const newest = await api.get<ListPage<DeliverySummary>>("/webhooks/deliveries", { limit: PAGE }, signal);
  const last = newest.data.at(-1)?.event_timestamp;
  return async (event) => {
    const isThere = newest.next_cursor === null || (last !== undefined && event.timestamp > last);
    if (isThere) return newest.data.filter(({ event_id }) => event_id === event.id);
    return readAll<DeliverySummary>(api, "/webhooks/deliveries", { event: event.id }, signal);
  };
}

/** The attempts of a delivery. The list says everything of a single one but its latency. */
async function readAttempts(api: Client, delivery: DeliverySummary, signal: AbortSignal): Promise<ShownAttempt[]> {
  const { delivery_id, attempts, last_attempt_at: at, last_status: status, last_error: error } = delivery;
  if (attempts === 0) return [];
  if (attempts === 1 && at) return [{ number: 1, at, status: status ?? null, error: error ?? null }];
  const path = `/webhooks/deliveries/${encodeURIComponent(delivery_id)}`;
  return (await api.get<Delivery>(path, undefined, signal)).attempts;
}

/** Requests of the merchant that name the payment by any of its IDs, or its reference. */
export interface RequestsOf {
  requests: LoggedRequest[];
  /** How many requests were compared. */
  searched: number;
  /** Whether older ones were not compared. */
  isCut: boolean;
}

/** At most one page is read: 100 requests, found among at most 2,000. */
export function useRequestsOf(id: string, reference: string | null): UseQueryResult<RequestsOf> {
  const api = useApi();
  return useQuery({
    queryKey: key(id, "requests"),
    queryFn: async ({ signal }) => {
      const page = await api.get<ListPage<LoggedRequest> & { searched?: number | null }>(
        "/requests",
        { payment_id: id, reference, limit: PAGE },
        signal,
      );
      return { requests: page.data, searched: page.searched ?? 0, isCut: page.next_cursor !== null };
    },
  });
}

/** The logged request of an operation: it has the idempotency key, the body and the first answer. */
export function useLoggedRequest(requestId: string | null): UseQueryResult<LoggedRequest> {
  const api = useApi();
  return useQuery({
    queryKey: ["request", requestId],
    enabled: requestId !== null,
    queryFn: ({ signal }) =>
      api.get<LoggedRequest>(`/requests/${encodeURIComponent(requestId ?? "")}`, undefined, signal),
  });
}

export function useSimulation(id: string, enabled: boolean): UseQueryResult<Simulation> {
  const api = useApi();
  return useQuery({
    queryKey: key(id, "simulation"),
    enabled,
    queryFn: ({ signal }) => api.get<Simulation>(`/sandbox/simulate/${encodeURIComponent(id)}`, undefined, signal),
  });
}

/** Entries of the feed about a payment, newest first. The payment is read again when there is a new one. */
export function usePaymentEntries(id: string): readonly FeedEntry[] {
  const { entries } = useFeed();
  const queries = useQueryClient();
  const own = useMemo(() => entries.filter((entry) => entry.payment_id === id), [entries, id]);
  const newest = own[0]?.id;
  // A new entry may be older than the newest: one that was recorded before it, and could be read only after it.
  const count = own.length;
  useEffect(() => {
    if (count > 0) void queries.invalidateQueries({ queryKey: ["payment", id] });
  }, [newest, count, queries, id]);
  return own;
}

/** Send a POST about a payment, then read the payment again. */
export function useOperation(id: string) {
  return useRepeatablePost(["payment", id]);
}
