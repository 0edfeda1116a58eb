import type { LoggedRequest } from "../api/schema";

/** Failed requests with the same code on the same route. */
export interface ErrorGroup {
  /** Of a declined card, its decline code, or `declined` if the answer has none. */
  code: string;
  isDecline: boolean;
  route: string;
  status: number;
  count: number;
  /** The oldest and the newest of them. */
  first: LoggedRequest;
  last: LoggedRequest;
}

const DECLINE_CODE = /"decline_code"\s*:\s*"(\w+)"/;

/** The decline code of a request that the bank declined, null of another. */
export function declineOf({ outcome, code, answer }: LoggedRequest): string | null {
  if (code || outcome !== "declined") return null;
  return DECLINE_CODE.exec(answer ?? "")?.[1] ?? outcome;
}

/** Failed requests by code and route, those that were seen last first. `requests` are in the log's order: newest first. */
export function groupErrors(requests: readonly LoggedRequest[]): readonly ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const request of requests) {
    const { route, status } = request;
    const decline = declineOf(request);
    const code = request.code ?? decline ?? request.outcome;
    const isDecline = decline !== null;
    const key = `${isDecline ? "declined" : ""} ${code} ${route}`;
    const known = groups.get(key);
    if (known) {
      known.count += 1;
      known.first = request;
    } else groups.set(key, { code, isDecline, route, status, count: 1, first: request, last: request });
  }
  return [...groups.values()];
}
