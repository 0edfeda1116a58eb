import { describe, expect, it } from "vitest";
import type { DeliveryAttemptEntry, EventEntry, FeedEntry } from "../src/api/shapes";
import { relatedTo } from "../src/activity/EntryDetail";
import { paymentOf } from "../src/api/paymentId";
import { choicesOf, filterEntries, readFilters, withoutFilters } from "../src/activity/filters";
import { maskedNames, unmaskedBody } from "../src/activity/maskedBody";
import { declineCodeIn } from "../src/activity/RequestDetail";
import { sampleOf, urlOf, type Language, type SampleRequest } from "../src/activity/samples";
import { exported, isRed, type ExportForm, type FailedRequest } from "../src/activity/exports";
import { loggedId } from "../src/api/requestId";
import { requestEntry } from "./support/sandbox";

const event: EventEntry = {
  ...requestEntry(3),
  id: "evt_3",
  kind: "event",
  payment_id: "pay_1",
  event: { type: "payment_captured", object_id: "pay_1" },
};
const attempt: DeliveryAttemptEntry = {
  ...requestEntry(4),
  id: "wd_1#1",
  kind: "delivery_attempt",
  card: null,
  delivery_attempt: {
    delivery_id: "wd_1",
    event_id: "evt_3",
    event_type: "payment_captured",
    endpoint_id: "we_1",
    url: "https://shop.example/hooks",
    attempt: 1,
    status: null,
    error: "timeout",
    latency_ms: 10_000,
    succeeded: false,
  },
};
const approved = requestEntry(1);
const refused = requestEntry(2, { card: { brand: "mastercard", last4: "4444" }, reference: "Order-A" });
refused.request = { ...refused.request, status: 422, code: "amount_too_small", outcome: "refused" };
const declined = requestEntry(5);
declined.request = { ...declined.request, outcome: "declined" };
const ENTRIES: FeedEntry[] = [declined, attempt, event, refused, approved];
const SECOND = "2026-11-22T12:00:0";

describe("filters", () => {
  it("by time compare when an entry happened, as metrics do: an event when it was recorded", () => {
    const recorded_at = "2026-11-22T12:00:20Z";
    const late = { ...requestEntry(3), recorded_at };
    const moved = { ...event, at: "2026-12-24T12:00:00Z", recorded_at };
    const within = (from: string, to: string) =>
      filterEntries([late, moved], readFilters(new URLSearchParams({ from, to })));
    expect(within(`${SECOND}3Z`, `${SECOND}4Z`)).toEqual([late]);
    expect(within(recorded_at, "2026-11-22T12:00:21Z")).toEqual([moved]);
  });

  it.each([
    ["", ENTRIES],
    ["kind=event", [event]],
    ["status=2xx", [declined, approved]],
    ["status=4xx", [refused]],
    ["status=declined", [declined]],
    ["status=no_answer", [attempt]],
    ["code=amount_too_small", [refused]],
    ["route=authorize_payment", [declined, refused, approved]],
    ["card=4444", [refused]],
    ["q=order-a", [refused]],
    ["q=evt_3", [attempt, event]],
    ["q=SHOP.example", [attempt]],
    ["q=5555 5555 5555 4444", [refused]],
    ["q=4444", [refused]],
    [`from=${SECOND}3Z&to=${SECOND}5Z`, [attempt, event]],
    ["from=yesterday", ENTRIES],
    ["kind=request&card=4242", [declined, approved]],
    ["kind=", ENTRIES],
  ])("%s", (query, expected) => {
    expect(filterEntries(ENTRIES, readFilters(new URLSearchParams(query)))).toEqual(expected);
  });

  it("are cleared without the selection", () => {
    expect(withoutFilters(new URLSearchParams("q=a&kind=event&id=evt_3")).toString()).toBe("id=evt_3");
  });

  it("offer the codes, routes and cards of the entries", () => {
    expect(choicesOf(ENTRIES)).toEqual({
      codes: ["amount_too_small"],
      routes: ["authorize_payment"],
      cards: [
        { last4: "4242", brand: "visa" },
        { last4: "4444", brand: "mastercard" },
      ],
    });
  });
});

describe("entries of the same operation", () => {
  it.each<[string, FeedEntry, FeedEntry[]]>([
    ["of an event: its attempts and its request", event, [requestOf("pay_1"), attempt]],
    ["of an attempt: its event", attempt, [event]],
    ["of a request: its event", requestOf("pay_1"), [event]],
  ])("%s", (_, entry, expected) => {
    expect(relatedTo(entry, [attempt, event, refused, approved])).toEqual(expected);
  });

  function requestOf(id: string): FeedEntry {
    expect(approved.request.transaction_id).toBe(id);
    return approved;
  }
});

