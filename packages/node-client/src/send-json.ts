/** JSON requests to the sandbox's AWS, which has no document that a client is generated from. */

import { RequestError } from "./api/index.js";

const TIMEOUT_MS = 30_000;

export interface JsonRequest {
  body?: string;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** Send a request and return the JSON object in the response; an empty response is `{}`. Rejects with RequestError. */
export async function sendJson(
  baseUrl: string,
  method: string,
  path: string,
  { body, headers = {}, timeoutMs = TIMEOUT_MS }: JsonRequest = {},
): Promise<Record<string, unknown>> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${baseUrl}${path}`, {
      method,
      headers,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body }),
    });
    text = await response.text();
  } catch (error) {
    throw new RequestError(`${method} ${baseUrl}${path} was not answered: ${reasonOf(error)}`, undefined, { cause: error });
  }
  const answer = objectIn(text);
  if (!response.ok || answer === undefined) {
    const problem = answer?.["code"] === undefined ? text.slice(0, 200) : `${answer["code"]}. ${answer["detail"] ?? ""}`;
    throw new RequestError(`${method} ${path} was answered with ${response.status}: ${problem.trimEnd()}`);
  }
  return answer;
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = text === "" ? {} : JSON.parse(text);
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
