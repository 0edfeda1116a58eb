// Makes the calls that it reads, a JSON object a line, with the stripe-node of its folder, and writes the answers.
"use strict";

const readline = require("node:readline");
const Stripe = require("node:module").createRequire(`${process.cwd()}/`)("stripe");

const { API, SECRET_KEY, STRIPE_VERSION } = process.env;
const { hostname, port } = new URL(API);
const client = new Stripe(SECRET_KEY, {
  host: hostname, port, protocol: "http", maxNetworkRetries: 0, ...(STRIPE_VERSION && { apiVersion: STRIPE_VERSION }),
});

// `name[inner][0]=value` for each value within parameters, as the SDK writes a query.
function* pairs(value, name) {
  if (value === null || typeof value !== "object") {
    yield [name, String(value)];
    return;
  }
  for (const [inner, within] of Object.entries(value)) {
    yield* pairs(within, name ? `${name}[${inner}]` : inner);
  }
}

// As SDKs before 22 make a resource's calls. Later ones only let a program send any call by `rawRequest`, which takes
// the parameters of a query in the path.
function send(method, path, params, options) {
  if (Stripe.StripeResource?.method) {
    const Resource = Stripe.StripeResource.extend({ send: Stripe.StripeResource.method({ method, fullPath: path }) });
    return new Resource(client).send(...[params, options].filter((one) => Object.keys(one).length));
  }
  const query = method === "POST" ? "" : String(new URLSearchParams([...pairs(params)]));
  return client.rawRequest(method, query ? `${path}?${query}` : path, method === "POST" ? params : undefined, options);
}

async function call({ method, path, params, headers, idempotency_key: idempotencyKey }) {
  const { "Stripe-Account": stripeAccount } = headers;
  const options = { ...(stripeAccount && { stripeAccount }), ...(idempotencyKey && { idempotencyKey }) };
  try {
    const { lastResponse, ...body } = await send(method, path, params, options);
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
