import type { LoggedRequest } from "../api/schema";
import { isRecord, maskedNames, parseObject, unmaskedBody } from "./maskedBody";
import { formOf, isStripePath } from "./samples";

/** A request that failed or whose card was declined, as the log has it. */
export type FailedRequest = Pick<
  LoggedRequest,
  "answer" | "body" | "code" | "detail" | "idempotency_key" | "method" | "outcome" | "param" | "route" | "status"
> & { path: string };

export type ExportForm = "curl" | "pytest" | "vitest" | "agent";

export interface ExportOptions {
  form: ExportForm;
  /** Base URL of the Stripe-compatible API, `/v1` included; a path if both APIs have one origin. */
  v1Base: string;
  /** Base URL of the documentation, such as `http://127.0.0.1:4610/docs`. */
  docs: string;
  /** An idempotency key for the command. The tests make one of their own in each run. */
  newKey: string;
}

/** Whether the log shows a request in red: an error, or a declined card, which the native API answers with 200. */
export function isRed({ status, outcome }: Pick<LoggedRequest, "outcome" | "status">): boolean {
  return status >= 400 || outcome === "declined";
}

const BASE_VARIABLE = "PAYSANDBOX_BASE_URL";
const KEY_VARIABLE = "PAYSANDBOX_API_KEY";
const SETS_VARIABLES = 'eval "$(paysandbox status -o env)"';

/**
 * A request as text that runs as it stands: a command, a test that passes as long as the answer is the same, or a
 * paragraph for a coding agent. Address and key are variables that `paysandbox status -o env` sets. In place of a
 * masked card number it has that of a published test card with the same last digits, and of an e-mail address one of
 * example.com. What stays masked is named in a comment: there the text may need a value first. The log has no query
 * and no headers.
 */
export function exported(request: FailedRequest, { form, v1Base, docs, newKey }: ExportOptions): string {
  const sent = sentOf(request, v1Base);
  const command = () => [...comments(request, sent, "#"), curl(sent, newKey)].join("\n");
  switch (form) {
    case "curl":
      return `${command()}\n`;
    case "pytest":
      return pytest(request, sent);
    case "vitest":
      return vitest(request, sent);
    case "agent":
      return agent(request, docs, command());
  }
}

/** What was sent. A path is below the variable's address, except where an API has another origin. */
interface Sent {
  method: string;
  path: string;
  origin: string | null;
  isStripe: boolean;
  hasIdempotencyKey: boolean;
  /** Text of the body with test data, null without one. */
  body: string | null;
}

function sentOf({ method, path, body, idempotency_key }: FailedRequest, v1Base: string): Sent {
  const isStripe = isStripePath(path);
  const origin = isStripe && !v1Base.startsWith("/") ? v1Base.replace(/\/v1\/?$/, "") : null;
  const shown = body ? withTestData(body) : null;
  return { method, path, origin, isStripe, hasIdempotencyKey: Boolean(idempotency_key), body: shown };
}

const EMAIL = /e_?mail(_address)?\]?$/i;

function withTestData(logged: string): string {
  const body = parseObject(unmaskedBody(logged));
  return body ? JSON.stringify(withEmail(body), null, 2) : logged;
}

function withEmail(body: Record<string, unknown>): Record<string, unknown> {
  const fill = (name: string, value: unknown) =>
    value === "***" && EMAIL.test(name) ? "ada@example.com" : isRecord(value) ? withEmail(value) : value;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, fill(name, value)]));
}

const text = (value: unknown) => JSON.stringify(value);
const shell = (value: string) => `'${value.replaceAll("'", String.raw`'\''`)}'`;
const oneLine = (value: string) => value.replace(/\s+/g, " ");

