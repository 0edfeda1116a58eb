import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { ApiError, useApi, useStripeApi } from "../api/client";
import { intentOf, paymentOf } from "../api/paymentId";
import { allPages, readPage } from "../api/readPages";
import type { EventSummary, Payment } from "../api/schema";
import { belongingTo, type StripeObject } from "../api/stripe";

/** What Stripe's API calls a payment that was made with it: an intent with its charges, or a charge alone. */
export interface StripeNames {
  /** ID of the title. */
  id: string;
  /** The list that it is in, below /v1. */
  path: "payment_intents" | "charges";
  /** IDs of the charges of an intent, newest first. */
  charges: readonly string[];
}

const chargeOf = ({ auth_id }: Payment) => auth_id.replace("auth_", "ch_");

/** The newest charges of an intent, the most that are shown. */
const MOST_CHARGES = 10;

/**
 * The names of a payment that was made over the Stripe-compatible API, null for another. Only that API opens a payment,
 * which its operations say. It also shows payments of the native API: as charges of an intent, where one that it has
 * made as a charge has none.
 */
export function useStripeNames(payment: Payment): StripeNames | null {
  const stripe = useStripeApi();
  const intent = intentOf(payment);
  const { data } = useQuery({
    queryKey: ["payment", payment.auth_id, "stripe_names"],
    retry: (count, error) => !(error instanceof ApiError) && count < 2,
    queryFn: async ({ signal }) => {
      if (intent !== null) {
        const source = { client: stripe, path: "/charges", isStripe: true };
        const charges = await readPage<StripeObject>(source, { payment_intent: intent }, null, MOST_CHARGES, signal);
        return charges.data.map(({ id }) => id);
      }
      const charge = await stripe.get<StripeObject>(`/charges/${chargeOf(payment)}`, undefined, signal);
      return charge["payment_intent"] === null ? [charge.id] : [];
    },
  });
  if (intent !== null) return { id: intent, path: "payment_intents", charges: data ?? [] };
  const charge = data?.[0];
  return charge === undefined ? null : { id: charge, path: "charges", charges: [] };
}

/** An event of Stripe's, as the Stripe-compatible API shows it. */
export type StripeEvent = StripeObject & { type: string; created: number; data: { object: StripeObject } };

const SECOND_MS = 1_000;

/** Whether an event is about a payment: its object is one of it, or names one. */
export function isOf(payment: string, { data: { object } }: StripeEvent): boolean {
  const named = [object.id, object["payment_intent"], object["charge"]];
  return named.some((id) => typeof id === "string" && paymentOf(id) === payment);
}

/** Ranges of whole seconds that have all these times, in seconds since 1970; those that touch are one. */
export function rangesOf(times: readonly string[]): { from: number; to: number }[] {
  const seconds = [...new Set(times.map((at) => Math.floor(Date.parse(at) / SECOND_MS)))].sort((a, b) => a - b);
  const ranges: { from: number; to: number }[] = [];
  for (const second of seconds) {
    const last = ranges.at(-1);
    if (last && second <= last.to + 1) last.to = second;
    else ranges.push({ from: second, to: second });
  }
  return ranges;
}

/**
 * Stripe's events of a payment, oldest first. That API finds no events of an object, but those of a time: it is asked
 * for the seconds in which the payment had an operation or an event.
 */
export function useStripeEvents(payment: Payment): UseQueryResult<StripeEvent[]> {
  const native = useApi();
  const stripe = useStripeApi();
  const id = payment.auth_id;
  return useQuery({
    queryKey: ["payment", id, "stripe_events"],
    queryFn: async ({ signal }) => {
      const times = payment.operations.map(({ created_at }) => created_at);
      const source = { client: native, path: "/events", isStripe: false };
      for await (const page of allPages<EventSummary>(source, { transaction_id: id }, signal))
        times.push(...page.data.map(({ timestamp }) => timestamp));
      const found: StripeEvent[] = [];
      for (const { from, to } of rangesOf(times)) {
        const asked = { "created[gte]": String(from), "created[lte]": String(to) };
        const events = { client: stripe, path: "/events", isStripe: true };
        for await (const page of allPages<StripeEvent>(events, asked, signal))
          found.push(...page.data.filter((event) => isOf(id, event)));
      }
      // The list is newest first, also within a second.
      return found.reverse().sort((a, b) => a.created - b.created);
    },
  });
}

/** An object, or the list of those that belong to the payment, each as a version of the API shows it. */
export function useStripeObjects(names: StripeNames, version: string): UseQueryResult<StripeObject[]> {
  const stripe = useStripeApi();
  return useQuery({
    queryKey: ["payment", names.id, "stripe_objects", version],
    queryFn: async ({ signal }) => {
      const headers: Record<string, string> = version ? { "Stripe-Version": version } : {};
      const get = async <T>(path: string, query: Record<string, string> = {}) =>
        (await stripe.request<T>("GET", path, { query, headers, signal })).data;
      const own = get<StripeObject>(`/${names.path}/${names.id}`);
      const lists = belongingTo(names.path, names.id).map(async ({ path, asked }) => {
        return (await get<{ data: StripeObject[] }>(`/${path}`, { ...asked, limit: "100" })).data;
      });
      return [await own, ...(await Promise.all(lists)).flat()];
    },
  });
}
