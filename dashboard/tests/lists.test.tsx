import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { useLocation } from "react-router";
import { describe, expect, it, vi } from "vitest";
import { CONFIG_URL } from "../src/api/config";
import { resetSession } from "../src/api/session";
import DisputePage from "../src/disputes/DisputePage";
import { filtersIn, localTime, utcTime } from "../src/lists/list";
import { PAYMENTS } from "../src/lists/lists";
import {
  CustomersPage,
  DisputesPage,
  DonationsPage,
  PayeesPage,
  PaymentsPage,
  PayoutsPage,
  RequestsPage,
  SettlementsPage,
  StripePage,
} from "../src/lists/pages";
import { messages } from "../src/messages";
import ObjectPage from "../src/objects/ObjectPage";
import SettlementPage from "../src/settlements/SettlementPage";
import { violations } from "./support/axe";
import { DEMO, renderApp, renderPage } from "./support/render";
import {
  CONFIG,
  feedPage,
  problem,
  requestEntry,
  startSandbox,
  type Reply,
  type Sandbox,
  type Sent,
} from "./support/sandbox";

const text = messages.lists;
const BODY = "a".repeat(26);

describe("filters in the address", () => {
  it("are those of the list", () => {
    const search = new URLSearchParams("status=captured&reference=&other=1");
    expect(filtersIn(search, PAYMENTS.filters)).toEqual({ status: "captured" });
  });

  it("keep a time through the field", () => {
    const at = "2026-11-22T12:30:00.000Z";
    expect(utcTime(localTime(at))).toBe(at);
    expect([localTime("no time"), utcTime("")]).toEqual(["", ""]);
  });
});

function payment(number: number, change: object = {}) {
  return {
    auth_id: `auth_${number}`,
    amount: 12_50,
    currency: "USD",
    status: "captured",
    dispute: null,
    reference: `order-${number}`,
    card: { brand: "visa", last4: "4242" },
    customer: null,
    operations: [],
    created_at: "2026-11-22T12:00:00Z",
    ...change,
  };
}

/** A sandbox whose list of payments has these pages; the cursor is the next page's number. */
function withPages(...pages: object[][]): Sandbox {
  return startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /payments": ({ query }) => {
      const number = Number(query.get("cursor") ?? 0);
      const next = number + 1 < pages.length ? String(number + 1) : null;
      return { body: { data: pages[number], next_cursor: next } };
    },
  });
}

function Address() {
  const { pathname, search } = useLocation();
  return <output>{pathname + search}</output>;
}

/** That of the page that is shown, and not what a button says when it is done. */
const address = () => document.querySelector("output")?.textContent;

const show = (at: string) =>
  renderPage(
    <>
      <PaymentsPage />
      <Address />
    </>,
    { at },
  );
const asked = ({ sent }: Sandbox) => sent.filter(({ path }) => path === "/payments").map(({ query }) => query);

it("of disputes names an inquiry as a payment's page does, in its filter too", async () => {
  const dispute = { dispute_id: "du_1", auth_id: "auth_1", amount: 12_50, currency: "USD", reason: "fraudulent" };
  const { sent } = startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /disputes": { body: { data: [{ ...dispute, status: "warning_needs_response" }], next_cursor: null } },
  });
  const { user } = renderPage(<DisputesPage />, { at: "/disputes" });
  expect(await within(await screen.findByRole("table")).findByText("inquiry needs response")).toBeTruthy();
  await user.selectOptions(screen.getByLabelText(text.status), "inquiry needs response");
  const statuses = () => sent.filter(({ path }) => path === "/disputes").map(({ query }) => query.get("status"));
  await waitFor(() => expect(statuses()).toEqual([null, "warning_needs_response"]));
});

