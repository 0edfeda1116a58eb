import { screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { intentOf } from "../src/api/paymentId";
import { versions } from "../src/api/stripeLists.json";
import { messages } from "../src/messages";
import PaymentPage from "../src/payment/PaymentPage";
import { rangesOf } from "../src/payment/useStripeView";
import { violations } from "./support/axe";
import { renderPage } from "./support/render";
import { feedPage, startSandbox, type Sandbox } from "./support/sandbox";

const text = messages.payment.stripe;
const BODY = "a".repeat(26);
const AUTH = `auth_${BODY}`;
const INTENT = `pi_${BODY}`;
const CHARGE = `ch_${BODY}${"b".repeat(10)}`;
const AT = "2026-11-22T12:00:00.250Z";
const SECOND = Date.parse("2026-11-22T12:00:00Z") / 1000;

const operation = (type: string, created_at = AT) => ({
  transaction_id: "x",
  type,
  amount: 2000,
  created_at,
  request_id: "r1",
});

function payment(types: string[]) {
  return {
    auth_id: AUTH,
    transaction_id: AUTH,
    status: "captured",
    amount: 2000,
    currency: "USD",
    capture_method: "automatic",
    card: { card_id: "card_1", brand: "visa", last4: "4242", exp_month: 12, exp_year: 2030 },
    customer: "cus_abcdefghijkl",
    created_at: AT,
    captured: 2000,
    released: 0,
    refunded: 0,
    remaining: 0,
    captures: [],
    refunds: [],
    operations: types.map((type) => operation(type)),
  };
}

const event = (number: number, type: string, object: object, created = SECOND) => ({
  id: `evt_abcdefghijkl${number}`,
  object: "event",
  type,
  created,
  data: { object },
});

const list = (...data: object[]) => ({ body: { data, has_more: false } });

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    [`GET /payments/${AUTH}`]: { body: payment(["opening", "authorization", "capture"]) },
    "GET /events": {
      body: { data: [{ id: "evt_1", timestamp: "2026-11-23T12:00:00Z", data: {} }], next_cursor: null },
    },
    "GET /v1/charges": list({ id: CHARGE, object: "charge" }),
    "GET /v1/events": ({ query }) =>
      Number(query.get("created[gte]")) > SECOND
        ? list(event(4, "charge.dispute.created", { id: "du_1", charge: CHARGE }, SECOND + 86_400))
        : list(
            event(3, "charge.succeeded", { id: CHARGE, payment_intent: INTENT }),
            event(2, "payment_intent.created", { id: `pi_${"c".repeat(26)}` }),
            event(1, "payment_intent.created", { id: INTENT }),
          ),
    [`GET /v1/payment_intents/${INTENT}`]: ({ headers }) => ({
      body: { id: INTENT, object: "payment_intent", shown_as: headers.get("Stripe-Version") ?? "default" },
    }),
    "GET /v1/checkout/sessions": list({ id: "cs_test_abcdefghijkl", object: "checkout.session" }),
    "GET /v1/disputes": list(),
    "GET /v1/refunds": list(),
    "GET /v1/radar/early_fraud_warnings": list(),
  });
});

const show = (at = `/payments/${AUTH}`) => renderPage(<PaymentPage />, { at, route: "/payments/:id" });

