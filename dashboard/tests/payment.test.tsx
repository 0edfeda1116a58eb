import { act, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import type { Payment } from "../src/api/schema";
import { accountsOf, balanceOf } from "../src/payment/Accounts";
import { possibleOperations, refundableCaptures } from "../src/payment/Operations";
import PaymentPage from "../src/payment/PaymentPage";
import { resetSession } from "../src/api/session";
import { DEMO, renderPage } from "./support/render";
import { feedPage, problem, requestEntry, startSandbox, type Sandbox } from "./support/sandbox";

const AUTH = "auth_1";
const CAPTURE = "cap_1";

function payment(change: Partial<Payment> = {}): Payment {
  return {
    auth_id: AUTH,
    transaction_id: AUTH,
    status: "partially_captured",
    amount: 2000,
    currency: "USD",
    capture_method: "manual",
    card: { card_id: "card_1", brand: "visa", last4: "4242", exp_month: 12, exp_year: 2030 },
    created_at: "2026-11-22T12:00:00Z",
    expires_at: "2026-11-29T12:00:00Z",
    captured: 1500,
    released: 0,
    refunded: 500,
    remaining: 500,
    captures: [{ transaction_id: CAPTURE, amount: 1500, refunded: 500 }],
    refunds: [{ transaction_id: "ref_1", capture_id: CAPTURE, amount: 500, status: "succeeded" }],
    operations: [
      {
        transaction_id: AUTH,
        type: "authorization",
        amount: 2000,
        created_at: "2026-11-22T12:00:00Z",
        request_id: "r1",
      },
      { transaction_id: CAPTURE, type: "capture", amount: 1500, created_at: "2026-11-22T12:01:00Z", request_id: "r2" },
    ],
    ...change,
  };
}

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    [`GET /payments/${AUTH}`]: { body: payment() },
    [`GET /payments/${AUTH}/postings`]: {
      body: {
        data: [
          {
            transaction_id: AUTH,
            created_at: "x",
            debit: "memo_hold",
            credit: "memo_hold_contra",
            amount: 2000,
            currency: "USD",
          },
          {
            transaction_id: CAPTURE,
            created_at: "x",
            debit: "memo_hold_contra",
            credit: "memo_hold",
            amount: 1500,
            currency: "USD",
          },
        ],
      },
    },
    [`GET /sandbox/simulate/${AUTH}`]: {
      body: {
        id: AUTH,
        kind: "payment",
        status: "approved",
        actions: [
          {
            action: "reverse",
            description: "The issuer reverses the hold.",
            parameters: [{ name: "amount", type: "integer", description: "How much.", required: false }],
          },
        ],
        due: [{ id: AUTH, action: "expire", due_at: "2026-11-29T12:00:00Z" }],
        objects: [],
      },
    },
    "GET /sandbox/clock": {
      body: { now: "2026-11-22T12:00:00Z", wall: "2026-11-22T12:00:00Z", offset_s: 0, may_move: true },
    },
    "GET /events": {
      body: {
        data: [{ id: "evt_1", type: "payment_captured", timestamp: "2026-11-22T12:01:00Z", sequence: 2, data: {} }],
        next_cursor: null,
      },
    },
    "GET /webhooks/deliveries": {
      body: {
        data: [{ delivery_id: "wd_1", event_id: "evt_1", endpoint_id: "we_1", status: "pending", attempts: 2 }],
        next_cursor: null,
      },
    },
    "GET /webhooks/deliveries/wd_1": {
      body: {
        delivery_id: "wd_1",
        event_id: "evt_1",
        endpoint_id: "we_1",
        status: "pending",
        attempts: [{ number: 1, at: "2026-11-22T12:01:01Z", latency_ms: 12, status: 503, request_headers: {} }],
        resends: 0,
      },
    },
    "GET /requests": { body: { data: [], next_cursor: null, searched: 0 } },
    "GET /requests/r1": problem(404, "resource_not_found"),
    "GET /requests/r2": {
      body: {
        request_id: "r2",
        created_at: "2026-11-22T12:01:00Z",
        method: "POST",
        route: "capture_payment",
        status: 200,
        outcome: "captured",
        duration_ms: 9,
        replayed: false,
        idempotency_key: "key-2",
        body: "{}",
        answer: '{"status":"completed"}',
      },
    },
  });
});

