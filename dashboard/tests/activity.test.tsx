import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { useLocation } from "react-router";
import ActivityPage from "../src/activity/ActivityPage";
import type { Delivery } from "../src/api/schema";
import type { FeedEntry } from "../src/api/shapes";
import { renderPage } from "./support/render";
import {
  DASHBOARD_KEY,
  feedPage,
  problem,
  requestEntry,
  SECRET_KEY,
  startSandbox,
  type Reply,
  type Sandbox,
} from "./support/sandbox";

const LOGGED = {
  request_id: "req_2",
  created_at: "2026-11-22T12:00:02Z",
  method: "POST",
  route: "authorize_payment",
  path: "/payments/authorize",
  status: 422,
  outcome: "refused",
  duration_ms: 9,
  replayed: false,
  code: "amount_too_small",
  detail: "The amount must be at least 50.",
  param: "amount",
  idempotency_key: "key-2",
  body: '{"amount":1,"currency":"USD","card":{"number":"************4242","exp_month":12,"exp_year":2030}}',
  answer: '{"code":"amount_too_small"}',
};

const refused = requestEntry(2);
refused.request = { ...refused.request, status: 422, outcome: "refused", code: "amount_too_small" };
const event: FeedEntry = {
  ...requestEntry(3),
  id: "evt_3",
  kind: "event",
  payment_id: "auth_3",
  event: { type: "payment_captured", object_id: "cap_3" },
};
const attempt: FeedEntry = {
  ...requestEntry(4),
  id: "wd_1#2",
  kind: "delivery_attempt",
  delivery_attempt: {
    delivery_id: "wd_1",
    event_id: "evt_3",
    event_type: "payment_captured",
    endpoint_id: "we_1",
    url: "https://shop.example/hooks",
    attempt: 2,
    status: 503,
    error: null,
    latency_ms: 40,
    succeeded: false,
  },
};

let sandbox: Sandbox;

beforeEach(() => {
  window.innerWidth = 1280;
  sandbox = startSandbox({
    "GET /feed": { body: feedPage([requestEntry(1), refused, event, attempt]) },
    "GET /requests/req_2": { body: LOGGED },
    "GET /events/evt_3": {
      body: {
        id: "evt_3",
        type: "payment_captured",
        timestamp: "2026-11-22T12:00:03Z",
        sequence: 2,
        data: {},
        deliveries: [{ delivery_id: "wd_1", endpoint_id: "we_1", status: "pending", attempts: 2 }],
      },
    },
    "GET /webhooks/deliveries/wd_1": {
      body: {
        delivery_id: "wd_1",
        event_id: "evt_3",
        event_type: "payment_captured",
        endpoint_id: "we_1",
        status: "pending",
        attempts: [
          {
            number: 2,
            at: "2026-11-22T12:00:04Z",
            latency_ms: 40,
            status: 503,
            request_headers: { "webhook-id": "evt_3" },
            response: "busy",
          },
        ],
        resends: 0,
      },
    },
  });
});

function Address() {
  return <span data-testid="search">{useLocation().search}</span>;
}

const search = () => screen.getByTestId("search").textContent;

const show = (at = "/") =>
  renderPage(
    <>
      <ActivityPage />
      <Address />
    </>,
    { at },
  );
const list = () => screen.findByRole("listbox");
const rows = () => within(screen.getByRole("listbox")).getAllByRole("option");
const titles = () => rows().map((option) => option.querySelector(".font-mono")?.textContent);

/** Publish more entries, and wait until the page has asked for them. */
async function publish(...entries: FeedEntry[]): Promise<void> {
  let isSent = false;
  sandbox.routes["GET /feed"] = () => {
    const page = feedPage(isSent ? [] : entries, "cursor_2");
    isSent = true;
    return { body: page };
  };
  const count = sandbox.sent.length;
  await waitFor(() => expect(sandbox.sent.length).toBeGreaterThan(count + 2));
}

