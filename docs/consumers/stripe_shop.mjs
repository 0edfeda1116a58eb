import Stripe from "stripe";

const { hostname: host, port, protocol } = new URL(process.env.PAYSANDBOX_BASE_URL);
const stripe = new Stripe(process.env.PAYSANDBOX_API_KEY, { host, port, protocol: protocol.replace(":", "") });

const order = { amount: 2000, currency: "usd", allowed_payment_method_types: ["card"], metadata: { order: "6735" } };
const intent = await stripe.paymentIntents.create(order, { idempotencyKey: `order-6735-${Date.now()}` });

try {
  await stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_chargeDeclinedInsufficientFunds" });
} catch (error) {
  console.log(error.type, error.decline_code, error.payment_intent.status);
}

const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa", expand: ["latest_charge"] });
console.log(paid.status, paid.latest_charge.payment_method_details.card.last4);

const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 500 });
console.log(refund.status, refund.amount);
