// @medusajs/payment-stripe: its provider, created with the options of medusa-config, does what the payment module asks.
"use strict";

const { confirm, expect, installed, run, SECRET_KEY, worked } = require("./shop.cjs");
const { services } = installed("@medusajs/payment-stripe").default;

const Stripe = services.find((service) => service.identifier === "stripe");

run(async () => {
  const provider = new Stripe({}, { apiKey: SECRET_KEY, webhookSecret: "whsec_none", automaticPaymentMethods: true });
  const cart = { currency_code: "eur", amount: 20, data: { session_id: "payses_1" } };
  const context = (step) => ({ idempotency_key: `${process.pid}-${Date.now()}-${step}` });

  const begun = await provider.initiatePayment({ ...cart, context: context("initiate") });
  expect(begun.status, "pending", "the status of initiatePayment");
  worked("initiatePayment");
  const updated = await provider.updatePayment({
    ...cart, amount: 15, data: begun.data, context: context("update"),
  });
  expect(updated.data.amount, 1500, "the amount of updatePayment");
  worked("updatePayment");
  await confirm(begun.id);
  const authorized = await provider.authorizePayment({ data: begun.data });
  expect(authorized.status, "authorized", "the status of authorizePayment");
  worked("authorizePayment", "authorize");
  const captured = await provider.capturePayment({ data: authorized.data, context: context("capture") });
  expect(captured.data.status, "succeeded", "the status of capturePayment");
  const again = await provider.capturePayment({ data: authorized.data, context: context("capture again") });
  expect(again.data.status, "succeeded", "the status of capturePayment, again");
  worked("capturePayment, twice", "capture");
  await provider.refundPayment({ amount: 15, data: captured.data, context: context("refund") });
  await provider.refundPayment({ amount: 15, data: captured.data, context: context("refund again") });
  worked("refundPayment, twice", "refund");
  const other = await provider.initiatePayment({ ...cart, context: context("other") });
  const canceled = await provider.cancelPayment({ data: other.data, context: context("cancel") });
  expect(canceled.data.status, "canceled", "the status of cancelPayment");
  await provider.cancelPayment({ data: other.data, context: context("cancel again") });
  worked("cancelPayment, twice", "cancel");
  const declined = await provider.initiatePayment({
    ...cart,
    data: {
      payment_method: "pm_card_chargeDeclined",
      confirm: true,
      return_url: "https://shop.example/return",
    },
    context: context("declined"),
  });
  expect(declined.status, "error", "the status of a declined initiatePayment");
  worked("initiatePayment, declined");
  const holder = await provider.createAccountHolder({
    context: { ...context("customer"), customer: { email: "jenny@example.com", first_name: "Jenny", last_name: "Rosen" } },
  });
  worked("createAccountHolder");
  const accountHolder = { account_holder: { data: { id: holder.id } } };
  await provider.savePaymentMethod({ context: { ...context("save"), ...accountHolder }, data: {} });
  worked("savePaymentMethod");
  await provider.listPaymentMethods({ context: accountHolder });
  worked("listPaymentMethods");
});