it("of requests links a refused capture to its payment", async () => {
  const auth = `auth_${BODY}`;
  const request = { method: "POST", route: "capture_payment", status: 409, outcome: "refused", replayed: false };
  const listed = { request_id: "r1", created_at: "2026-11-22T12:00:00Z", path: "/payments/capture", duration_ms: 4 };
  startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /requests": { body: { data: [{ ...request, ...listed, payment_id: auth }], next_cursor: null } },
  });
  renderPage(<RequestsPage />, { at: "/requests" });
  const link = await within(await screen.findByRole("table")).findByRole("link", { name: auth });
  expect(link.getAttribute("href")).toBe(`/payments/${auth}`);
});

describe("a list", () => {
  it("has a row for each payment, with its dispute, and the next page on request", async () => {
    withPages([payment(1, { dispute: { dispute_id: "du_1", status: "needs_response" } })], [payment(2)]);
    const { user } = show("/payments");
    const row = (await screen.findByText("order-1")).closest("tr");
    expect(within(row as HTMLElement).getByText("dispute needs response")).toBeTruthy();
    expect(
      within(row as HTMLElement)
        .getByRole("link")
        .getAttribute("href"),
    ).toBe("/payments/auth_1");
    await user.click(screen.getByRole("button", { name: text.more }));
    expect(await screen.findByText("order-2")).toBeTruthy();
    expect(screen.getByText("order-1")).toBeTruthy();
    expect(screen.queryByRole("button", { name: text.more })).toBeNull();
  });

  it("shows the page that was asked for, although its first page has something new meanwhile", async () => {
    const sandbox = withPages([payment(1)], [payment(2)]);
    const pages = sandbox.routes["GET /payments"] as (sent: Sent) => Reply;
    let release: () => void = () => undefined;
    const isReleased = new Promise<void>((resolve) => (release = resolve));
    sandbox.routes["GET /payments"] = async (sent) => {
      if (sent.query.has("cursor")) await isReleased;
      return pages(sent);
    };
    const { user } = show("/payments");
    await user.click(await screen.findByRole("button", { name: text.more }));
    sandbox.routes["GET /feed"] = { body: feedPage([requestEntry(1)], "cursor_2") };
    await waitFor(() => expect(sandbox.sent.at(-1)?.query.get("after")).toBe("cursor_2"));
    release();
    expect(await screen.findByText("order-2")).toBeTruthy();
  });

  it("asks with the filters of the address, and goes on over empty pages", async () => {
    const sandbox = withPages([], [], [payment(3)]);
    show("/payments?status=captured&other=1");
    expect(await screen.findByText("order-3")).toBeTruthy();
    expect(asked(sandbox).map((query) => [query.get("status"), query.get("other"), query.get("cursor")])).toEqual([
      ["captured", null, null],
      ["captured", null, "1"],
      ["captured", null, "2"],
    ]);
  });

  it("keeps a filter in the address, and clears it", async () => {
    withPages([]);
    const { user } = show("/payments");
    await user.type(await screen.findByLabelText(text.payments.search), "order-7{Enter}");
    await waitFor(() => expect(address()).toContain("reference=order-7"));
    expect(await screen.findByText(text.noMatch.title)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: text.filters.clear }));
    expect(await screen.findByText(text.payments.empty.title)).toBeTruthy();
  });

  it("turns the order around, which the address keeps, also without filters", async () => {
    const sandbox = withPages([payment(1)]);
    const { user } = show("/payments?status=captured&order=asc");
    const created = await screen.findByRole("columnheader", { name: new RegExp(text.created) });
    expect(created.getAttribute("aria-sort")).toBe("ascending");
    await user.click(screen.getByRole("button", { name: text.filters.clear }));
    await waitFor(() => expect(address()).toBe("/payments?order=asc"));
    await user.click(await screen.findByRole("button", { name: text.created }));
    await waitFor(() => expect(address()).toBe("/payments"));
    expect(asked(sandbox).map((query) => [query.get("status"), query.get("order")])).toEqual([
      ["captured", "asc"],
      [null, "asc"],
      [null, null],
    ]);
  });

  it("opens the payment of an ID", async () => {
    withPages([]);
    const { user } = show("/payments");
    await user.type(await screen.findByLabelText(text.payments.search), `pi_${BODY}{Enter}`);
    await waitFor(() => expect(address()).toBe(`/payments/auth_${BODY}`));
  });
});

