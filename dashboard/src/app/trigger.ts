import {
  ApiError,
  newIdempotencyKey,
  type Client,
  type Clients,
  type Method,
  type RequestOptions,
} from "../api/client";
import { pageOfId, pageOfPath } from "../api/pageOf";
import { paymentOf } from "../api/paymentId";
import { creations, updates } from "../api/resources.json";
import { messages } from "../messages";
import events from "./triggers.json";

/** An event that `paysandbox trigger` causes, and why this page does not, if so. */
export interface Trigger {
  event: string;
  elsewhere?: string;
}

type Perform = (shop: Shop) => Promise<unknown>;
type Form = NonNullable<RequestOptions["form"]>;

/** What the operations before have made: the ID of the last object, and of those that a later operation names. */
interface Made {
  id: string;
  intent: string;
  charge: string;
  refund: string;
  dispute: string;
  customer: string;
  account: string;
}

const CARD: Form = { payment_method: "pm_card_visa", confirm: true };
const UPDATED: Form = { "metadata[trigger]": "paysandbox" };
const RETURN_URL = "https://example.com/saved";

/** The operations of an event, over both APIs with the merchant's key (cli/webhooks/stripe_trigger.py, object_trigger.py). */
class Shop {
  readonly made: Made = { id: "", intent: "", charge: "", refund: "", dispute: "", customer: "", account: "" };
  readonly #stripe: Client;
  readonly #native: Client;

  constructor({ stripe, native }: Clients) {
    this.#stripe = stripe;
    this.#native = native;
  }

  /** Send a request, and return its object. The ID of the object is then the last one. */
  async send(path: string, form: Form = {}, method: Method = "POST"): Promise<Record<string, unknown>> {
    const once = method === "POST" ? { form, idempotencyKey: newIdempotencyKey() } : {};
    const { data } = await this.#stripe.request<Record<string, unknown>>(method, path, once);
    if (typeof data["id"] === "string") this.made.id = data["id"];
    return data;
  }

  async open(form: Form): Promise<void> {
    const intent = await this.send("/payment_intents", { amount: 1000, currency: "usd", ...form });
    this.made.intent = this.made.id;
    const charge = intent["latest_charge"];
    this.made.charge = typeof charge === "string" ? charge : "";
  }

  /** Send a request that the bank declines, and keep the ID of its intent. */
  async decline(path: string, form: Form, intent: "payment_intent" | "setup_intent"): Promise<void> {
    try {
      await this.send(path, form);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { error: declined } = JSON.parse(error.body) as { error?: Record<string, { id?: string }> };
      const id = declined?.[intent]?.id;
      if (id === undefined) throw error;
      this.made.id = id;
      if (intent === "payment_intent") this.made.intent = id;
    }
  }

  async simulate(id: string, action: string): Promise<void> {
    const idempotencyKey = newIdempotencyKey();
    await this.#native.request("POST", `/sandbox/simulate/${id}/${action}`, { body: {}, idempotencyKey });
  }

  /** Ask the bank to hold more, which it answers with this outcome. */
  async increment(outcome: string): Promise<void> {
    await this.#native.request("POST", "/payments/increment", {
      body: { auth_id: paymentOf(this.made.intent), amount: 250 },
      headers: { "X-Sandbox-Outcome": outcome },
      idempotencyKey: newIdempotencyKey(),
    });
  }

  /** Add money to the merchant's funds. */
  async fund(): Promise<void> {
    const idempotencyKey = newIdempotencyKey();
    await this.#native.request("POST", "/sandbox/fund", { body: { amount: 1000, currency: "USD" }, idempotencyKey });
  }

  async connect(form: Form): Promise<void> {
    await this.send("/accounts", form);
    this.made.account = this.made.id;
  }

  async dispute(): Promise<void> {
    await this.simulate(this.made.intent, "dispute");
    const { data } = await this.#stripe.get<{ data: { id: string }[] }>("/disputes", {
      payment_intent: this.made.intent,
    });
    this.made.dispute = data[0]?.id ?? "";
  }
}

const create = (path: string, form: Form) => (shop: Shop) => shop.send(path, form);
const update = (path: string) => (shop: Shop) => shop.send(`${path}/${shop.made.id}`, UPDATED);
const remove = (path: string) => (shop: Shop) => shop.send(`${path}/${shop.made.id}`, {}, "DELETE");
const PAYOUT: Form = { amount: 1000, currency: "usd" };
const PRICE: Form = { currency: "usd", unit_amount: 1000, "product_data[name]": "Ticket" };

