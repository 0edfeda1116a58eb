import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { resetSession } from "../src/api/session";
import { search } from "../src/app/search";
import { messages } from "../src/messages";
import { violations } from "./support/axe";
import { DEMO, renderApp } from "./support/render";
import { feedPage, startSandbox } from "./support/sandbox";

const BODY = "a".repeat(26);
const UUID = "5b75b050-ad21-4cd5-9e7a-a0394dbfa2eb";

describe("what a text means", () => {
  it.each([
    [`pi_${BODY}`, [`/payments/auth_${BODY}`]],
    [`cap_${BODY}${"b".repeat(10)}`, [`/payments/auth_${BODY}`]],
    [`du_${BODY}${"b".repeat(10)}`, [`/disputes/du_${BODY}${"b".repeat(10)}`]],
    [`we_${BODY}`, [`/webhooks/we_${BODY}`]],
    [`evt_${BODY}`, [`/object?path=%2Fevents%2Fevt_${BODY}`]],
    [`cus_${BODY}`, [`/object?path=%2Fv1%2Fcustomers%2Fcus_${BODY}`]],
    [UUID, [`/?id=${UUID}`]],
    [`req_${UUID}`, [`/?id=${UUID}`]],
    ["2026-11-20.2", ["/settlements/2026-11-20_2"]],
    ["pay", ["/payments", "/payouts", "/payees", "/try", "/payments?reference=pay"]],
    ["order 7&8", ["/payments?reference=order%207%268"]],
  ])("%s", (typed, addresses) => {
    expect(search(typed, []).map(({ to }) => to)).toEqual(addresses);
  });

  it("may be another merchant", () => {
    expect(search("shop", ["demo", "shop-2"]).map(({ merchant }) => merchant)).toEqual(["shop-2", undefined]);
  });
});

it("offers what the API finds, and opens it", async () => {
  const found = {
    object: "payment",
    id: `auth_${BODY}`,
    path: `/payments/auth_${BODY}`,
    matched: "reference",
    stripe_id: `pi_${BODY}`,
    type: null,
    text: "order-7",
    payment_id: `auth_${BODY}`,
    status: "captured",
    amount: 1000,
    currency: "USD",
    created_at: "2026-11-20T08:47:59.146021Z",
  };
  const sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /search": { body: { data: [found], searched: 2000 } },
  });
  resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
  const { user } = renderApp({ at: "/keys" });
  await screen.findByRole("heading", { level: 1 });
  await user.keyboard("/");
  await user.type(await screen.findByRole("combobox", { name: messages.search.label }), "order-7");
  expect(await screen.findByRole("option", { name: /Payment pi_.*captured · order-7 · reference/ })).toBeTruthy();
  expect(screen.getByText(messages.search.compared(2000))).toBeTruthy();
  expect(sandbox.sent.filter(({ path }) => path === "/search").map(({ query }) => query.get("q"))).toEqual(["order-7"]);
  await user.keyboard("{Enter}");
  await waitFor(() => expect(sandbox.sent.some(({ path }) => path === `/payments/auth_${BODY}`)).toBe(true));
});

it("opens with a key, and a choice leads to its page", async () => {
  startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /payments": { body: { data: [], next_cursor: null } },
  });
  resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
  const { user } = renderApp({ at: "/keys" });
  await screen.findByRole("heading", { level: 1 });
  await user.keyboard("/");
  const field = await screen.findByRole("combobox", { name: messages.search.label });
  await user.type(field, "pay{ArrowDown}{ArrowUp}{Enter}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(await screen.findByRole("heading", { level: 1, name: messages.lists.payments.title })).toBeTruthy();
});

it("triggers an event over the API, says which only the program causes, and causes one at a time", async () => {
  const intent = { id: `pi_${BODY}`, latest_charge: null };
  const sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    "POST /v1/payment_intents": ({ body }) =>
      body.includes("chargeDeclined")
        ? { status: 402, body: { error: { type: "card_error", message: "Declined.", payment_intent: intent } } }
        : { status: 400, body: { error: { type: "invalid_request_error", message: "No such card." } } },
  });
  resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
  const { user } = renderApp({ at: "/keys" });
  await screen.findByRole("heading", { level: 1 });
  await user.keyboard("/");
  const field = await screen.findByRole("combobox", { name: messages.search.label });
  await user.type(field, "trigger charge.expired");
  const elsewhere = await screen.findByRole("option");
  expect(elsewhere.textContent).toContain("paysandbox trigger charge.expired --advance");
  await user.keyboard("{Enter}");
  await user.clear(field);
  await user.type(field, "trigger charge.succeeded{Enter}");
  expect((await screen.findByRole("alert")).textContent).toContain("No such card.");
  await user.clear(field);
  await user.type(field, "trigger charge.failed{Enter}{Enter}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  const created = sandbox.sent.filter(({ path }) => path === "/v1/payment_intents");
  expect(created.map(({ body }) => new URLSearchParams(body).get("payment_method"))).toEqual([
    "pm_card_visa",
    "pm_card_chargeDeclined",
  ]);
  await waitFor(() => expect(sandbox.sent.some(({ path }) => path === `/payments/auth_${BODY}`)).toBe(true));
  expect(sandbox.sent.some(({ path }) => path === "/search")).toBe(false);
});

it("shows the keys that there are, unless somebody types", async () => {
  startSandbox({ "GET /feed": { body: feedPage([]) } });
  resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
  const { user } = renderApp({ at: "/keys" });
  await screen.findByRole("heading", { level: 1 });
  await user.keyboard("/");
  await user.type(await screen.findByRole("combobox", { name: messages.search.label }), "?");
  expect(screen.queryByRole("dialog", { name: messages.keyboard.title })).toBeNull();
  await user.keyboard("{Escape}");
  await user.keyboard("?");
  const dialog = await screen.findByRole("dialog", { name: messages.keyboard.title });
  expect(dialog.textContent).toContain("⌘K, Ctrl Ksearch");
  expect(await violations(document.body)).toEqual([]);
  await user.keyboard("{Escape}");
  await user.click(screen.getByRole("button", { name: messages.keyboard.title }));
  expect(await screen.findByRole("dialog", { name: messages.keyboard.title })).toBeTruthy();
});