describe("settlements", () => {
  const settlements = text.settlements;
  const batch = { batch: "2026-11-20", status: "closed", cutoff: "2026-11-21T00:00:00Z", totals: [] };

  it("are run by a button on this machine, and listed then", async () => {
    let isSettled = false;
    const { sent, routes } = startSandbox({
      [`GET ${CONFIG_URL}`]: { body: CONFIG },
      "GET /feed": { body: feedPage([]) },
      "GET /_paysandbox/merchants": { body: { data: [DEMO] } },
      "GET /settlements": () => ({ body: { data: isSettled ? [batch] : [], next_cursor: null } }),
      "POST /_paysandbox/settlements": () => {
        isSettled = true;
        return { body: { batch: batch.batch } };
      },
    });
    resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
    const { user } = renderApp({ at: "/settlements" });
    await screen.findByText(settlements.empty.title);
    await user.click(screen.getByRole("button", { name: settlements.run }));
    expect(await screen.findByText(settlements.done(batch.batch))).toBeTruthy();
    expect(await screen.findByRole("link", { name: batch.batch })).toBeTruthy();
    expect(sent.find(({ method, path }) => method === "POST" && path === "/_paysandbox/settlements")).toBeTruthy();
    routes["POST /_paysandbox/settlements"] = problem(503, "service_unavailable", "Everything is settled.");
    await user.click(screen.getByRole("button", { name: settlements.run }));
    expect((await screen.findByRole("alert")).textContent).toContain("Everything is settled.");
  });

  it.each([
    ["local", "paysandbox settlements run --now --wait"],
    ["dev", "paysandbox settlements run --now --wait --env dev"],
  ])("are run by the program where the page has only a merchant's key: %s", async (environment, command) => {
    startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /settlements": { body: { data: [], next_cursor: null } },
    });
    renderPage(<SettlementsPage />, { at: "/settlements", config: { environment } });
    expect(await screen.findByText(settlements.byProgram)).toBeTruthy();
    expect(screen.getByText(command)).toBeTruthy();
    expect(screen.queryByRole("button", { name: settlements.run })).toBeNull();
  });
});

it("a settlement's second batch of a day has an address without a dot, and its lines, page by page", async () => {
  const line = {
    line_no: 1,
    item_id: "adj_1",
    type: "capture",
    payment_id: "auth_1",
    reference: null,
    occurred_at: "2026-11-20T12:00:00Z",
    currency: "USD",
    gross: -1250,
    fee: 0,
    net: -1250,
    late: false,
  };
  const batch = { batch: "2026-11-20.2", status: "closed", cutoff: "2026-11-21T00:00:00Z", totals: [] };
  startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /settlements": { body: { data: [batch], next_cursor: null } },
    "GET /settlements/2026-11-20.2": { body: { ...batch, reports: [], set_aside: [] } },
    "GET /settlements/2026-11-20.2/lines": ({ query }) => {
      const cursor = query.get("cursor");
      return {
        body: {
          data:
            cursor === null
              ? []
              : [
                  { ...line, type: "chargeback" },
                  { ...line, item_id: "cap_1" },
                ],
          next_cursor: cursor === null ? "byte" : null,
        },
      };
    },
  });
  renderPage(<SettlementsPage />, { at: "/settlements" });
  const address = (await screen.findByText(batch.batch)).getAttribute("href") ?? "";
  expect(address).not.toContain(".");
  cleanup();
  const { user } = renderPage(<SettlementPage />, { at: address, route: "/settlements/:batch" });
  await waitFor(() => expect(screen.getAllByText(messages.settlements.noReports)).toHaveLength(2));
  await user.click(await screen.findByRole("button", { name: text.more }));
  const links = ["chargeback", "capture"].map(async (name) =>
    (await screen.findByRole("link", { name })).getAttribute("href"),
  );
  expect(await Promise.all(links)).toEqual(["/disputes?auth_id=auth_1", "/payments/auth_1"]);
});

