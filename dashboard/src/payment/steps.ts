import type { LoggedRequest, Payment, PaymentOperation, PaymentPosting } from "../api/schema";
import type { EventWithDeliveries } from "./usePayment";

/** An operation with all that belongs to it: the request that asked for it, what it moved, and whom it was sent to. */
export interface OperationStep {
  kind: "operation";
  operation: PaymentOperation;
  /** Null if a timer or a settlement made it, or if an earlier operation of the history has the request. */
  request: LoggedRequest | null;
  postings: PaymentPosting[];
  events: EventWithDeliveries[];
}

/** Requests in a row that did nothing to the payment and are the same: reads, refusals, replays. */
export interface RequestStep {
  kind: "requests";
  /** Oldest first. */
  requests: LoggedRequest[];
}

export type Step = OperationStep | RequestStep;

/** The operation that an event is about. */
function operationOf({ event }: EventWithDeliveries): unknown {
  return event.data["transaction_id"];
}

const isSame = (a: LoggedRequest, b: LoggedRequest) =>
  a.method === b.method && a.path === b.path && a.status === b.status && a.code === b.code;

/** When a request was sent, in milliseconds of real time. */
const sentAt = (request: LoggedRequest) => Date.parse(request.created_at);

/**
 * The history of a payment. Operations are in the order of their times, by the sandbox's clock: the API's order is that
 * of recording, which a moved clock can change. Other requests that name the payment are where real time puts them
 * between those whose request is logged. Events that are about no operation are with the last.
 */
export function historyOf(
  payment: Payment,
  postings: readonly PaymentPosting[],
  events: readonly EventWithDeliveries[],
  requests: readonly LoggedRequest[],
): Step[] {
  const byId = new Map(requests.map((request) => [request.request_id, request]));
  const shown = new Set<string>();
  const named = new Set(payment.operations.map(({ transaction_id }) => transaction_id));
  const steps: Step[] = [];
  const others = requests
    .filter(({ request_id }) => !payment.operations.some((operation) => operation.request_id === request_id))
    .toSorted((a, b) => sentAt(a) - sentAt(b));

  const addOthersBefore = (time: number) => {
    while (others[0] && sentAt(others[0]) < time) addOther(others.shift());
  };
  const addOther = (request: LoggedRequest | undefined) => {
    if (!request) return;
    const last = steps.at(-1);
    if (last?.kind === "requests" && last.requests[0] && isSame(last.requests[0], request)) last.requests.push(request);
    else steps.push({ kind: "requests", requests: [request] });
  };

  const operations = payment.operations.toSorted((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  operations.forEach((operation, index) => {
    const logged = byId.get(operation.request_id) ?? null;
    if (logged) addOthersBefore(sentAt(logged));
    const isLast = index === operations.length - 1;
    steps.push({
      kind: "operation",
      operation,
      request: logged && !shown.has(logged.request_id) ? logged : null,
      postings: postings.filter(({ transaction_id }) => transaction_id === operation.transaction_id),
      events: events.filter((event) => {
        const of = operationOf(event);
        return of === operation.transaction_id || (isLast && !(typeof of === "string" && named.has(of)));
      }),
    });
    if (logged) shown.add(logged.request_id);
  });
  addOthersBefore(Infinity);
  return steps;
}
