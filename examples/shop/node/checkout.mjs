// Pays, refunds and reconciles orders with Stripe's SDK. What Stripe says has one meaning: `take`.
import { randomUUID } from "node:crypto";
import Stripe from "stripe";
import * as books from "./books.mjs";
import { bug } from "./bugs.mjs";

const { hostname: host, port, protocol } = new URL(process.env.STRIPE_API_BASE ?? process.env.PAYSANDBOX_BASE_URL);
export const stripe = new Stripe(process.env.STRIPE_API_KEY ?? process.env.PAYSANDBOX_API_KEY, {
  ...{ host, port, protocol: protocol.replace(":", "") },
  maxNetworkRetries: 1, // under the same key
  timeout: 30_000,
});
// A page of the shop would send the shopper's card. `slow`: the bank answers after an hour, and declines.
export const CARDS = {
  visa: ["pm_card_visa", {}],
  declined: ["pm_card_chargeDeclined", {}],
  "3ds": ["pm_card_threeDSecure2Required", {}],
  slow: ["pm_card_visa", { sandbox_outcome: "pending:3600:decline:lost_card" }],
};

// Pay an order, and return the URL of a challenge if there is one. Pressing pay again pays nothing twice.
export async function pay(reference, card) {
  const { currency, total, paid, is_open, attempt: before } = books.order(reference);
  if (paid) return null;
  if (bug("pay-again")) books.endPayment(reference, before);
  // Stored before the call and derived from the order: whoever presses pay again sends the same key.
  const attempt = books.beginPayment(reference);
  let idempotencyKey = `${reference}-pay-${attempt}`;
  if (bug("new-key")) idempotencyKey = randomUUID();
  if (bug("no-key")) idempotencyKey = undefined;
  if (bug("books-first")) {
    books.book(`${reference}-first`, reference, currency, total, 0);
    books.endPayment(reference, attempt);
  }
  const [payment_method, outcome] = CARDS[card];
  let intent = await stripe.paymentIntents
    .create(
      {
        ...{ amount: total, currency, payment_method, confirm: true },
        automatic_payment_methods: { enabled: true },
        return_url: `${process.env.SHOP_URL ?? "http://127.0.0.1:8080"}/orders/${reference}/return`,
        metadata: { order: reference, attempt, ...outcome },
        expand: ["latest_charge"],
      },
      { idempotencyKey },
    )
    .catch(async (error) => {
      if (error.type === "StripeCardError") return error.payment_intent; // declined: the outcome is known
      // Another card than before: first see what became of that one.
      if (error.type === "StripeIdempotencyError") await lookUp(reference);
      throw error;
    });
  // Perhaps a repeated answer, which is as old as the first one.
  if (is_open) intent = await stripe.paymentIntents.retrieve(intent.id, { expand: ["latest_charge"] });
  if (!bug("books-first")) take(reference, intent);
  return intent.next_action?.redirect_to_url.url ?? null;
}

// Book what Stripe says of a payment. Only what was received counts, and only a final outcome ends the attempt.
function take(reference, intent, exact = false) {
  const refunded = intent.latest_charge?.amount_refunded ?? 0;
  books.book(intent.id, reference, intent.currency, intent.amount_received, refunded, exact);
  if (!["requires_action", "processing"].includes(intent.status)) {
    books.endPayment(reference, Number(intent.metadata.attempt ?? 0));
  } else if (bug("send-early")) books.send(reference);
}

// The shopper is back from 3-D Secure. The query is the browser's: only Stripe knows the result.
export async function comeBack(reference, query) {
  if (bug("trust-return") && query.get("redirect_status") === "succeeded") {
    const { currency, total } = books.order(reference);
    return books.book(query.get("payment_intent"), reference, currency, total, 0);
  }
  const intent = await stripe.paymentIntents.retrieve(query.get("payment_intent"), { expand: ["latest_charge"] });
  if (intent.metadata.order === reference) take(reference, intent, true);
}

// Refund a part of an order, once. One that is not known to be paid is refunded at night.
export async function refund(reference, amount) {
  const due = books.beginRefund(reference, amount);
  const { refunded, currency } = books.order(reference);
  if (refunded >= due) return;
  const idempotencyKey = bug("refund-key") ? randomUUID() : `${reference}-refund`;
  const payment_intent = books.paymentOf(reference);
  if (!payment_intent) throw new Error(`${reference} is not paid yet.`);
  await stripe.refunds.create({ payment_intent, amount: due }, { idempotencyKey });
  books.book(payment_intent, reference, currency, 0, due);
}

// Ask Stripe what the payments of an order are, and put the books right. At Stripe a search can lag by a minute, so it
// is no substitute for the key.
async function lookUp(reference) {
  const query = `metadata['order']:'${reference}'`;
  for await (const intent of stripe.paymentIntents.search({ query, expand: ["data.latest_charge"] })) {
    take(reference, intent, true);
  }
}

// The nightly job: ask about every order that was begun, and finish refunds. Keys are valid for 24 hours.
export async function reconcile() {
  if (bug("no-reconcile")) return;
  for (const { reference, attempt, refund_due } of books.orders()) {
    if (attempt) await lookUp(reference);
    if (refund_due && books.paymentOf(reference)) await refund(reference, refund_due);
  }
}
