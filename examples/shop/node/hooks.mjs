// Receives webhooks: checks the signature over the raw bytes, and books the totals of the event.
import * as books from "./books.mjs";
import { bug } from "./bugs.mjs";
import { stripe } from "./checkout.mjs";

export const EVENTS = ["payment_intent.succeeded", "charge.refunded"];

// Take a webhook, and return the status of the answer.
export function receive(secret, signature, body) {
  let event;
  try {
    event = bug("unsigned") ? JSON.parse(body) : stripe.webhooks.constructEvent(body, signature, secret);
  } catch {
    return 400;
  }
  const { object } = event.data;
  const reference = object.metadata?.order;
  if (!EVENTS.includes(event.type) || !books.orders().some((order) => order.reference === reference)) return 204;
  // A payment intent, or a charge.
  const payment = object.payment_intent ?? object.id;
  let captured = object.amount_received ?? object.amount_captured;
  if (bug("event-twice") && object.amount_received) captured += books.order(reference).paid;
  books.book(payment, reference, object.currency, captured, object.amount_refunded ?? 0);
  return 204;
}
