/** The client: one method per operation of the native API, each a call that is sent again where that is safe. */

import { ApiError, NoAnswerError, type Problem } from "./errors.js";
import { OPERATIONS } from "./operations.js";
import { MAX_RETRIES, type Result, waitBeforeRetry } from "./retries.js";
import type { operations } from "./shapes.js";

// The API answers within 29 s.
const TIMEOUT_MS = 35_000;
const SHOWN_MAX = 200;

export interface SandboxOptions {
  /** The base URL of the API. */
  baseUrl: string;
  /** An API key of a merchant or an operator. */
  apiKey?: string;
  /** The identity token of a donor. */
  donorToken?: string;
  /** Of one attempt. Default: 35,000. */
  timeoutMs?: number;
  /** How often a call is sent again at most. Default: 2. */
  maxRetries?: number;
}

/** Beside the parameters of an operation, by their names in the API. */
export interface CallOptions {
  /** Default: a new one for each call, which all of its attempts send. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

type Name = keyof typeof OPERATIONS;
type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Text;
// What an operation does not have is `never`, or optional and undefined.
type Given<Part> = [NonNullable<Part>] extends [never] ? unknown : NonNullable<Part>;
type ParametersOf<It> = It extends { parameters: infer All }
  ? Given<"path" extends keyof All ? All["path"] : never> &
      Given<"query" extends keyof All ? All["query"] : never> & {
        headers?: "header" extends keyof All ? NonNullable<All["header"]> : never;
      }
  : unknown;
type Json<Sent> = Sent extends { content: { "application/json": infer Shape } } ? Shape : never;
type Body<It> = It extends { requestBody: infer Sent extends object }
  ? { body: Json<Sent> }
  : It extends { requestBody?: infer Sent }
    ? [NonNullable<Sent>] extends [never]
      ? unknown
      : { body?: Json<NonNullable<Sent>> }
    : unknown;
type Success<It> = It extends { responses: infer All }
  ? All[keyof All] extends { content: { "application/json": infer Json } }
    ? Json
    : never
  : never;

/** The argument of an operation: its parameters by name, `body`, `headers`, and the options of every call. */
export type CallArguments<Operation extends Name> = ParametersOf<operations[Operation]> &
  Body<operations[Operation]> &
  CallOptions;

/** The answer of an operation. */
export type CallResult<Operation extends Name> = Success<operations[Operation]>;

type Call<Operation extends Name> =
  // No parameter is required: then neither is the argument.
  object extends CallArguments<Operation>
    ? (call?: CallArguments<Operation>) => Promise<CallResult<Operation>>
    : (call: CallArguments<Operation>) => Promise<CallResult<Operation>>;

/** A method for each operation: `authorizePayment({ body: … })`, `getPayment({ transaction_id: … })`. */
export type Operations = { [Operation in Name as Camel<Operation>]: Call<Operation> };

interface AnyCall extends CallOptions {
  body?: unknown;
  headers?: Record<string, string | undefined>;
  [parameter: string]: unknown;
}

class Client {
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly maxRetries: number;
  readonly #apiKey: string | undefined;
  readonly #donorToken: string | undefined;

  constructor({ baseUrl, apiKey, donorToken, timeoutMs = TIMEOUT_MS, maxRetries = MAX_RETRIES }: SandboxOptions) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.#apiKey = apiKey;
    this.#donorToken = donorToken;
    this.timeoutMs = timeoutMs;
    this.maxRetries = maxRetries;
  }

