// Loaded into the Node.js programs of an MCP server by NODE_OPTIONS. What they send to https://api.stripe.com, over
// `https` or `fetch`, goes to STRIPE_API_BASE instead. Stripe's SDK takes another host only from its program's code.
"use strict";

const http = require("node:http");
const https = require("node:https");
const { syncBuiltinESMExports } = require("node:module");

const HOST = "api.stripe.com";

/** Return the options and the callback of https.request, whose URL may come first, as text or as an object. */
function read(words) {
  const [first, ...rest] = words;
  if (typeof first !== "string" && !(first instanceof URL)) return [first, rest[0]];
  const { hostname, port, pathname, search } = new URL(first);
  const [options, answered] = typeof rest[0] === "function" ? [{}, rest[0]] : rest;
  return [{ hostname, port, path: pathname + search, ...options }, answered];
}

function leadHttps(base) {
  const { request } = https;
  https.request = (...words) => {
    const [options, answered] = read(words);
    if ((options.hostname ?? options.host) !== HOST) return request(...words);
    const there = { protocol: base.protocol, hostname: base.hostname, port: base.port, agent: undefined };
    const sent = http.request({ ...options, ...there }, answered);
    // Stripe's SDK sends its body once the connection is encrypted, which this one never is.
    sent.once("socket", (socket) => socket.once("connect", () => socket.emit("secureConnect")));
    return sent;
  };
  https.get = (...words) => {
    const sent = https.request(...words);
    sent.end();
    return sent;
  };
  // `import { request } from "node:https"` sees it too.
  syncBuiltinESMExports();
}

function leadFetch(base) {
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    const { origin, pathname, search } = new URL(input instanceof Request ? input.url : input);
    if (origin !== `https://${HOST}`) return fetch(input, init);
    const there = new URL(pathname + search, base);
    return fetch(input instanceof Request ? new Request(there, input) : there, init);
  };
}

if (process.env.STRIPE_API_BASE) {
  const base = new URL(process.env.STRIPE_API_BASE);
  leadHttps(base);
  if (globalThis.fetch) leadFetch(base);
}