const OPERATIONS = {
  create: (shop: Shop) => shop.open({}),
  pay: (shop: Shop) => shop.open(CARD),
  hold: (shop: Shop) => shop.open({ ...CARD, capture_method: "manual" }),
  decline: (shop: Shop) =>
    shop.decline(
      "/payment_intents",
      { amount: 1000, currency: "usd", confirm: true, payment_method: "pm_card_chargeDeclined" },
      "payment_intent",
    ),
  challenge: (shop: Shop) => shop.open({ ...CARD, payment_method: "pm_card_authenticationRequired" }),
  pend: (shop: Shop) => shop.open({ ...CARD, "metadata[sandbox_outcome]": "pending:3600:approve" }),
  increment: (shop: Shop) => shop.increment("approve"),
  decline_increment: (shop: Shop) => shop.increment("decline:insufficient_funds"),
  capture: (shop: Shop) => shop.send(`/payment_intents/${shop.made.intent}/capture`),
  cancel: (shop: Shop) => shop.send(`/payment_intents/${shop.made.intent}/cancel`),
  refund: async (shop: Shop) => {
    await shop.send("/refunds", { payment_intent: shop.made.intent });
    shop.made.refund = shop.made.id;
  },
  update_charge: (shop: Shop) => shop.send(`/charges/${shop.made.charge}`, UPDATED),
  update_refund: (shop: Shop) => shop.send(`/refunds/${shop.made.refund}`, UPDATED),
  fail_refund: (shop: Shop) => shop.simulate(shop.made.refund, "fail"),
  warn: (shop: Shop) => shop.simulate(shop.made.intent, "fraud_warning"),
  dispute: (shop: Shop) => shop.dispute(),
  submit_evidence: (shop: Shop) =>
    shop.send(`/disputes/${shop.made.dispute}`, { "evidence[uncategorized_text]": "Sent by the dashboard." }),
  close_dispute: (shop: Shop) => shop.send(`/disputes/${shop.made.dispute}/close`),
  win_dispute: (shop: Shop) => shop.simulate(shop.made.dispute, "win"),
  create_product: create("/products", { name: "Ticket" }),
  update_product: update("/products"),
  delete_product: remove("/products"),
  create_price: create("/prices", PRICE),
  update_price: update("/prices"),
  create_coupon: create("/coupons", { percent_off: 25, name: "Ticket" }),
  update_coupon: update("/coupons"),
  delete_coupon: remove("/coupons"),
  create_promotion_code: (shop: Shop) =>
    shop.send("/promotion_codes", { "promotion[type]": "coupon", "promotion[coupon]": shop.made.id }),
  update_promotion_code: update("/promotion_codes"),
  create_customer: async (shop: Shop) => {
    await shop.send("/customers", { email: "jenny@example.com" });
    shop.made.customer = shop.made.id;
  },
  update_customer: update("/customers"),
  delete_customer: remove("/customers"),
  attach_card: (shop: Shop) => shop.send("/payment_methods/pm_card_visa/attach", { customer: shop.made.customer }),
  detach_card: (shop: Shop) => shop.send(`/payment_methods/${shop.made.id}/detach`),
  update_card: update("/payment_methods"),
  save_source: (shop: Shop) => shop.send(`/customers/${shop.made.customer}/sources`, { source: "tok_visa" }),
  update_source: (shop: Shop) => shop.send(`/customers/${shop.made.customer}/sources/${shop.made.id}`, UPDATED),
  delete_source: (shop: Shop) => shop.send(`/customers/${shop.made.customer}/sources/${shop.made.id}`, {}, "DELETE"),
  create_source: create("/sources", { type: "card", token: "tok_visa" }),
  create_tax_id: (shop: Shop) =>
    shop.send(`/customers/${shop.made.customer}/tax_ids`, { type: "eu_vat", value: "DE123456789" }),
  delete_tax_id: (shop: Shop) => shop.send(`/customers/${shop.made.customer}/tax_ids/${shop.made.id}`, {}, "DELETE"),
  create_account: (shop: Shop) => shop.connect({ type: "express", country: "US", default_currency: "eur" }),
  update_account: update("/accounts"),
  delete_account: remove("/accounts"),
  add_bank_account: (shop: Shop) =>
    shop.send(`/accounts/${shop.made.account}/external_accounts`, { external_account: "btok_us_verified" }),
  update_bank_account: (shop: Shop) =>
    shop.send(`/accounts/${shop.made.account}/external_accounts/${shop.made.id}`, UPDATED),
  delete_bank_account: (shop: Shop) =>
    shop.send(`/accounts/${shop.made.account}/external_accounts/${shop.made.id}`, {}, "DELETE"),
  request_capability: (shop: Shop) =>
    shop.send(`/accounts/${shop.made.account}/capabilities/transfers`, { requested: true }),
  create_destination: (shop: Shop) => shop.connect({ "capabilities[transfers][requested]": true }),
  fund: (shop: Shop) => shop.fund(),
  create_transfer: (shop: Shop) => shop.send("/transfers", { ...PAYOUT, destination: shop.made.account }),
  update_transfer: update("/transfers"),
  reverse_transfer: (shop: Shop) => shop.send(`/transfers/${shop.made.id}/reversals`, { amount: 400 }),
  charge_destination: async (shop: Shop) => {
    const shared = { application_fee_amount: 100, "transfer_data[destination]": shop.made.account };
    await shop.open({ ...CARD, capture_method: "automatic", return_url: RETURN_URL, ...shared });
    const charge = await shop.send(`/charges/${shop.made.charge}`, {}, "GET");
    shop.made.id = String(charge["application_fee"]);
  },
  refund_fee: async (shop: Shop) => {
    const fee = shop.made.id;
    await shop.send(`/application_fees/${fee}/refunds`, { amount: 40 });
    shop.made.id = fee;
  },
  create_payout: create("/payouts", PAYOUT),
  create_paid_payout: create("/payouts", { ...PAYOUT, "metadata[sandbox_outcome]": "payout=paid" }),
  create_failed_payout: create("/payouts", { ...PAYOUT, "metadata[sandbox_outcome]": "payout=account_closed" }),
  update_payout: update("/payouts"),
  cancel_payout: (shop: Shop) => shop.send(`/payouts/${shop.made.id}/cancel`),
  create_session: create("/checkout/sessions", {
    mode: "payment",
    success_url: RETURN_URL,
    "line_items[0][quantity]": 1,
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": 1000,
    "line_items[0][price_data][product_data][name]": "Ticket",
  }),
  expire_session: (shop: Shop) => shop.send(`/checkout/sessions/${shop.made.id}/expire`),
  create_setup_intent: create("/setup_intents", {}),
  set_up: create("/setup_intents", { ...CARD, return_url: RETURN_URL }),
  challenge_setup_intent: create("/setup_intents", {
    ...CARD,
    payment_method: "pm_card_authenticationRequired",
    return_url: RETURN_URL,
  }),
  decline_setup_intent: (shop: Shop) =>
    shop.decline(
      "/setup_intents",
      { ...CARD, payment_method: "pm_card_chargeDeclined", return_url: RETURN_URL },
      "setup_intent",
    ),
  cancel_setup_intent: (shop: Shop) => shop.send(`/setup_intents/${shop.made.id}/cancel`),
  grant_token: create("/test_helpers/shared_payment/granted_tokens", {
    payment_method: "pm_card_visa",
    "usage_limits[currency]": "usd",
    "usage_limits[max_amount]": 2500,
  }),
  pay_by_token: (shop: Shop) => shop.open({ shared_payment_granted_token: shop.made.id, confirm: true }),
  revoke_token: (shop: Shop) => shop.send(`/test_helpers/shared_payment/granted_tokens/${shop.made.id}/revoke`),
} satisfies Record<string, Perform>;

