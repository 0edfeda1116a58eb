/** The sandbox's clock, which tests advance instead of waiting. */

import { type CallArguments, type CallResult, RequestError, Sandbox } from "./api/index.js";

// The sandbox answers within 30 s, and names the work that takes longer.
const TIMEOUT_MS = 60_000;
const CONTINUED_AT_MOST = 10;

type Move = CallArguments<"move_clock">["body"];
type Moved = CallResult<"move_clock">;

export interface Span {
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
}

/** The clock of the sandbox. Everyone who uses the sandbox shares it. */
export class Clock {
  readonly #sandbox: Sandbox;
  #isAhead = false;

  constructor(baseUrl: string, operatorKey: string) {
    this.#sandbox = new Sandbox({ baseUrl, apiKey: operatorKey, timeoutMs: TIMEOUT_MS });
  }

  get isAhead(): boolean {
    return this.#isAhead;
  }

  /**
   * Advance the clock, and return the sandbox's time.
   *
   * Work that falls due in between is done first: holds expire, pending refunds end, webhooks are retried. Thousands of
   * payments, of all merchants, take several requests. Rejects with RequestError.
   */
  async advance({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Span): Promise<Date> {
    this.#isAhead = true; // also if the request fails: the sandbox may have carried it out
    let moved = await this.#move({ advance_s: Math.round(((days * 24 + hours) * 60 + minutes) * 60 + seconds) });
    for (let repeats = 0; repeats < CONTINUED_AT_MOST && moved.unfinished.length > 0; repeats++) {
      moved = await this.#move({ advance_s: 0 });
    }
    if (moved.unfinished.length > 0) {
      const left = moved.unfinished.join("; ");
      throw new RequestError(`The clock was advanced, but work that is due was not done: ${left}.`);
    }
    return new Date(moved.now);
  }

  /** Return the clock to wall time, and return that time. */
  async reset(): Promise<Date> {
    const { now } = await this.#move({ reset: true });
    this.#isAhead = false;
    return new Date(now);
  }

  async #move(body: Move): Promise<Moved> {
    return this.#sandbox.moveClock({ body });
  }
}
