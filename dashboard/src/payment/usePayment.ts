import { useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useApi, useStripeApi } from "../api/client";
import { useFeed } from "../api/feed";
import { useRepeatablePost } from "../api/post";
import type { FeedEntry } from "../api/shapes";
import type { Delivery, EventSummary, LoggedRequest, Payment, PaymentPosting, Simulation } from "../api/schema";

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

/** Events of a payment, oldest first, each with its deliveries' attempts. */
export interface EventWithDeliveries {
  event: EventSummary;
  deliveries: Delivery[];
}

export function useEvents(id: string): UseQueryResult<EventWithDeliveries[]> {
  const api = useApi();
  return useQuery({
    queryKey: key(id, "events"),
    queryFn: async ({ signal }) => {
      const query = { transaction_id: id, limit: PAGE };
      const { data } = await api.get<{ data: EventSummary[] }>("/events", query, signal);
      const events = await Promise.all(
        data.map(async (event) => {
          const list = { event: event.id, limit: PAGE };
          const found = await api.get<{ data: { delivery_id: string }[] }>("/webhooks/deliveries", list, signal);
          const deliveries = await Promise.all(
            found.data.map(({ delivery_id }) =>
              api.get<Delivery>(`/webhooks/deliveries/${encodeURIComponent(delivery_id)}`, undefined, signal),
            ),
          );
          return { event, deliveries };
        }),
      );
      return events.sort((a, b) => a.event.sequence - b.event.sequence);
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
