import { createHmac, webcrypto } from "node:crypto";
import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import type { DeliveryAttemptEntry, InboxWebhook, Metrics } from "../src/api/shapes";
import type { DeliverySummary } from "../src/api/schema";
import { messages } from "../src/messages";
import { attemptsByHour, countedSince, sumOf } from "../src/webhooks/attempts";
import EndpointPage from "../src/webhooks/EndpointPage";
import { baseString, deliveredBody, SecretError, sign, verify } from "../src/webhooks/signature";
import WebhooksPage from "../src/webhooks/WebhooksPage";
import { violations } from "./support/axe";
import { renderPage } from "./support/render";
import { feedPage, problem, startSandbox, type Reply, type Sandbox } from "./support/sandbox";

const KEY = Buffer.from("a signing secret of 24 by");
const SECRET = `whsec_${KEY.toString("base64")}`;
const EVENT = {
  id: "evt_1",
  type: "payment_captured",
  timestamp: "2026-11-22T12:01:00Z",
  sequence: 2,
  data: { b: 1, a: "é" },
};
const BODY =
  '{"data":{"a":"é","b":1},"id":"evt_1","sequence":2,"timestamp":"2026-11-22T12:01:00Z","type":"payment_captured"}';
const INBOX_URL = "http://127.0.0.1:4610/inbox/demo_token";

/** The signature as the back end makes it, by another implementation. */
function signed(text: string): string {
  return `v1,${createHmac("sha256", KEY).update(text).digest("base64")}`;
}

function endpoint(change: object = {}) {
  return {
    endpoint_id: "we_1",
    url: "https://example.com/hooks",
    events: ["*"],
    status: "enabled",
    created_at: "2026-11-22T12:00:00Z",
    listens_since: "2026-11-22T12:00:00Z",
    ...change,
  };
}

function summary(change: Partial<DeliverySummary> = {}): DeliverySummary {
  return {
    delivery_id: "wd_1",
    event_id: "evt_1",
    event_type: "payment_captured",
    event_timestamp: "2026-11-22T12:01:00Z",
    endpoint_id: "we_1",
    status: "pending",
    attempts: 2,
    last_attempt_at: "2026-11-22T12:01:06Z",
    last_status: 500,
    ...change,
  };
}

const HEADERS = {
  "webhook-id": "evt_1",
  "webhook-timestamp": "1795348866",
  "webhook-signature": signed(`evt_1.1795348866.${BODY}`),
};

function inbox(webhooks: Partial<InboxWebhook>[] = [], answer = "200") {
  const whole = {
    id: "w1",
    received_at: "2026-11-22T12:01:06Z",
    status: 200,
    headers: HEADERS,
    body: BODY,
    event_id: "evt_1",
    event_type: "payment_captured",
    signature: {
      valid: true,
      reason: null,
      endpoint_id: "we_1",
      secret: "current",
      base_string_prefix: "evt_1.1795348866.",
    },
    stripe_signature: null,
  };
  return { url: INBOX_URL, answer, data: webhooks.map((change) => ({ ...whole, ...change })), next_cursor: null };
}

// jsdom has no SubtleCrypto. Node's is the same interface.
Object.defineProperty(crypto, "subtle", { configurable: true, value: webcrypto.subtle });

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = startSandbox({
    "GET /feed": { body: feedPage([]) },
    "GET /metrics": { body: counted() },
    "GET /webhooks/endpoints": { body: { data: [endpoint()] } },
    "GET /webhooks/endpoints/we_1": { body: endpoint() },
    "GET /webhooks/deliveries": { body: { data: [summary()], next_cursor: null } },
    "GET /webhooks/deliveries/wd_1": {
      body: {
        ...summary(),
        attempts: [
          { number: 1, at: "2026-11-22T12:01:01Z", latency_ms: 12, error: "timeout", request_headers: HEADERS },
          {
            number: 2,
            at: "2026-11-22T12:01:06Z",
            latency_ms: 7,
            status: 500,
            response: "no database",
            request_headers: HEADERS,
          },
        ],
        resends: 0,
      },
    },
    "GET /events/evt_1": { body: { ...EVENT, deliveries: [] } },
    "GET /sandbox/inbox": { body: inbox() },
  });
});

