import type { Config } from "../api/config";
import { KEY_PLACEHOLDER } from "../parts/CodeBlock";
import { parseObject } from "./maskedBody";
import { nested, sdkMethodOf } from "./sdk";

/** A request as it can be sent again. */
export interface SampleRequest {
  method: string;
  /** The path as it was logged, without its query. */
  path: string;
  /** Text of the body; null without one. JSON for both APIs: fields of a form by their names. */
  body: string | null;
  /** Whether the request had an idempotency key, so that another one is sent. */
  hasIdempotencyKey: boolean;
}

export type Language = "curl" | "python" | "node";

/** Whether a path belongs to the Stripe-compatible API. The native API has paths below /v1/api. */
export function isStripePath(path: string): boolean {
  return path.startsWith("/v1/") && !path.startsWith("/v1/api/");
}

/** Address of a logged path. `origin` is the page's, for an API of the same origin. */
export function urlOf(path: string, config: Pick<Config, "api_base" | "v1_base">, origin: string): string {
  const address = isStripePath(path) ? config.v1_base + path.slice("/v1".length) : config.api_base + path;
  return new URL(address, origin).href;
}

/** Form fields of a body of the Stripe-compatible API. */
export function formOf(body: string | null): Record<string, string> {
  const fields = Object.entries(parseObject(body) ?? {});
  return Object.fromEntries(
    fields.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

const shell = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
// JSON's strings are strings of Python and JavaScript, too.
const quoted = (text: string) => JSON.stringify(text);

/**
 * The request as code, with `$API_KEY` in place of the key. Requests of the Stripe-compatible API are sent by Stripe's
 * SDKs; for the native API, Python needs the package requests, and Node is 18 or newer.
 */
export function sampleOf(language: Language, request: SampleRequest, url: string, newKey: string): string {
  if (language === "curl" || !isStripePath(request.path)) return { curl, python, node }[language](request, url, newKey);
  return { python: stripePython, node: stripeNode }[language](request, url, newKey);
}

/** Address of the Stripe-compatible API without /v1, as the SDKs take it. */
const sdkBase = (url: string, path: string) => url.slice(0, url.length - path.length);

/** The parameters of a request, as JSON; null without any. */
function parametersOf({ body }: SampleRequest): string | null {
  const form = formOf(body);
  return Object.keys(form).length ? JSON.stringify(nested(form), null, 2) : null;
}

function stripePython(request: SampleRequest, url: string, newKey: string): string {
  const { method, path, hasIdempotencyKey } = request;
  // Texts, lists and objects of texts are written in Python as in JSON.
  const parameters = parametersOf(request)?.replaceAll(/^(?: {2})+/gm, (indent) => indent + indent) ?? null;
  const sdk = sdkMethodOf(method, path);
  const call = sdk
    ? `v1.${sdk.python}(${[
        ...sdk.ids.map(quoted),
        ...(parameters ? [parameters] : []),
        ...(hasIdempotencyKey ? [`options={"idempotency_key": ${quoted(newKey)}}`] : []),
      ].join(", ")})`
    : `raw_request(${[
        quoted(method.toLowerCase()),
        quoted(path),
        ...(parameters ? [`**${parameters}`] : []),
        ...(hasIdempotencyKey ? [`idempotency_key=${quoted(newKey)}`] : []),
      ].join(", ")}).data`;
  return `import stripe

client = stripe.StripeClient(${quoted(KEY_PLACEHOLDER)}, base_addresses={"api": ${quoted(sdkBase(url, path))}})
print(client.${call})
`;
}

function stripeNode(request: SampleRequest, url: string, newKey: string): string {
  const { method, path, hasIdempotencyKey } = request;
  const { hostname, port, protocol } = new URL(sdkBase(url, path));
  const address = { host: hostname, ...(port && { port: Number(port) }), protocol: protocol.slice(0, -1) };
  const parameters = parametersOf(request);
  const options = hasIdempotencyKey ? `{ idempotencyKey: ${quoted(newKey)} }` : null;
  const sdk = sdkMethodOf(method, path);
  const sent = [...((parameters ?? (options && !sdk)) ? [parameters ?? "{}"] : []), ...(options ? [options] : [])];
  const call = sdk
    ? `${sdk.node}(${[...sdk.ids.map(quoted), ...sent].join(", ")})`
    : `rawRequest(${[quoted(method), quoted(path), ...sent].join(", ")})`;
  return `import Stripe from "stripe";

const stripe = new Stripe(${quoted(KEY_PLACEHOLDER)}, ${JSON.stringify(address)});
console.log(await stripe.${call});
`;
}

function headersOf(request: SampleRequest, newKey: string): [string, string][] {
  const isStripe = isStripePath(request.path);
  return [
    isStripe ? ["Authorization", `Bearer ${KEY_PLACEHOLDER}`] : ["X-Api-Key", KEY_PLACEHOLDER],
    ...(request.hasIdempotencyKey ? ([["Idempotency-Key", newKey]] as [string, string][]) : []),
    ...(request.body !== null && !isStripe ? ([["Content-Type", "application/json"]] as [string, string][]) : []),
  ];
}

function curl(request: SampleRequest, url: string, newKey: string): string {
  const { method, path, body } = request;
  const lines = [`curl -sS ${method === "GET" || method === "POST" ? "" : `-X ${method} `}${shell(url)}`];
  if (method === "POST" && body === null) lines[0] = `curl -sS -X POST ${shell(url)}`;
  // Double quotes: the shell puts the variable's value in.
  for (const [name, value] of headersOf(request, newKey)) lines.push(`-H "${name}: ${value}"`);
  if (body !== null && isStripePath(path)) {
    for (const [name, value] of Object.entries(formOf(body)))
      lines.push(`--data-urlencode ${shell(`${name}=${value}`)}`);
  } else if (body !== null) {
    lines.push(`-d ${shell(body)}`);
  }
  return lines.join(" \\\n  ");
}

function fieldsText(fields: readonly [string, string][], indent: string): string {
  return fields.map(([name, value]) => `${indent}${quoted(name)}: ${quoted(value)},\n`).join("");
}

function python(request: SampleRequest, url: string, newKey: string): string {
  const { method, body } = request;
  const lines = [
    `    ${quoted(url)},\n`,
    `    headers={\n${fieldsText(headersOf(request, newKey), "        ")}    },\n`,
  ];
  if (body !== null) lines.push(`    data=${tripleQuoted(body)},\n`);
  const call = `response = requests.${method.toLowerCase()}(\n${lines.join("")}    timeout=30,\n)`;
  return `import requests\n\n${call}\nprint(response.status_code, response.text)\n`;
}

/** A Python string of several lines; with quotes or backslashes in it, one in a single line. */
function tripleQuoted(text: string): string {
  return /\\|"""|"$/.test(text) ? quoted(text) : `"""${text}"""`;
}

function node(request: SampleRequest, url: string, newKey: string): string {
  const { method, body } = request;
  const lines = [
    `  method: ${quoted(method)},\n`,
    `  headers: {\n${fieldsText(headersOf(request, newKey), "    ")}  },\n`,
  ];
  if (body !== null) {
    const value = parseObject(body);
    lines.push(
      value
        ? `  body: JSON.stringify(${JSON.stringify(value, null, 2).replaceAll("\n", "\n  ")}),\n`
        : `  body: ${quoted(body)},\n`,
    );
  }
  const call = `const response = await fetch(${quoted(url)}, {\n${lines.join("")}});`;
  return `${call}\nconsole.log(response.status, await response.text());\n`;
}
