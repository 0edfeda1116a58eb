import { BroadcastChannel } from "node:worker_threads";
import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CONFIG_URL } from "../src/api/config";
import {
  askTabs,
  followSignInLink,
  getSession,
  joinTabs,
  maskKey,
  merchantOf,
  refreshMerchants,
  resetSession,
  signOut,
} from "../src/api/session";
import { DEMO, renderApp } from "./support/render";
import {
  CONFIG,
  DASHBOARD_KEY,
  feedPage,
  problem,
  SECRET_KEY,
  startSandbox,
  type Reply,
  type Sandbox,
} from "./support/sandbox";

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = startSandbox({
    "GET /payments": { body: { data: [], next_cursor: null } },
    "GET /feed": { body: feedPage([]) },
    [`GET ${CONFIG_URL}`]: { body: CONFIG },
    "GET /_paysandbox/merchants": { body: { data: [DEMO] } },
  });
});

const isKind = (message: unknown, kind: string) => (message as { kind: string }).kind === kind;
const heading = (name: string) => screen.findByRole("heading", { level: 1, name });

describe("a key's text", () => {
  it.each([
    [SECRET_KEY, "demo", "sk_test_demo_…bbbb"],
    [DASHBOARD_KEY, "demo", "sk_test_demo_…aaaa"],
    ["pk_test_demo_0123456789abcdef", null, "pk_test_demo_…cdef"],
    ["something else", null, "…else"],
  ])("%s", (key, merchant, masked) => {
    expect(merchantOf(key)).toBe(merchant);
    expect(maskKey(key)).toBe(masked);
  });
});

describe("signing in with a key", () => {
  it("opens the page that was asked for, and keeps the key in this tab only", async () => {
    const { user } = renderApp({ at: "/webhooks?x=1" });
    await heading("Keys");
    await user.type(screen.getByLabelText("Secret key"), ` ${SECRET_KEY} `);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await heading("Webhooks");
    expect(sessionStorage.getItem("paysandbox.session")).toContain(SECRET_KEY);
    expect(localStorage).toHaveLength(0);
    expect(document.cookie).toBe("");
    expect(location.href).not.toContain("sk_test");
  });

  it("refuses a text that is no key, without a request", async () => {
    const { user } = renderApp();
    await user.type(await screen.findByLabelText("Secret key"), "sk_live_1");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect((await screen.findByRole("alert")).textContent).toMatch(/not a secret key/);
    expect(sandbox.sent).toHaveLength(0);
  });

  it.each([
    ["refused", problem(401, "api_key_invalid", "Send one X-Api-Key header."), "Send one X-Api-Key header."],
    ["throttled", problem(429, "rate_limited", "Too many requests."), "Too many requests."],
  ])("says why a key was %s", async (_, reply, expected) => {
    sandbox.routes["GET /payments"] = reply;
    const { user } = renderApp();
    await user.type(await screen.findByLabelText("Secret key"), SECRET_KEY);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect((await screen.findByRole("alert")).textContent).toContain(expected);
    expect(getSession().selected).toBeNull();
  });

  it("says that the sandbox does not answer", async () => {
    sandbox.down = true;
    const { user } = renderApp();
    await user.type(await screen.findByLabelText("Secret key"), SECRET_KEY);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect((await screen.findByRole("alert")).textContent).toBe("The sandbox is not responding");
  });
});

describe("a sign-in link", () => {
  const session = { session: "s1", merchants: [DEMO], clock_key: "ok_test_1" };

  it("signs in as demo, and its token leaves the address bar", async () => {
    sandbox.routes["POST /_paysandbox/session"] = { body: session };
    history.replaceState(null, "", "/dashboard/?kind=event#token=abc");
    await followSignInLink();
    expect(location.hash).toBe("");
    expect(location.search).toBe("?kind=event");
    expect(getSession()).toEqual({ merchants: [DEMO], selected: "demo", bearer: "s1", clockKey: "ok_test_1" });
    expect(JSON.parse(sandbox.sent[0]?.body ?? "")).toEqual({ token: "abc" });
    expect(sandbox.sent[0]?.headers.get("Paysandbox-Page")).toBe("1");
  });

  it("that was used says so, and its token leaves the address bar too", async () => {
    sandbox.routes["POST /_paysandbox/session"] = problem(403, "token_invalid", "The link was used.");
    history.replaceState(null, "", "/dashboard/#token=abc");
    await followSignInLink();
    expect(location.hash).toBe("");
    renderApp();
    expect((await screen.findByRole("alert")).textContent).toMatch(/Each link works once.*The link was used\./);
  });
});