it("a payee leads to its page and its payouts, and back from one", async () => {
  const customer = {
    customer_id: "a.b@c",
    email: "ada@example.com",
    bank_account: { routing_number: "110000000", last4: "6789", account_type: "checking", account_holder_name: "Ada" },
    created_at: "2026-11-22T12:00:00Z",
  };
  const sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /v1/api/customer": { body: { data: [customer], next_cursor: null, searched: 3 } },
    "GET /v1/api/customer/a.b@c": { body: customer },
    "GET /v1/api/payment/a.b@c/2026": { body: { payment_id: "2026" } },
  });
  renderPage(<PayeesPage />, { at: "/payees?email=ada@example.com" });
  const own = (await screen.findByText(customer.customer_id)).getAttribute("href") ?? "";
  expect(screen.getByText("•••• 6789")).toBeTruthy();
  const payouts = screen.getByText(text.payees.payouts).getAttribute("href");
  expect(payouts).toBe("/payouts?customer_id=a.b%40c");
  expect(screen.getByText(text.searched(3))).toBeTruthy();
  const asked = sandbox.sent.find(({ path }) => path === "/v1/api/customer");
  expect(asked?.query.get("email")).toBe(customer.email);
  cleanup();
  renderPage(<ObjectPage />, { at: own });
  expect((await screen.findByRole("link", { name: text.payouts.title })).getAttribute("href")).toBe(payouts);
  expect(await screen.findByText(/6789/)).toBeTruthy();
  cleanup();
  renderPage(<ObjectPage />, { at: "/object?path=%2Fv1%2Fapi%2Fpayment%2Fa.b%40c%2F2026" });
  expect((await screen.findByRole("link", { name: text.payouts.payee })).getAttribute("href")).toBe(own);
});

