import { screen, within } from "@testing-library/react";
import { expect, it } from "vitest";
import { CONFIG_URL } from "../src/api/config";
import { resetSession } from "../src/api/session";
import { DEMO, renderApp } from "./support/render";
import { CONFIG, feedPage, startSandbox } from "./support/sandbox";

const RUN = {
  id: "1795000000000-7",
  at_ms: 1_795_000_000_000,
  command: ["/home/ada/shop/.venv/bin/python", "/home/ada/shop/checkout.py"],
  command_shown: ".venv/bin/python checkout.py",
  verdict: "1 loses money: 37.50 USD charged twice (call 1, every answer lost to a reset connection, run again).",
  exit_code: 1,
  counts: { lost: 1, "no loss": 1 },
  lost: { USD: 3750 },
  seconds: 17,
  seed: 7,
  calls: ["POST /v1/payment_intents"],
  events: [],
};
/** As a version without short paths stored it. */
const OLD = { ...RUN, id: "1794000000000-7", exit_code: 0, command: ["python", "old.py"], command_shown: null };
const CELL = {
  cell: "1-given-up-reset",
  title: "call 1, every answer lost to a reset connection",
  request: "POST /v1/payment_intents",
  outcome: "lost",
  reason: null,
  where: "call 1, every answer lost to a reset connection, run again",
  findings: [{ words: "37.50 USD charged twice", payments: ["auth_1", "auth_2"] }],
  likely_cause: "It was repeated under another idempotency key.",
  merchant: "lose-a",
  timeline: ["run: call 1: POST /v1/payment_intents → 200 pi_1, ANSWER LOST (reset)"],
  repeat: "paysandbox lose --only 1-given-up-reset --seed 7 -- python checkout.py",
};
/** As a version without labels stored it. */
const FINE = { ...CELL, cell: "1-first-reset", title: undefined, outcome: "no loss", findings: [], likely_cause: null };

it("runs of paysandbox lose, and the calls of a loss", async () => {
  startSandbox({
    [`GET ${CONFIG_URL}`]: { body: CONFIG },
    "GET /feed": { body: feedPage([]) },
    "GET /_paysandbox/merchants": { body: { data: [DEMO] } },
    "GET /_paysandbox/lost-answers": { body: { data: [RUN, OLD], next_cursor: null } },
    [`GET /_paysandbox/lost-answers/${RUN.id}`]: {
      body: { ...RUN, cells: [FINE, CELL], not_tried: "Not tried: two faults in one run." },
    },
  });
  resetSession({ merchants: [DEMO], selected: "demo", bearer: "s1" });
  const { user } = renderApp({ at: "/lost-answers" });
  const runs = within(await screen.findByRole("table", { name: "Lost answers" }));
  runs.getByText("loses money");
  const newest = runs.getByText(RUN.command_shown).closest("tr") as HTMLElement;
  runs.getByText("python old.py");
  await user.click(within(newest).getByRole("link"));
  await screen.findByRole("heading", {
    name: "call 1, every answer lost to a reset connection, run again: 37.50 USD charged twice",
  });
  expect(screen.queryByText(/\/home\/ada/)).toBeNull();
  expect(screen.getByRole("region", { name: "Repeat it" }).textContent).toContain("--only 1-given-up-reset");
  const cells = within(screen.getByRole("table", { name: "Cells" }));
  expect(cells.getAllByRole("row")).toHaveLength(3);
  expect(cells.getByText(CELL.title)).toBeTruthy();
  expect(cells.getByText(FINE.cell)).toBeTruthy();
});