const show = () => renderPage(<PaymentPage />, { at: `/payments/${AUTH}`, route: "/payments/:id" });
const sentTo = (path: string) => sandbox.sent.filter((sent) => sent.path === path);

describe("what a payment allows", () => {
  it.each<[string, Partial<Payment>, string[]]>([
    ["a held rest and a capture", {}, ["capture", "void", "refund"]],
    ["only a hold", { status: "approved", captured: 0, captures: [], refunds: [] }, ["capture", "increment", "void"]],
    ["a declined payment", { status: "declined", remaining: 0, captures: [], refunds: [] }, []],
    ["an expired hold", { status: "expired", remaining: 0, captures: [], refunds: [] }, []],
  ])("%s", (_, change, expected) => {
    expect(possibleOperations(payment(change))).toEqual(expected);
  });

  const two = {
    status: "captured",
    remaining: 0,
    captured: 1500,
    refunds: [],
    captures: [
      { transaction_id: "cap_1", amount: 1000, refunded: 0 },
      { transaction_id: "cap_2", amount: 500, refunded: 0 },
    ],
  } as const;
  it.each<[string, NonNullable<Payment["dispute"]>["status"], number, [string, number][]]>([
    ["nothing during a chargeback", "needs_response", 300, []],
    ["nothing during its review", "under_review", 300, []],
    [
      "all during an inquiry",
      "warning_needs_response",
      0,
      [
        ["cap_1", 1000],
        ["cap_2", 500],
      ],
    ],
    ["what a lost dispute left", "lost", 1200, [["cap_2", 300]]],
    ["nothing of what was lost entirely", "lost", 1500, []],
    [
      "all after it was won",
      "won",
      0,
      [
        ["cap_1", 1000],
        ["cap_2", 500],
      ],
    ],
  ])("refunds %s", (_, status, disputed, expected) => {
    const found = refundableCaptures(
      payment({ ...two, captures: [...two.captures], refunds: [], disputed, dispute: { dispute_id: "du_1", status } }),
    );
    expect(found.map(({ id, refundable }) => [id, refundable])).toEqual(expected);
  });

  it("does not offer what a pending refund holds", () => {
    const pending = { transaction_id: "ref_2", capture_id: CAPTURE, amount: 400, status: "pending" as const };
    expect(refundableCaptures(payment({ refunds: [pending] }))).toEqual([{ id: CAPTURE, refundable: 600 }]);
  });
});

describe("postings", () => {
  it("are grouped by account, with debits minus credits as balance", () => {
    const move = (debit: string, credit: string, amount: number) => ({
      transaction_id: "x",
      created_at: "x",
      debit,
      credit,
      amount,
      currency: "USD",
    });
    const accounts = accountsOf([move("a", "b", 300), move("b", "a", 100)]);
    expect([...accounts].map(([name, lines]) => [name, balanceOf(lines)])).toEqual([
      ["a", 200],
      ["b", -200],
    ]);
  });

  it("are shown as T-accounts", async () => {
    const { user } = show();
    await user.click(await screen.findByRole("tab", { name: "Postings" }));
    const table = await screen.findByRole("table", { name: "memo_hold" });
    expect(
      within(table)
        .getAllByRole("cell")
        .map((cell) => cell.textContent),
    ).toEqual(["20.00", "", "", "15.00", "5.00", ""]);
  });
});