describe("Stripe's objects", () => {
  const ADA = {
    id: "cus_abcdefghijkl",
    object: "customer",
    name: "Ada",
    email: "ada@example.com",
    created: 1_795_000_000,
  };
  const paid = (number: number, change: object = {}) =>
    payment(number, { customer: ADA.id, captured: 12_50, refunded: 2_50, ...change });
  const card = (customer: string | null) => ({ id: `pm_${customer}`, object: "payment_method", customer });

  it("are customers, with what they have paid and saved, from two lists for all of them", async () => {
    const sandbox = startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /v1/customers": ({ query }) => ({
        body: query.get("starting_after")
          ? { data: [{ id: "cus_2", name: null, email: null }], has_more: false }
          : { data: [ADA], has_more: true },
      }),
      "GET /payments": {
        body: { data: [paid(1), paid(2, { currency: "EUR" }), payment(3)], next_cursor: null },
      },
      "GET /v1/payment_methods": { body: { data: [card(ADA.id), card(null)], has_more: false } },
    });
    const { user, container } = renderPage(<CustomersPage />, {
      at: "/customers?email=ada@example.com&created[gte]=2026-11-22T12:00:00.500Z",
    });
    const row = (await screen.findByText("Ada")).closest("tr") as HTMLElement;
    await waitFor(() => expect(row.textContent).toContain("€10.00"));
    const cells = within(row)
      .getAllByRole("cell")
      .map((cell) => cell.textContent);
    expect(cells.slice(1)).toEqual(["Ada", "ada@example.com", "2", "$10.00€10.00", "1", ADA.id]);
    expect(within(row).getByRole("link").getAttribute("href")).toBe(
      "/object?path=%2Fv1%2Fcustomers%2Fcus_abcdefghijkl",
    );
    await user.click(screen.getByRole("button", { name: text.more }));
    const other = (await screen.findByText("cus_2")).closest("tr") as HTMLElement;
    expect(within(other).getAllByText("0")).toHaveLength(2);
    const asked = sandbox.sent
      .filter(({ path }) => path === "/v1/customers")
      .map(({ query }) => Object.fromEntries(query));
    expect(asked).toEqual([
      { email: ADA.email, "created[gte]": "1795348801", limit: "50" },
      { email: ADA.email, "created[gte]": "1795348801", limit: "50", starting_after: ADA.id },
    ]);
    expect(sandbox.sent.filter(({ path }) => path === "/payments")).toHaveLength(1);
    expect(await violations(container)).toEqual([]);
  });

  it("have in a file what customers have paid, by currency, and saved", async () => {
    startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /v1/customers": { body: { data: [ADA, { ...ADA, id: "cus_2", name: "=Bob" }], has_more: false } },
      "GET /payments": {
        body: { data: [paid(1), paid(2, { currency: "EUR" }), payment(3)], next_cursor: null },
      },
      "GET /v1/payment_methods": { body: { data: [card(ADA.id), card(null)], has_more: false } },
    });
    let saved: Blob | undefined;
    URL.createObjectURL = (blob) => {
      saved = blob as Blob;
      return "blob:saved";
    };
    URL.revokeObjectURL = () => undefined;
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    const { user } = renderPage(<CustomersPage />, { at: "/customers" });
    await user.click(await screen.findByRole("button", { name: text.sums.csv }));
    await waitFor(() => expect(saved).toBeDefined());
    const lines = (await saved?.text())?.split("\r\n") ?? [];
    expect(lines[0]).toBe("Created,Name,E-mail,Payments,Total in EUR,Total in USD,Saved cards,Customer");
    expect(lines.slice(1, 3).map((line) => line.replace(/^[^,]*/, ""))).toEqual([
      `,Ada,ada@example.com,2,10.00,10.00,1,${ADA.id}`,
      ",'=Bob,ada@example.com,0,0.00,0.00,0,cus_2",
    ]);
  });

  it("are counted up to 1,000 payments, and up to 10,000 on request", async () => {
    const sandbox = startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /v1/customers": { body: { data: [ADA], has_more: false } },
      "GET /payments": ({ query }) => {
        const page = Number(query.get("cursor") ?? 0);
        const data = Array.from({ length: 100 }, (_, place) => paid(page * 100 + place));
        return { body: { data, next_cursor: page < 11 ? String(page + 1) : null } };
      },
      "GET /v1/payment_methods": { body: { data: [], has_more: false } },
    });
    const { user } = renderPage(<CustomersPage />, { at: "/customers" });
    expect(await screen.findByText("1,000+")).toBeTruthy();
    expect(screen.getByText(text.customers.countedOf("1,000"))).toBeTruthy();
    expect(sandbox.sent.filter(({ path }) => path === "/payments")).toHaveLength(10);
    await user.click(screen.getByRole("button", { name: text.customers.countAll("10,000") }));
    expect(await screen.findByText("1,200")).toBeTruthy();
    await waitFor(() => expect(screen.queryByText(text.customers.countedOf("10,000"))).toBeNull());
  });

  it("have a page with what belongs to a customer, each kind with a link to all", async () => {
    const session = { id: "cs_test_abcdefghijkl", object: "checkout.session", status: "open", created: 1_795_000_000 };
    startSandbox({
      "GET /feed": { body: feedPage([]) },
      [`GET /v1/customers/${ADA.id}`]: { body: ADA },
      "GET /payments": { body: { data: [paid(1)], next_cursor: null } },
      "GET /v1/checkout/sessions": { body: { data: [session], has_more: false } },
      "GET /v1/payment_methods": { body: { data: [{ ...card(ADA.id), created: 1 }], has_more: false } },
      "GET /v1/setup_intents": { body: { data: [], has_more: false } },
      "GET /v1/payment_intents": problem(500, "internal_error", "The table does not answer."),
      "GET /v1/promotion_codes": { body: { data: [], has_more: false } },
      "GET /v1/subscriptions": { body: { data: [], has_more: false } },
      "GET /v1/invoices": { body: { data: [], has_more: false } },
      "GET /v1/invoiceitems": { body: { data: [], has_more: false } },
      [`GET /v1/customers/${ADA.id}/tax_ids`]: { body: { data: [], has_more: false } },
    });
    const { container } = renderPage(<ObjectPage />, { at: `/object?path=/v1/customers/${ADA.id}` });
    expect(await screen.findByText("Ada")).toBeTruthy();
    expect(await screen.findByText("$10.00")).toBeTruthy();
    const sessions = await screen.findByRole("link", { name: `${messages.objects.all}: Checkout sessions` });
    expect(sessions.getAttribute("href")).toBe(`/stripe/checkout/sessions?customer=${ADA.id}`);
    expect(screen.getByRole("link", { name: session.id }).getAttribute("href")).toContain("/object?path=");
    const all = screen.getByRole("link", { name: `${messages.objects.all}: ${messages.objects.payments.title}` });
    expect(all.getAttribute("href")).toBe(`/payments?customer=${ADA.id}`);
    const none = await screen.findByRole("link", { name: "Setup intents" });
    expect(none.getAttribute("href")).toBe(`/stripe/setup_intents?customer=${ADA.id}`);
    expect(screen.getByRole("link", { name: `${messages.objects.all}: Payment methods` })).toBeTruthy();
    expect(await screen.findByText("The table does not answer.")).toBeTruthy();
    expect(await violations(container)).toEqual([]);
  });

  it("have a list of each declared resource, also of those that an object has", async () => {
    const sandbox = startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /v1/prices": {
        body: {
          data: [
            {
              id: "price_1",
              active: true,
              unit_amount: 500,
              currency: "isk",
              product: "prod_abcdefghijkl",
              created: 1,
            },
          ],
          has_more: false,
        },
      },
      "GET /v1/customers/cus_1/tax_ids": { body: { data: [], has_more: false } },
    });
    const route = "/stripe/*";
    const { container } = renderPage(<StripePage />, { at: "/stripe/prices?active=true", route });
    const row = (await screen.findByText("ISK 5")).closest("tr") as HTMLElement;
    expect(row.textContent).toContain("active");
    expect(within(row).getByRole("link", { name: "prod_abcdefghijkl" }).getAttribute("href")).toContain("products");
    expect(within(row).getByRole("link", { name: "price_1" }).getAttribute("href")).toBe(
      "/object?path=%2Fv1%2Fprices%2Fprice_1",
    );
    expect(screen.queryByRole("columnheader", { name: text.stripe.name })).toBeNull();
    expect(sandbox.sent.at(-1)?.query.get("active") ?? sandbox.sent[0]?.query.get("active")).toBe("true");
    const kinds = screen.getByRole("navigation", { name: text.stripe.kinds });
    expect(within(kinds).getByRole("link", { name: "Connected accounts" }).getAttribute("href")).toBe(
      "/stripe/accounts",
    );
    expect(within(kinds).getByRole("link", { name: "Prices" }).getAttribute("aria-current")).toBe("page");
    expect(await violations(container)).toEqual([]);
    cleanup();
    renderPage(<StripePage />, { at: "/stripe/customers/cus_1/tax_ids", route });
    expect(await screen.findByRole("heading", { name: text.stripe.of("Tax ids", "cus_1") })).toBeTruthy();
  });
});

