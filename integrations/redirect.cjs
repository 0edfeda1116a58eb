// Preloaded into a Node process (node --require), it sends the requests for api.stripe.com to REDIRECT_STRIPE_TO. With
// LISTEN_ONLY_ON, servers listen on that port of the loopback interface, whatever they name. Nothing else changes.
"use strict";

const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const { syncBuiltinESMExports } = require("node:module");

const api = new URL(process.env.REDIRECT_STRIPE_TO);
const request = https.request;

https.request = function (...words) {
  const at = words.findIndex((word) => word !== null && typeof word === "object" && !(word instanceof URL));
  const options = at < 0 ? {} : words[at];
  if ((options.hostname || options.host) !== "api.stripe.com") {
    return request.apply(this, words);
  }
  const redirected = http.request({
    ...options,
    protocol: "http:",
    host: api.hostname,
    hostname: api.hostname,
    port: api.port,
    agent: undefined,
  }, words.find((word) => typeof word === "function"));
  // The SDK writes its body once TLS is established.
  redirected.prependOnceListener("socket", (socket) => {
    socket.once("connect", () => socket.emit("secureConnect"));
  });
  return redirected;
};

if (process.env.LISTEN_ONLY_ON) {
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...words) {
    const listening = words.filter((word) => typeof word === "function");
    return listen.call(this, Number(process.env.LISTEN_ONLY_ON), "127.0.0.1", ...listening);
  };
}

syncBuiltinESMExports();
