import { stripeUnits } from "../parts/currency";
import type { TestCard } from "./cards";

export type Api = "native" | "stripe";
export type CaptureMethod = "manual" | "automatic";

/** A payment that is to be sent. The amount is in minor units. */
export interface Payment {
  api: Api;
  card: TestCard;
  /** Value of the header X-Sandbox-Outcome; empty: the card decides. */
  outcome: string;
  amount: number;
  currency: string;
  capture: CaptureMethod;
}

export const OUTCOME_HEADER = "X-Sandbox-Outcome";

const VALID_YEARS = 8;

const cvcOf = (card: TestCard) => (card.brand === "amex" ? "1234" : "123");
const expYear = () => new Date().getFullYear() + VALID_YEARS;

export function pathOf(api: Api): string {
  return api === "native" ? "/payments/authorize" : "/payment_intents";
}

/** Body of POST /payments/authorize. */
export function nativeBody({ card, outcome, amount, currency, capture }: Payment) {
  return {
    amount,
    currency,
    card: { number: card.number, exp_month: 12, exp_year: expYear(), cvc: cvcOf(card) },
    capture_method: capture,
    // Without it the bank's partial approval is a decline.
    ...(outcome.includes("partial:") && { allow_partial: true }),
  };
}

/** Parameters of POST /v1/payment_intents, which creates and confirms, as Stripe's SDKs take them. */
export function stripeParameters({ card, amount, currency, capture }: Payment) {
  return {
    amount: stripeUnits(amount, currency),
    currency: currency.toLowerCase(),
    allowed_payment_method_types: ["card"],
    payment_method_data: {
      type: "card",
      card: { number: card.number, exp_month: 12, exp_year: expYear(), cvc: cvcOf(card) },
    },
    capture_method: capture,
    confirm: true,
  };
}

/** The same as form fields, such as `payment_method_data[card][number]`. */
export function stripeForm(payment: Payment): Record<string, string> {
  return Object.fromEntries(fieldsOf(stripeParameters(payment), ""));
}

function fieldsOf(value: unknown, name: string): [string, string][] {
  if (Array.isArray(value)) return value.flatMap((member) => fieldsOf(member, `${name}[]`));
  if (typeof value !== "object" || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, name ? `${name}[${key}]` : key));
}

/** Facts of an answer of either API, as far as it has them. */
export interface AnswerFacts {
  /** Status of the payment; of an error its decline code or code. */
  status: string | null;
  paymentId: string | null;
  /** Page of the 3-D Secure challenge. */
  challenge: string | null;
}

function field(value: unknown, ...names: readonly string[]): string | null {
  let found: unknown = value;
  for (const name of names) {
    if (typeof found !== "object" || found === null) return null;
    found = (found as Record<string, unknown>)[name];
  }
  return typeof found === "string" ? found : null;
}

export function factsOf(body: unknown): AnswerFacts {
  const url = field(body, "next_action", "redirect_to_url", "url");
  return {
    status:
      field(body, "status") ??
      field(body, "code") ??
      field(body, "error", "decline_code") ??
      field(body, "error", "code"),
    paymentId: field(body, "auth_id"),
    challenge: url?.startsWith("http") ? url : null,
  };
}
