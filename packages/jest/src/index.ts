/** Hooks that give each test a merchant of its own, and the sandbox's clock. */

import { afterEach, beforeEach } from "@jest/globals";
import { Clock, type Span } from "./client/clock.js";
import { randomText } from "./client/credential.js";
import { Engine } from "./client/engine.js";
import type { Connection } from "./client/local-aws.js";
import type { Merchant } from "./client/merchant.js";
import { findOrStart } from "./client/sandbox.js";

export { ApiError, NoAnswerError, RequestError, Sandbox } from "./client/api/index.js";
export type { Span } from "./client/clock.js";
export { type EventFilter, Merchant, type PaysandboxEvent } from "./client/merchant.js";

interface Connected {
  connection: Connection;
  engine: Engine;
}

let connected: Promise<Connected> | undefined;

async function connect(): Promise<Connected> {
  const connection = await findOrStart();
  return { connection, engine: await Engine.connect(connection) };
}

/** What the tests of one `usePaysandbox` have. */
export class Paysandbox {
  #connected: Connected | undefined;
  #merchant: Merchant | undefined;
  #keyIds: string[] = [];
  #clock: { clock: Clock; keyId: string } | undefined;

  /** The merchant of the running test: payments, idempotency keys and lists of other tests are not visible to it. */
  get merchant(): Merchant {
    if (this.#merchant === undefined) throw new Error("There is a merchant only within a test.");
    return this.#merchant;
  }

  /** Create another merchant. The merchants' keys are revoked when the test ends. */
  async createMerchant(): Promise<Merchant> {
    // Random, so that parallel workers and later runs never share a merchant.
    const { merchant, keyId } = await this.#running().engine.create(`test-${randomText(12)}`);
    this.#keyIds.push(keyId);
    return merchant;
  }

  /**
   * Advance the sandbox's clock, do what falls due, and return the sandbox's time. It is reset when the test ends.
   *
   * Everyone who uses the sandbox shares the clock, so tests that advance it run one at a time.
   */
  async advance(span: Span): Promise<Date> {
    const { connection, engine } = this.#running();
    if (this.#clock === undefined) {
      const { operatorKey, keyId } = await engine.createOperatorKey();
      this.#clock = { clock: new Clock(connection.baseUrl, operatorKey), keyId };
    }
    return this.#clock.clock.advance(span);
  }

  /** Create the merchant of a test. `usePaysandbox` calls it before each. */
  async begin(): Promise<void> {
    connected ??= connect();
    this.#connected = await connected;
    this.#merchant = await this.createMerchant();
  }

  /** Reset the clock and revoke the keys. `usePaysandbox` calls it after each test. */
  async end(): Promise<void> {
    const { engine } = this.#running();
    const [keyIds, clock] = [this.#keyIds, this.#clock];
    [this.#keyIds, this.#clock, this.#merchant] = [[], undefined, undefined];
    try {
      if (clock?.clock.isAhead) await clock.clock.reset();
    } finally {
      if (clock !== undefined) await engine.revokeOperatorKey(clock.keyId);
      for (const keyId of keyIds) await engine.revoke(keyId);
    }
  }

  #running(): Connected {
    if (this.#connected === undefined) throw new Error("There is a sandbox only within a test.");
    return this.#connected;
  }
}

/** Give each test of this file, or of the `describe` around the call, a merchant of its own. */
export function usePaysandbox(): Paysandbox {
  const paysandbox = new Paysandbox();
  beforeEach(() => paysandbox.begin());
  afterEach(() => paysandbox.end());
  return paysandbox;
}
