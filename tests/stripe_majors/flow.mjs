// The principal flow with each major of stripe-node that is installed beside it.
//
//   node flow.mjs BASE_URL KEY STRIPE-8 …        prints the versions

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

const [base, key, ...names] = process.argv.slice(2);
const { hostname, port } = new URL(base);

async function flow(Stripe) {
  const stripe = new Stripe(key, { host: hostname, port, protocol: "http" });
  const options = { idempotencyKey: randomUUID() };
  const terms = {
    amount: 2000,
    currency: "usd",
    payment_method: "pm_card_visa",
    return_url: "https://shop.example/paid",
    capture_method: "manual",
    confirm: true,
    metadata: { order: "6735" },
    expand: ["latest_charge"],
  };
  const intent = await stripe.paymentIntents.create(terms, options);
  assert.deepEqual([intent.status, intent.metadata.order], ["requires_capture", "6735"]);
  assert.equal(intent.latest_charge.payment_method_details.card.last4, "4242");
  assert.equal((await stripe.paymentIntents.create(terms, options)).id, intent.id);
  const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 2000 });
  assert.deepEqual([captured.status, captured.amount_received], ["succeeded", 2000]);
  const refund = await stripe.refunds.create({ payment_intent: intent.id, amount: 500 });
  assert.deepEqual([refund.status, refund.amount], ["succeeded", 500]);
  const card = "pm_card_chargeDeclinedInsufficientFunds";
  await assert.rejects(
    stripe.paymentIntents.create({
      amount: 2000,
      currency: "usd",
      payment_method: card,
      return_url: "https://shop.example/paid",
      confirm: true,
    }),
    ({ type, code, decline_code }) => {
      assert.deepEqual([type, code, decline_code], ["StripeCardError", "card_declined", "insufficient_funds"]);
      return true;
    },
  );
  const refunded = [];
  for await (const charge of stripe.charges.list({ payment_intent: intent.id, limit: 1 })) {
    refunded.push(charge.amount_refunded);
  }
  assert.deepEqual(refunded, [500]);
  await savesACard(stripe);
  const payload = JSON.stringify({ id: "evt_1", object: "event", data: { object: captured } });
  const header = stripe.webhooks.generateTestHeaderString({ payload, secret: "whsec_one" });
  assert.equal(stripe.webhooks.constructEvent(payload, header, "whsec_one").data.object.id, intent.id);
  assert.throws(() => stripe.webhooks.constructEvent(payload, header, "whsec_other"), /signature/i);
}

// Set up a card, make it the default, pay with it off session, and detach it.
async function savesACard(stripe) {
  const customer = await stripe.customers.create({ email: "jenny@example.com" });
  const setup = await stripe.setupIntents.create({
    customer: customer.id,
    payment_method: "pm_card_visa",
    usage: "off_session",
    return_url: "https://shop.example/saved",
    confirm: true,
  });
  assert.deepEqual([setup.status, setup.customer], ["succeeded", customer.id]);
  const saved = await stripe.paymentMethods.list({ customer: customer.id, type: "card" });
  assert.deepEqual(
    saved.data.map(({ id, card }) => [id, card.last4]),
    [[setup.payment_method, "4242"]],
  );
  const changed = await stripe.customers.update(customer.id, {
    invoice_settings: { default_payment_method: setup.payment_method },
    expand: ["invoice_settings.default_payment_method"],
  });
  assert.equal(changed.invoice_settings.default_payment_method.customer, customer.id);
  const terms = { amount: 1500, currency: "usd", customer: customer.id, off_session: true, confirm: true };
  const paid = await stripe.paymentIntents.create({ ...terms, payment_method: setup.payment_method });
  assert.deepEqual([paid.status, paid.customer], ["succeeded", customer.id]);
  const asks = await stripe.paymentMethods.attach("pm_card_authenticationRequired", { customer: customer.id });
  await assert.rejects(
    stripe.paymentIntents.create({ ...terms, payment_method: asks.id }),
    ({ code, payment_intent: intent }) => {
      assert.deepEqual([code, intent.status], ["authentication_required", "requires_payment_method"]);
      return true;
    },
  );
  assert.equal((await stripe.paymentMethods.detach(setup.payment_method)).customer, null);
  assert.equal((await stripe.customers.retrieve(customer.id)).invoice_settings.default_payment_method, null);
  const left = await stripe.paymentMethods.list({ customer: customer.id, type: "card" });
  assert.deepEqual(
    left.data.map(({ id }) => id),
    [asks.id],
  );
  assert.equal((await stripe.customers.del(customer.id)).deleted, true);
}

for (const name of names) {
  const { default: Stripe } = await import(name);
  await flow(Stripe);
  console.log(Stripe.PACKAGE_VERSION);
}
