/** A `test` with fixtures: a merchant per test, and the sandbox's clock. */

import { test as base, inject } from "vitest";
import { Clock } from "./client/clock.js";
import { randomText } from "./client/credential.js";
import { Engine } from "./client/engine.js";
import type { Connection } from "./client/local-aws.js";
import { Merchant } from "./client/merchant.js";

export { ApiError, NoAnswerError, RequestError, Sandbox } from "./client/api/index.js";
export { Clock, type Span } from "./client/clock.js";
export { type EventFilter, Merchant, type PaysandboxEvent } from "./client/merchant.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Provided by global-setup.ts to the tests. */
    paysandbox: Connection;
  }
}

export interface PaysandboxFixtures {
  /** A merchant of this test only: payments, idempotency keys and lists of other tests are not visible to it. */
  paysandbox: Merchant;
  /** A function that creates another merchant. The merchants' keys are revoked when the test ends. */
  createMerchant: () => Promise<Merchant>;
  /** The sandbox's clock. It is reset when the test ends. Run tests that advance it one at a time. */
  clock: Clock;
}

let connected: Promise<Engine> | undefined;

function engine(): Promise<Engine> {
  const connection = inject("paysandbox");
  if (connection === undefined) {
    throw new Error('Add "@paysandbox/vitest/global-setup" to test.globalSetup in the configuration of Vitest.');
  }
  connected ??= Engine.connect(connection);
  return connected;
}

export const test = base.extend<PaysandboxFixtures>({
  paysandbox: async ({ createMerchant }, use) => {
    await use(await createMerchant());
  },

  createMerchant: async ({}, use) => {
    const sandbox = await engine();
    const keyIds: string[] = [];
    await use(async () => {
      // Random, so that parallel workers and later runs never share a merchant.
      const { merchant, keyId } = await sandbox.create(`test-${randomText(12)}`);
      keyIds.push(keyId);
      return merchant;
    });
    for (const keyId of keyIds) await sandbox.revoke(keyId);
  },

  clock: async ({}, use) => {
    const sandbox = await engine();
    const { operatorKey, keyId } = await sandbox.createOperatorKey();
    const clock = new Clock(inject("paysandbox").baseUrl, operatorKey);
    try {
      await use(clock);
      if (clock.isAhead) await clock.reset();
    } finally {
      await sandbox.revokeOperatorKey(keyId);
    }
  },
});

export const it = test;
