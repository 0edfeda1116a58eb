/** What a call rejects with: the API's problems (RFC 9457), and requests that got no answer. */

/**
 * The API refused a request or did not answer. The message names the request and the reason.
 *
 * `idempotencyKey` is the key that was sent. The same call with this key has one effect altogether.
 */
export class RequestError extends Error {
  override name = "RequestError";

  constructor(
    message: string,
    readonly idempotencyKey?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** No attempt was answered. The request may have had its effect. */
export class NoAnswerError extends RequestError {
  override name = "NoAnswerError";
}

/** An error as the API answers it. Some codes have further members. */
export interface Problem {
  code?: string;
  detail?: string;
  param?: string | null;
  doc_url?: string;
  request_id?: string;
  [member: string]: unknown;
}

/**
 * The API answered with an error: a problem with a stable `code` to branch on, which its page at `docUrl` explains.
 *
 * `problem` is the whole document. Without one, as from a proxy in between, `code` is undefined. `param` is the parameter
 * at fault, as a dotted path. `retryAfterS` is the answer's Retry-After, in seconds.
 */
export class ApiError extends RequestError {
  override name = "ApiError";
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly param: string | undefined;
  readonly docUrl: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(
    message: string,
    readonly status: number,
    readonly problem: Problem,
    headers: Headers,
    idempotencyKey?: string,
  ) {
    super(message, idempotencyKey);
    this.code = problem.code;
    this.detail = problem.detail;
    this.param = problem.param ?? undefined;
    this.docUrl = problem.doc_url;
    this.requestId = problem.request_id ?? headers.get("request-id") ?? undefined;
    this.retryAfterS = retryAfterS(headers);
  }

  /** Whether the request certainly had no effect: false for a 5xx, after which only the ledger knows. */
  get isOutcomeKnown(): boolean {
    return this.status < 500;
  }
}

/** Return the seconds of a Retry-After. The API sends no dates, and a proxy's date is ignored. */
export function retryAfterS(headers: Headers): number | undefined {
  const text = headers.get("retry-after") ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