describe("a logged body", () => {
  it.each([
    ["gets the test card's number", { number: "************9995" }, { number: "4000000000009995" }],
    ["gets a security code", { number: "************4242", cvc: "***" }, { number: "4242424242424242", cvc: "123" }],
    ["gets one of four digits", { number: "************8431", cvc: "***" }, { number: "371449635398431", cvc: "1234" }],
    ["keeps ambiguous digits masked", { number: "************0002" }, { number: "************0002" }],
    ["keeps other values masked", { name: "***" }, { name: "***" }],
  ])("%s", (_, card, expected) => {
    const logged = JSON.stringify({ amount: 1250, card });
    expect(JSON.parse(unmaskedBody(logged))).toEqual({ amount: 1250, card: expected });
  });

  it("has the number of the published account", () => {
    const account = { routing_number: "110000000", account_number: "********6789", account_holder_name: "***" };
    const filled = { ...account, account_number: "000123456789" };
    expect(JSON.parse(unmaskedBody(JSON.stringify({ bank_account: account })))).toEqual({ bank_account: filled });
    expect(JSON.parse(unmaskedBody('{"account_number":"********0000"}'))).toEqual({ account_number: "********0000" });
  });

  it("of a form is filled too", () => {
    const logged = '{"card[number]":"************4242","card[cvc]":"***"}';
    expect(JSON.parse(unmaskedBody(logged))).toEqual({ "card[number]": "4242424242424242", "card[cvc]": "123" });
  });

  it.each([
    ['{"amount":1250}', []],
    ['{"card":{"number":"************0002"},"list":["***"]}', ["card.number", "list.0"]],
    ['{"metadata":{"key":"valu…', [""]],
    ["[not JSON: 12 characters]", [""]],
  ])("names what is masked: %s", (body, expected) => {
    expect(maskedNames(body)).toEqual(expected);
  });
});

describe("a request as code", () => {
  const native: SampleRequest = {
    method: "POST",
    path: "/payments/authorize",
    body: '{"reference": "it\'s"}',
    hasIdempotencyKey: true,
  };
  const stripe: SampleRequest = { ...native, path: "/v1/payment_intents", body: '{"amount":"2000"}' };
  const get: SampleRequest = { method: "GET", path: "/payments", body: null, hasIdempotencyKey: false };

  it.each<[Language, string, SampleRequest, string[]]>([
    [
      "curl",
      "native",
      native,
      ["curl -sS 'https://a/payments/authorize'", '-H "X-Api-Key: $API_KEY"', `-d '{"reference": "it'\\''s"}'`],
    ],
    ["curl", "Stripe", stripe, ['"Authorization: Bearer $API_KEY"', "--data-urlencode 'amount=2000'"]],
    ["curl", "GET", get, ["curl -sS 'https://a/payments' \\\n  -H \"X-Api-Key: $API_KEY\""]],
    ["curl", "DELETE", { ...get, method: "DELETE" }, ["curl -sS -X DELETE 'https://a/payments'"]],
    ["curl", "POST without a body", { ...get, method: "POST" }, ["curl -sS -X POST 'https://a/payments'"]],
    [
      "python",
      "native",
      native,
      ["requests.post(", '"Idempotency-Key": "new-key"', `data="""{"reference": "it's"}"""`],
    ],
    [
      "python",
      "Stripe",
      stripe,
      [
        'stripe.StripeClient("$API_KEY", base_addresses={"api": "https://a"})',
        'client.v1.payment_intents.create({\n    "amount": "2000"\n}, options={"idempotency_key": "new-key"})',
      ],
    ],
    [
      "python",
      "an ID and a nested form",
      { ...stripe, path: "/v1/customers/cus_1/tax_ids", body: '{"type":"eu_vat","expand[]":"customer"}' },
      [
        'client.v1.customers.tax_ids.create("cus_1", {\n    "type": "eu_vat",\n    "expand": [\n        "customer"\n    ]\n}',
      ],
    ],
    [
      "python",
      "no method of the SDK",
      { ...stripe, path: "/v1/charges/ch_1/refund" },
      [
        'client.raw_request("post", "/v1/charges/ch_1/refund", **{\n    "amount": "2000"\n}, idempotency_key="new-key").data',
      ],
    ],
    ["node", "native", native, ['method: "POST"', 'JSON.stringify({\n    "reference": "it\'s"\n  })']],
    [
      "node",
      "Stripe",
      stripe,
      [
        'new Stripe("$API_KEY", {"host":"a","protocol":"https"})',
        'stripe.paymentIntents.create({\n  "amount": "2000"\n}, { idempotencyKey: "new-key" })',
      ],
    ],
    [
      "node",
      "a name instead of an ID",
      { ...stripe, path: "/v1/payment_intents/search", method: "GET", body: null, hasIdempotencyKey: false },
      ["stripe.paymentIntents.search()"],
    ],
    [
      "node",
      "no body and no method of the SDK",
      { ...stripe, path: "/v1/charges/ch_1/refund", body: null },
      ['stripe.rawRequest("POST", "/v1/charges/ch_1/refund", {}, { idempotencyKey: "new-key" })'],
    ],
  ])("%s, %s", (language, _, request, expected) => {
    const code = sampleOf(language, request, `https://a${request.path}`, "new-key");
    for (const part of expected) expect(code).toContain(part);
    expect(code.includes("new-key")).toBe(request.hasIdempotencyKey);
  });

  it.each([
    ["/payments", "", "http://127.0.0.1:4610/payments"],
    ["/v1/payment_intents", "", "http://127.0.0.1:4610/v1/payment_intents"],
    ["/v1/api/payment", "", "http://127.0.0.1:4610/v1/api/payment"],
    ["/payments", "https://api.example/live", "https://api.example/live/payments"],
  ])("%s of %s", (path, api_base, expected) => {
    expect(urlOf(path, { api_base, v1_base: "/v1" }, "http://127.0.0.1:4610")).toBe(expected);
  });
});

