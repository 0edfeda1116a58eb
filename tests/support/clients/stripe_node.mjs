// Stripe's official SDK for Node on the sandbox: flows one after the other, since a start of Node.js takes longer.
//
//   node stripe_node.mjs PORT KEY FLOW…        ends with 0, or says what differed in each flow
//   node stripe_node.mjs verify SIGNATURE SECRET <body     prints the event if the SDK trusts the body

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Stripe from "stripe";

// The error that a call ends with.
const refusal = (call) => call.then(() => assert.fail("it was not refused"), (error) => error);

// The cardholder's answer to a challenge.
const answer = (url, result) =>
  fetch(url, { method: "POST", body: new URLSearchParams({ result }), redirect: "manual" });

// What a bank or the cardholder does to an object, over the native API.
const simulate = async (id, action) => {
  const url = `http://127.0.0.1:${port}/sandbox/simulate/${id}/${action}`;
  const headers = { "Content-Type": "application/json", "X-Api-Key": key };
  const response = await fetch(url, { method: "POST", headers, body: "{}" });
  assert.equal(response.status, 200, await response.text());
};

const flows = {
  async pays(stripe) {
    const opened = await stripe.paymentIntents.create({
      amount: 2000,
      currency: "eur",
      automatic_payment_methods: { enabled: true },
      metadata: { order: "6735", "Größe": "ø & [a]=b" },
    });
    assert.equal(opened.status, "requires_payment_method");
    const paid = await stripe.paymentIntents.confirm(opened.id, {
      payment_method: "pm_card_visa",
      return_url: "https://shop.example/paid",
      expand: ["latest_charge.payment_intent", "payment_method"],
    });
    assert.deepEqual([paid.status, paid.amount_received, paid.currency], ["succeeded", 2000, "eur"]);
    assert.deepEqual(paid.metadata, { order: "6735", "Größe": "ø & [a]=b" });
    assert.equal(paid.latest_charge.payment_intent.id, opened.id);
    assert.equal(paid.payment_method.card.last4, "4242");
    assert.match(paid.lastResponse.requestId, /^req_/);
    assert.equal((await stripe.paymentIntents.retrieve(opened.id)).status, "succeeded");
  },

  async is_declined_and_tries_another_card(stripe) {
    const card = { number: "4000000000009995", exp_month: 12, exp_year: 2040, cvc: "123" };
    const declined = await refusal(
      stripe.paymentIntents.create({
        amount: 2000,
        currency: "usd",
        confirm: true,
        payment_method_data: { type: "card", card },
      }),
    );
    assert.ok(declined instanceof Stripe.errors.StripeCardError);
    assert.deepEqual(
      [declined.statusCode, declined.code, declined.decline_code],
      [402, "card_declined", "insufficient_funds"],
    );
    const intent = declined.payment_intent;
    assert.equal(intent.status, "requires_payment_method");
    assert.equal(intent.last_payment_error.charge, declined.charge);
    const method = await stripe.paymentMethods.create({ type: "card", card: { token: "tok_mastercard" } });
    const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: method.id });
    assert.deepEqual([paid.status, paid.last_payment_error], ["succeeded", null]);
    const charges = await stripe.charges.list({ payment_intent: intent.id });
    assert.deepEqual(charges.data.map((one) => one.status), ["succeeded", "failed"]);
  },

  async captures_in_parts_and_cancels(stripe) {
    const paid = { amount: 2000, currency: "usd", confirm: true, payment_method: "pm_card_visa" };
    const held = { ...paid, capture_method: "manual" };
    const intent = await stripe.paymentIntents.create(held);
    assert.deepEqual([intent.status, intent.amount_capturable], ["requires_capture", 2000]);
    const part = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 500, final_capture: false });
    assert.deepEqual([part.status, part.amount_capturable, part.amount_received], ["requires_capture", 1500, 500]);
    assert.equal((await stripe.paymentIntents.capture(intent.id)).status, "succeeded");
    const other = await stripe.paymentIntents.create(held);
    assert.equal((await stripe.paymentIntents.cancel(other.id)).status, "canceled");
    const late = await refusal(stripe.paymentIntents.capture(other.id));
    assert.ok(late instanceof Stripe.errors.StripeInvalidRequestError);
    assert.equal(late.code, "payment_intent_unexpected_state");
  },

  async refunds(stripe) {
    const paid = { amount: 2000, currency: "usd", confirm: true, payment_method: "pm_card_visa" };
    const intent = await stripe.paymentIntents.create(paid);
    const part = await stripe.refunds.create({ charge: intent.latest_charge, amount: 500, reason: "duplicate" });
    assert.deepEqual([part.amount, part.status, part.reason], [500, "succeeded", "duplicate"]);
    const rest = await stripe.refunds.create({ payment_intent: intent.id, expand: ["charge"] });
    assert.deepEqual([rest.amount, rest.charge.refunded], [1500, true]);
    const again = await refusal(stripe.refunds.create({ payment_intent: intent.id }));
    assert.equal(again.code, "charge_already_refunded");
    const noted = await stripe.refunds.update(part.id, { metadata: { order: "7" } });
    assert.deepEqual([noted.id, noted.amount, noted.metadata.order], [part.id, 500, "7"]);
    const charge = await stripe.charges.update(intent.latest_charge, { description: "Order 7" });
    assert.deepEqual([charge.description, charge.amount_refunded], ["Order 7", 2000]);
    assert.equal((await refusal(stripe.refunds.cancel(part.id))).statusCode, 400);
  },

  async pages_through_lists(stripe) {
    const made = [];
    for (let number = 1; number <= 5; number += 1) {
      made.unshift((await stripe.paymentIntents.create({ amount: number, currency: "usd" })).id);
    }
    const found = [];
    for await (const intent of stripe.paymentIntents.list({ limit: 2 })) {
      found.push(intent.id);
      if (found.length === made.length) break;
    }
    assert.deepEqual(found, made);
    const before = stripe.paymentIntents.list({ limit: 2, ending_before: made[4] });
    const newer = await before.autoPagingToArray({ limit: 4 });
    assert.deepEqual(newer.map((one) => one.id), made.slice(0, 4).reverse());
  },

  async repeats_under_a_key(stripe) {
    const key = { idempotencyKey: "the same again" };
    const first = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" }, key);
    const again = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" }, key);
    assert.equal(again.id, first.id);
    assert.equal(again.lastResponse.headers["idempotent-replayed"], "true");
    const other = await refusal(stripe.paymentIntents.create({ amount: 1, currency: "usd" }, key));
    assert.ok(other instanceof Stripe.errors.StripeIdempotencyError);
  },

  async authenticates(stripe) {
    const bought = { amount: 2000, currency: "eur", payment_method: "pm_card_threeDSecure2Required" };
    const key = { idempotencyKey: "a challenge" };
    const params = { ...bought, confirm: true, return_url: "https://shop.example/paid" };
    const intent = await stripe.paymentIntents.create(params, key);
    assert.deepEqual([intent.status, intent.next_action.type], ["requires_action", "redirect_to_url"]);
    const { url, return_url } = intent.next_action.redirect_to_url;
    assert.equal(return_url, "https://shop.example/paid");
    // What `curl -X POST "$url" -d result=succeeded` sends.
    const answered = await answer(url, "succeeded");
    assert.equal(answered.status, 303);
    const back = new URL(answered.headers.get("location"));
    assert.equal(back.searchParams.get("payment_intent"), intent.id);
    assert.equal(back.searchParams.get("redirect_status"), "succeeded");
    const paid = await stripe.paymentIntents.retrieve(intent.id, { expand: ["latest_charge"] });
    assert.deepEqual([paid.status, paid.amount_received, paid.next_action], ["succeeded", 2000, null]);
    assert.equal(paid.latest_charge.payment_method_details.card.three_d_secure.result, "authenticated");
    const again = await stripe.paymentIntents.create(params, key);
    assert.deepEqual([again.status, again.next_action.redirect_to_url.url], ["requires_action", url]);
  },

  async fails_to_authenticate(stripe) {
    const opened = await stripe.paymentIntents.create({ amount: 2000, currency: "eur" });
    const challenged = { payment_method: "pm_card_threeDSecure2Required" };
    const intent = await stripe.paymentIntents.confirm(opened.id, challenged);
    assert.equal((await answer(intent.next_action.redirect_to_url.url, "failed")).status, 200);
    const failed = await stripe.paymentIntents.retrieve(intent.id);
    assert.equal(failed.status, "requires_payment_method");
    assert.equal(failed.last_payment_error.code, "payment_intent_authentication_failure");
    assert.equal((await stripe.charges.list({ payment_intent: intent.id })).data.length, 0);
    const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: "pm_card_visa" });
    assert.deepEqual([paid.status, paid.last_payment_error], ["succeeded", null]);
    const declined = await refusal(
      stripe.paymentIntents.create({ ...challenged, amount: 2000, currency: "eur", confirm: true, off_session: true }),
    );
    assert.ok(declined instanceof Stripe.errors.StripeCardError);
    assert.deepEqual([declined.code, declined.decline_code], ["authentication_required", "authentication_required"]);
  },

  async disputes(stripe) {
    // Both at once, since the bank decides five seconds later.
    const endings = [
      ["winning_evidence", "won", [-2000, 2000]],
      ["losing_evidence", "lost", [-2000]],
    ];
    const decided = endings.map(async ([text, ends, amounts]) => {
      const paid = { amount: 2000, currency: "usd", confirm: true, payment_method: "pm_card_visa" };
      const intent = await stripe.paymentIntents.create(paid);
      await simulate(intent.id, "dispute");
      const [opened] = (await stripe.disputes.list({ payment_intent: intent.id })).data;
      assert.deepEqual([opened.status, opened.amount], ["needs_response", 2000]);
      const sent = await stripe.disputes.update(opened.id, { evidence: { uncategorized_text: text } });
      assert.deepEqual([sent.status, sent.evidence.uncategorized_text], ["under_review", text]);
      let done = sent;
      for (const deadline = Date.now() + 90_000; done.status === "under_review" && Date.now() < deadline; ) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        done = await stripe.disputes.retrieve(opened.id);
      }
      assert.deepEqual([done.status, done.balance_transactions.map((one) => one.amount)], [ends, amounts]);
    });
    await Promise.all(decided);
    const intent = await stripe.paymentIntents.create({
      amount: 2000,
      currency: "usd",
      confirm: true,
      payment_method: "pm_card_visa",
    });
    await simulate(intent.id, "dispute");
    const [opened] = (await stripe.disputes.list({ charge: intent.latest_charge })).data;
    assert.equal((await stripe.disputes.close(opened.id)).status, "lost");
    assert.equal((await refusal(stripe.disputes.close(opened.id))).statusCode, 400);
  },

  async sells(stripe) {
    const monthly = { currency: "usd", unit_amount: 1000, recurring: { interval: "month" } };
    const named = { product_data: { name: "A plan" }, lookup_key: "monthly by node" };
    const first = await stripe.prices.create({ ...monthly, ...named, expand: ["product"] });
    assert.deepEqual([first.product.name, first.type, first.lookup_key], ["A plan", "recurring", "monthly by node"]);
    const product = first.product.id;
    const taken = await refusal(stripe.prices.create({ ...monthly, product, lookup_key: "monthly by node" }));
    assert.ok(taken instanceof Stripe.errors.StripeInvalidRequestError);
    assert.deepEqual([taken.param, taken.message], ["lookup_key", `A price (\`${first.id}\`) already uses that lookup key.`]);
    const second = await stripe.prices.create({
      ...monthly,
      product,
      lookup_key: "monthly by node",
      transfer_lookup_key: true,
    });
    assert.equal((await stripe.prices.retrieve(first.id)).lookup_key, null);
    const changed = await stripe.products.update(product, { default_price: second.id, metadata: { tier: "1" } });
    assert.deepEqual([changed.default_price, changed.metadata], [second.id, { tier: "1" }]);
    assert.equal((await refusal(stripe.products.del(product))).statusCode, 400);
    const other = await stripe.products.create({ name: "A box" });
    assert.equal((await stripe.products.del(other.id)).deleted, true);

    const events = async () => (await stripe.events.list({ type: "product.deleted" })).data;
    const isHere = async () =>
      (await stripe.prices.list({ lookup_keys: ["monthly by node"] })).data.some((one) => one.id === second.id) &&
      (await stripe.prices.search({ query: `product:'${product}'` })).data.length === 2 &&
      (await stripe.products.search({ query: "name~'plan'" })).data.some((one) => one.id === product) &&
      (await events()).some((one) => one.data.object.id === other.id);
    for (let left = 100; !(await isHere()); left -= 1) {
      assert.ok(left, "the lists have what was created, and the event");
      await new Promise((resume) => setTimeout(resume, 100));
    }
  },

  async is_refused(stripe) {
    const good = { amount: 1, currency: "usd" };
    const refusals = [
      [() => stripe.paymentIntents.create({ ...good, customer: "cus_1" }), "resource_missing", "customer"],
      [() => stripe.paymentIntents.create({ currency: "usd" }), "parameter_missing", "amount"],
      [() => stripe.charges.retrieve("ch_nothing"), "resource_missing", undefined],
    ];
    for (const [call, code, param] of refusals) {
      const error = await refusal(call());
      assert.ok(error instanceof Stripe.errors.StripeInvalidRequestError);
      assert.equal(error.code, code);
      if (param) assert.equal(error.param, param);
    }
    const stranger = new Stripe("sk_test_nobody_00000000000000000000", options);
    const nobody = await refusal(stranger.charges.list());
    assert.ok(nobody instanceof Stripe.errors.StripeAuthenticationError);
  },
};

const words = process.argv.slice(2);
if (words[0] === "verify") {
  const event = Stripe.webhooks.constructEvent(readFileSync(0), words[1], words[2]);
  console.log(JSON.stringify(event));
  process.exit(0);
}
const [port, key, ...names] = words;
const options = { host: "127.0.0.1", port: Number(port), protocol: "http", maxNetworkRetries: 0, telemetry: false };
for (const name of names) {
  await flows[name](new Stripe(key, options)).catch((error) => {
    console.error(`${name}:`, error);
    process.exitCode = 1;
  });
}
