import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import BalancePage from "../src/balance/BalancePage";
import { csvOf, netsOf } from "../src/balance/transactions";
import type { BalanceTransaction } from "../src/api/schema";
import { messages } from "../src/messages";
import { violations } from "./support/axe";
import { renderPage } from "./support/render";
import { feedPage, problem, startSandbox, type Sandbox } from "./support/sandbox";

const text = messages.balance;
const ACCOUNT = `acct_${"a".repeat(16)}`;
const PAYMENT = `auth_${"a".repeat(26)}`;

afterEach(() => {
  vi.restoreAllMocks();
});

function moved(number: number, change: Partial<BalanceTransaction> = {}): BalanceTransaction {
  return {
    id: `cap_${number}`,
    type: "capture",
    status: "pending",
    available_on: "2026-11-23T00:00:00Z",
    currency: "USD",
    amount: 10_00,
    fee: 59,
    net: 9_41,
    created_at: "2026-11-22T12:00:00Z",
    payment_id: PAYMENT,
    ...change,
  };
}

/** A sandbox with these pages of transactions. */
function withPages(...pages: BalanceTransaction[][]): Sandbox {
  return startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /balance": {
      body: {
        data: [{ currency: "USD", pending: 9_41, available: -4_00 }],
        next_settlement: { business_date: "2026-11-22", cutoff: "2026-11-23T00:00:00Z" },
      },
    },
    "GET /balance/transactions": ({ query }) => {
      const number = Number(query.get("cursor") ?? 0);
      return { body: { data: pages[number], next_cursor: number + 1 < pages.length ? String(number + 1) : null } };
    },
  });
}

it("shows the balance, the next settlement, and the transactions with their sum", async () => {
  withPages([moved(1), moved(2, { type: "refund", amount: -1_00, fee: 0, net: -1_00 })], [moved(3)]);
  const { container, user } = renderPage(<BalancePage />);
  const balances = await screen.findByRole("table", { name: text.byCurrency });
  expect(within(balances).getByText("$9.41")).toBeTruthy();
  expect(within(balances).getByText("-$4.00")).toBeTruthy();
  expect(screen.getByText(new RegExp("that of 2026-11-22"))).toBeTruthy();
  expect(
    screen.getByText(new RegExp("unless the payout destination or the schedule of the account says")),
  ).toBeTruthy();
  expect(await screen.findByText("Net of the first 2 transactions: $8.41")).toBeTruthy();
  expect(await violations(container)).toEqual([]);
  await user.click(screen.getByRole("button", { name: messages.lists.more }));
  expect(await screen.findByText("Net of 3 transactions: $17.82")).toBeTruthy();
});

it("of an account has its balances, its transactions with their sum, and its CSV", async () => {
  const { sent } = withPages([moved(1)]);
  const { user } = renderPage(<BalancePage />);
  await screen.findByRole("table", { name: text.byCurrency });
  await user.type(screen.getByPlaceholderText("acct_…"), `${ACCOUNT}{Enter}`);
  URL.createObjectURL = () => "blob:saved";
  URL.revokeObjectURL = () => undefined;
  const save = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
  await waitFor(() => expect(screen.getAllByRole("table")).toHaveLength(2));
  await user.click(await screen.findByRole("button", { name: text.csv }));
  await waitFor(() => expect(save).toHaveBeenCalled());
  const asked = sent
    .filter(({ path }) => path.startsWith("/balance"))
    .map(({ path, query }) => [path, query.get("account")]);
  expect(asked.slice(0, 2).map(([, account]) => account)).toEqual([null, null]);
  expect(asked.slice(2)).toEqual([
    ["/balance", ACCOUNT],
    ["/balance/transactions", ACCOUNT],
    ["/balance/transactions", ACCOUNT],
  ]);
});

it("shows no balance of another one, and says that an account is not found", async () => {
  const sandbox = withPages([moved(1)]);
  const { user } = renderPage(<BalancePage />, { at: `/balance?account=${ACCOUNT}` });
  const field = await screen.findByDisplayValue(ACCOUNT);
  await screen.findByRole("table", { name: text.byCurrency });
  const unknown = problem(404, "resource_not_found", "You have no connected account with this ID.");
  const reply = { ...unknown, body: { ...(unknown.body as object), param: "account" } };
  sandbox.routes["GET /balance"] = sandbox.routes["GET /balance/transactions"] = reply;
  await user.clear(field);
  await user.type(field, "acct_other{Enter}");
  expect(await screen.findByText("You have no connected account with this ID.")).toBeTruthy();
  expect(screen.queryByRole("table")).toBeNull();
});

it("downloads all pages that match as CSV", async () => {
  const { sent } = withPages([moved(1)], [moved(2)]);
  let saved: Blob | undefined;
  URL.createObjectURL = (blob) => {
    saved = blob as Blob;
    return "blob:saved";
  };
  URL.revokeObjectURL = () => undefined;
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
  const { user } = renderPage(<BalancePage />, { at: "/balance?type=capture" });
  await user.click(await screen.findByRole("button", { name: text.csv }));
  await waitFor(() => expect(saved).toBeDefined());
  expect((await saved?.text())?.split("\r\n").length).toBe(4);
  const asked = sent.filter(({ path, query }) => path === "/balance/transactions" && query.get("limit") === "100");
  expect(asked.map(({ query }) => [query.get("type"), query.get("cursor")])).toEqual([
    ["capture", null],
    ["capture", "1"],
  ]);
});

it("says why a download failed", async () => {
  const sandbox = withPages([moved(1)]);
  const { user } = renderPage(<BalancePage />);
  const download = await screen.findByRole("button", { name: text.csv });
  sandbox.routes["GET /balance/transactions"] = problem(503, "service_unavailable", "The table is busy. Retry.");
  await user.click(download);
  expect(await screen.findByText("The table is busy. Retry.")).toBeTruthy();
});

it("shows no balance without a transaction, and what makes one", async () => {
  withPages([]).routes["GET /balance"] = {
    body: { data: [], next_settlement: { business_date: "2026-11-22", cutoff: "2026-11-23T00:00:00Z" } },
  };
  renderPage(<BalancePage />);
  expect(await screen.findByText(text.empty.title)).toBeTruthy();
  expect(screen.queryByRole("table", { name: text.byCurrency })).toBeNull();
});

it("has decimal amounts in CSV, in the digits of each currency", () => {
  const rows = [
    moved(1),
    moved(2, { currency: "JPY", amount: -500, fee: 0, net: -500, status: null, available_on: null }),
  ];
  expect(csvOf(rows)).toBe(
    "id,type,status,currency,amount,fee,net,created_at,available_on,payment_id,batch,source_id\r\n" +
      `cap_1,capture,pending,USD,10.00,0.59,9.41,2026-11-22T12:00:00Z,2026-11-23T00:00:00Z,${PAYMENT},,\r\n` +
      `cap_2,capture,,JPY,-500,0,-500,2026-11-22T12:00:00Z,,${PAYMENT},,\r\n`,
  );
  expect(netsOf(rows)).toEqual({ USD: 9_41, JPY: -500 });
});
