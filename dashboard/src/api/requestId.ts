// The Stripe-compatible API returns the log's ID, a UUID, without hyphens.
const STRIPE_REQUEST_ID = /^req_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

/** The ID in the request log and the feed of a response's Request-Id. */
export function loggedId(requestId: string): string {
  const match = STRIPE_REQUEST_ID.exec(requestId);
  return match ? match.slice(1).join("-") : requestId;
}