it.each([
  ['{"decline_code":"lost_card"}', "lost_card"],
  ['{"error":{"decline_code":"insufficient_funds"}}', "insufficient_funds"],
  ["{}", null],
  [null, null],
])("the decline code in %s", (answer, expected) => {
  expect(declineCodeIn(answer)).toBe(expected);
});

it.each([
  ["req_00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff"],
  ["00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff"],
])("the ID in the log of %s", (requestId, expected) => {
  expect(loggedId(requestId)).toBe(expected);
});

describe("the payment of an ID", () => {
  const body = "mzxw6ytboi2gk3tbnzswc3lqnm";
  it.each<[string, boolean]>([
    [`auth_${body}`, true],
    [` auth_${body} `, true],
    [`pi_${body}`, true],
    [`cap_${body}k6w3zq5n7t`, true],
    [`ref_${body}`, true],
    [`re_${body}k6w3zq5n7tv`, true],
    [`evt_${body}`, false],
    [`auth_${body}2`, false],
    ["auth_", false],
    ["order-1", false],
  ])("%s", (text, isOne) => {
    expect(paymentOf(text)).toBe(isOne ? `auth_${body}` : null);
  });
});

describe("exports", () => {
  const REQUEST: FailedRequest = {
    method: "POST",
    path: "/v1/charges",
    route: "create_charge",
    status: 400,
    outcome: "refused",
    body: '{"amount":"1"}',
  };
  const of = (form: ExportForm, change: Partial<FailedRequest> = {}, v1Base = "/v1") =>
    exported({ ...REQUEST, ...change }, { form, v1Base, docs: "/docs", newKey: "k" });

  it("are of errors and declines", () => {
    expect([{ status: 200, outcome: "approved" }, { status: 200, outcome: "declined" }, REQUEST].map(isRed)).toEqual([
      false,
      true,
      true,
    ]);
  });

  it.each<ExportForm>(["curl", "pytest", "vitest", "agent"])("as %s name an API of another origin", (form) => {
    const shown = of(form, {}, "https://v1.example/v1");
    expect(shown).toContain("https://v1.example/v1/charges");
    expect(shown).not.toContain("PAYSANDBOX_BASE_URL");
  });

  it("say what is still masked, and expect what a cut answer begins with", () => {
    const shown = of("pytest", { body: "[not JSON: 3 characters]", answer: '{"error":{"code":"a\\"b","payment_in…' });
    expect(shown).toContain("# Masked in the log and here: the body.");
    expect(shown).toContain(String.raw`assert response.json()["error"]["code"] == "a\"b"`);
    expect(of("vitest", { answer: "…" })).not.toContain("json()");
  });
});
