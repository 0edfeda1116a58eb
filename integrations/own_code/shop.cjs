// What the programs for Node share: the sandbox, and the part of the shop that the packages leave to a browser.
"use strict";

const { createRequire } = require("node:module");

const { API, SECRET_KEY } = process.env;

/** Load a package from the folder that the process runs in: `require` here would find this project's own ones first. */
const installed = createRequire(`${process.cwd()}/`);

/** Report a step that works. */
function worked(step) {
  console.log(`worked: ${step}`);
}

/** Report that what follows is beyond the principal flow, which decides whether the package runs. */
function principalFlowDone() {
  console.log("principal flow done");
}

/** End with 1 unless the value is the expected one. */
function expect(found, expected, what) {
  if (found !== expected) {
    console.error(`${what} is ${JSON.stringify(found)} and not ${JSON.stringify(expected)}`);
    process.exit(1);
  }
}

/** Send a form to the API, as a browser or a dashboard does, and return its JSON. */
async function send(method, path, form) {
  const answer = await fetch(API + path, {
    method,
    headers: { Authorization: `Bearer ${SECRET_KEY}`, "Content-Type": "application/x-www-form-urlencoded" },
    body: form && new URLSearchParams(form).toString(),
  });
  const body = await answer.json();
  if (!answer.ok) {
    throw new Error(body.error.message);
  }
  return body;
}

/** Confirm an intent with a card, as the storefront does. */
function confirm(intent, card = "pm_card_visa") {
  return send("POST", `/v1/payment_intents/${intent}/confirm`, {
    payment_method: card,
    return_url: "https://shop.example/return",
  });
}

/** Run the steps, and end with 1 and the error if one throws. */
function run(steps) {
  steps().then(
    () => process.exit(0),
    (error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
}

module.exports = { confirm, expect, installed, principalFlowDone, run, send, worked, SECRET_KEY };