const sentTo = (route: string) => sandbox.sent.filter(({ method, path }) => `${method} ${path}` === route);
const bodyOf = (route: string): unknown => JSON.parse(sentTo(route).at(-1)?.body ?? "null");
const showEndpoint = (search = "") =>
  renderPage(<EndpointPage />, { at: `/webhooks/we_1${search}`, route: "/webhooks/:endpointId" });

describe("the signed text", () => {
  it("has the event as the back end serializes it: sorted keys, no spaces", () => {
    expect(deliveredBody({ ...EVENT, deliveries: [] } as typeof EVENT)).toBe(BODY);
  });

  it("starts with the ID and the time of the attempt", () => {
    expect(baseString(HEADERS, BODY)).toBe(`evt_1.1795348866.${BODY}`);
    expect(baseString({ "webhook-id": "evt_1" }, BODY)).toBeNull();
  });

  it("is signed with the decoded secret", async () => {
    expect(`v1,${await sign(SECRET, "text")}`).toBe(signed("text"));
  });

  it.each([
    ["the same text", "text", true],
    ["another text", "other", false],
  ])("verifies for %s", async (_, base, valid) => {
    // After a rotation the header has a signature for each secret.
    const header = `v1,AAAA ${signed("text")}`;
    expect(await verify(SECRET, base, header)).toMatchObject({ valid, sent: header.split(" ") });
  });

  it.each(["", "whsec_", "whsec_%", "sk_test_demo_1"])("refuses %j as a secret", async (secret) => {
    await expect(sign(secret, "text")).rejects.toThrow(SecretError);
  });
});

function entry(id: string, at: string): DeliveryAttemptEntry {
  return {
    id,
    kind: "delivery_attempt",
    at,
    recorded_at: at,
    payment_id: null,
    amount: null,
    currency: null,
    reference: null,
    card: null,
    delivery_attempt: {
      delivery_id: "wd_1",
      event_id: "evt_1",
      event_type: "payment_captured",
      endpoint_id: "we_1",
      url: "https://example.com/hooks",
      attempt: 1,
      status: 200,
      error: null,
      latency_ms: 5,
      succeeded: true,
    },
  };
}

const FROM = "2026-11-21T12:30:00.000000Z";

/** What the server counts: three attempts of one delivery, hours ago, and one just now. */
function counted(change: Partial<Metrics> = {}): Pick<Metrics, "from" | "complete_since" | "by_endpoint"> {
  const buckets = [
    { at: FROM, deliveries: 1, delivery_failures: 0 },
    { at: "2026-11-22T12:15:00.000000Z", deliveries: 3, delivery_failures: 3 },
    { at: "2026-11-22T12:30:00.000000Z", deliveries: 1, delivery_failures: 0 },
  ];
  return {
    from: FROM,
    complete_since: FROM,
    by_endpoint: [{ endpoint_id: "we_1", deliveries: 5, delivery_failures: 3, buckets }],
    ...change,
  };
}

describe("attempts of 24 hours", () => {
  it("are those that the server counts, by hour, with the bucket that is running", () => {
    const hours = attemptsByHour("we_1", counted() as Metrics);
    expect(hours).toHaveLength(24);
    expect(hours[0]).toEqual({ from: "2026-11-21T12:30:00.000Z", succeeded: 1, failed: 0 });
    expect(hours[23]).toMatchObject({ succeeded: 1, failed: 3 });
    expect(sumOf(hours)).toEqual({ succeeded: 2, failed: 3 });
    expect(sumOf(attemptsByHour("we_2", counted() as Metrics))).toEqual({ succeeded: 0, failed: 0 });
  });

  it("say since when they are counted, if that is not the whole day", () => {
    expect(countedSince(counted() as Metrics)).toBeNull();
    expect(countedSince(counted({ complete_since: "2026-11-22T12:00:00Z" }) as Metrics)).toBe("2026-11-22T12:00:00Z");
  });

  it("do not depend on the deliveries that are listed", async () => {
    renderPage(<WebhooksPage />);
    expect(await screen.findByText("40% of 5 succeeded")).toBeDefined();
    expect(sentTo("GET /webhooks/deliveries")).toHaveLength(0);
  });
});