describe("the list", () => {
  it("shows requests and events, newest first", async () => {
    show();
    await list();
    expect(titles()).toEqual(["payment_captured", "POST /payments/authorize", "POST /payments/authorize"]);
    expect(screen.getAllByText("$12.50")).toHaveLength(3);
  });

  it("shows the attempts of an event when it is opened, by click or key, until it is closed", async () => {
    const { user } = show();
    const box = await list();
    await user.click(screen.getByText("payment_captured"));
    expect(search()).toBe("?id=evt_3");
    expect(titles()[1]).toBe("→ https://shop.example/hooks");
    await user.click(screen.getAllByText("payment_captured")[0] ?? box);
    expect(rows()).toHaveLength(3);
    await user.keyboard("{ArrowRight}");
    expect(rows()).toHaveLength(4);
    await user.keyboard("{ArrowLeft}");
    expect(rows()).toHaveLength(3);
  });

  it("shows a burst as one row, which opens", async () => {
    const burst = Array.from({ length: 37 }, (_, number) => ({ ...requestEntry(10), id: `req_b${number}` }));
    sandbox.routes["GET /feed"] = { body: feedPage(burst) };
    const { user } = show();
    await list();
    expect(titles()).toEqual(["authorize_payment × 37"]);
    await user.click(screen.getByText("authorize_payment × 37"));
    expect(Number(rows()[0]?.getAttribute("aria-setsize"))).toBe(38);
    expect(search()).toBe("");
  });

  it("shows new entries above, at once", async () => {
    show();
    await list();
    await publish(requestEntry(9));
    expect(rows()).toHaveLength(4);
  });

  it("stays still while paused and counts the new entries that pass the filters", async () => {
    const { user } = show("/?kind=request");
    await list();
    await user.click(screen.getByRole("button", { name: "Pause" }));
    await publish(requestEntry(8), requestEntry(9), { ...event, id: "evt_9", recorded_at: "2026-11-22T12:00:10Z" });
    await user.click(await screen.findByRole("button", { name: "2 new" }));
    expect(rows()).toHaveLength(4);
    expect(screen.getByRole("button", { name: "Pause" })).toBeTruthy();
  });

  it("pauses while it is scrolled down, and goes on at the top", async () => {
    show();
    const box = await list();
    box.scrollTop = 500;
    fireEvent.scroll(box);
    await screen.findByRole("button", { name: "Resume" });
    box.scrollTop = 0;
    fireEvent.scroll(box);
    await screen.findByRole("button", { name: "Pause" });
  });

  it("stays paused at the top after the button", async () => {
    const { user } = show();
    const box = await list();
    await user.click(screen.getByRole("button", { name: "Pause" }));
    for (const top of [500, 0]) {
      box.scrollTop = top;
      fireEvent.scroll(box);
    }
    expect(screen.getByRole("button", { name: "Resume" })).toBeTruthy();
  });

  it("mounts few rows of many", async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => requestEntry(index + 10));
    sandbox.routes["GET /feed"] = { body: feedPage(many) };
    show();
    await list();
    expect(rows().length).toBeLessThan(100);
  });
});

