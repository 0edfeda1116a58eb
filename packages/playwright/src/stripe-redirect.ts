/**
 * Fulfills Stripe's hosts in a browser of Playwright from the sandbox, so that a page needs no change for tests.
 *
 * The page may have Stripe's Content-Security-Policy, and be served over https. `route.continue` cannot lead a request
 * from https to http, so each is sent from here.
 */

import type { BrowserContext, Request, Route } from "@playwright/test";

const TIMEOUT_MS = 30_000;
/** What Stripe.js of the sandbox calls, if it was loaded from the first. */
const HOSTS = /^https:\/\/(?:js|api|hooks)\.stripe\.com\//;
// What `serviceWorkers: "block"` of Playwright's `newContext` adds. A worker's requests would not be fulfilled.
const NO_SERVICE_WORKERS =
  "if (self.ServiceWorkerContainer) ServiceWorkerContainer.prototype.register = async () => {" +
  " console.warn('Service workers are blocked: their requests could not be redirected.'); };";
// Of the connection, which is another one (RFC 9110, section 7.6.1), and the encoding, since bodies are passed on as
// they are. A page's `cookie` is not among the headers that Playwright gives.
const NOT_SENT = new Set([
  ...["accept-encoding", "connection", "content-length", "host", "keep-alive", "te", "transfer-encoding", "upgrade"],
]);
const NOT_RETURNED = new Set(["connection", "content-length", "keep-alive", "transfer-encoding"]);

/** A page's request, without its query, which has secrets. `status` is null if the sandbox did not respond. */
export interface RedirectedRequest {
  method: string;
  host: string;
  path: string;
  status: number | null;
}

/** The sandbox that answers for Stripe's hosts, and the requests that it was sent, in order. */
export class StripeRedirect {
  readonly requests: RedirectedRequest[] = [];

  constructor(readonly url: string) {}

  /** Return a line for each method, host, path and status, with the number of requests if there were several. */
  toString(): string {
    const counts = new Map<string, number>();
    for (const { method, host, path, status } of this.requests) {
      const line = `  ${method} https://${host}${path} ${status ?? "was not answered"}`;
      counts.set(line, (counts.get(line) ?? 0) + 1);
    }
    const lines = Array.from(counts, ([line, number]) => (number > 1 ? `${line} (${number} times)` : line));
    return [`Redirected from Stripe's hosts to ${this.url}:`, ...(lines.length > 0 ? lines : ["  nothing"])].join("\n");
  }
}

export interface RedirectOptions {
  /** The sandbox's base URL, as `paysandbox status` prints it. */
  url: string;
}

/**
 * Answer all requests of a context to Stripe's hosts from the sandbox, until the context is closed.
 *
 * Service workers cannot be registered in its pages.
 */
export async function redirectStripe(context: BrowserContext, { url }: RedirectOptions): Promise<StripeRedirect> {
  const redirect = new StripeRedirect(url.replace(/\/+$/, ""));
  let isClosed = false;
  context.on("close", () => {
    isClosed = true;
  });
  await context.addInitScript(NO_SERVICE_WORKERS);
  await context.route(HOSTS, async (route) => {
    try {
      await answer(route, redirect);
    } catch (error) {
      if (!isClosed) throw error; // otherwise a page was still loading at the end of the test
    }
  });
  return redirect;
}

/** Answer a request from the sandbox. A redirect is left to the browser. */
async function answer(route: Route, { url, requests }: StripeRedirect): Promise<void> {
  const request = route.request();
  const { host, pathname: path, search } = new URL(request.url());
  const method = request.method();
  let response: Response;
  let body: Buffer;
  try {
    response = await fetch(url + path + search, {
      method,
      headers: headersSent(request),
      body: request.postDataBuffer(),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body = Buffer.from(await response.arrayBuffer());
  } catch {
    requests.push({ method, host, path, status: null });
    await route.abort("connectionrefused");
    return;
  }
  requests.push({ method, host, path, status: response.status });
  await route.fulfill({ status: response.status, headers: headersReturned(response.headers), body });
}

function headersSent(request: Request): Record<string, string> {
  const sent = Object.entries(request.headers()).filter(([name]) => !NOT_SENT.has(name) && !name.startsWith(":"));
  // A sandbox answers pages of other sites only for its own keys. This is a program of this machine, as the tests are.
  // A preflight has no key, and asks about this very header.
  const headers = sent.filter(([name]) => name !== "origin" || request.method() === "OPTIONS");
  return { ...Object.fromEntries(headers), "accept-encoding": "identity" };
}

/** Return the headers for `route.fulfill`, which takes several cookies as lines of one. */
function headersReturned(headers: Headers): Record<string, string> {
  const returned = Object.fromEntries(Array.from(headers).filter(([name]) => !NOT_RETURNED.has(name)));
  const cookies = headers.getSetCookie();
  return cookies.length > 0 ? { ...returned, "set-cookie": cookies.join("\n") } : returned;
}