it("a payout by ACH shows its bank account, its window and what the bank said, and is found by its method", async () => {
  const payout = {
    payment_id: "2026",
    customer_id: "a.b@c",
    email: "ada@example.com",
    amount: 12_50,
    currency: "USD",
    fee: 0,
    payment_method: "ach",
    status: "returned",
    code: "R03",
    last4: "1116",
    reference: "2026-11-23.1.1",
    window: 1,
    trace_number: "110000008184001",
    effective_date: "2026-11-23",
    administrative_returns_expected_by: "2026-11-25T13:30:00.000000Z",
    correction_code: "C01",
    created_at: "2026-11-22T12:00:00Z",
  };
  const sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /v1/api/payment": { body: { data: [payout], next_cursor: null } },
    "GET /v1/api/payment/a.b@c/2026": { body: payout },
  });
  const list = renderPage(<PayoutsPage />, { at: "/payouts?payment_method=ach" });
  const own = (await screen.findByText(payout.payment_id)).getAttribute("href") ?? "";
  for (const shown of ["•••• 1116", "R03", "2026-11-23", "ach"]) expect(screen.getAllByText(shown)).not.toEqual([]);
  expect(screen.queryByText(payout.email)).toBeNull();
  expect(sandbox.sent.find(({ path }) => path === "/v1/api/payment")?.query.get("payment_method")).toBe("ach");
  expect(await violations(list.container)).toEqual([]);
  cleanup();
  const page = renderPage(<ObjectPage />, { at: own });
  const facts = within(await screen.findByRole("region", { name: messages.objects.payout.title }));
  for (const shown of ["•••• 1116", "R03", "2026-11-23.1.1, window 1", "110000008184001", "C01", "$12.50"])
    expect(facts.getByText(shown)).toBeTruthy();
  expect(await violations(page.container)).toEqual([]);
});

