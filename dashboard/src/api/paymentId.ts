/** IDs of payments, of their operations and disputes, and what the Stripe-compatible API calls them (core/ids.py). */
const OF_PAYMENT =
  /^(?:(?:auth|pi)_([a-z2-7]{26})|(?:att|inc|cap|void|ref|exp|set|du|ch|re)_([a-z2-7]{26})(?:[a-z2-7]{10})?[a-z]?)$/;

/** The payment that an ID belongs to, null for another text: every ID of a payment contains the payment's own. */
export function paymentOf(text: string): string | null {
  const match = OF_PAYMENT.exec(text.trim());
  const body = match?.[1] ?? match?.[2];
  return body === undefined ? null : `auth_${body}`;
}

/** What Stripe's API calls a payment that was opened with it, which no other API does; null for other payments. */
export function intentOf(payment: { auth_id: string; operations: readonly { type: string }[] }): string | null {
  const isOpened = payment.operations.some(({ type }) => type === "opening");
  return isOpened ? payment.auth_id.replace("auth_", "pi_") : null;
}
