"""The bugs of this shop, off by default: `SHOP_BUGS=new-key,unsigned` switches some on. Each is a line or two."""

import os

KNOWN = (
    "new-key",  # a payment gets a new idempotency key for each attempt
    "pay-again",  # pressing pay again makes a new payment, and does not look for the order's own
    "books-first",  # the books say paid before the answer came
    "send-early",  # the goods are sent while the bank has not answered
    "trust-return",  # the shopper's return from 3-D Secure counts as a payment
    "refund-key",  # a refund gets a new idempotency key whenever it is asked for
    "event-twice",  # a webhook adds its amount whenever it comes
    "unsigned",  # the signature of a webhook is not checked
    "any-amount",  # the goods are sent for any amount
    "no-reconcile",  # there is no nightly job
)
BUGS = frozenset(filter(None, os.environ.get("SHOP_BUGS", "").split(",")))
if BUGS - {*KNOWN}:
    raise SystemExit(f"SHOP_BUGS can be {', '.join(KNOWN)}.")