it("a payout by Stripe shows its account, its transfer and its payout to the bank", async () => {
  const payout = {
    payment_id: "2026",
    customer_id: "a.b@c",
    email: "ada@example.com",
    amount: 12_50,
    currency: "USD",
    fee: 0,
    payment_method: "stripe",
    status: "paid",
    stripe_account: "acct_1",
    reference: "tr_1",
    payout: "po_1",
    created_at: "2026-11-22T12:00:00Z",
  };
  const sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /v1/api/payment": { body: { data: [payout], next_cursor: null } },
    "GET /v1/api/payment/a.b@c/2026": { body: payout },
  });
  renderPage(<PayoutsPage />, { at: "/payouts?payment_method=stripe" });
  const own = (await screen.findByText(payout.payment_id)).getAttribute("href") ?? "";
  for (const shown of ["acct_1", "stripe"]) expect(screen.getAllByText(shown)).not.toEqual([]);
  expect(sandbox.sent.find(({ path }) => path === "/v1/api/payment")?.query.get("payment_method")).toBe("stripe");
  cleanup();
  renderPage(<ObjectPage />, { at: own });
  const facts = within(await screen.findByRole("region", { name: messages.objects.payout.title }));
  for (const shown of ["acct_1", "tr_1", "po_1", "$12.50"]) expect(facts.getByText(shown)).toBeTruthy();
});