describe("a payment that was made with Stripe's API", () => {
  it("is titled by its intent, with its charge and a link to its customer", async () => {
    const { container } = show();
    expect(await screen.findByRole("heading", { level: 1, name: `Payment ${INTENT}` })).toBeTruthy();
    expect(await screen.findByText(CHARGE, { selector: "span > code" })).toBeTruthy();
    const customer = await screen.findByRole("link", { name: "cus_abcdefghijkl" });
    expect(customer.getAttribute("href")).toContain("customers%2Fcus_abcdefghijkl");
    await screen.findByText("charge.succeeded");
    expect(await violations(container)).toEqual([]);
  });

  it("has Stripe's events of it, oldest first, asked for by the seconds of its operations and events", async () => {
    show();
    await screen.findByText("charge.dispute.created");
    const items = screen.getAllByRole("listitem").filter((item) => item.textContent.includes("evt_"));
    const types = items.map((item) => item.querySelector("span")?.textContent);
    expect(types).toEqual(["payment_intent.created", "charge.succeeded", "charge.dispute.created"]);
    const asked = sandbox.sent
      .filter(({ path }) => path === "/v1/events")
      .map(({ query }) => [query.get("created[gte]"), query.get("created[lte]")]);
    expect(asked).toEqual([SECOND, SECOND + 86_400].map((second) => [String(second), String(second)]));
  });

  it("has Stripe's objects at a chosen version", async () => {
    const { user, container } = show();
    await user.click(await screen.findByRole("tab", { name: text.objects }));
    expect(await screen.findByText(/"default"/)).toBeTruthy();
    for (const id of [INTENT, CHARGE, "cs_test_abcdefghijkl"])
      expect(screen.getByRole("heading", { level: 3, name: new RegExp(id) })).toBeTruthy();
    const [newest = ""] = versions;
    await user.selectOptions(screen.getByLabelText(text.version), newest);
    expect(await screen.findByText(`"${newest}"`)).toBeTruthy();
    expect(await violations(container)).toEqual([]);
  });

  it("shows its native record under a switch, which the address keeps", async () => {
    const { user, unmount } = show();
    const native = await screen.findByRole<HTMLInputElement>("switch", { name: text.native });
    expect(native.checked).toBe(false);
    expect(screen.queryByRole("tab", { name: "Postings" })).toBeNull();
    await user.click(native);
    expect(await screen.findByRole("tab", { name: "Postings" })).toBeTruthy();
    expect(screen.getByText(text.nativeOf(AUTH))).toBeTruthy();
    unmount();
    show(`/payments/${AUTH}?native=1`);
    expect(await screen.findByRole("tab", { name: "Postings" })).toBeTruthy();
  });

  it("is titled by its charge if it was made as one", async () => {
    const charge = `ch_${BODY}`;
    sandbox.routes[`GET /payments/${AUTH}`] = { body: payment(["authorization", "capture"]) };
    sandbox.routes[`GET /v1/charges/${charge}`] = { body: { id: charge, object: "charge", payment_intent: null } };
    show();
    expect(await screen.findByRole("heading", { level: 1, name: `Payment ${charge}` })).toBeTruthy();
  });
});

it("a payment of the native API stays as it was", async () => {
  sandbox.routes[`GET /payments/${AUTH}`] = { body: payment(["authorization"]) };
  sandbox.routes[`GET /v1/charges/ch_${BODY}`] = { body: { id: `ch_${BODY}`, payment_intent: INTENT } };
  show();
  expect(await screen.findByRole("heading", { level: 1, name: `Payment ${AUTH}` })).toBeTruthy();
  expect(await screen.findByRole("tab", { name: "Postings" })).toBeTruthy();
  await waitFor(() => expect(sandbox.sent.some(({ path }) => path === `/v1/charges/ch_${BODY}`)).toBe(true));
  expect(screen.queryByRole("switch")).toBeNull();
});

describe("rules", () => {
  it("only Stripe's API opens a payment", () => {
    expect(intentOf({ auth_id: AUTH, operations: [{ type: "opening" }] })).toBe(INTENT);
    expect(intentOf({ auth_id: AUTH, operations: [{ type: "authorization" }] })).toBeNull();
  });

  it("times become ranges of seconds, and those that touch are one", () => {
    const at = (second: number) => new Date(second * 1000 + 400).toISOString();
    expect(rangesOf([at(20), at(5), at(6), at(5), at(8)])).toEqual([
      { from: 5, to: 6 },
      { from: 8, to: 8 },
      { from: 20, to: 20 },
    ]);
  });
});