describe("the page", () => {
  it("appears as a whole, so that the endpoints and the inbox push nothing down", async () => {
    let answer: (reply: Reply) => void = () => undefined;
    sandbox.routes["GET /sandbox/inbox"] = () => new Promise((resolve) => (answer = resolve));
    renderPage(<WebhooksPage />);
    await waitFor(() => expect(sentTo("GET /webhooks/endpoints")).toHaveLength(1));
    expect(await screen.findAllByText("Loading")).toHaveLength(1);
    expect(screen.queryByRole("heading", { name: messages.webhooks.verify.title })).toBeNull();
    answer({ body: inbox() });
    await screen.findByText("https://example.com/hooks");
    screen.getByText(INBOX_URL);
  });
});

describe("the list of endpoints", () => {
  it("shows since when one fails, and its attempts", async () => {
    const at = new Date(Date.now() - 60_000).toISOString();
    sandbox.routes["GET /webhooks/endpoints"] = { body: { data: [endpoint({ failing_since: at })] } };
    renderPage(<WebhooksPage />);
    await screen.findByText("Failing since");
    await screen.findByRole("img", { name: "5 attempts in the last 24 hours, 3 failed" });
  });

  it("show marks in an endpoint's texts, which change the order of nothing", async () => {
    sandbox.routes["GET /webhooks/endpoints"] = {
      body: { data: [endpoint({ url: "https://a.example/\u202e", description: "my \u2066shop" })] },
    };
    renderPage(<WebhooksPage />);
    expect((await screen.findByText("https://a.example/\\u202e")).tagName).toBe("BDI");
    expect(screen.getByText("my \\u2066shop").tagName).toBe("BDI");
  });

  it("may be empty", async () => {
    sandbox.routes["GET /webhooks/endpoints"] = { body: { data: [] } };
    renderPage(<WebhooksPage />);
    await screen.findByText("No endpoints yet");
  });

  it("can fail", async () => {
    sandbox.routes["GET /webhooks/endpoints"] = problem(500, "internal_error");
    renderPage(<WebhooksPage />);
    await screen.findByText("Title of internal_error");
  });

  it("is read again when the feed has a new attempt", async () => {
    renderPage(<WebhooksPage />);
    await screen.findByText("https://example.com/hooks");
    const before = sentTo("GET /webhooks/endpoints").length;
    sandbox.routes["GET /feed"] = { body: feedPage([entry("wd_9#1", "2026-11-22T12:01:01Z")], "cursor_2") };
    await waitFor(() => expect(sentTo("GET /webhooks/endpoints").length).toBeGreaterThan(before));
    await waitFor(() => expect(sentTo("GET /metrics")).toHaveLength(2));
  });

  it("creates an endpoint and shows its secret once", async () => {
    sandbox.routes["POST /webhooks/endpoints"] = { body: { ...endpoint(), secret: SECRET } };
    const { user } = renderPage(<WebhooksPage />);
    await user.click(await screen.findByRole("button", { name: "Create endpoint" }));
    await user.type(screen.getByLabelText("URL"), "https://example.com/hooks");
    await user.click(screen.getByLabelText("Only some"));
    const create = screen.getByRole<HTMLButtonElement>("button", { name: "Create" });
    expect(create.disabled).toBe(true);
    await user.type(screen.getByRole("searchbox"), "REFUNDED");
    await user.click(screen.getByLabelText("payment_refunded"));
    await user.clear(screen.getByRole("searchbox"));
    await user.click(screen.getByLabelText("payment_captured"));
    screen.getByText("2 event types are chosen.");
    expect(await violations(screen.getByRole("dialog"))).toEqual([]);
    await user.click(create);
    await screen.findByText(SECRET);
    expect(bodyOf("POST /webhooks/endpoints")).toEqual({
      url: "https://example.com/hooks",
      events: ["payment_captured", "payment_refunded"],
    });
    await user.click(screen.getByRole("button", { name: "Close" }));
    await waitFor(() => expect(screen.queryByText(SECRET)).toBeNull());
    expect(JSON.stringify([sessionStorage, localStorage])).not.toContain(SECRET);
  });

  it("creates one that receives Stripe's events", async () => {
    sandbox.routes["POST /v1/webhook_endpoints"] = { body: { id: "we_2", secret: SECRET } };
    const { user } = renderPage(<WebhooksPage />);
    await user.click(await screen.findByRole("button", { name: "Create endpoint" }));
    const create = screen.getByRole<HTMLButtonElement>("button", { name: "Create" });
    expect(create.disabled).toBe(true);
    await user.type(screen.getByLabelText("URL"), "https://example.com/hooks");
    await user.selectOptions(screen.getByLabelText("Format"), "stripe");
    await user.click(screen.getByLabelText("Only some"));
    await user.click(screen.getByLabelText("charge.succeeded"));
    await user.click(create);
    await screen.findByText(SECRET);
    expect(Object.fromEntries(new URLSearchParams(sentTo("POST /v1/webhook_endpoints")[0]?.body))).toEqual({
      url: "https://example.com/hooks",
      "enabled_events[0]": "charge.succeeded",
    });
  });

  it("says why an endpoint was refused", async () => {
    sandbox.routes["POST /webhooks/endpoints"] = problem(400, "url_invalid", "The URL must use HTTPS.");
    const { user } = renderPage(<WebhooksPage />);
    await user.click(await screen.findByRole("button", { name: "Create endpoint" }));
    await user.type(screen.getByLabelText("URL"), "http://example.com/");
    await user.click(screen.getByRole("button", { name: "Create" }));
    await screen.findByText("The URL must use HTTPS.");
  });

  it.each(["Python", "Node", "Go", "Ruby", "PHP"])("has code that verifies in %s", async (language) => {
    const { user } = renderPage(<WebhooksPage />);
    await user.click(await screen.findByRole("tab", { name: language }));
    expect(screen.getByRole("region", { name: language }).textContent).toContain("webhook-signature");
  });
});

