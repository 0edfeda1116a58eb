"use strict";

const API = new URLSearchParams(location.search).get("api") === "v1" ? "v1" : "native";
// Its query is the version of all that these pages load.
const SCRIPT = new URL(document.currentScript.src);
const APIS = {
  native: { document: new URL("../openapi.json", SCRIPT), keys: { "api-key": "ApiKey", "donor-token": "Donor" } },
  v1: { document: new URL(`openapi-v1.json${SCRIPT.search}`, SCRIPT), keys: { "api-key": "Key" } },
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

// --- Swagger UI's components ------------------------------------------------------------------------------------------

let language = "Python";

// A plugin of Swagger UI: components in place of its own, most of which keyboards and screen readers could not use.
function components({ React }) {
  const h = React.createElement;

  // The page has the element main already, and its own fields for keys.
  function Layout({ specSelectors, getComponent }) {
    const [Info, Errors, Operations, Webhooks, Models] = ["InfoContainer", "errors", "operations", "Webhooks", "Models"]
      .map((name) => getComponent(name, true));
    if (specSelectors.loadingStatus() === "failed") return h("div", { className: "swagger-ui" }, h(Errors));
    if (!specSelectors.specStr()) return h("p", { role: "status" }, "Loading the routes …");
    const parts = [h(Errors), h(Info), h("h2", null, "Routes"), h(Operations), h(Webhooks), h(Models)];
    return h("div", { className: "swagger-ui" }, ...parts);
  }

  // Swagger UI's is a link within a button. The button sets the address itself.
  const DeepLink = ({ text }) => h("span", null, text);

  function Samples({ samples }) {
    const [chosen, choose] = React.useState(language);
    const [copied, setCopied] = React.useState(false);
    const shown = samples.find((sample) => (sample.label ?? sample.lang) === chosen) ?? samples[0];
    const buttons = samples.map(({ label, lang }) => {
      const name = label ?? lang;
      const onClick = () => {
        language = name;
        choose(name);
        setCopied(false);
      };
      return h("button", { key: name, type: "button", "aria-pressed": name === chosen, onClick }, name);
    });
    const copy = async () => {
      await navigator.clipboard.writeText(shown.source);
      setCopied(true);
    };
    const copier = h("button", { type: "button", className: "copy-sample", onClick: copy }, copied ? "Copied" : "Copy");
    return h(
      "div",
      { className: "samples", role: "group", "aria-label": "Code samples" },
      h("div", { className: "languages", role: "group", "aria-label": "Language" }, ...buttons),
      navigator.clipboard && copier,
      h("pre", null, h("code", null, shown.source)),
    );
  }

  // Above the parameters, since the form of a Stripe-compatible route is long.
  const withSamples = (Parameters) => (props) => {
    const samples = props.specSelectors.specJson().getIn(["paths", ...props.pathMethod, "x-codeSamples"]);
    return h(React.Fragment, null, samples && h(Samples, { samples: samples.toJS() }), h(Parameters, props));
  };

  const nothing = () => null;
  return {
    components: { ExplorerLayout: Layout, DeepLink, authorizeOperationBtn: nothing, ParameterIncludeEmpty: nothing },
    wrapComponents: { parameters: withSamples },
  };
}

// Attributes that Swagger UI's elements lack, by selector.
const ATTRIBUTES = [
  ["select.examples-select-element", "aria-label", () => "Example"],
  ["textarea.body-param__text", "aria-label", () => "Request body"],
  ["tr[data-param-name] select", "aria-label", (select) => select.closest("tr").dataset.paramName],
  ["tr[data-property-name] select", "aria-label", (select) => select.closest("tr").dataset.propertyName],
  ["table.responses-table", "role", () => "table"],
  [".models > h4", "aria-level", () => "2"],
  [".webhooks h4", "aria-level", () => "3"],
  ["pre", "tabindex", () => "0"],
];

const explorer = document.getElementById("explorer");
new MutationObserver(() => {
  for (const [selector, attribute, value] of ATTRIBUTES) {
    for (const element of explorer.querySelectorAll(selector)) element.setAttribute(attribute, value(element));
  }
}).observe(explorer, { childList: true, subtree: true });

const ui = SwaggerUIBundle({
  url: APIS[API].document.href,
  dom_id: "#explorer",
  plugins: [components],
  layout: "ExplorerLayout",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  syntaxHighlight: { theme: "obsidian" },
  defaultModelsExpandDepth: 0,
  requestInterceptor: (request) => filledFields(freshKey(request)),
  tryItOutEnabled: !elsewhere,
  supportedSubmitMethods: elsewhere ? [] : ["get", "post", "put", "patch", "delete"],
  validatorUrl: null,
});

// --- keys -------------------------------------------------------------------------------------------------------------

function useKey(scheme, key) {
  if (key) ui.preauthorizeApiKey(scheme, key);
  else ui.authActions.logout([scheme]);
}

for (const [id, scheme] of Object.entries(APIS[API].keys)) {
  const field = document.getElementById(id);
  field.addEventListener("input", () => useKey(scheme, field.value.trim()));
}
document.getElementById("donor").hidden = API !== "native";

const offer = document.getElementById("demo-key");
const status = document.getElementById("key-status");
const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;
offer.hidden = !LOOPBACK.test(location.hostname);
offer.querySelector("button").addEventListener("click", async () => {
  const response = await fetch(DEMO_KEY, { method: "POST", headers: { "Paysandbox-Page": "1" } });
  const answer = await response.json();
  if (response.ok) {
    const field = document.getElementById("api-key");
    field.value = answer.api_key;
    field.dispatchEvent(new Event("input"));
  }
  status.textContent = response.ok ? "Requests from this page now use the key of merchant demo." : answer.detail;
});
