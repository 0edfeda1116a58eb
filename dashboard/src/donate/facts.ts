/** Facts about the page's environment, attributes of its root element (show_donation_page.py). */
export interface Facts {
  /** What paths of the API begin with: empty, or the stage. */
  base: string;
  /** Origin of the user pool's API; empty for the page's own. */
  signIn: string;
  pool: string;
  client: string;
  /** The Stripe account's; empty until an operator has set it. */
  publishableKey: string;
}

export function readFacts({ dataset }: HTMLElement): Facts {
  const { base = "", signIn = "", pool = "", client = "", publishableKey = "" } = dataset;
  return { base, signIn, pool, client, publishableKey };
}

/** Whether the key takes test cards only: no money moves. */
export function isTest(publishableKey: string): boolean {
  return publishableKey.startsWith("pk_test_");
}
