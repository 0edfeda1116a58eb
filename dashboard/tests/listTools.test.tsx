import { screen, waitFor, within } from "@testing-library/react";
import { useLocation } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { csvField, csvHead, csvRows } from "../src/lists/csv";
import { PAYMENTS } from "../src/lists/lists";
import { PaymentsPage } from "../src/lists/pages";
import { rangeOf } from "../src/lists/periods";
import { sumOf } from "../src/lists/Sums";
import { messages } from "../src/messages";
import { setZone } from "../src/parts/times";
import { violations } from "./support/axe";
import { renderPage } from "./support/render";
import { feedPage, problem, startSandbox, type Sandbox } from "./support/sandbox";

const text = messages.lists;
const NOW = "2026-11-22T12:30:00Z";

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
    created_at: NOW,
    ...change,
  };
}

function Address() {
  const { pathname, search } = useLocation();
  return <output>{pathname + search}</output>;
}

const show = (at = "/payments") =>
  renderPage(
    <>
      <PaymentsPage />
      <Address />
    </>,
    { at },
  );
const address = () => document.querySelector("output")?.textContent;

let sandbox: Sandbox;
const asked = () =>
  sandbox.sent.filter(({ path }) => path === "/payments").map(({ query }) => Object.fromEntries(query));

/** A list of so many payments, 100 a page at most. */
function withPayments(count: number): void {
  sandbox.routes["GET /payments"] = ({ query }) => {
    const from = Number(query.get("cursor") ?? 0);
    const to = Math.min(count, from + Number(query.get("limit")));
    const data = Array.from({ length: to - from }, (_, place) =>
      payment(from + place, from + place === 1 ? { currency: "EUR" } : {}),
    );
    return { body: { data, next_cursor: to < count ? String(to) : null } };
  };
}

beforeEach(() => {
  setZone("UTC");
  localStorage.clear();
  sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /sandbox/clock": { body: { now: NOW, wall: NOW, offset_s: 0, may_move: true } },
  });
  withPayments(2);
});

describe("a period", () => {
  const now = Date.parse(NOW);
  it.each([
    ["today", "2026-11-22T00:00:00.000Z", null],
    ["yesterday", "2026-11-21T00:00:00.000Z", "2026-11-22T00:00:00.000Z"],
    ["last_7_days", "2026-11-16T00:00:00.000Z", null],
    ["last_30_days", "2026-10-24T00:00:00.000Z", null],
  ] as const)("%s", (period, from, to) => {
    expect(rangeOf(period, now, "UTC")).toEqual({ from, to });
  });

  it("is of the sandbox's clock, and stands in the address in place of the times", async () => {
    const { user } = show("/payments?created_from=2026-01-01T00:00:00.000Z");
    await screen.findByText("order-1");
    await user.selectOptions(screen.getByLabelText(text.period), "yesterday");
    await waitFor(() => expect(address()).toBe("/payments?period=yesterday"));
    await waitFor(() => expect(asked()).toHaveLength(2));
    expect(asked()[1]).toEqual({
      created_from: "2026-11-21T00:00:00.000Z",
      created_to: "2026-11-22T00:00:00.000Z",
      limit: "50",
    });
  });

  it("that does not exist is not asked for, and without a clock it is of real time", async () => {
    const { unmount } = show("/payments?period=tomorrow");
    await screen.findByText("order-1");
    expect(asked()).toEqual([{ limit: "50" }]);
    unmount();
    sandbox.routes["GET /sandbox/clock"] = problem(404, "resource_not_found");
    show("/payments?period=today");
    await screen.findByText("order-1");
    const from = Date.parse(asked().at(-1)?.["created_from"] ?? "");
    expect(Math.abs(Date.now() - from)).toBeLessThan(2 * 86_400_000);
  });
});

