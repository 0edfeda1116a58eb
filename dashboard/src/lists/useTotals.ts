import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { createContext, useContext, useState } from "react";
import { useApi, useStripeApi } from "../api/client";
import { MOST_ROWS, readRows } from "../api/readPages";
import type { Payment } from "../api/schema";
import type { StripeObject } from "../api/stripe";
import type { Clients } from "./list";

/** So many payments and saved cards are counted without being asked for: ten requests of each. */
export const FIRST_ROWS = 1_000;

/** What a customer has paid and saved. */
export interface Total {
  payments: number;
  /** What was captured and not refunded, in minor units, by currency. */
  paid: Record<string, number>;
  cards: number;
}

export interface Totals {
  /** By customer; undefined until they are read. */
  of: ReadonlyMap<string, Total> | undefined;
  /** Whether all payments and saved cards of the merchant are counted. */
  isWhole: boolean;
  /** How many of each were read at most. */
  most: number;
  isReading: boolean;
  error: Error | null;
  /** Counts up to 10,000. */
  countAll: () => void;
}

type Counted = Pick<Payment, "captured" | "refunded" | "currency"> & { customer?: string | null };

/** What customers have paid and saved, from the merchant's payments and saved cards. */
export function totalsOf(payments: readonly Counted[], cards: readonly StripeObject[]): ReadonlyMap<string, Total> {
  const totals = new Map<string, Total>();
  const of = (customer: string) => {
    const known = totals.get(customer) ?? { payments: 0, paid: {}, cards: 0 };
    totals.set(customer, known);
    return known;
  };
  for (const { customer, captured, refunded, currency } of payments) {
    if (!customer) continue;
    const total = of(customer);
    total.payments += 1;
    const paid = captured - refunded;
    if (paid !== 0) total.paid[currency] = (total.paid[currency] ?? 0) + paid;
  }
  for (const { customer } of cards) if (typeof customer === "string") of(customer).cards += 1;
  return totals;
}

/** What the customers of a merchant have paid and saved, and whether it is made of all payments and saved cards.
 *  Two lists are read for all customers together, which is less than two requests for each. */
export async function readTotals({ native, stripe }: Clients, most: number, signal: AbortSignal) {
  const [payments, cards] = await Promise.all([
    readRows<Counted>({ client: native, path: "/payments", isStripe: false }, {}, most, signal),
    readRows<StripeObject>({ client: stripe, path: "/payment_methods", isStripe: true }, {}, most, signal),
  ]);
  return { of: totalsOf(payments.rows, cards.rows), isWhole: payments.isWhole && cards.isWhole };
}

/** The totals that a page shows. */
export function useReadTotals(): Totals {
  const native = useApi();
  const stripe = useStripeApi();
  const [most, setMost] = useState(FIRST_ROWS);
  const { data, error, isFetching } = useQuery({
    queryKey: ["totals", most],
    // Up to 200 requests: only opening the page or asking for more is a reason.
    refetchOnWindowFocus: false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => readTotals({ native, stripe }, most, signal),
  });
  const isWhole = data?.isWhole ?? false;
  return { of: data?.of, isWhole, most, isReading: isFetching, error, countAll: () => setMost(MOST_ROWS) };
}

export const TotalsContext = createContext<Totals | null>(null);

export function useTotals(): Totals {
  const totals = useContext(TotalsContext);
  if (!totals) throw new Error("TotalsContext is missing.");
  return totals;
}
