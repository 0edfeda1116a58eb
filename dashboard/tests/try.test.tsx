import { spawnSync } from "node:child_process";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import type { FeedEntry } from "../src/api/shapes";
import { CARD_CHOICES, CARDS, OUTCOME_CHOICES } from "../src/try/cards";
import { factsOf, nativeBody, stripeForm, type Payment } from "../src/try/request";
import { curl, nodeCode, pytestCode, pythonCode, type Bases } from "../src/try/samples";
import TryPage from "../src/try/TryPage";
import { Combobox, findChoices } from "../src/parts/Combobox";
import { violations } from "./support/axe";
import { DEMO, renderPage } from "./support/render";
import { feedPage, problem, requestEntry, startSandbox, type Sandbox } from "./support/sandbox";

const [VISA] = CARDS;
if (!VISA) throw new Error("no card");
const AMEX = CARDS.find(({ brand }) => brand === "amex") ?? VISA;

const PAYMENT: Payment = {
  api: "native",
  card: VISA,
  outcome: "",
  amount: 1250,
  currency: "USD",
  capture: "automatic",
};
const BASES: Bases = { native: "http://127.0.0.1:4610", stripe: "http://127.0.0.1:4610/v1" };
const AUTH = "auth_1";

const shared = {
  at: "2026-11-22T12:00:01Z",
  recorded_at: "2026-11-22T12:00:01Z",
  payment_id: AUTH,
  amount: 1250,
  currency: "USD",
  reference: null,
  card: null,
};
const EVENT: FeedEntry = {
  ...shared,
  id: "evt_1",
  kind: "event",
  event: { type: "payment_authorized", object_id: AUTH },
};
const ATTEMPT: FeedEntry = {
  ...shared,
  id: "wd_1#1",
  kind: "delivery_attempt",
  delivery_attempt: {
    delivery_id: "wd_1",
    event_id: "evt_1",
    event_type: "payment_captured",
    endpoint_id: "we_1",
    url: "https://example.com/",
    attempt: 1,
    status: 503,
    error: null,
    latency_ms: 5,
    succeeded: false,
  },
};

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    "POST /payments/authorize": { body: { auth_id: AUTH, status: "approved" } },
    "POST /v1/payment_intents": { body: { id: "pi_1", status: "succeeded" } },
  });
});

const posted = () => sandbox.sent.filter(({ method }) => method === "POST");

describe("a request", () => {
  it("has the security code's length of the brand", () => {
    expect(nativeBody({ ...PAYMENT, card: AMEX }).card.cvc).toHaveLength(4);
    expect(stripeForm(PAYMENT)["payment_method_data[card][cvc]"]).toHaveLength(3);
  });

  it("accepts a partial approval that it asks for", () => {
    expect(nativeBody({ ...PAYMENT, outcome: "partial:500" })).toMatchObject({ allow_partial: true });
    expect(nativeBody(PAYMENT)).not.toHaveProperty("allow_partial");
  });

  it.each([
    ["a payment", { auth_id: AUTH, status: "declined" }, "declined", AUTH, null],
    ["a PaymentIntent", { id: "pi_1", status: "succeeded" }, "succeeded", null, null],
    ["a problem", { status: 400, code: "amount_invalid" }, "amount_invalid", null, null],
    ["a Stripe error", { error: { code: "card_declined", decline_code: "lost_card" } }, "lost_card", null, null],
    [
      "a challenge",
      { auth_id: AUTH, status: "requires_action", next_action: { redirect_to_url: { url: "https://a.example/3ds" } } },
      "requires_action",
      AUTH,
      "https://a.example/3ds",
    ],
    // A link must not run code.
    ["another scheme", { next_action: { redirect_to_url: { url: "javascript:alert(1)" } } }, null, null, null],
    ["text", "<html>", null, null, null],
  ])("is answered by %s", (_, body, status, paymentId, challenge) => {
    expect(factsOf(body)).toEqual({ status, paymentId, challenge });
  });
});

