import { fireEvent, render, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CONFIG_URL } from "../src/api/config";
import { getSession, resetSession } from "../src/api/session";
import { ErrorBoundary } from "../src/app/ErrorBoundary";
import { DEMO, renderApp } from "./support/render";
import { CONFIG, feedPage, problem, requestEntry, startSandbox, type Sandbox } from "./support/sandbox";

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    [`GET ${CONFIG_URL}`]: { body: CONFIG },
  });
  resetSession({ merchants: [DEMO], selected: "demo" });
});

const heading = (name: string) => screen.findByRole("heading", { level: 1, name });

/** Wait for a request after this moment, and so for the state that it leaves. */
async function nextPoll(): Promise<void> {
  const count = sandbox.sent.length;
  await waitFor(() => expect(sandbox.sent.length).toBeGreaterThan(count + 1));
}

describe("pages", () => {
  it.each([
    ["/", "Activity"],
    ["/payments/pay_1", "Payment pay_1"],
    ["/webhooks", "Webhooks"],
    ["/webhooks/we_1", "Endpoint we_1"],
    ["/try", "Try it"],
    ["/metrics", "Metrics"],
    ["/keys", "Keys"],
  ])("%s is %s, also in the document's title", async (at, title) => {
    renderApp({ at });
    await heading(title);
    // The heading is shown before the effect that sets the title.
    await waitFor(() => expect(document.title).toBe(`${title} · Payments Sandbox`));
  });

  it("that do not exist say so", async () => {
    renderApp({ at: "/nothing" });
    await screen.findByText("Page not found");
  });

  it("that need a key ask for it first", async () => {
    resetSession();
    renderApp({ at: "/metrics" });
    await heading("Keys");
  });
});

describe("the layout", () => {
  it("shows environment, merchant and time zone, and links the reference", async () => {
    renderApp({ config: { environment: "dev", api_base: "https://api.example/live" } });
    await heading("Activity");
    expect(screen.getAllByText("dev").length).toBeGreaterThan(0);
    expect(screen.getAllByLabelText<HTMLSelectElement>("Merchant")[0]?.value).toBe("demo");
    expect(screen.getAllByRole("link", { name: "API reference" })[0]?.getAttribute("href")).toBe(
      "https://api.example/live/docs",
    );
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const button of screen.getAllByRole("button", { name: zone }).slice(1)) fireEvent.click(button);
    expect(localStorage.getItem("paysandbox.zone")).toBe("UTC");
  });

  it("leaves the page of an object for another merchant, to whom it does not belong", async () => {
    const OTHER = { ...DEMO, merchant: "other", api_key: `sk_test_other_${"d".repeat(32)}` };
    resetSession({ merchants: [DEMO, OTHER], selected: "demo" });
    const { user } = renderApp({ at: "/webhooks/we_1" });
    await heading("Endpoint we_1");
    await user.selectOptions(screen.getAllByLabelText("Merchant")[0] ?? document.body, "other");
    await heading("Webhooks");
    await waitFor(() => expect(getSession().selected).toBe("other"));
    const asked = sandbox.sent.filter(({ headers }) => headers.get("X-Api-Key") === OTHER.api_key);
    expect(asked.filter(({ path }) => path.includes("we_1"))).toEqual([]);
  });

  it("switches the theme: the system's, light, dark", async () => {
    const { user } = renderApp();
    await heading("Activity");
    const themes: (string | undefined)[] = [];
    for (const name of ["Theme: same as the system", "Theme: light", "Theme: dark"]) {
      const [button] = screen.getAllByRole("button", { name });
      if (button) await user.click(button);
      themes.push(document.documentElement.dataset["theme"]);
    }
    expect(themes).toEqual(["light", "dark", undefined]);
  });

  it("shows a failed page in its place, until another one is opened", () => {
    vi.spyOn(console, "error").mockReturnValue();
    const Broken = () => {
      throw new Error("broken");
    };
    const { rerender } = render(
      <ErrorBoundary resetKey="/a">
        <Broken />
      </ErrorBoundary>,
    );
    expect(screen.getByText("Something went wrong on this page")).toBeTruthy();
    rerender(<ErrorBoundary resetKey="/b">another page</ErrorBoundary>);
    expect(screen.getByText("another page")).toBeTruthy();
  });
});