describe("donations", () => {
  const DONATE_NOW = { ...DEMO, merchant: "donate-now" };
  const GIVEN = {
    donation_id: "019a9f7e-0000-7000-8000-000000000001",
    donor_name: "Ada Lovelace",
    amount: 25_00,
    currency: "usd",
    status: "SUCCEEDED",
    refunded: 10_00,
    receipt: "sent",
    payment_intent: `pi_${BODY}`,
    created_at: "2026-11-22T12:00:00Z",
  };

  it("have a status, which is succeeded unless the address has another, and lead to their payments", async () => {
    const failed = { ...GIVEN, status: "FAILED", refunded: 0, receipt: "none", failure: "card_declined" };
    const sandbox = startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /donations": ({ query }) => ({
        body: { data: [query.get("status") === "FAILED" ? failed : GIVEN], next_cursor: null },
      }),
    });
    const { user } = renderPage(
      <>
        <DonationsPage />
        <Address />
      </>,
      { at: "/donations", merchant: DONATE_NOW },
    );
    const row = (await screen.findByText("Ada Lovelace")).closest("tr") as HTMLElement;
    expect(row.textContent).toContain("succeeded");
    expect(row.textContent).toContain(`$10.00\u00a0${text.donations.refunded}`);
    expect(within(row).getByRole("link").getAttribute("href")).toBe(`/payments/auth_${BODY}`);
    const status = screen.getByLabelText(text.status);
    expect([...status.querySelectorAll("option")].map((option) => [option.value, option.textContent])).toEqual([
      ["", "succeeded"],
      ["PENDING", "pending"],
      ["FAILED", "failed"],
      ["REFUNDED", "refunded"],
    ]);
    await user.selectOptions(status, "FAILED");
    expect(await screen.findByText("card declined")).toBeTruthy();
    expect(address()).toBe("/donations?status=FAILED");
    const asked = sandbox.sent.filter(({ path }) => path === "/donations").map(({ query }) => query.get("status"));
    expect(asked).toEqual([null, "FAILED"]);
  });

  it("of another account at Stripe have no page of their payment", async () => {
    startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /donations": {
        body: {
          data: [
            { ...GIVEN, payment_intent: "pi_3PtestOfStripeItself" },
            { ...GIVEN, donation_id: "2", payment_intent: null },
          ],
          next_cursor: null,
        },
      },
    });
    renderPage(<DonationsPage />, { at: "/donations", merchant: DONATE_NOW });
    const intent = await screen.findByText("pi_3PtestOfStripeItself");
    expect(within(intent.closest("table") as HTMLElement).queryByRole("link")).toBeNull();
  });

  it("of another merchant are those that the public sees, asked without parameters", async () => {
    const given = { donor_name: "Anonymous", amount: 25_00, currency: "usd", created_at: "2026-11-22T12:00:00Z" };
    const sandbox = startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /donations/recent": { body: [given] },
    });
    renderPage(<DonationsPage />, { at: "/donations" });
    const row = (await screen.findByText("Anonymous")).closest("tr") as HTMLElement;
    expect(within(row).getByText("$25.00")).toBeTruthy();
    expect(sandbox.sent.find(({ path }) => path === "/donations/recent")?.query.size).toBe(0);
  });

  it("are said to be missing where the environment has none", async () => {
    startSandbox({ "GET /feed": { body: feedPage([]) } });
    renderPage(<DonationsPage />, { at: "/donations" });
    expect(await screen.findByText(text.absent.title)).toBeTruthy();
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("a dispute", () => {
  const DISPUTE = {
    dispute_id: "du_1",
    auth_id: "auth_1",
    amount: 12_50,
    currency: "USD",
    status: "needs_response",
    stage: "chargeback",
    reason: "fraudulent",
    fee: 15_00,
    submissions: 0,
    due_by: "2026-12-02T12:00:00Z",
    decides_at: null,
    created_at: "2026-11-22T12:00:00Z",
    evidence: { customer_name: "<b>Jo</b>" },
  };

  it("takes evidence, and is sent again with the same key while its outcome is unknown", async () => {
    let answers = 0;
    const sandbox = startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /disputes/du_1": { body: DISPUTE },
      "POST /disputes/du_1/evidence": () => (++answers === 1 ? problem(503, "service_unavailable") : { body: DISPUTE }),
    });
    const { user } = renderPage(<DisputePage />, { at: "/disputes/du_1", route: "/disputes/:id" });
    expect(await screen.findByText("<b>Jo</b>")).toBeTruthy();
    await user.type(screen.getByLabelText(messages.disputes.evidence.value), "It was delivered.");
    for (let tried = 1; tried <= 2; tried++) {
      await user.click(screen.getByRole("button", { name: messages.disputes.evidence.add }));
      await waitFor(() => expect(answers).toBe(tried));
    }
    const posts = sandbox.sent.filter(({ method }) => method === "POST");
    expect(posts.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { evidence: { uncategorized_text: "It was delivered." } },
      { evidence: { uncategorized_text: "It was delivered." } },
    ]);
    expect(new Set(posts.map(({ headers }) => headers.get("Idempotency-Key"))).size).toBe(1);
  });

  it("that is decided takes no evidence", async () => {
    startSandbox({
      "GET /feed": { body: feedPage([]) },
      "GET /disputes/du_1": { body: { ...DISPUTE, status: "lost" } },
    });
    renderPage(<DisputePage />, { at: "/disputes/du_1", route: "/disputes/:id" });
    expect(await screen.findByText("dispute lost")).toBeTruthy();
    expect(screen.queryByRole("button", { name: messages.disputes.evidence.submit })).toBeNull();
  });
});