describe("older entries", () => {
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => requestEntry(from + index));
  const size = () => Number(rows()[0]?.getAttribute("aria-setsize"));

  /** The newest 100 entries, and what is answered for those before them. */
  function startWith(older: Reply | (() => Promise<Reply>)): void {
    sandbox.routes["GET /feed"] = ({ query }) => {
      if (query.has("before")) return typeof older === "function" ? older() : older;
      return { body: feedPage(query.has("after") ? [] : numbers(100, 200), "cursor_1", false, "previous_1") };
    };
  }

  it("are loaded at the end of the list, below the rows that are shown, which do not move", async () => {
    startWith({ body: feedPage(numbers(50, 100), "cursor_1", true) });
    show();
    const box = await list();
    box.scrollTop = 3_300;
    fireEvent.scroll(box);
    // By its reference, since rows are used again.
    const placeOf = (reference: string) => rows().find((row) => row.textContent.includes(reference))?.style.transform;
    const before = await waitFor(() => {
      const place = placeOf("order-100");
      expect(place).toBeTruthy();
      return place;
    });
    await waitFor(() => expect(size()).toBe(150));
    expect(box.scrollTop).toBe(3_300);
    expect(placeOf("order-100")).toBe(before);
    await screen.findByText("All entries from the last 24 hours are loaded.");
    expect(screen.getByRole("button", { name: "Resume" })).toBeTruthy();
  });

  it("are not asked for far from the end", async () => {
    startWith({ body: feedPage(numbers(50, 100), "cursor_1", true) });
    show();
    const box = await list();
    box.scrollTop = 2_000;
    fireEvent.scroll(box);
    await screen.findByRole("button", { name: "Resume" });
    expect(screen.getByRole("button", { name: "Load older entries" })).toBeTruthy();
  });

  it("join a paused list, which new ones do not", async () => {
    startWith({ body: feedPage([requestEntry(99)], "cursor_1", true) });
    const { user } = show();
    await list();
    await user.click(screen.getByRole("button", { name: "Pause" }));
    await user.click(screen.getByRole("button", { name: "Load older entries" }));
    await waitFor(() => expect(size()).toBe(101));
    await publish(requestEntry(200));
    await screen.findByRole("button", { name: "1 new" });
    expect(size()).toBe(101);
  });

  it("can be loaded when no loaded entry passes the filters", async () => {
    startWith({ body: feedPage(numbers(50, 100), "cursor_1", true) });
    const { user } = show("/?q=order-77");
    await screen.findByText("No matches");
    await user.click(screen.getByRole("button", { name: "Load older entries" }));
    await list();
    expect(rows()).toHaveLength(1);
  });

  it("are loaded as far back as a link to the past begins", async () => {
    const pages = [1, 2, 3].map((page) => {
      const newest = 100 - 20 * (page - 1);
      return { body: feedPage(numbers(newest - 20, newest), "cursor_1", true, `previous_${page + 1}`) };
    });
    startWith(() => Promise.resolve(pages.shift() ?? {}));
    show("/?from=2026-11-22T12:01:10Z&to=2026-11-22T12:01:13Z");
    await list();
    expect(rows()).toHaveLength(3);
    await screen.findByRole("button", { name: "Load older entries" });
    const asked = sandbox.sent.flatMap(({ query }) => query.get("before") ?? []);
    expect(asked).toEqual(["previous_1", "previous_2"]);
  });

  it("say that they are being loaded", async () => {
    startWith(() => new Promise(() => undefined));
    const { user } = show();
    await list();
    await user.click(screen.getByRole("button", { name: "Load older entries" }));
    expect(screen.getByRole("button", { name: "Loading older entries…", busy: true })).toBeTruthy();
  });

  it("give the reason when they cannot be loaded, and are asked for again by the button only", async () => {
    startWith(problem(500, "internal_error", "The table does not answer."));
    const { user } = show();
    const box = await list();
    box.scrollTop = 3_300;
    fireEvent.scroll(box);
    await screen.findByText("Older entries could not be loaded. The table does not answer.");
    fireEvent.scroll(box);
    expect(screen.getByRole("button", { name: "Try again" })).toBeTruthy();
    startWith({ body: feedPage(numbers(50, 100), "cursor_1", true) });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(size()).toBe(150));
  });
});

