import { createContext, useContext } from "react";
import type { Problem } from "./schema";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type QueryValue = string | number | boolean | null | undefined;

export interface RequestOptions {
  query?: Record<string, QueryValue>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as form fields, as the Stripe-compatible API expects. */
  form?: Record<string, QueryValue>;
  headers?: Record<string, string>;
  /** A POST may be repeated with the same key. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface Answer<T> {
  data: T;
  status: number;
  requestId: string | null;
  /** Whether the first answer to this idempotency key was repeated. */
  replayed: boolean;
  headers: Headers;
}

/** An answer with an error: a problem (RFC 9457) of the native API, or an error of the Stripe-compatible API. */
export class ApiError extends Error {
  readonly problem: Problem;
  readonly status: number;
  readonly requestId: string | null;
  /** The whole body, as text. */
  readonly body: string;

  constructor(problem: Problem, requestId: string | null, body: string) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.problem = problem;
    this.status = problem.status;
    this.requestId = requestId;
    this.body = body;
  }

  /** Whether the API key is not accepted: mistyped, deleted, or of a sandbox whose data was reset. */
  get isKeyRefused(): boolean {
    return this.status === 401;
  }
}

/** 429: the key's limit is spent. `retryAt` is in milliseconds since 1970. */
export class ThrottledError extends ApiError {
  readonly retryAt: number;

  constructor(problem: Problem, requestId: string | null, body: string, retryAt: number) {
    super(problem, requestId, body);
    this.name = "ThrottledError";
    this.retryAt = retryAt;
  }
}

/** No answer: the sandbox is stopped, or the network is down. */
export class OfflineError extends Error {
  constructor(cause: unknown) {
    super("No answer from the sandbox.", { cause });
    this.name = "OfflineError";
  }
}

const DEFAULT_RETRY_S = 1;

/** Milliseconds since 1970 of a Retry-After header: seconds or an HTTP date. */
export function retryAt(header: string | null, now: number): number {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return now + Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? now + DEFAULT_RETRY_S * 1000 : Math.max(date, now);
}

/** A random idempotency key. */
export function newIdempotencyKey(): string {
  return crypto.randomUUID();
}

function encode(values: Record<string, QueryValue>): URLSearchParams {
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== null && value !== "") fields.append(name, String(value));
  }
  return fields;
}

function withQuery(url: string, query: Record<string, QueryValue> | undefined): string {
  const text = query ? encode(query).toString() : "";
  return text ? `${url}?${text}` : url;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Read an error of either API; gateways in between may answer with HTML or nothing. */
function readProblem(status: number, text: string, requestId: string | null): Problem {
  const fallback: Problem = {
    type: "about:blank",
    title: `HTTP ${status}`,
    status,
    detail: "",
    code: `http_${status}`,
    retryable: status === 429 || status >= 500,
    doc_url: "",
    request_id: requestId ?? "",
  };
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return fallback;
  }
  if (!isRecord(body)) return fallback;
  const error = body["error"];
  if (isRecord(error)) {
    const read = (name: string) => (typeof error[name] === "string" ? error[name] : "");
    const code = read("code") || read("type") || fallback.code;
    const param = read("param");
    return {
      ...fallback,
      title: read("type") || fallback.title,
      detail: read("message"),
      code,
      ...(param && { param }),
    };
  }
  return { ...fallback, ...body, status };
}

async function send<T>(url: string, init: RequestInit): Promise<Answer<T>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { ...init, cache: "no-store", credentials: "omit", redirect: "error" });
    text = await response.text();
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new OfflineError(error);
  }
  const { status, headers } = response;
  const requestId = headers.get("Request-Id") ?? headers.get("x-amzn-RequestId");
  if (status >= 400) {
    const problem = readProblem(status, text, requestId);
    if (status !== 429) throw new ApiError(problem, requestId, text);
    throw new ThrottledError(problem, requestId, text, retryAt(headers.get("Retry-After"), Date.now()));
  }
  const isJson = headers.get("Content-Type")?.includes("json") ?? false;
  const data = (text && isJson ? JSON.parse(text) : text) as T;
  return { data, status, requestId, replayed: headers.get("Idempotent-Replayed") === "true", headers };
}

/** Calls of one API with one key. */
export interface Client {
  request<T>(method: Method, path: string, options?: RequestOptions): Promise<Answer<T>>;
  /** The body of a GET. */
  get<T>(path: string, query?: Record<string, QueryValue>, signal?: AbortSignal): Promise<T>;
}

function createClient(base: string, credential: Record<string, string>): Client {
  const request = <T>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer<T>> => {
    const headers: Record<string, string> = { ...credential, ...options.headers };
    if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
    const init: RequestInit = { method, headers };
    if (options.signal) init.signal = options.signal;
    if (options.form) {
      init.body = encode(options.form);
    } else if (options.body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(options.body);
    }
    return send<T>(withQuery(base + path, options.query), init);
  };
  return {
    request,
    async get<T>(path: string, query?: Record<string, QueryValue>, signal?: AbortSignal) {
      const answer = await request<T>("GET", path, { ...(query && { query }), ...(signal && { signal }) });
      return answer.data;
    },
  };
}

/** The native API. Throws ApiError, ThrottledError and OfflineError. */
export function createNativeClient(base: string, apiKey: string): Client {
  return createClient(base, { "X-Api-Key": apiKey });
}

/** The Stripe-compatible API; `base` includes /v1. Throws as the native client does. */
export function createStripeClient(base: string, apiKey: string): Client {
  return createClient(base, { Authorization: `Bearer ${apiKey}` });
}

/** The sandbox's own routes on this machine, for its own pages, which need a session and no key. */
export function createSandboxClient(session: string | null): Client {
  const ownPage = { "Paysandbox-Page": "1" };
  return createClient("/_paysandbox", session ? { ...ownPage, Authorization: `Bearer ${session}` } : ownPage);
}

/** The routes for donors: the public ones without a token, and a donor's own with an identity token. */
export function createDonorClient(base: string, token: string | null): Client {
  return createClient(base, token ? { Authorization: `Bearer ${token}` } : {});
}

export interface Clients {
  native: Client;
  stripe: Client;
}

export const ClientsContext = createContext<Clients | null>(null);

/** The native API with the key of the selected merchant. */
export function useApi(): Client {
  return useClients().native;
}

/** The Stripe-compatible API with the key of the selected merchant. */
export function useStripeApi(): Client {
  return useClients().stripe;
}

function useClients(): Clients {
  const clients = useContext(ClientsContext);
  if (!clients) throw new Error("ClientsContext is missing.");
  return clients;
}
