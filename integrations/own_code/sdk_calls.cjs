// Makes the calls that it reads, a JSON object a line, with the stripe-node of its folder, and writes the answers.
"use strict";

const readline = require("node:readline");
const Stripe = require("node:module").createRequire(`${process.cwd()}/`)("stripe");

const { API, SECRET_KEY, STRIPE_VERSION } = process.env;
const { hostname, port } = new URL(API);
const client = new Stripe(SECRET_KEY, {
  host: hostname, port, protocol: "http", maxNetworkRetries: 0, ...(STRIPE_VERSION && { apiVersion: STRIPE_VERSION }),
});

async function call({ method, path, params, headers, idempotency_key: idempotencyKey }) {
  const Resource = Stripe.StripeResource.extend({
    send: Stripe.StripeResource.method({ method, fullPath: path }),
  });
  const { "Stripe-Account": stripeAccount } = headers;
  const options = { ...(stripeAccount && { stripeAccount }), ...(idempotencyKey && { idempotencyKey }) };
  try {
    const { lastResponse, ...body } = await new Resource(client).send(...[params, options].filter((one) => Object.keys(one).length));
    return { status: lastResponse.statusCode, body };
  } catch (error) {
    if (!error.raw || !error.statusCode) {
      throw error;
    }
    const { headers: _headers, requestId, statusCode, ...raw } = error.raw;
    return { status: error.statusCode, body: { error: raw } };
  }
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await call(JSON.parse(line))));
  }
})();
