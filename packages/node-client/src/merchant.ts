/** A merchant of one test: its API key, where its requests go, and its events. */

import { setTimeout as pause } from "node:timers/promises";
import { type CallArguments, type CallResult, Sandbox } from "./api/index.js";
import { publishableKeyOf } from "./credential.js";

const EVENT_TIMEOUT_MS = 30_000; // a first event on a busy machine takes ten seconds
const POLL_MS = 100;
const PAGE = 100;
const SHOWN_MAX = 20;

/** An event as the API returns it. `timestamp` is ISO 8601, in UTC. */
export type PaysandboxEvent = CallResult<"list_events">["data"][number];

type EventType = CallArguments<"list_events">["type"];

export interface EventFilter {
  /** For example `payment_captured`. */
  type?: string;
  /** Any ID of a payment. */
  transactionId?: string;
}

export class Merchant {
  /** `baseUrl` is that of both APIs. `merchant` is the name. */
  constructor(
    readonly baseUrl: string,
    readonly apiKey: string,
    readonly merchant: string,
  ) {}

  /** A typed client for the native API: `await merchant.client.authorizePayment({ body: … })`. */
  get client(): Sandbox {
    return new Sandbox({ baseUrl: this.baseUrl, apiKey: this.apiKey });
  }

  /** The publishable key, for a web page: with an intent's client secret it retrieves and confirms that intent. */
  get publishableKey(): string {
    return publishableKeyOf(this.apiKey);
  }

  /** The second argument of `new Stripe(apiKey, …)`. */
  get stripeConfig(): { host: string; port: number; protocol: "http" } {
    const { hostname, port } = new URL(this.baseUrl);
    return { host: hostname, port: Number(port || 80), protocol: "http" };
  }

  /** Return the merchant's events, newest first. Rejects with RequestError. */
  async events(filter: EventFilter = {}): Promise<PaysandboxEvent[]> {
    const found: PaysandboxEvent[] = [];
    for await (const page of this.#pages(filter)) found.push(...page);
    return found;
  }

  /**
   * Return the newest event of this type, and wait until there is one.
   *
   * Rejects after `timeoutMs` milliseconds, with a list of the merchant's events.
   */
  async waitForEvent(
    type: string,
    { transactionId, timeoutMs = EVENT_TIMEOUT_MS }: { transactionId?: string; timeoutMs?: number } = {},
  ): Promise<PaysandboxEvent> {
    const deadline = performance.now() + timeoutMs;
    const filter = transactionId === undefined ? { type } : { type, transactionId };
    for (;;) {
      for await (const [newest] of this.#pages(filter)) if (newest !== undefined) return newest;
      if (performance.now() > deadline) break;
      await pause(POLL_MS);
    }
    const payment = transactionId === undefined ? "" : ` of ${transactionId}`;
    throw new Error(`No ${type} event${payment} was published within ${timeoutMs / 1000} s. ${await this.#published()}`);
  }

  async #published(): Promise<string> {
    const events = await this.events();
    if (events.length === 0) return `Merchant ${this.merchant} has no events.`;
    const lines = events
      .slice(0, SHOWN_MAX)
      .map(({ timestamp, type, data }) => `  ${timestamp}  ${type}  ${data["transaction_id"] ?? ""}`.trimEnd());
    const ofAll = events.length > SHOWN_MAX ? `, the newest ${SHOWN_MAX} of ${events.length}` : "";
    return [`The events of merchant ${this.merchant}${ofAll}:`, ...lines].join("\n");
  }

  async *#pages({ type, transactionId }: EventFilter): AsyncGenerator<PaysandboxEvent[]> {
    const filter: CallArguments<"list_events"> = { limit: PAGE };
    if (type !== undefined) filter.type = type as NonNullable<EventType>; // the API refuses one that it does not know
    if (transactionId !== undefined) filter.transaction_id = transactionId;
    const { client } = this;
    for (;;) {
      const page = await client.listEvents(filter);
      yield page.data;
      if (page.next_cursor === null) return;
      filter.cursor = page.next_cursor;
    }
  }
}