describe("filters", () => {
  it("stand in the URL, and are taken from it", async () => {
    const { user } = show("/?status=4xx");
    await list();
    expect(titles()).toEqual(["POST /payments/authorize"]);
    expect(screen.getByLabelText<HTMLSelectElement>("Status").value).toBe("4xx");
    await user.selectOptions(screen.getByLabelText("Error code"), "amount_too_small");
    expect(search()).toBe("?status=4xx&code=amount_too_small");
    await user.click(screen.getByRole("button", { name: "Clear filters" }));
    expect(search()).toBe("");
    await waitFor(() => expect(rows()).toHaveLength(3));
  });

  it("keep the field's text while typing", async () => {
    const { user } = show();
    await list();
    const field = screen.getByRole("searchbox", { name: "Search by ID, reference, card or path" });
    await user.type(field, "order-2");
    await waitFor(() => expect(rows()).toHaveLength(1));
    expect(search()).toBe("?q=order-2");
    expect((field as HTMLInputElement).value).toBe("order-2");
  });

  it("that nothing passes can be cleared", async () => {
    const { user } = show("/?q=nothing");
    await screen.findByText("No matches");
    const [, inList] = screen.getAllByRole("button", { name: "Clear filters" });
    await user.click(inList ?? document.body);
    await list();
    expect(screen.getByRole<HTMLInputElement>("searchbox").value).toBe("");
  });

  it("lead to the payment of an ID, whether an entry has it or not", async () => {
    const { user } = show();
    await list();
    await user.click(screen.getByRole("searchbox"));
    await user.paste("cap_mzxw6ytboi2gk3tbnzswc3lqnmk6w3zq5n7t");
    const link = screen.getByRole("link", { name: "Open payment auth_mzxw6ytboi2gk3tbnzswc3lqnm" });
    expect(link.getAttribute("href")).toBe("/payments/auth_mzxw6ytboi2gk3tbnzswc3lqnm");
    await screen.findByText("No matches");
    expect(screen.queryByRole("link", { name: /Search all payments/ })).toBeNull();
  });

  it("lead to all payments with a reference that no entry has", async () => {
    show("/?q=order+%26+9");
    const link = await screen.findByRole("link", { name: "Search all payments for this reference" });
    expect(link.getAttribute("href")).toBe("/payments?reference=order+%26+9");
  });

  it("show the times of a link", async () => {
    show("/?from=2026-11-22T12:00:03Z&to=2026-11-22T12:00:04Z");
    await list();
    expect(titles()).toEqual(["payment_captured"]);
    expect(screen.getByText(/^From/).textContent).toContain("Nov 22, 2026");
  });
});

describe("the details of a request", () => {
  it("give the reason, the answer and the request as code, without a key", async () => {
    show("/?id=req_2");
    await screen.findByText("The amount must be at least 50.");
    expect(screen.getByRole("link", { name: /About amount_too_small/ }).getAttribute("href")).toBe(
      "/docs/errors/amount_too_small",
    );
    const code = screen.getByRole("region", { name: "Request with curl" }).textContent;
    expect(code).toContain("$API_KEY");
    expect(code).toContain("4242424242424242");
    expect(document.body.textContent).not.toContain(SECRET_KEY);
    expect(document.body.textContent).not.toContain(DASHBOARD_KEY);
  });

  it("send the same body again, with another key, and show the answer", async () => {
    sandbox.routes["POST /payments/authorize"] = problem(422, "amount_too_small");
    const { user } = show("/?id=req_2");
    await user.click(await screen.findByRole("button", { name: "Send again with a new key" }));
    await screen.findByRole("region", { name: "Response to the new request" });
    const sent = sandbox.sent.find(({ method }) => method === "POST");
    expect(JSON.parse(sent?.body ?? "")).toEqual({
      amount: 1,
      currency: "USD",
      card: { number: "4242424242424242", exp_month: 12, exp_year: 2030 },
    });
    expect(sent?.headers.get("Idempotency-Key")).toMatch(/^[0-9a-f-]{36}$/);
    await user.click(screen.getByRole("button", { name: "Show the new request" }));
    expect(search()).toBe("?id=req_1");
  });

  it("send forms to the Stripe-compatible API", async () => {
    sandbox.routes["GET /requests/req_2"] = {
      body: {
        ...LOGGED,
        route: "create_payment_intent",
        path: "/v1/payment_intents",
        body: '{"amount":"1","currency":"usd"}',
      },
    };
    sandbox.routes["POST /v1/payment_intents"] = { body: { id: "pi_1" } };
    const { user } = show("/?id=req_2");
    await user.click(await screen.findByRole("button", { name: "Send again with a new key" }));
    await screen.findByRole("region", { name: "Response to the new request" });
    expect(sandbox.sent.find(({ method }) => method === "POST")?.body).toBe("amount=1&currency=usd");
  });

  it("do not send masked values or half a body", async () => {
    sandbox.routes["GET /requests/req_2"] = { body: { ...LOGGED, body: '{"receipt_email":"***"}' } };
    show("/?id=req_2");
    const send = await screen.findByRole<HTMLButtonElement>("button", { name: "Send again with a new key" });
    expect(send.disabled).toBe(true);
    const body = screen.getByRole("textbox", { name: "Body" });
    expect(screen.getByText(/Replace them before sending: receipt_email\./)).toBeTruthy();
    fireEvent.change(body, { target: { value: '{"receipt_email":"a@example.com"}' } });
    expect(send.disabled).toBe(false);
    fireEvent.change(body, { target: { value: '{"receipt_email":' } });
    expect(send.disabled).toBe(true);
  });

  it("say that the sandbox does not answer", async () => {
    const { user } = show("/?id=req_2");
    const send = await screen.findByRole("button", { name: "Send again with a new key" });
    sandbox.down = true;
    await user.click(send);
    expect((await within(screen.getByRole("region", { name: "Send again" })).findByRole("alert")).textContent).toBe(
      "The sandbox is not responding",
    );
  });

  it("give the bank's decline code", async () => {
    const answer = '{"status":"declined","decline_code":"insufficient_funds"}';
    sandbox.routes["GET /requests/req_2"] = {
      body: { ...LOGGED, status: 201, outcome: "declined", code: null, detail: null, param: null, answer },
    };
    show("/?id=req_2");
    await screen.findByText(/The bank declined the payment: insufficient_funds\./);
  });

  it("stay where they are when the stored request has been read", async () => {
    let answer: (reply: Reply) => void = () => undefined;
    sandbox.routes["GET /requests/req_2"] = () => new Promise<Reply>((resolve) => (answer = resolve));
    show("/?id=req_2");
    const names = () => screen.getAllByRole("term").map((name) => name.textContent);
    await screen.findByText("Loading");
    const before = names();
    act(() => answer({ body: LOGGED }));
    await screen.findByText("key-2");
    expect(names()).toEqual([...before, "Idempotency key"]);
  });

  it("are those of the feed if the log did not store it", async () => {
    show("/?id=req_1");
    await screen.findByText(/The request log does not have this request/, {}, { timeout: 10_000 });
    expect(screen.getByText("21 ms")).toBeTruthy();
  });
});

