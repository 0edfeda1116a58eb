// The bugs of this shop, off by default: `SHOP_BUGS=new-key,unsigned` switches some on. Each is a line or two.

const KNOWN = [
  "new-key", // a payment gets a new idempotency key whenever pay is pressed
  "no-key", // a payment has no idempotency key but the one that the SDK makes for its own retries
  "pay-again", // pressing pay again makes a new payment, and does not look for the order's own
  "books-first", // the books say paid before the answer came
  "send-early", // the goods are sent while the bank has not answered
  "trust-return", // the shopper's return from 3-D Secure counts as a payment
  "refund-key", // a refund gets a new idempotency key whenever it is asked for
  "event-twice", // a webhook adds its amount whenever it comes
  "unsigned", // the signature of a webhook is not checked
  "any-amount", // the goods are sent for any amount
  "no-reconcile", // there is no nightly job
];
const on = (process.env.SHOP_BUGS ?? "").split(",").filter(Boolean);
if (!on.every((name) => KNOWN.includes(name))) throw new Error(`SHOP_BUGS can be ${KNOWN.join(", ")}.`);

export const bug = (name) => on.includes(name);
