"""Lambda functions of donations: routes, and workers that process Stripe's events and send receipts."""
