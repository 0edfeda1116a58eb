import { useMutation } from "@tanstack/react-query";
import { useMemo } from "react";
import { ApiError, newIdempotencyKey, useApi, useStripeApi } from "../api/client";
import { useFeed, useFeedActions } from "../api/feed";
import { loggedId } from "../api/requestId";
import type { DeliveryAttemptEntry, EventEntry, FeedEntry } from "../api/shapes";
import { nativeBody, OUTCOME_HEADER, pathOf, stripeForm, type Payment } from "./request";

/** An answer of either API, also a refusal. */
export interface Result {
  payment: Payment;
  httpStatus: number;
  requestId: string | null;
  body: unknown;
  latencyMs: number;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Send a payment. Its error is a missing answer or a spent limit; every other answer is a result. */
export function useSend() {
  const native = useApi();
  const stripe = useStripeApi();
  const { poll } = useFeedActions();
  return useMutation<Result, Error, Payment>({
    mutationFn: async (payment) => {
      const started = performance.now();
      const shared = {
        idempotencyKey: newIdempotencyKey(),
        headers: payment.outcome ? { [OUTCOME_HEADER]: payment.outcome } : {},
      };
      const latencyMs = () => Math.round(performance.now() - started);
      try {
        const answer =
          payment.api === "native"
            ? await native.request("POST", pathOf("native"), { ...shared, body: nativeBody(payment) })
            : await stripe.request("POST", pathOf("stripe"), { ...shared, form: stripeForm(payment) });
        const { status, requestId, data } = answer;
        return { payment, httpStatus: status, requestId, body: data, latencyMs: latencyMs() };
      } catch (error) {
        if (!(error instanceof ApiError) || error.status === 429) throw error;
        const { status, requestId, body } = error;
        return { payment, httpStatus: status, requestId, body: parse(body), latencyMs: latencyMs() };
      }
    },
    onSettled: poll,
  });
}

export interface Effects {
  /** Known from the answer, or from the feed's entry of the request. */
  paymentId: string | null;
  /** Oldest first. */
  events: EventEntry[];
  attempts: DeliveryAttemptEntry[];
}

function effectsOf(entries: readonly FeedEntry[], requestId: string | null, known: string | null): Effects {
  const logged = requestId === null ? null : loggedId(requestId);
  const request = entries.find(({ id, kind }) => kind === "request" && id === logged);
  const paymentId = known ?? request?.payment_id ?? null;
  const own = paymentId === null ? [] : entries.filter((entry) => entry.payment_id === paymentId).toReversed();
  return {
    paymentId,
    events: own.filter((entry) => entry.kind === "event"),
    attempts: own.filter((entry) => entry.kind === "delivery_attempt"),
  };
}

/** Events and webhook attempts of a payment, as the feed brings them. `known` is the payment's ID in the answer. */
export function useEffectsOf(requestId: string | null, known: string | null): Effects {
  const { entries } = useFeed();
  return useMemo(() => effectsOf(entries, requestId, known), [entries, requestId, known]);
}
