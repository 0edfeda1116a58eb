import { describe, expect, it } from "vitest";
import type { LoggedRequest, Payment, PaymentOperation, PaymentPosting } from "../src/api/schema";
import { historyOf, type Step } from "../src/payment/steps";
import type { EventWithDeliveries } from "../src/payment/usePayment";

const at = (second: number) => `2026-11-22T12:00:${String(second).padStart(2, "0")}.000000Z`;

const operation = (name: string, second: number, request = `r-${name}`) =>
  ({ type: name, transaction_id: name, request_id: request, created_at: at(second) }) as PaymentOperation;
const request = (id: string, second: number, path = "/payments", status = 200) =>
  ({ request_id: id, created_at: at(second), method: "GET", path, status, code: null }) as unknown as LoggedRequest;
const event = (id: string, of?: string) =>
  ({
    event: { id, data: of === undefined ? {} : { transaction_id: of } },
    deliveries: [],
  }) as unknown as EventWithDeliveries;
const posting = (of: string) => ({ transaction_id: of, amount: 1 }) as PaymentPosting;
const payment = (...operations: PaymentOperation[]) => ({ operations }) as Payment;

/** Each step in a word: `operation request+postings+events`, or the IDs of requests. */
function words(steps: Step[]): string[] {
  return steps.map((step) =>
    step.kind === "requests"
      ? step.requests.map(({ request_id }) => request_id).join("+")
      : [
          step.operation.type,
          step.request?.request_id ?? "-",
          step.postings.length,
          step.events.map((each) => each.event.id).join("+") || "-",
        ].join(" "),
  );
}

describe("the history of a payment", () => {
  it("has each operation with its own request, postings and events", () => {
    const shown = historyOf(
      payment(operation("authorize", 1), operation("capture", 5)),
      [posting("authorize"), posting("capture"), posting("capture")],
      [event("e1", "authorize"), event("e2", "capture")],
      [request("r-capture", 5), request("r-authorize", 1)],
    );
    expect(words(shown)).toEqual(["authorize r-authorize 1 e1", "capture r-capture 2 e2"]);
  });

  it("puts other requests between those of operations by real time, and folds the same in a row", () => {
    const shown = historyOf(
      payment(operation("authorize", 1), operation("capture", 5)),
      [],
      [],
      [
        request("late", 9, "/payments/1"),
        request("r-capture", 5),
        request("poll-2", 4),
        request("poll-1", 3),
        request("refused", 2, "/payments/capture", 409),
        request("r-authorize", 1),
      ],
    );
    expect(words(shown)).toEqual([
      "authorize r-authorize 0 -",
      "refused",
      "poll-1+poll-2",
      "capture r-capture 0 -",
      "late",
    ]);
  });

  it("shows a request that made two operations with the first", () => {
    const both = [operation("authorize", 1, "r"), operation("capture", 1, "r")];
    expect(words(historyOf(payment(...both), [], [], [request("r", 1)]))).toEqual(["authorize r 0 -", "capture - 0 -"]);
  });

  it("keeps the clock's order of operations that a timer recorded", () => {
    const recorded = payment(operation("dispute", 5), operation("settle", 2), operation("authorize", 1));
    expect(words(historyOf(recorded, [], [], []))).toEqual(["authorize - 0 -", "settle - 0 -", "dispute - 0 -"]);
  });

  it("leaves out no event: one about no operation is with the last", () => {
    expect(words(historyOf(payment(operation("authorize", 1)), [], [event("e1")], []))).toEqual(["authorize - 0 e1"]);
  });
});
