import { vi } from "vitest";
import type { Config } from "../../src/api/config";
import type { FeedEntry, FeedPage, RequestEntry } from "../../src/api/shapes";

/** A request that the page sent. */
export interface Sent {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  /** The body's text, empty without one. */
  body: string;
}

export interface Reply {
  status?: number;
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

type Answerer = Reply | ((sent: Sent) => Reply | Promise<Reply>);

export interface Sandbox {
  /** Every request, oldest first. */
  sent: Sent[];
  /** Answers by `METHOD /path`; a route may be replaced during a test. */
  routes: Record<string, Answerer>;
  /** While true no request gets an answer. */
  down: boolean;
}

/** Stands for the sandbox at the other end of `fetch`; a request to an unknown route is answered with 404. */
export function startSandbox(routes: Record<string, Answerer> = {}): Sandbox {
  const sandbox: Sandbox = { sent: [], routes, down: false };
  vi.stubGlobal("fetch", async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(new URL(input instanceof Request ? input.url : input, location.href), init);
    const url = new URL(request.url);
    const sent = {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: await request.text(),
    };
    sandbox.sent.push(sent);
    if (sandbox.down) throw new TypeError("Failed to fetch");
    const answerer = sandbox.routes[`${sent.method} ${sent.path}`] ?? problem(404, "resource_not_found");
    const reply = typeof answerer === "function" ? await unlessAborted(init?.signal, answerer(sent)) : answerer;
    const status = reply.status ?? 200;
    const headers = { "Content-Type": "application/json", "Request-Id": "req_1", ...reply.headers };
    const hasBody = status !== 304 && status !== 204 && reply.body !== undefined;
    return new Response(hasBody ? JSON.stringify(reply.body) : null, { status, headers });
  });
  return sandbox;
}

/** Reject as `fetch` does when its signal is aborted before there is an answer. */
function unlessAborted<T>(signal: AbortSignal | null | undefined, answer: T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new DOMException("The request was aborted.", "AbortError"));
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    Promise.resolve(answer).then(resolve, reject);
  });
}

/** An error of the native API. */
export function problem(status: number, code: string, detail = "Explanation of the error."): Reply {
  const body = {
    type: `urn:paysandbox:${code}`,
    title: `Title of ${code}`,
    status,
    detail,
    code,
    retryable: false,
    doc_url: `/docs/errors/${code}`,
    request_id: "req_1",
  };
  return { status, body, headers: { "Content-Type": "application/problem+json" } };
}

/** An answer of the feed, oldest entry first; `previous` is the cursor of older entries. */
export function feedPage(
  data: FeedEntry[],
  cursor = "cursor_1",
  has_more = false,
  previous: string | null = null,
): FeedPage {
  return { data, next_cursor: cursor, previous_cursor: previous, has_more };
}

/** A request's entry; the number gives its ID and its second. */
export function requestEntry(number: number, change: Partial<RequestEntry> = {}): RequestEntry {
  const at = new Date(Date.UTC(2026, 10, 22, 12, 0, number)).toISOString();
  return {
    id: `req_${number}`,
    kind: "request",
    at,
    recorded_at: at,
    payment_id: `pay_${number}`,
    amount: 1250,
    currency: "USD",
    reference: `order-${number}`,
    card: { brand: "visa", last4: "4242" },
    request: {
      method: "POST",
      path: "/payments/authorize",
      route: "authorize_payment",
      status: 201,
      outcome: "approved",
      code: null,
      detail: null,
      duration_ms: 21,
      replayed: false,
      transaction_id: `pay_${number}`,
    },
    ...change,
  };
}

export const CONFIG: Config = {
  environment: "local",
  api_base: "",
  v1_base: "/v1",
  region: "us-east-1",
  poll_ms: { active: 5, idle: 5, quiet: 5, hidden: 50 },
  clock: "moves",
  inbox_hang: true,
  version: "1.0.0",
  session: true,
  started_at: "2026-11-22T12:00:00Z",
};

export const DASHBOARD_KEY = `sk_test_demo_dashboard${"a".repeat(32)}`;
export const SECRET_KEY = `sk_test_demo_${"b".repeat(32)}`;
