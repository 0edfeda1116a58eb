// ghost: its StripeAPI (core/server/services/stripe), configured as the settings page does. Ghost itself is not started.
"use strict";

const { checkOut, expect, installed, run, SECRET_KEY, worked } = require("./shop.cjs");
const StripeAPI = installed("ghost/core/server/services/stripe/stripe-api");

run(async () => {
  const api = new StripeAPI({ labs: { isSet: () => false } });
  api.configure({
    secretKey: SECRET_KEY,
    publicKey: "pk_test_none",
    enablePromoCodes: true,
    enableAutomaticTax: false,
    checkoutSessionSuccessUrl: "https://blog.example/success",
    checkoutSessionCancelUrl: "https://blog.example/cancel",
    checkoutSetupSessionSuccessUrl: "https://blog.example/success",
    checkoutSetupSessionCancelUrl: "https://blog.example/cancel",
    billingPortalReturnUrl: "https://blog.example",
    testEnv: false,
  });
  const hooks = `http://127.0.0.1:4242/${process.pid}`;
  const endpoint = await api.createWebhookEndpoint(hooks, ["customer.subscription.deleted", "checkout.session.completed"]);
  worked("createWebhookEndpoint");
  const updated = await api.updateWebhookEndpoint(endpoint.id, hooks, ["invoice.payment_succeeded"]);
  expect(updated.api_version, StripeAPI.API_VERSION, "the version of the endpoint");
  worked("updateWebhookEndpoint");
  await api.deleteWebhookEndpoint(endpoint.id);
  worked("deleteWebhookEndpoint");
  const product = await api.createProduct({ name: "Bronze" });
  worked("createProduct");
  const price = await api.createPrice({
    product: product.id, active: true, nickname: "Monthly", currency: "usd", amount: 500, type: "recurring",
    interval: "month",
  });
  worked("createPrice");
  const customer = await api.createCustomer({ email: "jenny@example.com", name: "Jenny" });
  worked("createCustomer");
  const session = await api.createCheckoutSession(price.id, customer, { metadata: {}, trialDays: 0 });
  await checkOut(session.url);
  worked("createCheckoutSession, and the buyer pays", "subscription");
  await api.createBillingPortalSession(customer, {});
  worked("createBillingPortalSession", "portal");
});
