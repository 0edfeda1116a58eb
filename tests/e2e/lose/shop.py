"""A shop with one order of 37.50 USD, as a team would give it to `paysandbox lose`. Its books are a file.

python shop.py pay VERSION    charges the order, unless the books say that it is paid
python shop.py books          prints the books

Versions: `no-key` charges under a new idempotency key in each run, `order-key` derives the key from the order, and
`believes` books a lost answer as a failed payment, and never asks again.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

ORDER, AMOUNT, CURRENCY = "order-1042", 3750, "usd"
BOOKS = Path(os.environ["PAYSANDBOX_TMP"]) / "books.json"


def pay(version: str) -> int:
    """Charge the order. Returns the exit code."""
    import stripe

    books = json.loads(BOOKS.read_text()) if BOOKS.exists() else {"paid": 0, "failed": False}
    if books["paid"] or books["failed"]:
        return 0
    client = stripe.StripeClient(
        os.environ["STRIPE_API_KEY"],
        base_addresses={"api": os.environ["STRIPE_API_BASE"]},
        max_network_retries=1,
        http_client=stripe.RequestsClient(timeout=30),
    )
    params: Any = {
        "amount": AMOUNT,
        "currency": CURRENCY,
        "payment_method": "pm_card_visa",
        "confirm": True,
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "metadata": {"order": ORDER},
    }
    options: Any = {"idempotency_key": f"pay-{ORDER}"} if version == "order-key" else {}
    try:
        intent = client.v1.payment_intents.create(params, options)
    except stripe.StripeError as error:
        if version != "believes":
            sys.stderr.write(f"not charged: {error}\n")
            return 1
        books["failed"] = True
    else:
        books["paid"] = intent.amount_received
    BOOKS.write_text(json.dumps(books))
    return 0


def main() -> int:
    """Do what the arguments say."""
    if sys.argv[1] == "pay":
        return pay(sys.argv[2])
    paid = json.loads(BOOKS.read_text())["paid"] if BOOKS.exists() else 0
    orders = [{"reference": ORDER, "currency": CURRENCY, "paid": paid, "refunded": 0, "fulfilled": paid}]
    sys.stdout.write(json.dumps({"orders": orders}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
