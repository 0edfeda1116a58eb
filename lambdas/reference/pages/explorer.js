"use strict";

const API = new URLSearchParams(location.search).get("api") === "v1" ? "v1" : "native";
// Its query is the version of all that these pages load.
const SCRIPT = new URL(document.currentScript.src);
const APIS = {
  native: { document: new URL("../openapi.json", SCRIPT), scheme: "ApiKey" },
  v1: { document: new URL(`openapi-v1.json${SCRIPT.search}`, SCRIPT), scheme: "Key" },
};
// The local sandbox returns the demo merchant's key to its own pages. Deployments on AWS have no such path.
const DEMO_KEY = new URL("/_paysandbox/demo-key", location.origin);
const EXAMPLE_KEY = /^order-1042-[a-z]+$/;

for (const link of document.querySelectorAll(".choices a")) {
  if (link.dataset.api === API) link.setAttribute("aria-current", "page");
}

// The example's idempotency key would make every second request a retry of the first.
function freshKey(request) {
  const name = Object.keys(request.headers).find((header) => header.toLowerCase() === "x-idempotency-key");
  if (name && EXAMPLE_KEY.test(request.headers[name])) {
    request.headers[name] += `-${crypto.randomUUID().slice(0, 8)}`;
  }
  return request;
}

// The form shows every field; only those that were filled in are sent. (At Stripe an empty value unsets a field.)
function filledFields(request) {
  if (API === "v1" && typeof request.body === "string") {
    request.body = new URLSearchParams([...new URLSearchParams(request.body)].filter(([, value]) => value)).toString();
  }
  return request;
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
paint();
dark.addEventListener("change", paint);

// Under a generated host of API Gateway the two APIs have different hosts, and this page may call its own only.
const elsewhere = API === "v1" && location.hostname.includes(".execute-api.");
document.getElementById("elsewhere").hidden = !elsewhere;

const ui = SwaggerUIBundle({
  url: APIS[API].document.href,
  dom_id: "#explorer",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  requestInterceptor: (request) => filledFields(freshKey(request)),
  tryItOutEnabled: !elsewhere,
  supportedSubmitMethods: elsewhere ? [] : ["get", "post", "put", "patch", "delete"],
  validatorUrl: null,
});

const offer = document.getElementById("demo-key");
const status = offer.querySelector("[role=status]");
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;
offer.hidden = !LOOPBACK.test(location.hostname);
offer.querySelector("button").addEventListener("click", async () => {
  const response = await fetch(DEMO_KEY, { method: "POST" });
  if (response.ok) {
    ui.preauthorizeApiKey(APIS[API].scheme, (await response.json()).api_key);
    status.textContent = "Requests from this page now use the key of merchant demo.";
  } else {
    status.textContent = (await response.json()).detail;
  }
});
