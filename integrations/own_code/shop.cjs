// What the programs for Node share: the sandbox, and the part of the shop that the packages leave to a browser.
"use strict";

const { createRequire } = require("node:module");

const { API, SECRET_KEY } = process.env;

/** Load a package from the folder that the process runs in: `require` here would find this project's own ones first. */
const installed = createRequire(`${process.cwd()}/`);

/** Report what works, and the step of the flow (integrations.toml) that is done with it. */
function worked(what, does) {
  if (does) {
    console.log(`done: ${does}`);
  }
  console.log(`worked: ${what}`);
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

/** Pay with a card on the page of a Checkout session, as a buyer does. */
async function checkOut(url, card = "4242424242424242") {
  const body = new URLSearchParams({ card, email: "jenny@example.com" });
  const answer = await fetch(url, { method: "POST", body, redirect: "manual" });
  expect(answer.status, 303, "the status of the payment on Checkout's page");
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

module.exports = { checkOut, confirm, expect, installed, run, send, worked, SECRET_KEY };