describe("the details", () => {
  it("of an event show its deliveries, and link its payment and the attempts", async () => {
    show("/?id=evt_3");
    const payment = await screen.findByRole("link", { name: "auth_3" });
    expect(payment.getAttribute("href")).toBe("/payments/auth_3");
    expect(screen.getByRole("link", { name: "we_1" }).getAttribute("href")).toBe("/webhooks/we_1");
    const related = screen.getByRole("region", { name: "Same operation" });
    expect(within(related).getByRole("link").getAttribute("href")).toContain("id=wd_1%232");
  });

  it("of an attempt show headers and answer, and link event and endpoint", async () => {
    show("/?id=wd_1%232");
    await screen.findByText("busy");
    expect(screen.getByText("webhook-id: evt_3")).toBeTruthy();
    expect(screen.getByRole("link", { name: "evt_3" }).getAttribute("href")).toBe("/?id=evt_3");
    expect(screen.getByRole("link", { name: "we_1" }).getAttribute("href")).toBe("/webhooks/we_1");
  });

  it("of an attempt that is not recorded yet appear once it is", async () => {
    const recorded = sandbox.routes["GET /webhooks/deliveries/wd_1"] as { body: Delivery };
    sandbox.routes["GET /webhooks/deliveries/wd_1"] = { body: { ...recorded.body, attempts: [] } };
    show("/?id=wd_1%232");
    await screen.findByText("The attempt is not recorded yet.");
    sandbox.routes["GET /webhooks/deliveries/wd_1"] = recorded;
    await screen.findByText("busy", {}, { timeout: 5_000 });
  });

  it("open and close by keyboard", async () => {
    const { user } = show();
    const box = await list();
    act(() => box.focus());
    await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    await screen.findByText("The amount must be at least 50.");
    expect(search()).toBe("?id=req_2");
    await user.keyboard("{Escape}");
    expect(search()).toBe("");
    expect(document.activeElement).toBe(box);
  });

  it("are a drawer on narrow screens, which Esc closes", async () => {
    window.innerWidth = 600;
    const { user } = show("/?id=req_2");
    const drawer = await screen.findByRole("dialog", { name: "POST /payments/authorize" });
    await within(drawer).findByText("The amount must be at least 50.");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(search()).toBe("");
  });

  it("give the reason when they cannot be read", async () => {
    sandbox.routes["GET /events/evt_3"] = problem(500, "internal_error", "The table does not answer.");
    show("/?id=evt_3");
    await screen.findByText("The table does not answer.");
  });
});

