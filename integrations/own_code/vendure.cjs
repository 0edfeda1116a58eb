// @vendure/payments-plugin: its StripeService, with an order and the shop's payment methods. The shop itself (NestJS and
// its database) is not started.
"use strict";

const { confirm, expect, installed, run, SECRET_KEY, worked } = require("./shop.cjs");
installed("reflect-metadata");
const { StripeService } = installed("@vendure/payments-plugin/package/stripe/stripe.service");

run(async () => {
  const args = [{ name: "apiKey", value: SECRET_KEY }, { name: "webhookSecret", value: "whsec_none" }];
  const method = { code: "stripe", handler: { code: "stripe", args } };
  const methods = { getEligiblePaymentMethods: async () => [method], findAll: async () => ({ items: [method] }) };
  const code = `T${process.pid}${Date.now()}`;
  const customer = { firstName: "Jenny", lastName: "Rosen", emailAddress: "jenny@example.com", customFields: {} };
  const order = { id: 1, code, currencyCode: "USD", totalWithTax: 2000, customer };
  const connection = { getRepository: () => ({ findOne: async () => order, save: async () => order }) };
  const ctx = { channel: { token: "default" }, languageCode: "en", activeUserId: 1 };

  const service = new StripeService({}, connection, methods, null);
  const secret = await service.createPaymentIntent(ctx, order);
  expect(await service.createPaymentIntent(ctx, order), secret, "the secret of createPaymentIntent, again");
  worked("createPaymentIntent, twice");
  const intent = await confirm(secret.split("_secret_")[0]);
  expect(intent.status, "succeeded", "the status of the intent");
  expect(intent.metadata.orderCode, code, "the order's code in the intent");
  worked("the storefront", "pay");
  const refund = await service.createRefund(ctx, order, { transactionId: intent.id }, 500);
  expect(refund.status, "succeeded", "the status of createRefund");
  worked("createRefund", "refund");
  const storing = new StripeService({ storeCustomersInStripe: true }, connection, methods, null);
  await storing.createPaymentIntent(ctx, { ...order, code: `${code}-2` });
  worked("createPaymentIntent, with storeCustomersInStripe");
});
