import { screen } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";
import { resetSession } from "../src/api/session";
import { violations } from "./support/axe";
import { DEMO, renderApp } from "./support/render";
import { feedPage, startSandbox } from "./support/sandbox";

beforeEach(() => {
  startSandbox({ "GET /feed": { body: feedPage([]) } });
});

it.each(["/", "/payments/pay_1", "/webhooks", "/webhooks/we_1", "/try", "/metrics", "/keys", "/nothing"])(
  "%s has no accessibility violation",
  async (at) => {
    resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
    const { container } = renderApp({ at });
    await screen.findByRole("heading", { level: 1 });
    expect(await violations(container)).toEqual([]);
  },
);

it("the sign-in page has no accessibility violation", async () => {
  const { container } = renderApp({ at: "/keys" });
  await screen.findByRole("heading", { level: 1 });
  expect(await violations(container)).toEqual([]);
});