describe("an endpoint", () => {
  it.each([
    [3, 2, "enabled, most attempts fail", "33% of 3 succeeded"],
    [2, 1, "enabled", "50% of 2 succeeded"],
  ])("with %i attempts, of which %i failed, is %s", async (deliveries, delivery_failures, status, rate) => {
    const counts = { deliveries, delivery_failures };
    const by_endpoint = [{ endpoint_id: "we_1", ...counts, buckets: [{ at: FROM, ...counts }] }];
    sandbox.routes["GET /metrics"] = { body: counted({ by_endpoint }) };
    sandbox.routes["GET /webhooks/deliveries"] = { body: { data: [], next_cursor: null } };
    showEndpoint();
    await screen.findByText(rate);
    screen.getByText(status);
  });

  it("shows of each delivery what happened when, and one that is retried as failing", async () => {
    const event = (id: string, data: object) => ({ id, type: "payment_refunded", timestamp: "x", sequence: 1, data });
    sandbox.routes["GET /webhooks/deliveries"] = {
      body: {
        data: [
          {
            ...summary(),
            delivery_id: "wd_3",
            event_id: "evt_3",
            event_timestamp: "2026-11-22T12:00:03.000500Z",
            status: "pending",
            attempts: 2,
            last_status: 500,
          },
          {
            ...summary(),
            delivery_id: "wd_2",
            event_id: "evt_2",
            event_timestamp: "2026-11-22T12:00:02Z",
            status: "pending",
            attempts: 0,
          },
          { ...summary(), event_timestamp: "2026-11-22T12:00:01Z" },
        ],
        next_cursor: null,
      },
    };
    const payment = `auth_${"a".repeat(26)}`;
    sandbox.routes["GET /events"] = ({ query }) =>
      query.has("cursor")
        ? { body: { data: [event("evt_2", { object: { id: "cus_abcdefghijkl" } })], next_cursor: null } }
        : {
            body: {
              data: [event("evt_9", {}), event("evt_3", { auth_id: payment, reference: "order-7" })],
              next_cursor: "cursor_2",
            },
          };
    renderPage(<EndpointPage />, { at: "/webhooks/we_1", route: "/webhooks/:endpointId" });
    const link = await screen.findByRole("link", { name: "order-7" });
    expect(link.getAttribute("href")).toBe(`/payments/${payment}`);
    const row = link.closest("tr") as HTMLElement;
    expect(within(row).getByText("failing")).toBeTruthy();
    expect(row.textContent).toContain("12:00:03");
    const other = screen.getByRole("link", { name: "cus_abcdefghijkl" }).closest("tr") as HTMLElement;
    expect(within(other).getByText("pending")).toBeTruthy();
    const asked = sentTo("GET /events").map(({ query }) => [query.get("from"), query.get("to"), query.get("cursor")]);
    const range = ["2026-11-22T12:00:01Z", "2026-11-22T12:00:03.001Z"];
    expect(asked).toEqual([
      [...range, null],
      [...range, "cursor_2"],
    ]);
  });

  it("shows deliveries of a status, of as many pages as it takes, and older ones", async () => {
    let page = 0;
    sandbox.routes["GET /webhooks/deliveries"] = ({ query }) => {
      if (!query.has("status")) return { body: { data: [summary()], next_cursor: null } };
      page += 1;
      const data = page === 1 ? [] : [summary({ delivery_id: `wd_${page}`, status: "failed" })];
      return { body: { data, next_cursor: page < 3 ? `cursor_${page}` : null } };
    };
    const { user } = showEndpoint();
    await user.selectOptions(await screen.findByLabelText("Status"), "failed");
    await screen.findByText("failed");
    await user.click(screen.getByRole("button", { name: "Show older deliveries" }));
    await waitFor(() => expect(screen.getAllByText("failed")).toHaveLength(2));
    expect(sentTo("GET /webhooks/deliveries").at(-1)?.query.get("cursor")).toBe("cursor_2");
  });

  it.each([
    ["Send a test event", "POST /webhooks/endpoints/we_1/test", { event_id: "evt_9" }, "Sent evt_9."],
    ["Disable", "PATCH /webhooks/endpoints/we_1", {}, null],
  ])("%s", async (name, route, body, said) => {
    sandbox.routes[route] = { body };
    const { user } = showEndpoint();
    await user.click(await screen.findByRole("button", { name }));
    await waitFor(() => expect(sentTo(route)).toHaveLength(1));
    if (said) await screen.findByText(said);
  });

  it("that is disabled says why, and can be enabled", async () => {
    const off = endpoint({ status: "disabled", disabled_reason: "gone" });
    sandbox.routes["GET /webhooks/endpoints/we_1"] = { body: off };
    sandbox.routes["POST /webhooks/endpoints/we_1/enable"] = { body: endpoint() };
    const { user } = showEndpoint();
    await screen.findByText("it answered 410");
    await user.click(screen.getByRole("button", { name: "Enable" }));
    await waitFor(() => expect(sentTo("POST /webhooks/endpoints/we_1/enable")).toHaveLength(1));
  });

  it("rotates its secret after a confirmation", async () => {
    sandbox.routes["POST /webhooks/endpoints/we_1/rotate"] = { body: { ...endpoint(), secret: SECRET } };
    const { user } = showEndpoint();
    await user.click(await screen.findByRole("button", { name: "Rotate secret" }));
    expect(sentTo("POST /webhooks/endpoints/we_1/rotate")).toHaveLength(0);
    await user.click(screen.getByRole("button", { name: "Rotate" }));
    await screen.findByText(SECRET);
  });

  it("replays from where the last replay ended", async () => {
    const route = "POST /webhooks/endpoints/we_1/replay";
    const next = "2026-11-22T11:00:00Z";
    sandbox.routes[route] = { body: { endpoint_id: "we_1", planned: 200, left_out: 1, next_since: next } };
    const { user } = showEndpoint();
    await user.click(await screen.findByRole("button", { name: "Replay" }));
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Replay" }));
    await screen.findByText(/200 deliveries are sent again. 1 skipped/);
    expect(bodyOf(route)).toMatchObject({ only_failed: true });
    await user.click(screen.getByRole("button", { name: "Continue" }));
    await waitFor(() => expect(bodyOf(route)).toEqual({ since: next, only_failed: true }));
  });

  it("does not exist", async () => {
    sandbox.routes["GET /webhooks/endpoints/we_1"] = problem(404, "resource_not_found", "There is no such endpoint.");
    showEndpoint();
    await screen.findByText("There is no such endpoint.");
  });
});