const text = messages.search.trigger;

/** What only the program does: the page has no key for it, or the object's own page does it. */
const ELSEWHERE: Readonly<Record<string, string>> = text.elsewhere;

/** The operation of this name: one of those above, or of a resource that has an example. */
function operationOf(name: string): Perform | undefined {
  const operations: Readonly<Record<string, Perform>> = OPERATIONS;
  const created: Readonly<Record<string, { path: string; form: Form }>> = creations;
  const updated: Readonly<Record<string, { path: string; form: Form }>> = updates;
  const creation = created[name];
  if (creation) return create(creation.path, creation.form);
  const change = updated[name];
  if (change) return (shop) => shop.send(`${change.path}/${shop.made.id}`, change.form);
  return operations[name];
}

const EVENTS: Readonly<Record<string, readonly string[]>> = events;

/** The events that may be meant, and which operations only the program performs. */
export function triggersFor(typed: string): Trigger[] {
  const wanted = typed.toLowerCase();
  return Object.entries(EVENTS)
    .filter(([event]) => event.includes(wanted))
    .map(([event, operations]) => {
      const other = operations.find((name) => operationOf(name) === undefined);
      return other === undefined
        ? { event }
        : { event, elsewhere: (ELSEWHERE[other] ?? text.onlyProgram).replace("…", event) };
    });
}

/** Perform the operations behind an event. Returns the address of what they made. Throws as the clients do. */
export async function trigger(clients: Clients, event: string): Promise<string> {
  const shop = new Shop(clients);
  for (const name of EVENTS[event] ?? []) await operationOf(name)?.(shop);
  const { intent, id, customer } = shop.made;
  if (event.endsWith(".deleted")) return "/events";
  if (event.startsWith("coupon.")) return pageOfPath(`/v1/coupons/${id}`);
  return pageOfId(intent || id) ?? pageOfId(customer) ?? "/events";
}
