import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import type { Metrics, MetricsCounts } from "../src/api/shapes";
import { cutOf, isAlone } from "../src/metrics/axis";
import { axisMsText, costText, countText, msText, rateText } from "../src/metrics/format";
import MetricsPage from "../src/metrics/MetricsPage";
import { activityOf, readRange } from "../src/metrics/useMetrics";
import { violations } from "./support/axe";
import { renderPage } from "./support/render";
import { feedPage, problem, startSandbox, type Reply, type Sandbox } from "./support/sandbox";

const NOTHING: MetricsCounts = {
  requests: 0,
  per_s: 0,
  peak_per_s: 0,
  errors_4xx: 0,
  errors_5xx: 0,
  error_rate: null,
  approved: 0,
  declined: 0,
  approval_rate: null,
  p50_ms: null,
  p95_ms: null,
  p99_ms: null,
  deliveries: 0,
  delivery_failures: 0,
  delivery_p95_ms: null,
  events: 0,
  cost_usd: 0,
};

const SOME: MetricsCounts = {
  ...NOTHING,
  requests: 1234,
  per_s: 0.34,
  peak_per_s: 7,
  error_rate: 0.025,
  approval_rate: 0.9,
  p50_ms: 11,
  p95_ms: 42,
  p99_ms: 97,
  deliveries: 20,
  delivery_failures: 3,
  delivery_p95_ms: 61,
  cost_usd: 0.0123,
};

function metrics(change: Partial<Metrics> = {}): Metrics {
  return {
    range: "1h",
    from: "2026-11-22T11:00:00Z",
    to: "2026-11-22T11:02:00Z",
    complete_since: "2026-11-22T11:00:00Z",
    step_s: 60,
    stored_percent: 100,
    totals: SOME,
    buckets: [
      { ...NOTHING, at: "2026-11-22T11:00:00Z" },
      { ...SOME, at: "2026-11-22T11:01:00Z" },
    ],
    by_route: [{ route: "authorize_payment", requests: 1200, errors: 30, p95_ms: 42 }],
    by_code: [{ code: "amount_too_small", count: 30 }],
    by_endpoint: [],
    ...change,
  };
}

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = startSandbox({ "GET /feed": { body: feedPage([]) }, "GET /metrics": { body: metrics() } });
});

const ranges = () => sandbox.sent.filter(({ path }) => path === "/metrics").map(({ query }) => query.get("range"));

describe("numbers", () => {
  it.each([
    [countText(1234.5), "1,234.5"],
    [rateText(0.0255), "2.6%"],
    [msText(21), "21 ms"],
    [axisMsText(21), "21\u00a0ms"],
    [axisMsText(6000), "6\u00a0s"],
    [costText(0.0000123), "$0.0000123"],
    [rateText(null), "–"],
    [msText(null), "–"],
  ])("are shown as %s", (shown, expected) => {
    expect(shown).toBe(expected);
  });
});

describe("an axis", () => {
  it.each([
    ["no values", [null], null],
    ["values that are close", [10, 20, null, 60], null],
    ["only zeros and one", [0, 0, 0, 9], null],
    ["one that waited", [9, 11, null, 10, 12, 38, 5069], [40, 5069]],
    ["one that is far and yet fits after rounding", [1.2, 1.2, 9, 9.8], null],
    ["most that waited", [10, 5000, 5001, 5002], null],
  ])("of %s ends there", (_, values, expected) => {
    const cut = cutOf(values);
    expect(cut && [cut.top, cut.highest]).toEqual(expected);
    if (cut) expect(cut.ticks).toEqual([0, 10, 20, 30, 40]);
  });

  it("has a point for a value without neighbors", () => {
    const values = [1, null, 2, 3, null, 4];
    expect(values.map((_, index) => isAlone(values, index))).toEqual([true, false, false, false, false, true]);
  });
});