describe("the errors", () => {
  const failed = (number: number, change: Partial<typeof LOGGED> = {}) => ({
    ...LOGGED,
    request_id: `req_${number}`,
    created_at: `2026-11-22T12:00:0${number}Z`,
    ...change,
  });
  const table = () => screen.findByRole("table", { name: "Errors and declines by code and route" });

  it("are grouped, with how often and when they were seen, over as many requests as it says", async () => {
    sandbox.routes["GET /requests"] = ({ query }) =>
      query.has("cursor")
        ? { body: { data: [failed(1)], next_cursor: null } }
        : { body: { data: [failed(3), failed(2, { route: "capture_payment" })], next_cursor: "cursor_2" } };
    const { user } = show();
    await list();
    await user.click(screen.getByRole("link", { name: "Errors" }));
    const [, first, second] = within(await table()).getAllByRole("row");
    expect(first?.textContent).toMatch(/422amount_too_small.*authorize_payment2.*12:00:01.*12:00:03/);
    expect(second?.textContent).toContain("capture_payment1");
    expect(screen.getByText(/^3 failed requests since/)).toBeTruthy();
    expect(search()).toBe("?view=errors");
    const last = within(first ?? document.body).getByRole("link", { name: "req_3" });
    expect(last.getAttribute("href")).toBe("/?id=req_3");
  });

  it("are declines by their decline codes, which lead to what they mean and to those requests", async () => {
    const declined = (number: number, answer: string | null) =>
      failed(number, { status: 402, outcome: "declined", code: null, detail: null, answer } as object);
    const soft = '{"error":{"code":"card_declined","decline_code":"insufficient_funds"}}';
    const data = [
      declined(3, soft),
      declined(2, '{"decline_code": "lost_card"}'),
      declined(1, soft),
      declined(0, null),
    ];
    sandbox.routes["GET /requests"] = { body: { data, next_cursor: null } };
    show("/?view=errors");
    const [, first, second, third] = within(await table()).getAllByRole("row");
    expect(first?.textContent).toMatch(/declinedinsufficient_fundsauthorize_payment2/);
    expect(second?.textContent).toMatch(/declinedlost_cardauthorize_payment1/);
    expect(third?.textContent).toMatch(/declineddeclinedauthorize_payment1/);
    const link = (name: string) => within(first ?? document.body).getByRole("link", { name });
    expect(link("insufficient_funds").getAttribute("href")).toBe("/docs/reference/cards#decline-codes");
    expect(link("authorize_payment").getAttribute("href")).toBe("/?route=authorize_payment&status=declined");
  });

  it("are looked for further when asked to", async () => {
    sandbox.routes["GET /requests"] = { body: { data: [failed(3)], next_cursor: "cursor_2" } };
    const { user } = show("/?view=errors");
    await screen.findByText(/^The newest 3 failed requests, since/);
    await user.click(screen.getByRole("button", { name: "Look at older requests" }));
    await screen.findByText(/^The newest 6 failed requests, since/);
  });

  it("may be none", async () => {
    sandbox.routes["GET /requests"] = { body: { data: [], next_cursor: null } };
    show("/?view=errors");
    await screen.findByText("No errors");
  });
});

