import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { resetSession } from "../src/api/session";
import { search } from "../src/app/search";
import { messages } from "../src/messages";
import { DEMO, renderApp } from "./support/render";
import { feedPage, startSandbox } from "./support/sandbox";

const BODY = "a".repeat(26);
const UUID = "5b75b050-ad21-4cd5-9e7a-a0394dbfa2eb";

describe("what a text means", () => {
  it.each([
    [`pi_${BODY}`, [`/payments/auth_${BODY}`]],
    [`cap_${BODY}${"b".repeat(10)}`, [`/payments/auth_${BODY}`]],
    [`du_${BODY}`, [`/disputes/du_${BODY}`]],
    [`we_${BODY}`, [`/webhooks/we_${BODY}`]],
    [UUID, [`/?id=${UUID}`]],
    [`req_${UUID}`, [`/?id=${UUID}`]],
    ["2026-11-20.2", ["/settlements/2026-11-20_2"]],
    ["pay", ["/payments", "/payouts", "/payments?reference=pay"]],
    ["order 7&8", ["/payments?reference=order%207%268"]],
  ])("%s", (typed, addresses) => {
    expect(search(typed, []).map(({ to }) => to)).toEqual(addresses);
  });

  it("may be another merchant", () => {
    expect(search("shop", ["demo", "shop-2"]).map(({ merchant }) => merchant)).toEqual(["shop-2", undefined]);
  });
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