describe("the page", () => {
  it("shows amounts, status and operations", async () => {
    show();
    await screen.findByRole("heading", { level: 1, name: `Payment ${AUTH}` });
    expect((await screen.findByText("Can still be captured")).nextSibling?.textContent).toBe("$5.00");
    expect(screen.getByText("Visa •••• 4242")).toBeTruthy();
    await waitFor(() =>
      expect(screen.getAllByRole("listitem").some((item) => item.textContent.includes(CAPTURE))).toBe(true),
    );
  });

  it.each<[string, unknown, string]>([
    ["a name", { name: "Jenny Rosen", email: "jenny@example.com" }, "Jenny Rosen (cus_1)"],
    ["an e-mail address", { name: null, email: "jenny@example.com" }, "jenny@example.com (cus_1)"],
    ["neither", { deleted: true }, "cus_1"],
  ])("shows a customer who has %s", async (_, customer, expected) => {
    sandbox.routes[`GET /payments/${AUTH}`] = { body: payment({ customer: "cus_1" }) };
    sandbox.routes["GET /v1/customers/cus_1"] = { body: customer };
    show();
    await waitFor(() => expect(screen.getByText("Customer").nextSibling?.textContent).toBe(expected));
    await waitFor(() => expect(sentTo("/v1/customers/cus_1")).toHaveLength(1));
  });

  it("shows a customer who cannot be read by the ID, and none where none is named", async () => {
    sandbox.routes[`GET /payments/${AUTH}`] = { body: payment({ customer: "cus_1" }) };
    const { unmount } = show();
    expect((await screen.findByText("Customer")).nextSibling?.textContent).toBe("cus_1");
    unmount();
    sandbox.routes[`GET /payments/${AUTH}`] = { body: payment() };
    show();
    await screen.findByText("Visa •••• 4242");
    expect(screen.queryByText("Customer")).toBeNull();
  });

  it("captures an amount with a key of its own, and says when the amount is none", async () => {
    sandbox.routes["POST /payments/capture"] = { body: {} };
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Capture" }));
    const dialog = await screen.findByRole("dialog");
    const amount = within(dialog).getByLabelText("Amount in USD");
    await user.clear(amount);
    await user.type(amount, "2,5");
    await user.click(within(dialog).getByRole("button", { name: "Capture" }));
    expect(within(dialog).getByRole("alert").textContent).toBe("Enter an amount such as 12.50.");
    await user.clear(amount);
    await user.type(amount, "2.50");
    await user.click(within(dialog).getByRole("button", { name: "Capture" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const [sent] = sentTo("/payments/capture");
    expect(JSON.parse(sent?.body ?? "")).toEqual({ auth_id: AUTH, amount: 250 });
    expect(sent?.headers.get("Idempotency-Key")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("increments an authorization by an amount", async () => {
    sandbox.routes[`GET /payments/${AUTH}`] = { body: payment({ status: "approved", captured: 0, refunded: 0 }) };
    sandbox.routes["POST /payments/increment"] = { body: {} };
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Increment" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByRole("button", { name: "Increment" }));
    expect(within(dialog).getByRole("alert").textContent).toBe("Enter an amount such as 12.50.");
    await user.type(within(dialog).getByLabelText("Amount in USD"), "5.00");
    await user.click(within(dialog).getByRole("button", { name: "Increment" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    const [sent] = sentTo("/payments/increment");
    expect(JSON.parse(sent?.body ?? "")).toEqual({ auth_id: AUTH, amount: 500 });
  });

  it("repeats a refund whose answer was lost with its key, also after the dialog was closed", async () => {
    sandbox.routes["POST /payments/refund"] = () => Promise.reject(new TypeError("Failed to fetch"));
    const { user } = show();
    const refund = async () => {
      await user.click(await screen.findByRole("button", { name: "Refund" }));
      await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Refund" }));
    };
    await refund();
    expect((await screen.findByRole("alert")).textContent).toContain("The sandbox is not responding");
    await user.keyboard("{Escape}");
    sandbox.routes["POST /payments/refund"] = problem(503, "service_unavailable");
    await refund();
    await screen.findByRole("alert");
    sandbox.routes["POST /payments/refund"] = { body: {} };
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Refund" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await refund();
    await waitFor(() => expect(sentTo("/payments/refund")).toHaveLength(4));
    const [lost, refused, answered, next] = sentTo("/payments/refund").map(({ headers }) =>
      headers.get("Idempotency-Key"),
    );
    expect([refused, answered]).toEqual([lost, lost]);
    expect(next).not.toBe(lost);
  });

  it("keeps the form open with the reason of a refusal", async () => {
    sandbox.routes["POST /payments/refund"] = problem(409, "refund_exceeds_captured", "10.00 USD can be refunded.");
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Refund" }));
    await user.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Refund" }));
    expect((await screen.findByRole("alert")).textContent).toContain("10.00 USD can be refunded.");
  });

  it("simulates with integers as numbers, and without empty arguments", async () => {
    sandbox.routes[`POST /sandbox/simulate/${AUTH}/reverse`] = { body: {} };
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: "Simulate" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(await within(dialog).findByRole("button", { name: "Simulate reverse" }));
    await within(dialog).findByText("Done.");
    await user.type(within(dialog).getByLabelText("amount"), "300");
    await user.click(within(dialog).getByRole("button", { name: "Simulate reverse" }));
    await waitFor(() => expect(sentTo(`/sandbox/simulate/${AUTH}/reverse`)).toHaveLength(2));
    expect(sentTo(`/sandbox/simulate/${AUTH}/reverse`).map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      {},
      { amount: 300 },
    ]);
  });

  it("shows events with each attempt", async () => {
    const { user } = show();
    await user.click(await screen.findByRole("tab", { name: "Events" }));
    await screen.findByText("payment_captured");
    expect(screen.getByText("Attempt 1")).toBeTruthy();
    expect(screen.getByText("503")).toBeTruthy();
  });

  it("reads every page of events, and lists deliveries by event only beyond the newest", async () => {
    const eventOf = (number: number) => ({
      id: `evt_${number}`,
      type: `type_${number}`,
      timestamp: `2026-11-22T12:0${number}:00Z`,
      sequence: number,
      data: {},
    });
    const deliveryOf = (number: number) => ({
      delivery_id: `wd_${number}`,
      event_id: `evt_${number}`,
      event_timestamp: eventOf(number).timestamp,
      endpoint_id: `we_${number}`,
      status: "delivered",
      attempts: 1,
      last_attempt_at: eventOf(number).timestamp,
      last_status: 200 + number,
    });
    const pages: Record<string, unknown> = {
      "": { data: [eventOf(3)], next_cursor: "a" },
      a: { data: [], next_cursor: "b" },
      b: { data: [eventOf(1)], next_cursor: null },
    };
    sandbox.routes["GET /events"] = ({ query }) => ({ body: pages[query.get("cursor") ?? ""] });
    sandbox.routes["GET /webhooks/deliveries"] = ({ query }) => ({
      body: query.has("event")
        ? { data: [deliveryOf(1)], next_cursor: null }
        : { data: [deliveryOf(3), deliveryOf(2)], next_cursor: "c" },
    });
    const { user } = show();
    await user.click(await screen.findByRole("tab", { name: "Events" }));
    await screen.findByText("type_1");
    expect(screen.getAllByText(/^type_/).map(({ textContent }) => textContent)).toEqual(["type_1", "type_3"]);
    expect([screen.getByText("201"), screen.getByText("203")]).toHaveLength(2);
    expect(sentTo("/webhooks/deliveries").map(({ query }) => query.get("event"))).toEqual([null, "evt_1"]);
  });

  it("shows the idempotency key, the first answer and replays", async () => {
    const replay = requestEntry(9, { payment_id: AUTH });
    replay.request = { ...replay.request, replayed: true, transaction_id: CAPTURE };
    sandbox.routes["GET /feed"] = { body: feedPage([replay]) };
    const { user } = show();
    await user.click(await screen.findByRole("tab", { name: "Requests" }));
    await screen.findByText("key-2");
    await screen.findByText("1 replay");
    expect(screen.getByText(/The request log does not have this request/)).toBeTruthy();
  });

  it("asks for no request of an operation that none asked for", async () => {
    const [authorization, ...others] = payment().operations;
    if (!authorization) throw new Error("A payment has an authorization.");
    const byItself = ["settle", "sweep", "timer"].map((request_id) => ({
      ...authorization,
      transaction_id: `op_${request_id}`,
      request_id,
    }));
    const operations = [authorization, ...others, ...byItself];
    sandbox.routes[`GET /payments/${AUTH}`] = { body: payment({ operations }) };
    const { user } = show();
    await user.click(await screen.findByRole("tab", { name: "Requests" }));
    await screen.findByText("key-2");
    const asked = sandbox.sent.map(({ path }) => path).filter((path) => path.startsWith("/requests/"));
    expect(asked.sort()).toEqual(["/requests/r1", "/requests/r2"]);
  });

  it("names every operation of a request, and counts its replays", async () => {
    const operations = payment().operations.map((one) => ({ ...one, request_id: "r2" }));
    sandbox.routes[`GET /payments/${AUTH}`] = { body: payment({ operations }) };
    const replay = requestEntry(9, { payment_id: AUTH });
    replay.request = { ...replay.request, replayed: true, transaction_id: AUTH };
    sandbox.routes["GET /feed"] = { body: feedPage([replay]) };
    const { user } = show();
    await user.click(await screen.findByRole("tab", { name: "Requests" }));
    await screen.findByText("authorization and capture");
    await screen.findByText("1 replay");
  });

  it("is read again when the feed has news of it", async () => {
    show();
    await screen.findAllByText("$20.00");
    const before = sentTo(`/payments/${AUTH}`).length;
    sandbox.routes["GET /feed"] = { body: feedPage([requestEntry(5, { payment_id: AUTH })], "cursor_2") };
    await waitFor(() => expect(sentTo(`/payments/${AUTH}`).length).toBeGreaterThan(before));
  });

  it("is read again for an entry that was recorded before the newest, and found after it", async () => {
    sandbox.routes["GET /feed"] = { body: feedPage([requestEntry(9, { payment_id: AUTH })]) };
    show();
    await screen.findAllByText("$20.00");
    await waitFor(() => expect(sentTo("/feed").length).toBeGreaterThan(2));
    const before = sentTo(`/payments/${AUTH}`).length;
    sandbox.routes["GET /feed"] = { body: feedPage([requestEntry(5, { payment_id: AUTH })], "cursor_2") };
    await waitFor(() => expect(sentTo(`/payments/${AUTH}`).length).toBeGreaterThan(before));
  });

  it("says that a payment does not exist", async () => {
    sandbox.routes[`GET /payments/${AUTH}`] = problem(404, "resource_not_found", "There is no payment with this ID.");
    show();
    await screen.findByText("There is no payment with this ID.");
  });
});

describe("a dispute", () => {
  it.each([
    ["needs_response", "dispute needs response", /evidence due.*, then the dispute is lost/],
    ["warning_needs_response", "inquiry needs response", /Next: the inquiry is closed/],
  ] as const)("that %s is named beside the status, with what happens next", async (status, badge, next) => {
    sandbox.routes[`GET /payments/${AUTH}`] = { body: payment({ dispute: { dispute_id: "du_1", status } }) };
    sandbox.routes[`GET /sandbox/simulate/${AUTH}`] = {
      body: {
        id: AUTH,
        kind: "payment",
        status: "captured",
        actions: [],
        due: [{ id: "du_1", action: "expire", due_at: "2026-11-25T12:00:00Z" }],
        objects: [{ id: "du_1", kind: "dispute", status }],
      },
    };
    show();
    await screen.findByText(badge);
    await waitFor(() => expect(document.body.textContent).toMatch(next));
  });

  it("is in the timeline by time, whatever was recorded first", async () => {
    const operations = payment().operations.toReversed();
    sandbox.routes[`GET /payments/${AUTH}`] = { body: payment({ operations }) };
    show();
    await screen.findByText("authorization");
    const found = screen.getAllByText(/^(authorization|capture)$/).map(({ textContent }) => textContent);
    expect(found).toEqual(["authorization", "capture"]);
  });
});

describe("the clock", () => {
  it("advances to the next step with the operator's key", async () => {
    sandbox.routes["POST /sandbox/clock"] = { body: {} };
    const { user } = show();
    act(() => resetSession({ merchants: [DEMO], selected: "demo", bearer: null, clockKey: "ok_test_1" }));
    await user.click(await screen.findByRole("button", { name: "Advance to the next step" }));
    await waitFor(() => expect(sentTo("/sandbox/clock").some(({ method }) => method === "POST")).toBe(true));
    const sent = sentTo("/sandbox/clock").find(({ method }) => method === "POST");
    expect(sent?.headers.get("X-Api-Key")).toBe("ok_test_1");
    expect(JSON.parse(sent?.body ?? "")).toEqual({ until: "2026-11-29T12:00:00Z" });
  });

  it("is only shown without such a key", async () => {
    show();
    await screen.findByText(/An operator can move the clock/);
  });

  it("is absent where it may not move", async () => {
    renderPage(<PaymentPage />, { at: `/payments/${AUTH}`, route: "/payments/:id", config: { clock: "fixed" } });
    await screen.findAllByText("$20.00");
    expect(screen.queryByText("Sandbox clock")).toBeNull();
  });
});