/** Members of an object that come before another object within it, in a text that is cut off. */
const BEGINNING = /^\{(?:"error":\{)?((?:"\w+":(?:"(?:[^"\\]|\\.)*"|null|true|false|-?[\d.]+),)*)/;

/** What the answer says of the failure, in the names of its API. Of an answer that the log cut off, what comes first. */
function failureIn(answer: string | null | undefined): Record<string, unknown> {
  const beginning = () => parseObject(`{${(BEGINNING.exec(answer ?? "")?.[1] ?? "").replace(/,$/, "")}}`);
  const body = parseObject(answer) ?? beginning() ?? {};
  return isRecord(body["error"]) ? body["error"] : body;
}

/** Status and code of the answer: `402 card_declined`. */
function answered({ answer, status, code, outcome }: FailedRequest): string {
  const shown = failureIn(answer)["code"] ?? code ?? (status < 400 ? outcome : null);
  return typeof shown === "string" ? `${status} ${shown}` : String(status);
}

function comments(request: FailedRequest, { body }: Sent, mark: string): string[] {
  const lines = [
    `${request.method} ${request.path} was answered with ${answered(request)}.`,
    `This sets the variables: ${SETS_VARIABLES}`,
  ];
  const masked = maskedNames(body ?? "");
  const filled = maskedNames(request.body ?? "").filter((name) => !masked.includes(name));
  if (filled.length > 0) lines.push(`Masked in the log, and test data here: ${filled.join(", ")}.`);
  if (masked.length > 0) lines.push(`Masked in the log and here: ${masked.join(", ") || "the body"}.`);
  return lines.map((line) => `${mark} ${oneLine(line)}`);
}

/** The part of the answer that says why, with the names of the API. */
function reasonOf({ answer, code, path, status }: FailedRequest): Record<string, unknown> {
  const failure = failureIn(answer);
  if (status < 400) return picked(failure, ["status", "decline_code"]);
  if (isStripePath(path)) return { error: picked(failure, ["type", "code", "decline_code"]) };
  return picked({ code, ...failure }, ["code"]);
}

function picked(body: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.flatMap((name) => (typeof body[name] === "string" ? [[name, body[name]]] : [])));
}

// --- curl ------------------------------------------------------------------------------------------------------------

function curl({ method, path, origin, isStripe, hasIdempotencyKey, body }: Sent, newKey: string): string {
  const below = /^[\w/.-]+$/.test(path) ? `"$${BASE_VARIABLE}${path}"` : `"$${BASE_VARIABLE}"${shell(path)}`;
  const address = origin === null ? below : shell(origin + path);
  const lines = [
    `curl -gsS -w '\\n%{http_code}\\n' -X ${method} ${address}`,
    // Double quotes: the shell puts the variable's value in.
    `-H "${isStripe ? "Authorization: Bearer" : "X-Api-Key:"} $${KEY_VARIABLE}"`,
    ...(hasIdempotencyKey ? [`-H ${shell(`Idempotency-Key: ${newKey}`)}`] : []),
  ];
  if (body !== null && isStripe) {
    for (const [name, value] of Object.entries(formOf(body)))
      lines.push(`--data-urlencode ${shell(`${name}=${value}`)}`);
  } else if (body !== null) {
    lines.push(`-H 'Content-Type: application/json'`, `--data-raw ${shell(body)}`);
  }
  return lines.join(" \\\n  ");
}

// --- tests -----------------------------------------------------------------------------------------------------------

/** A value as Python writes it. JSON's texts and numbers are Python's, too. */
function python(value: unknown, indent: string): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    const members = value.map((member) => `${inner}${python(member, inner)},\n`);
    return members.length > 0 ? `[\n${members.join("")}${indent}]` : "[]";
  }
  if (!isRecord(value)) return text(value);
  const members = Object.entries(value).map(([name, member]) => `${inner}${text(name)}: ${python(member, inner)},\n`);
  return members.length > 0 ? `{\n${members.join("")}${indent}}` : "{}";
}

function pythonBody({ body, isStripe }: Sent): string[] {
  if (body === null) return [];
  if (isStripe) return [`data=${python(formOf(body), "        ")}`];
  const value = parseObject(body);
  return [value ? `json=${python(value, "        ")}` : `content=${text(body)}`];
}

function pytest(request: FailedRequest, sent: Sent): string {
  const { method, path, origin, isStripe, hasIdempotencyKey } = sent;
  const key = `os.environ["${KEY_VARIABLE}"]`;
  const headers = [
    isStripe ? `"Authorization": "Bearer " + ${key}` : `"X-Api-Key": ${key}`,
    ...(hasIdempotencyKey ? [`"Idempotency-Key": str(uuid.uuid4())`] : []),
  ];
  const sends = [
    text(method),
    origin === null ? `os.environ["${BASE_VARIABLE}"] + ${text(path)}` : text(origin + path),
    `headers={${headers.join(", ")}}`,
    ...pythonBody(sent),
    "timeout=30",
  ];
  const asserts = leaves(reasonOf(request)).map(
    ([names, value]) =>
      `    assert response.json()${names.map((name) => `[${text(name)}]`).join("")} == ${text(value)}\n`,
  );
  return `${comments(request, sent, "#").join("\n")}

import os
${hasIdempotencyKey ? "import uuid\n" : ""}
import httpx


def test_${request.route.replace(/\W/g, "_")}():
    response = httpx.request(
${sends.map((line) => `        ${line},\n`).join("")}    )
    assert response.status_code == ${request.status}
${asserts.join("")}`;
}