describe("merchants", () => {
  const shop = { ...DEMO, merchant: "shop", api_key: DASHBOARD_KEY.replace("demo", "shop"), secret_key: null };

  it("are listed with their keys masked, and can be selected", async () => {
    resetSession({ merchants: [DEMO, shop], selected: "demo" });
    const { user, container } = renderApp({ at: "/keys" });
    await heading("Keys");
    expect(container.textContent).not.toContain(SECRET_KEY);
    await user.click(screen.getByRole("button", { name: "Copy the secret key of demo" }));
    expect(await navigator.clipboard.readText()).toBe(SECRET_KEY);
    await user.click(screen.getByRole("button", { name: "Select shop" }));
    await waitFor(() => expect(sandbox.sent.at(-1)?.headers.get("X-Api-Key")).toBe(shop.api_key));
  });

  it("are created on this machine, and then selected", async () => {
    sandbox.routes["POST /_paysandbox/merchants"] = { status: 201, body: shop };
    sandbox.routes["GET /_paysandbox/merchants"] = { body: { data: [DEMO, shop] } };
    resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
    const { user } = renderApp({ at: "/keys" });
    await user.type(await screen.findByLabelText("Name"), "shop");
    await user.click(screen.getByRole("button", { name: "Create" }));
    await waitFor(() => expect(getSession().selected).toBe("shop"));
    expect(await screen.findByText("Created shop, with its keys.")).toBeTruthy();
    const sent = sandbox.sent.find(({ method }) => method === "POST");
    expect(sent?.headers.get("Authorization")).toBe("Bearer s1");
    expect(JSON.parse(sent?.body ?? "")).toEqual({ merchant: "shop" });
  });

  it("cannot be created with an invalid name", async () => {
    resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
    const { user } = renderApp({ at: "/keys" });
    await user.type(await screen.findByLabelText("Name"), "My Shop");
    await user.click(screen.getByRole("button", { name: "Create" }));
    expect((await screen.findByRole("alert")).textContent).toMatch(/2 to 32 characters/);
    expect(sandbox.sent.filter(({ method }) => method === "POST")).toEqual([]);
  });

  it("cannot be created after a restart, while the keys go on working", async () => {
    sandbox.routes["GET /_paysandbox/merchants"] = problem(401, "token_invalid");
    resetSession({ merchants: [DEMO], selected: "demo", bearer: "ended" });
    renderApp({ at: "/keys" });
    await screen.findByText(/The sandbox was restarted, so this page can no longer create merchants/);
    expect(getSession()).toMatchObject({ selected: "demo", bearer: null });
  });

  it("with an ordinary key: the page says that it spends the application's limit", async () => {
    resetSession({ merchants: [{ ...DEMO, api_key: SECRET_KEY }], selected: "demo" });
    renderApp({ at: "/keys" });
    await screen.findByText(/counts toward the same rate limit/);
  });

  it("signing out forgets every key", async () => {
    resetSession({ merchants: [DEMO, shop], selected: "demo" });
    const { user } = renderApp({ at: "/keys" });
    await user.click(await screen.findByRole("button", { name: "Sign out" }));
    await screen.findByRole("button", { name: "Sign in" });
    expect(sessionStorage).toHaveLength(0);
    expect(within(document.body).queryByText("shop")).toBeNull();
  });

  it("signing out while they are read forgets every key too", async () => {
    let answer: (reply: Reply) => void = () => undefined;
    sandbox.routes["GET /_paysandbox/merchants"] = () => new Promise((resolve) => (answer = resolve));
    resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
    const reading = refreshMerchants();
    await waitFor(() => expect(sandbox.sent).toHaveLength(1));
    signOut();
    answer({ body: { data: [DEMO] } });
    await reading;
    expect(sessionStorage).toHaveLength(0);
    expect(getSession().merchants).toEqual([]);
  });
});

describe("several tabs", () => {
  const session = { merchants: [DEMO], selected: "demo", bearer: "s1", clockKey: null };
  let other: BroadcastChannel;
  let received: unknown[];
  const wasSent = (message: unknown) => waitFor(() => expect(received).toContainEqual(message));

  beforeEach(() => {
    // jsdom has none. Node's reaches the threads of this process, so another test's tab has another name.
    const name = `tabs-${crypto.randomUUID()}`;
    vi.stubGlobal(
      "BroadcastChannel",
      class extends BroadcastChannel {
        constructor() {
          super(name);
        }
      },
    );
    received = [];
    other = new BroadcastChannel(name);
    other.onmessage = ({ data }) => received.push(data);
    return () => other.close();
  });

  it("a new one gets the session of one that is open, and nothing is stored for it", async () => {
    joinTabs();
    const answered = askTabs();
    await wasSent({ kind: "ask" });
    other.postMessage({ kind: "session", session });
    await answered;
    expect(getSession()).toEqual(session);
    expect(localStorage).toHaveLength(0);
  });

  it("an open one answers, but not when it is signed out", async () => {
    resetSession(session);
    joinTabs();
    other.postMessage({ kind: "ask" });
    await wasSent({ kind: "session", session });
    signOut();
    await wasSent({ kind: "signed_out" });
    other.postMessage({ kind: "ask" });
    await askTabs();
    expect(received.filter((message) => isKind(message, "session"))).toHaveLength(1);
  });

  it("are signed out together", async () => {
    resetSession(session);
    joinTabs();
    other.postMessage({ kind: "signed_out" });
    await waitFor(() => expect(getSession().selected).toBeNull());
    expect(sessionStorage).toHaveLength(0);
  });

  it("do not change the session of one that did not ask", async () => {
    resetSession(session);
    joinTabs();
    const stranger = { ...DEMO, merchant: "stranger" };
    other.postMessage({ kind: "session", session: { ...session, merchants: [stranger], selected: "stranger" } });
    other.postMessage({ kind: "ask" });
    await wasSent({ kind: "session", session });
  });
});