describe("without entries", () => {
  it("shows the README's commands, and ticks them off", async () => {
    sandbox.routes["GET /feed"] = { body: feedPage([]) };
    show();
    await screen.findByText("Nothing yet");
    expect(screen.getByText("paysandbox pay authorize 12.50 --capture automatic")).toBeTruthy();
    expect(screen.queryByText("(done)")).toBeNull();
    await publish(requestEntry(1), event);
    await waitFor(() => expect(screen.getAllByText("(done)")).toHaveLength(2));
  });

  it("shows them on narrow screens too", async () => {
    window.innerWidth = 360;
    sandbox.routes["GET /feed"] = { body: feedPage([]) };
    show();
    await screen.findByText("paysandbox pay list");
  });

  it("waits for the first answer", async () => {
    sandbox.routes["GET /feed"] = () => new Promise(() => undefined);
    show();
    expect((await screen.findAllByRole("status")).some(({ textContent }) => textContent === "Loading")).toBe(true);
  });

  it("says that the sandbox does not answer", async () => {
    sandbox.down = true;
    show();
    await screen.findByText("The sandbox is not responding");
    sandbox.down = false;
    fireEvent.click(screen.getByRole("button", { name: "Try again" }));
    await list();
  });

  it("waits while the rate limit is spent", async () => {
    sandbox.routes["GET /feed"] = { ...problem(429, "rate_limited"), headers: { "Retry-After": "20" } };
    show();
    await screen.findByText("Waiting until the rate limit allows the next request");
  });

  it("gives the reason of another failure", async () => {
    sandbox.routes["GET /feed"] = problem(500, "internal_error", "The table does not answer.");
    show();
    await screen.findByText("The table does not answer.");
  });
});

it("keeps its entries while the sandbox does not answer", async () => {
  show();
  await list();
  sandbox.down = true;
  const count = sandbox.sent.length;
  await waitFor(() => expect(sandbox.sent.length).toBeGreaterThan(count));
  expect(rows()).toHaveLength(3);
});

describe("texts that somebody else chose", () => {
  const MARKS = "\u202e\u2066\u200f";
  const SHOWN = "\\u202e\\u2066\\u200f";
  const HIDDEN = /\p{Cf}/u;

  it("do not change the order of the rows", async () => {
    const request = requestEntry(2, { reference: `order ${MARKS}7` });
    request.request = { ...request.request, path: `/payments/${MARKS}` };
    sandbox.routes["GET /feed"] = { body: feedPage([request, attempt]) };
    const { container } = renderPage(<ActivityPage />);
    const reference = await screen.findByText(`order ${SHOWN}7`);
    expect(reference.tagName).toBe("BDI");
    expect(screen.getByText(`POST /payments/${SHOWN}`).tagName).toBe("BDI");
    expect(container.textContent).not.toMatch(HIDDEN);
  });

  it("do not change the order of the details", async () => {
    sandbox.routes["GET /requests/req_2"] = {
      body: { ...LOGGED, detail: `no ${MARKS}`, param: MARKS, body: JSON.stringify({ reference: MARKS }) },
    };
    const { container } = renderPage(<ActivityPage />, { at: "/?id=req_2" });
    expect((await screen.findByText(`no ${SHOWN}`)).tagName).toBe("BDI");
    expect(container.textContent).not.toMatch(HIDDEN);
  });
});

describe("the first steps", () => {
  const steps = () => within(screen.getByRole("region", { name: "First steps" }));
  const done = () => steps().queryAllByText("(done)").length;

  it("stay ticked off when the entries that showed them are gone", async () => {
    const { unmount } = show();
    await waitFor(() => expect(done()).toBe(3));
    unmount();
    sandbox.routes["GET /feed"] = { body: feedPage([]) };
    show();
    await screen.findByText("Nothing yet");
    expect(done()).toBe(3);
  });

  it("can be put away, stay away, and come back", async () => {
    const { user, unmount } = show();
    await user.click(await screen.findByRole("button", { name: "Hide first steps" }));
    unmount();
    const again = show();
    await list();
    expect(screen.queryByRole("region", { name: "First steps" })).toBeNull();
    await again.user.click(screen.getByRole("button", { name: "Show first steps" }));
    expect(steps().getAllByRole("listitem")).toHaveLength(5);
  });
});