describe("the count and the sum", () => {
  it("are by currency, at once for what is loaded", async () => {
    const { container } = show();
    expect(await screen.findByText("2 rows · $12.50, €12.50")).toBeTruthy();
    expect(screen.queryByRole("button", { name: text.sums.sum })).toBeNull();
    expect(await violations(container)).toEqual([]);
  });

  it("are exact to 10,000 rows on request, also where the limit of the key is spent", async () => {
    withPayments(10_000);
    const pages = sandbox.routes["GET /payments"];
    let refused = 0;
    sandbox.routes["GET /payments"] = (sent) => {
      if (sent.query.get("cursor") === "300" && refused++ === 0) {
        return { ...problem(429, "rate_limited"), headers: { "Retry-After": "0" } };
      }
      return typeof pages === "function" ? pages(sent) : {};
    };
    const { user } = show("/payments?status=captured");
    expect(await screen.findByText(text.sums.shown(50))).toBeTruthy();
    await user.click(screen.getByRole("button", { name: text.sums.sum }));
    expect(await screen.findByText("10,000 rows · $124,987.50, €12.50", {}, { timeout: 20_000 })).toBeTruthy();
    expect(asked().every(({ status }) => status === "captured")).toBe(true);
  });

  it("are more than 10,000 beyond", async () => {
    withPayments(10_001);
    const { user } = show();
    await user.click(await screen.findByRole("button", { name: text.sums.sum }));
    expect(await screen.findByText(text.sums.more("10,000"), {}, { timeout: 20_000 })).toBeTruthy();
  });

  it("leave out rows without an amount", () => {
    const money = ({ amount }: { amount: number | null }) => (amount === null ? null : { amount, currency: "usd" });
    expect(sumOf([{ amount: 5 }, { amount: null }, { amount: -2 }], money)).toEqual({ count: 3, sums: { USD: 3 } });
  });
});

describe("a file", () => {
  it.each([
    ["plain", "plain"],
    ["-12.50", "-12.50"],
    ['a "b", c', '"a ""b"", c"'],
    ["two\nlines", '"two\nlines"'],
    [" space", '" space"'],
    ["=1+2", "'=1+2"],
    ["+49 30", "'+49 30"],
    ["-1-2", "'-1-2"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["a;=1", "a;'=1"],
    ["＝1", "'＝1"],
    ["it's", "it's"],
  ])("%j is written as %j", (field, written) => {
    expect(csvField(field)).toBe(written);
  });

  it("has amounts as decimal numbers with their currency, and IDs whole", () => {
    const row = { ...payment(1), reference: "=cmd", customer: "cus_1", operations: [{ type: "opening" }] };
    const columns = PAYMENTS.columns;
    expect(csvHead(columns)).toBe("Created,Amount,Currency,Status,Dispute,Reference,Card,Customer,Payment\r\n");
    expect(csvRows(columns, [row as never])).toBe(`${NOW},12.50,USD,captured,,'=cmd,Visa •••• 4242,cus_1,pi_1\r\n`);
  });

  it("is made of all pages of the filter", async () => {
    withPayments(230);
    const files: Blob[] = [];
    vi.stubGlobal(
      "URL",
      Object.assign(URL, {
        createObjectURL: (file: Blob) => `blob:${files.push(file)}`,
        revokeObjectURL: () => undefined,
      }),
    );
    const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    const { user } = show("/payments?status=captured");
    await user.click(await screen.findByRole("button", { name: text.sums.csv }));
    await waitFor(() => expect(clicked).toHaveBeenCalledOnce());
    const [file] = files;
    const lines = (await file?.text())?.split("\r\n") ?? [];
    expect(lines).toHaveLength(1 + 230 + 1);
    expect(lines[1]).toContain("auth_0");
    expect(asked().map(({ limit, status, cursor }) => [limit, status, cursor])).toEqual([
      ["50", "captured", undefined],
      ["100", "captured", undefined],
      ["100", "captured", "100"],
      ["100", "captured", "200"],
    ]);
  });
});

describe("views", () => {
  it("are saved under a name for the merchant, opened, and removed", async () => {
    const { user, container } = show("/payments?status=captured&period=today");
    await screen.findByText("order-1");
    expect(screen.getByRole("button", { name: text.views.link })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: text.views.save }));
    await user.type(screen.getByLabelText(text.views.name), "Captured today{Enter}");
    const saved = await screen.findByRole("list", { name: text.views.saved });
    const link = within(saved).getByRole("link", { name: "Captured today" });
    expect(link.getAttribute("aria-current")).toBe("page");
    expect(await violations(container)).toEqual([]);
    await user.click(screen.getByRole("button", { name: text.filters.clear }));
    await waitFor(() => expect(address()).toBe("/payments"));
    await user.click(screen.getByRole("link", { name: "Captured today" }));
    await waitFor(() => expect(address()).toBe("/payments?status=captured&period=today"));
    await user.click(screen.getByRole("button", { name: text.views.remove("Captured today") }));
    await waitFor(() => expect(screen.queryByRole("list", { name: text.views.saved })).toBeNull());
  });

  it("that something else has written are left out", async () => {
    const views = [null, 7, { name: "no address" }, { name: "Mine", search: "javascript:alert(1)" }];
    localStorage.setItem("paysandbox.views.demo./payments", JSON.stringify(views));
    show("/payments");
    const links = within(await screen.findByRole("list", { name: text.views.saved })).getAllByRole("link");
    expect(links.map((link) => [link.textContent, link.getAttribute("href")])).toEqual([
      ["Mine", "/payments?javascript:alert(1)"],
    ]);
  });
});
