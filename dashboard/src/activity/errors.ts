import type { LoggedRequest } from "../api/schema";

/** Failed requests with the same code on the same route. */
export interface ErrorGroup {
  /** Of a declined card, which has none, `declined`. */
  code: string;
  route: string;
  status: number;
  count: number;
  /** The oldest and the newest of them. */
  first: LoggedRequest;
  last: LoggedRequest;
}

/** Failed requests by code and route, those that were seen last first. `requests` are in the log's order: newest first. */
export function groupErrors(requests: readonly LoggedRequest[]): readonly ErrorGroup[] {
  const groups = new Map<string, ErrorGroup>();
  for (const request of requests) {
    const { route, status } = request;
    const code = request.code ?? request.outcome;
    const key = `${code} ${route}`;
    const known = groups.get(key);
    if (known) {
      known.count += 1;
      known.first = request;
    } else groups.set(key, { code, route, status, count: 1, first: request, last: request });
  }
  return [...groups.values()];
}
