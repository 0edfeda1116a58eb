/**
 * When a request is sent again, and after how long. Whether it may be repeated at all is decided here alone.
 *
 * A request may be repeated after an unknown outcome if repeating it has no second effect: a read, a change that sets
 * what it says, a deletion, and a POST with an idempotency key, which the API performs once per key. Any other POST is
 * sent again only if it was certainly not performed.
 */

import { retryAfterS } from "./errors.js";

/** How often a request is sent again, unless the client says otherwise. */
export const MAX_RETRIES = 2;

/** An answer that asks for a longer wait is returned: its caller knows better what to do until then. */
const RETRY_AFTER_S_MAX = 30;
const RATE_LIMITED = 429;
const OUTCOME_UNKNOWN = [500, 502, 503, 504];
const FIRST_WAIT_MS = 500;
const WAIT_MS_MAX = 8_000;

// Before any byte of the request was sent.
const NOT_SENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"];

/** An answer, whose body was read, or what happened instead of one. */
export type Result = { status: number; headers: Headers; text: string } | { error: unknown };

/** How a request may be repeated. `retries` is how often it was sent again already. */
export interface Repetition {
  repeatable: boolean;
  retries: number;
  maxRetries: number;
}

/** Return the milliseconds to wait before the request is sent again, or undefined if it is not. */
export function waitBeforeRetry(result: Result, { repeatable, retries, maxRetries }: Repetition): number | undefined {
  if (retries >= maxRetries || !mayBeSentAgain(result, repeatable)) return undefined;
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** retries, WAIT_MS_MAX);
  // Between half of it and all of it, so that clients that failed together do not come back together.
  const jitteredMs = waitMs * (0.5 + Math.random() / 2);
  const requestedS = "error" in result ? undefined : retryAfterS(result.headers);
  if (requestedS === undefined) return jitteredMs;
  return requestedS > RETRY_AFTER_S_MAX ? undefined : Math.max(requestedS * 1000, jitteredMs);
}

function mayBeSentAgain(result: Result, repeatable: boolean): boolean {
  if ("error" in result) return repeatable || wasNotSent(result.error);
  return result.status === RATE_LIMITED || (repeatable && OUTCOME_UNKNOWN.includes(result.status));
}

function wasNotSent(error: unknown): boolean {
  // fetch puts the reason, such as a refused connection, into the cause; several addresses have a cause each.
  const cause = error instanceof Error ? error.cause : undefined;
  const causes: unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  return causes.every((it) => it instanceof Error && "code" in it && NOT_SENT.includes(String(it.code)));
}
