/** A `test` whose pages reach the sandbox at Stripe's hosts, and the same for a context of one's own. */

import { test as base } from "@playwright/test";
import { redirectStripe, type StripeRedirect } from "./stripe-redirect.js";

export { type RedirectedRequest, type RedirectOptions, redirectStripe, StripeRedirect } from "./stripe-redirect.js";
export { expect } from "@playwright/test";

export interface PaysandboxOptions {
  /** The sandbox's base URL. By default the variable PAYSANDBOX_BASE_URL, or else that of `paysandbox up`. */
  paysandboxUrl: string;
}

export interface PaysandboxFixtures {
  /** Stripe's hosts in the test's `context`, fulfilled from the sandbox. Every test has it. The requests are printed. */
  stripeRedirect: StripeRedirect;
}

export const test = base.extend<PaysandboxFixtures & PaysandboxOptions>({
  paysandboxUrl: [process.env["PAYSANDBOX_BASE_URL"] ?? "http://127.0.0.1:4610", { option: true }],

  serviceWorkers: "block",

  stripeRedirect: [
    async ({ context, paysandboxUrl }, use) => {
      const redirect = await redirectStripe(context, { url: paysandboxUrl });
      await use(redirect);
      console.log(String(redirect));
    },
    { auto: true },
  ],
});