describe("code", () => {
  const outcome = `decline:"it's"`;
  const cases: [string, Payment][] = [
    ["native", { ...PAYMENT, outcome }],
    ["stripe", { ...PAYMENT, api: "stripe", outcome }],
  ];

  it.each(cases)("of the %s API is valid in each language", (_, payment) => {
    const checks: [string, string[], string][] = [
      ["sh", ["-n"], curl(payment, BASES)],
      ["python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], pythonCode(payment, BASES)],
      ["python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], pytestCode(payment, null)],
      [process.execPath, ["--check", "--input-type=module", "-"], nodeCode(payment, BASES)],
    ];
    for (const [program, args, code] of checks) {
      const { status, stderr } = spawnSync(program, args, { input: code, encoding: "utf8" });
      expect([code, status, stderr]).toEqual([code, 0, ""]);
    }
  });

  it.each(cases)("of the %s API is for curl what the page sends", (_, payment) => {
    // A shell splits the arguments; `curl` prints them.
    const script = `curl() { printf '%s\\n' "$@"; }; uuidgen() { echo 1; }; API_KEY=sk; ${curl(payment, BASES)}`;
    const args = spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout.split("\n");
    expect(args).toContain(`X-Sandbox-Outcome: ${outcome}`);
    if (payment.api === "native") expect(args).toContain(JSON.stringify(nativeBody(payment)));
    else for (const [name, value] of Object.entries(stripeForm(payment))) expect(args).toContain(`${name}=${value}`);
  });

  it("of the Stripe-compatible API is that of Stripe's SDKs", () => {
    const payment: Payment = { ...PAYMENT, api: "stripe", outcome: "iso:10" };
    const python = pythonCode(payment, BASES);
    expect(python).toContain('base_addresses={"api": "http://127.0.0.1:4610"}');
    expect(python).toContain('"metadata": {"sandbox_outcome": "iso:10"}');
    const node = nodeCode(payment, { ...BASES, stripe: "https://api.example.com/v1" });
    expect(node).toContain('{"host":"api.example.com","protocol":"https"}');
    expect(node).toContain('allowed_payment_method_types: ["card"]');
  });

  it("expects in a test the answer that was seen", () => {
    expect(pytestCode(PAYMENT, { httpStatus: 200, status: "declined" })).toContain(
      'assert response.json()["status"] == "declined"',
    );
    expect(pytestCode(PAYMENT, { httpStatus: 402, status: "lost_card" })).toContain("status_code == 402");
    expect(pytestCode(PAYMENT, null)).not.toContain("json()[");
  });
});

describe("choices", () => {
  it.each([
    ["4242 4242 4242 4242", CARD_CHOICES, ["4242424242424242"]],
    ["FRANCE cartes", CARD_CHOICES, ["4000002500001001", "5555552500001001"]],
    ["worldpay amex", CARD_CHOICES, ["343434343434343"]],
    ["lost", OUTCOME_CHOICES, ["decline:lost_card"]],
    ["nothing of that", CARD_CHOICES, []],
  ])("are found by %j", (search, choices, expected) => {
    expect(findChoices(choices, search).map(({ value }) => value)).toEqual(expected);
  });

  it("are moved through by arrow keys, and left as they were by Escape", async () => {
    const chosen: string[] = [];
    const user = userEvent.setup();
    const { container } = render(
      <Combobox label="Card" choices={CARD_CHOICES} value="4242424242424242" onChange={(one) => chosen.push(one)} />,
    );
    const field = screen.getByRole<HTMLInputElement>("combobox");
    expect(field.value).toBe("4242424242424242 – visa, approves");
    await user.tab();
    await user.keyboard("{ArrowDown}{ArrowDown}{Escape}");
    expect([field.value, chosen]).toEqual(["4242424242424242 – visa, approves", []]);
    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowUp}{ArrowDown}");
    const active = document.getElementById(field.getAttribute("aria-activedescendant") ?? "");
    expect(active?.textContent).toBe("5555555555554444mastercard, approves");
    expect(screen.getAllByRole("group").map((group) => group.getAttribute("aria-label"))).toHaveLength(6);
    expect(await violations(container)).toEqual([]);
    await user.keyboard("{Enter}");
    expect(chosen).toEqual(["5555555555554444"]);
    await user.keyboard("no such card");
    expect(screen.getAllByText("No matches")).toHaveLength(2);
  });
});

describe("the page", () => {
  const submit = async (user: { click: (element: Element) => Promise<void> }) =>
    user.click(screen.getByRole("button", { name: "Send payment" }));

  it("sends a payment with the chosen card and outcome", async () => {
    const { user } = renderPage(<TryPage />);
    await user.click(screen.getByRole("combobox", { name: "Card" }));
    await user.keyboard(`amex stripe{Enter}`);
    await user.click(screen.getByRole("combobox", { name: "Outcome" }));
    await user.click(screen.getByRole("option", { name: /^partial:500/ }));
    await user.clear(screen.getByLabelText("Amount"));
    await user.type(screen.getByLabelText("Amount"), "20");
    await user.selectOptions(screen.getByLabelText("Currency"), "EUR");
    await submit(user);
    await screen.findByText("approved");
    const [sent] = posted();
    expect(JSON.parse(sent?.body ?? "")).toMatchObject({
      amount: 2000,
      currency: "EUR",
      card: { number: AMEX.number },
    });
    expect(sent?.headers.get("X-Sandbox-Outcome")).toBe("partial:500");
    expect(sent?.headers.get("Idempotency-Key")).toBeTruthy();
  });

  it("sends to the Stripe-compatible API", async () => {
    const { user } = renderPage(<TryPage />);
    await user.selectOptions(screen.getByLabelText("API"), "stripe");
    await user.type(screen.getByRole("combobox", { name: "Outcome" }), "iso:10");
    await submit(user);
    await screen.findByText("succeeded");
    const [sent] = posted();
    expect(sent?.path).toBe("/v1/payment_intents");
    expect(sent?.headers.get("X-Sandbox-Outcome")).toBe("iso:10");
    expect(Object.fromEntries(new URLSearchParams(sent?.body))).toEqual(stripeForm(PAYMENT));
  });

  it("shows events and webhook attempts as they arrive", async () => {
    const { user } = renderPage(<TryPage />);
    await submit(user);
    await screen.findByText("Waiting for events.");
    sandbox.routes["GET /feed"] = { body: feedPage([EVENT, ATTEMPT], "cursor_2") };
    await screen.findByText("payment_authorized");
    const link = screen.getByRole("link", { name: "payment_captured" });
    expect(link.getAttribute("href")).toBe("/webhooks/we_1?delivery=wd_1");
    expect(screen.getByRole("link", { name: AUTH }).getAttribute("href")).toBe(`/payments/${AUTH}`);
  });

  it("has no accessibility violation", async () => {
    sandbox.routes["GET /feed"] = { body: feedPage([EVENT, ATTEMPT]) };
    const { user, container } = renderPage(<TryPage />);
    await submit(user);
    await screen.findByText("payment_authorized");
    expect(await violations(container)).toEqual([]);
  });

  it("finds a Stripe payment by its request in the feed", async () => {
    const headers = { "Request-Id": "req_00112233445566778899aabbccddeeff" };
    sandbox.routes["POST /v1/payment_intents"] = { body: { id: "pi_1", status: "succeeded" }, headers };
    const request = requestEntry(1, { id: "00112233-4455-6677-8899-aabbccddeeff", payment_id: AUTH });
    const { user } = renderPage(<TryPage />);
    await user.selectOptions(screen.getByLabelText("API"), "stripe");
    await submit(user);
    await screen.findByText("succeeded");
    expect(screen.queryByRole("link", { name: AUTH })).toBeNull();
    sandbox.routes["GET /feed"] = { body: feedPage([request, EVENT], "cursor_2") };
    await screen.findByRole("link", { name: AUTH });
    await screen.findByText("payment_authorized");
  });

  it("shows a refusal as a result", async () => {
    sandbox.routes["POST /payments/authorize"] = problem(400, "outcome_invalid", "Not an outcome.");
    const { user } = renderPage(<TryPage />);
    await submit(user);
    await screen.findByText("outcome invalid");
    expect(screen.getByRole("region", { name: "Response body" }).textContent).toContain("Not an outcome.");
    await screen.findByText("A refused request creates no events.");
  });

  it("says that there was no answer", async () => {
    const { user } = renderPage(<TryPage />);
    sandbox.down = true;
    await submit(user);
    await screen.findByText("The sandbox is not responding");
  });

  it("does not send an amount that is none", async () => {
    const { user } = renderPage(<TryPage />);
    await user.type(screen.getByLabelText("Amount"), "x");
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send payment" }).disabled).toBe(true);
    await screen.findByText("Enter an amount such as 12.50.");
  });

  it("has code for each language, without a key until it is asked for", async () => {
    const { user, container } = renderPage(<TryPage />);
    for (const name of ["Python", "Node", "pytest", "curl"]) {
      await user.click(screen.getByRole("tab", { name }));
      expect(screen.getByRole("region", { name }).textContent).toContain("/payments/authorize");
      expect(container.innerHTML).not.toContain(String(DEMO.secret_key));
    }
    await user.click(screen.getByRole("button", { name: "Copy with key" }));
    await waitFor(async () => expect(await navigator.clipboard.readText()).toContain(String(DEMO.secret_key)));
  });
});