describe("a delivery", () => {
  it("shows each attempt with its request and answer", async () => {
    const { user } = showEndpoint();
    await user.click(await screen.findByRole("button", { name: "payment_captured" }));
    await screen.findByText("no database");
    expect(screen.getByText("timeout")).toBeTruthy();
    const headers = screen.getByRole("region", { name: "Request headers of attempt 2", hidden: true });
    expect(headers.textContent).toContain("webhook-timestamp: 1795348866");
  });

  it.each([
    ["verifies", SECRET, "The computed signature is in the header webhook-signature."],
    ["does not verify", `whsec_${Buffer.from("another").toString("base64")}`, /the secret is a different one/],
    ["malformed", "whsec_%", /This is not a signing secret/],
  ])("%s with the secret that is entered", async (_, secret, expected) => {
    const { user } = showEndpoint("?delivery=wd_1");
    const [field] = await screen.findAllByLabelText("Signing secret");
    if (!field) throw new Error("no field");
    expect(screen.getAllByText(/Enter the endpoint's secret/).length).toBeGreaterThan(0);
    await user.click(field);
    await user.paste(secret);
    expect((await screen.findAllByText(expected)).length).toBeGreaterThan(0);
    expect(sandbox.sent.some(({ body }) => body.includes(secret))).toBe(false);
  });

  it("is checked with the secret of a rotation in this tab", async () => {
    sandbox.routes["POST /webhooks/endpoints/we_1/rotate"] = { body: { ...endpoint(), secret: SECRET } };
    const { user } = showEndpoint();
    await user.click(await screen.findByRole("button", { name: "Rotate secret" }));
    await user.click(screen.getByRole("button", { name: "Rotate" }));
    await screen.findByText(SECRET);
    await user.click(screen.getByRole("button", { name: "Close" }));
    await user.click(await screen.findByRole("button", { name: "payment_captured" }));
    await waitFor(() => expect(screen.getAllByText("verifies")).toHaveLength(2));
  });

  it("is resent to this endpoint only", async () => {
    sandbox.routes["POST /events/evt_1/resend"] = { body: { event_id: "evt_1", deliveries: [] } };
    const { user } = showEndpoint("?delivery=wd_1");
    await user.click(await screen.findByRole("button", { name: "Resend" }));
    await screen.findByText("The event is sent again.");
    expect(bodyOf("POST /events/evt_1/resend")).toEqual({ endpoint_id: "we_1" });
  });

  it("in Stripe's format is not checked against another body", async () => {
    sandbox.routes["GET /webhooks/endpoints/we_1"] = { body: endpoint({ format: "stripe" }) };
    showEndpoint("?delivery=wd_1");
    expect((await screen.findAllByText(/in Stripe's format/)).length).toBe(2);
    expect(screen.queryByLabelText("Signing secret")).toBeNull();
  });
});

describe("the inbox", () => {
  it("creates an endpoint for itself with one button", async () => {
    sandbox.routes["POST /webhooks/endpoints"] = { body: { ...endpoint({ url: INBOX_URL }), secret: SECRET } };
    const { user } = renderPage(<WebhooksPage />);
    await user.click(await screen.findByRole("button", { name: "Send events to the inbox" }));
    await screen.findByText(SECRET);
    expect(bodyOf("POST /webhooks/endpoints")).toEqual({ url: INBOX_URL, events: ["*"], description: "Inbox" });
  });

  it("links to its endpoint", async () => {
    sandbox.routes["GET /webhooks/endpoints"] = { body: { data: [endpoint({ url: INBOX_URL })] } };
    renderPage(<WebhooksPage />);
    expect((await screen.findByRole("link", { name: "we_1" })).getAttribute("href")).toBe("/webhooks/we_1");
    expect(screen.queryByRole("button", { name: "Send events to the inbox" })).toBeNull();
  });

  it.each([
    [true, ["200", "500", "410", "hang"]],
    [false, ["200", "500", "410"]],
  ])("can hang: %s", async (inbox_hang, expected) => {
    sandbox.routes["PATCH /sandbox/inbox"] = { body: { url: INBOX_URL, answer: "500" } };
    const { user } = renderPage(<WebhooksPage />, { config: { inbox_hang } });
    const field = await screen.findByLabelText<HTMLSelectElement>("The inbox answers");
    expect([...field.options].map(({ value }) => value)).toEqual(expected);
    await user.selectOptions(field, "500");
    await waitFor(() => expect(bodyOf("PATCH /sandbox/inbox")).toEqual({ answer: "500" }));
  });

  it("shows a received webhook and its signed text", async () => {
    sandbox.routes["GET /sandbox/inbox"] = { body: inbox([{}]) };
    const { user } = renderPage(<WebhooksPage />);
    await user.click(await screen.findByRole("button", { name: "payment_captured" }));
    const text = await screen.findByRole("region", { name: "Signed text" });
    expect(text.textContent).toBe(`evt_1.1795348866.${BODY}`);
  });

  it("says why a webhook does not verify", async () => {
    const signature = {
      valid: false,
      reason: "no_endpoint",
      endpoint_id: null,
      secret: null,
      base_string_prefix: null,
    } as const;
    sandbox.routes["GET /sandbox/inbox"] = { body: inbox([{ event_type: null, status: null, signature }]) };
    const { user } = renderPage(<WebhooksPage />);
    await screen.findByText("none");
    await user.click(await screen.findByRole("button", { name: "Webhook" }));
    await screen.findByText(/No endpoint has the inbox's URL/);
  });

  it("can be emptied", async () => {
    sandbox.routes["GET /sandbox/inbox"] = { body: inbox([{}]) };
    sandbox.routes["DELETE /sandbox/inbox"] = { body: {} };
    const { user } = renderPage(<WebhooksPage />);
    await user.click(await screen.findByRole("button", { name: "Delete all" }));
    await waitFor(() => expect(sentTo("DELETE /sandbox/inbox")).toHaveLength(1));
  });
});

describe("accessibility", () => {
  it("of the endpoints and the inbox", async () => {
    sandbox.routes["GET /sandbox/inbox"] = { body: inbox([{}]) };
    const { container } = renderPage(<WebhooksPage />);
    await screen.findByRole("table", { name: "Received webhooks" });
    await screen.findByRole("table", { name: "Endpoints" });
    expect(await violations(container)).toEqual([]);
  });

  it("of a delivery", async () => {
    showEndpoint("?delivery=wd_1");
    await screen.findAllByLabelText("Signing secret");
    expect(await violations(document.body)).toEqual([]);
  });
});
