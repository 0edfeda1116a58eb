/** The sandbox's clock, which tests advance instead of waiting. */

import { sendJson } from "./send-json.js";

// The sandbox answers within 30 s: work that takes longer continues in the background.
const TIMEOUT_MS = 60_000;

export interface Span {
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
}

/** The clock of the sandbox. Everyone who uses the sandbox shares it. */
export class Clock {
  readonly #baseUrl: string;
  readonly #operatorKey: string;
  #isAhead = false;

  constructor(baseUrl: string, operatorKey: string) {
    this.#baseUrl = baseUrl;
    this.#operatorKey = operatorKey;
  }

  get isAhead(): boolean {
    return this.#isAhead;
  }

  /**
   * Advance the clock, and return the sandbox's time.
   *
   * Work that falls due in between is done first: holds expire, pending refunds end, webhooks are retried.
   */
  async advance({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Span): Promise<Date> {
    this.#isAhead = true; // also if the request fails: the sandbox may have carried it out
    return this.#move({ advance_s: Math.round(((days * 24 + hours) * 60 + minutes) * 60 + seconds) });
  }

  /** Return the clock to wall time, and return that time. */
  async reset(): Promise<Date> {
    const now = await this.#move({ reset: true });
    this.#isAhead = false;
    return now;
  }

  async #move(body: Record<string, unknown>): Promise<Date> {
    const headers = { "x-api-key": this.#operatorKey, "content-type": "application/json" };
    const options = { body: JSON.stringify(body), headers, timeoutMs: TIMEOUT_MS };
    const moved = await sendJson(this.#baseUrl, "POST", "/sandbox/clock", options);
    return new Date(moved["now"] as string);
  }
}