describe("the line above the page", () => {
  it("counts down while the sandbox does not answer, and says when it answers again", async () => {
    const { user } = renderApp();
    await heading("Activity");
    await nextPoll();
    sandbox.down = true;
    await screen.findByText(/The sandbox is not responding\. Retrying in \d+ s\./);
    sandbox.down = false;
    await user.click(screen.getByRole("button", { name: "Retry now" }));
    await screen.findByText(/The sandbox is responding again/);
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByText(/The sandbox is responding again/)).toBeNull();
  });

  it.each([
    ["restarted", { started_at: "2026-11-22T13:00:00Z" }, /The sandbox was restarted/],
    ["updated", { version: "1.1.0" }, /Reload the page to use the new version/],
  ])("says that the sandbox was %s", async (_, change, expected) => {
    renderApp();
    await heading("Activity");
    await nextPoll();
    sandbox.down = true;
    sandbox.routes[`GET ${CONFIG_URL}`] = { body: { ...CONFIG, ...change } };
    fireEvent.click(await screen.findByRole("button", { name: "Retry now" }));
    sandbox.down = false;
    await screen.findByText(expected);
  });

  it("says that the sandbox was restarted only after that interruption", async () => {
    const { user } = renderApp();
    await heading("Activity");
    await nextPoll();
    const interrupt = async () => {
      sandbox.down = true;
      const retry = await screen.findByRole("button", { name: "Retry now" });
      sandbox.down = false;
      fireEvent.click(retry);
    };
    sandbox.routes[`GET ${CONFIG_URL}`] = { body: { ...CONFIG, started_at: "2026-11-22T13:00:00Z" } };
    await interrupt();
    await screen.findByText(/The sandbox was restarted/);
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    await interrupt();
    await screen.findByText(/The sandbox is responding again/);
  });

  it("counts down to the next request when the limit is spent", async () => {
    sandbox.routes["GET /feed"] = { ...problem(429, "rate_limited"), headers: { "Retry-After": "20" } };
    renderApp();
    await screen.findByText(/limit has been reached\. Retrying in (20|19|18) s\./);
  });

  it("gives the reason of another failure", async () => {
    sandbox.routes["GET /feed"] = problem(500, "internal_error", "The table does not answer.");
    renderApp();
    await screen.findByText(/The feed could not be read: The table does not answer\. Retrying in \d+ s\./);
  });

  it("asks to sign in again when the key is not accepted any more", async () => {
    sandbox.routes["GET /feed"] = problem(401, "api_key_invalid");
    const { user } = renderApp();
    await user.click(await screen.findByRole("link", { name: "Sign in again" }));
    await heading("Keys");
  });
});

describe("the clock's chip", () => {
  const DAY_S = 86_400;
  const clockAt = (offset_s: number) => ({
    body: { now: "2026-11-23T12:00:00Z", wall: "2026-11-22T12:00:00Z", offset_s, may_move: true },
  });
  const reads = () => sandbox.sent.filter(({ method, path }) => method === "GET" && path === "/sandbox/clock").length;

  it("shows the offset, and moves the clock in a dialog that says what is due next", async () => {
    sandbox.routes["GET /sandbox/clock"] = clockAt(DAY_S + 7_200);
    sandbox.routes["GET /sandbox/simulate"] = {
      body: { data: [{ id: "auth_1", auth_id: "auth_1", action: "approve", due_at: "2026-11-24T12:00:00Z" }] },
    };
    sandbox.routes["POST /sandbox/clock"] = () => {
      sandbox.routes["GET /sandbox/clock"] = clockAt(0);
      return { body: {} };
    };
    resetSession({ merchants: [DEMO], selected: "demo", clockKey: "ok_test_1" });
    const { user } = renderApp({ at: "/try" });
    const [chip] = await screen.findAllByRole("button", { name: "Clock +1 d 2 h" });
    await user.click(chip ?? document.body);
    await screen.findByText(/Next: approve, due/);
    await user.click(screen.getByRole("button", { name: "Reset to wall time" }));
    await waitFor(() => expect(screen.queryAllByText("Clock +1 d 2 h")).toHaveLength(0));
  });

  it.each([
    ["that was not moved", { clock: "moves" }, 1],
    ["that may not move", { clock: "fixed" }, 0],
  ] as const)("is absent for a clock %s", async (_, config, expected) => {
    sandbox.routes["GET /sandbox/clock"] = clockAt(0);
    renderApp({ at: "/try", config });
    await heading("Try it");
    await nextPoll();
    expect(screen.queryByRole("button", { name: /^Clock/ })).toBeNull();
    expect(reads()).toBe(expected);
  });

  it("is read again after entries arrived, at most every 30 seconds", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    try {
      sandbox.routes["GET /sandbox/clock"] = clockAt(DAY_S);
      const every = 2_000;
      renderApp({ at: "/try", config: { poll_ms: { active: every, idle: every, quiet: every, hidden: every } } });
      await screen.findAllByText("Clock +1 d");
      await vi.advanceTimersByTimeAsync(60_000);
      expect(reads()).toBe(1);
      for (let count = 1; count <= 10; count += 1) {
        sandbox.routes["GET /feed"] = { body: feedPage([requestEntry(count)], `cursor_${count}`) };
        await vi.advanceTimersByTimeAsync(every);
      }
      expect(reads()).toBe(2);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(reads()).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });
});