  async call(operation: Name, call: AnyCall = {}): Promise<unknown> {
    const { body, headers = {}, idempotencyKey, signal, ...parameters } = call;
    const [method, template, takesKey] = OPERATIONS[operation];
    const key = takesKey ? (idempotencyKey ?? crypto.randomUUID()) : undefined;
    const address = addressOf(template, parameters);
    const sent = new Headers({ accept: "application/json" });
    const all = {
      ...headers,
      "x-api-key": this.#apiKey,
      authorization: this.#donorToken === undefined ? undefined : `Bearer ${this.#donorToken}`,
      "content-type": body === undefined ? undefined : "application/json",
      "x-idempotency-key": key,
    };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) sent.set(name, value);
    const request: RequestInit = { method, headers: sent, redirect: "manual" };
    if (body !== undefined) request.body = JSON.stringify(body);
    const result = await this.#send(address, request, method !== "POST" || key !== undefined, signal);
    return answerOf(result, `${method} ${address}`, `${method} ${this.baseUrl}${address}`, key);
  }

  async #send(address: string, request: RequestInit, repeatable: boolean, signal?: AbortSignal): Promise<Result> {
    for (let retries = 0; ; retries++) {
      const result = await this.#sendOnce(address, request, signal);
      signal?.throwIfAborted();
      const waitMs = waitBeforeRetry(result, { repeatable, retries, maxRetries: this.maxRetries });
      if (waitMs === undefined) return result;
      await pause(waitMs, signal);
    }
  }

  async #sendOnce(address: string, request: RequestInit, signal?: AbortSignal): Promise<Result> {
    const timeout = AbortSignal.timeout(this.timeoutMs);
    const ends = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      const response = await fetch(this.baseUrl + address, { ...request, signal: ends });
      const text = await response.text();
      // A success that is not a JSON object was cut off on its way, and is as good as none.
      if (response.ok && objectIn(text) === undefined) return { error: new Error("the answer is not a JSON object") };
      return { status: response.status, headers: response.headers, text };
    } catch (error) {
      return { error };
    }
  }
}

/** The native API at a base URL, with an API key: a method for each operation. Calls reject with RequestError. */
export type Sandbox = Operations;

export interface SandboxConstructor {
  new (options: SandboxOptions): Sandbox;
}

const BY_METHOD = new Map(Object.keys(OPERATIONS).map((name) => [camel(name), name as Name]));

/**
 * The native API at a base URL, with an API key: a method for each operation.
 *
 * Amounts are in minor units, times are RFC 3339 in UTC. A declined card is an answer, not an error. Each call makes one
 * idempotency key (UUID v4), unless it is given one, and sends it with every attempt. At most `maxRetries` times, a call
 * is sent again: after a lost connection, a 429 and a 500, 502, 503 or 504, with an exponential back-off or after the
 * answer's Retry-After. Calls reject with ApiError and NoAnswerError.
 */
export const Sandbox = class {
  constructor(options: SandboxOptions) {
    const client = new Client(options);
    for (const [method, operation] of BY_METHOD) {
      Object.defineProperty(this, method, { value: (call?: AnyCall) => client.call(operation, call) });
    }
  }
} as unknown as SandboxConstructor;

function camel(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Return the path with its parameters filled in; the others are the query. */
function addressOf(template: string, parameters: Record<string, unknown>): string {
  const query = new URLSearchParams();
  let path = template;
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    if (template.includes(`{${name}}`)) path = path.replace(`{${name}}`, () => encodeURIComponent(String(value)));
    else query.set(name, String(value));
  }
  return query.size === 0 ? path : `${path}?${query}`;
}

function answerOf(result: Result, request: string, absolute: string, key: string | undefined): unknown {
  if ("error" in result) {
    throw new NoAnswerError(`${absolute} was not answered: ${reasonOf(result.error)}`, key, { cause: result.error });
  }
  const { status, headers, text } = result;
  const content = objectIn(text);
  if (status >= 200 && status < 300) return content;
  const problem: Problem = content ?? {};
  const shown = problem.code === undefined ? text.slice(0, SHOWN_MAX) : `${problem.code}. ${problem.detail ?? ""}`;
  const message = `${request} was answered with ${status}: ${shown.trimEnd()}`;
  throw new ApiError(message, status, problem, headers, key);
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "object" && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  // fetch puts the reason, such as a refused connection, into the cause.
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return reason instanceof Error ? reason.message : String(reason);
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
  signal?.throwIfAborted();
}
