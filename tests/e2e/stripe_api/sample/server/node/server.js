// The server of a sample that saves a card without a payment: its page, a setup intent, and its webhook.
"use strict";

const { readFileSync } = require("node:fs");
const http = require("node:http");
const { join } = require("node:path");
const { STATIC_DIR, STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY } = process.env;
const stripe = require("stripe")(STRIPE_SECRET_KEY);

const PAGE = { "/": ["index.html", "text/html"], "/script.js": ["script.js", "text/javascript"] };

async function answer(path) {
  switch (path) {
    case "/public-key":
      return ["application/json", JSON.stringify({ publicKey: STRIPE_PUBLISHABLE_KEY })];
    case "/create-setup-intent": {
      const customer = await stripe.customers.create();
      return ["application/json", JSON.stringify(await stripe.setupIntents.create({ customer: customer.id }))];
    }
    case "/webhook":
      return ["text/plain", "received"];
    default: {
      const [file, kind] = PAGE[path];
      return [kind, readFileSync(join(STATIC_DIR, file))];
    }
  }
}

http
  .createServer(async (request, response) => {
    try {
      const [kind, body] = await answer(request.url);
      response.writeHead(200, { "Content-Type": kind }).end(body);
    } catch (error) {
      response.writeHead(400).end(error.message);
    }
  })
  .listen(4242);