/** The texts within an object, each with the names that lead to it. */
function leaves(value: Record<string, unknown>): [string[], unknown][] {
  return Object.entries(value).flatMap(([name, member]) =>
    isRecord(member)
      ? leaves(member).map(([names, leaf]): [string[], unknown] => [[name, ...names], leaf])
      : [[[name], member] as [string[], unknown]],
  );
}

function javascriptBody({ body, isStripe }: Sent): string[] {
  if (body === null) return [];
  const indented = (value: unknown) => JSON.stringify(value, null, 2).replaceAll("\n", "\n    ");
  if (isStripe) return [`body: new URLSearchParams(${indented(formOf(body))})`];
  const value = parseObject(body);
  return [`body: ${value ? `JSON.stringify(${indented(value)})` : text(body)}`];
}

function vitest(request: FailedRequest, sent: Sent): string {
  const { method, path, origin, isStripe, hasIdempotencyKey, body } = sent;
  const headers = [
    isStripe ? `Authorization: "Bearer " + ${KEY_VARIABLE}` : `"X-Api-Key": ${KEY_VARIABLE}`,
    ...(hasIdempotencyKey ? [`"Idempotency-Key": crypto.randomUUID()`] : []),
    ...(body !== null && !isStripe ? [`"Content-Type": "application/json"`] : []),
  ];
  const options = [`method: ${text(method)}`, `headers: { ${headers.join(", ")} }`, ...javascriptBody(sent)];
  const variables = [KEY_VARIABLE, ...(origin === null ? [BASE_VARIABLE] : [])];
  const address = origin === null ? `${BASE_VARIABLE} + ${text(path)}` : text(origin + path);
  const reason = reasonOf(request);
  const expects =
    leaves(reason).length > 0 ? [`  expect(await response.json()).toMatchObject(${text(reason)});\n`] : [];
  return `${comments(request, sent, "//").join("\n")}

import { expect, test } from "vitest";

const { ${variables.map((name) => `${name} = ""`).join(", ")} } = process.env;

test(${text(oneLine(`${request.route} is answered with ${answered(request)}`))}, async () => {
  const response = await fetch(${address}, {
${options.map((line) => `    ${line},\n`).join("")}  });
  expect(response.status).toBe(${request.status});
${expects.join("")}});
`;
}

// --- coding agent ----------------------------------------------------------------------------------------------------

function agent(request: FailedRequest, docs: string, command: string): string {
  const { answer, code, detail, param, path, status } = request;
  const failure = failureIn(answer);
  const page = failure["doc_url"];
  const explains = typeof page === "string" ? page : code ? `${docs}/errors/${code}` : `${docs}/reference/cards`;
  const decline = failure["decline_code"];
  const says = detail ?? failure["message"];
  const sentences = [
    "A request to Serverless Payments Sandbox, a fake card processor for tests, was answered with",
    `${answered(request)} by its ${isStripePath(path) ? "Stripe-compatible" : "native"} API.`,
    ...(typeof says === "string" ? [`It says: ${text(says)}`] : []),
    ...(param ? [`The parameter is \`${param}\`.`] : []),
    ...(typeof decline === "string" ? [`The decline code is \`${decline}\`.`] : []),
    `Read ${explains} first: it has the cause and the remedy.`,
    "Then find the code that sends this request.",
    status === 402 || status < 400
      ? "A declined card is a result, not a bug: make the code handle it, and show the payer what to do."
      : "If the request is wrong, correct the code that builds it; if the answer is right for it, handle the answer.",
    "Do not change a test's expectation to hide it.",
    "The command sends the request again, and prints the answer and its status.",
  ];
  const shown = answer ? `\n\nThe answer was:\n\n${answer}` : "";
  return `${sentences.join(" ")}\n\n${command}${shown}\n`;
}