describe("the page", () => {
  // First in this file: later ones have the charts' code already.
  it("appears as a whole, so that the charts push nothing down", async () => {
    renderPage(<MetricsPage />);
    await screen.findByText("authorize_payment");
    screen.getByRole("heading", { name: "Latency" });
  });

  it("shows totals, and what they are of", async () => {
    renderPage(<MetricsPage />);
    await screen.findAllByText("1,234");
    for (const value of ["90%", "2.5%", "$0.0123"]) expect(screen.getAllByText(value).length).toBeGreaterThan(0);
    expect(screen.queryByText(/too much traffic/)).toBeNull();
    expect(screen.queryByText(/Estimates/)).toBeNull();
  });

  it.each([
    ["?range=15m", "15m"],
    ["?range=24h", "24h"],
    ["", "1h"],
    ["?range=2y", "1h"],
  ])("asks for the range of the address %j", async (search, range) => {
    renderPage(<MetricsPage />, { at: `/metrics${search}` });
    await waitFor(() => expect(ranges()).toContain(range));
    expect(readRange(new URLSearchParams(search).get("range"))).toBe(range);
  });

  it("changes the range", async () => {
    const { user } = renderPage(<MetricsPage />);
    await screen.findAllByText("1,234");
    await user.click(screen.getByRole("button", { name: "24 hours" }));
    await waitFor(() => expect(ranges()).toContain("24h"));
    expect(screen.getByRole("button", { name: "24 hours" }).getAttribute("aria-pressed")).toBe("true");
  });

  it("is busy while it shows the numbers of the range before", async () => {
    let arrive: (reply: Reply) => void = () => undefined;
    const { user } = renderPage(<MetricsPage />);
    const shown = await screen.findAllByText("1,234");
    sandbox.routes["GET /metrics"] = () => new Promise((resolve) => (arrive = resolve));
    await user.click(screen.getByRole("button", { name: "24 hours" }));
    const busy = () => shown[0]?.closest("[aria-busy=true]");
    await waitFor(() => expect(busy()).toBeTruthy());
    arrive({ body: metrics() });
    await waitFor(() => expect(busy()).toBeNull());
  });

  it("has the numbers of each time as a table, newest first, with links to its activity", async () => {
    const { user } = renderPage(<MetricsPage />);
    await user.click(await screen.findByText("Show the numbers as a table"));
    const table = screen.getByRole("table", { name: "Metrics by time" });
    const [first, last] = within(table).getAllByRole("link");
    expect(first?.getAttribute("href")).toBe(activityOf("2026-11-22T11:01:00Z", 60));
    expect(last?.getAttribute("href")).toBe(activityOf("2026-11-22T11:00:00Z", 60));
    expect(Object.fromEntries(new URL(activityOf("2026-11-22T11:01:00Z", 60), location.href).searchParams)).toEqual({
      from: "2026-11-22T11:01:00Z",
      to: "2026-11-22T11:02:00.000Z",
    });
  });

  it("links routes and error codes to their activity", async () => {
    renderPage(<MetricsPage />);
    const route = await screen.findByRole("link", { name: "authorize_payment" });
    expect(route.getAttribute("href")).toBe("/?route=authorize_payment");
    expect(screen.getByRole("link", { name: "amount_too_small" }).getAttribute("href")).toBe("/?code=amount_too_small");
  });

  it("draws a chart of each kind, hidden from screen readers", async () => {
    const { container } = renderPage(<MetricsPage />);
    for (const title of ["Requests per second", "Latency", "Approval and error rate", "Webhook latency"]) {
      await screen.findByRole("heading", { name: title });
    }
    expect(container.querySelectorAll("[aria-hidden] .recharts-responsive-container")).toHaveLength(6);
    expect(container.querySelectorAll("[aria-hidden] [tabindex]")).toHaveLength(0);
  });

  it("says since when the numbers are complete", async () => {
    sandbox.routes["GET /metrics"] = { body: metrics({ complete_since: "2026-11-22T11:01:00Z" }) };
    renderPage(<MetricsPage />);
    await screen.findByText(/too much traffic/);
  });

  it("says that they are estimates", async () => {
    sandbox.routes["GET /metrics"] = { body: metrics({ stored_percent: 10 }) };
    renderPage(<MetricsPage />);
    await screen.findByText(/10% of successful requests/);
  });

  it("has no accessibility violation", async () => {
    const { user, container } = renderPage(<MetricsPage />);
    await screen.findByRole("heading", { name: "Latency" });
    await user.click(screen.getByText("Show the numbers as a table"));
    expect(await violations(container)).toEqual([]);
  });

  it("may have no traffic", async () => {
    sandbox.routes["GET /metrics"] = { body: metrics({ totals: NOTHING, buckets: [], by_route: [], by_code: [] }) };
    renderPage(<MetricsPage />);
    await screen.findByText("Charts appear after the first requests.");
  });

  it("can fail", async () => {
    sandbox.routes["GET /metrics"] = problem(500, "internal_error");
    renderPage(<MetricsPage />);
    await screen.findByText("Title of internal_error");
  });
});
