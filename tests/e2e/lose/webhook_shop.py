"""A shop that learns of its payments by webhooks, as a team would give it to `paysandbox lose`. Its books are SQLite.

python webhook_shop.py serve VERSION   receives Stripe's events on PORT
python webhook_shop.py pay             charges the order, unless it was charged
python webhook_shop.py recover         retrieves the payment of the order, as a nightly job would
python webhook_shop.py books           prints the books

Versions: `hardened` books the state of the object; `adds` adds the amount of each event; `unsigned` believes every
event, and adds what has an ID of its own; `known` ignores events of payments that it does not know yet.
"""

import json
import os
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ORDER, AMOUNT, CURRENCY = "order-1042", 3750, "usd"
TABLES = """
CREATE TABLE IF NOT EXISTS orders (reference TEXT PRIMARY KEY, intent TEXT, paid INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY);
"""


def books() -> sqlite3.Connection:
    connection = sqlite3.connect(Path(os.environ["PAYSANDBOX_TMP"]) / "books.db", timeout=10, isolation_level=None)
    connection.executescript(TABLES)
    connection.execute("INSERT OR IGNORE INTO orders (reference) VALUES (?)", (ORDER,))
    return connection


def client() -> Any:
    import stripe  # it takes longer than everything else

    return stripe.StripeClient(
        os.environ["STRIPE_API_KEY"],
        base_addresses={"api": os.environ["STRIPE_API_BASE"]},
        http_client=stripe.RequestsClient(timeout=30),
    )


def pay() -> None:
    """Charge the order under its own key, and note the payment."""
    with books() as known:
        [[paid]] = known.execute("SELECT paid FROM orders")
        if paid:
            return
        params: Any = {
            "amount": AMOUNT,
            "currency": CURRENCY,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "metadata": {"order": ORDER},
        }
        intent = client().v1.payment_intents.create(params, {"idempotency_key": f"pay-{ORDER}"})
        known.execute("UPDATE orders SET intent = ?", (intent.id,))


def recover() -> None:
    """Book what the API says of a payment that is not paid yet."""
    with books() as known:
        [[intent, paid]] = known.execute("SELECT intent, paid FROM orders")
        if intent and not paid:
            amount = client().v1.payment_intents.retrieve(intent).amount_received
            known.execute("UPDATE orders SET paid = ?", (amount,))


def apply(version: str, event: Any) -> None:
    """Book an event."""
    if event["type"] != "payment_intent.succeeded":
        return
    intent = event["data"]["object"]
    with books() as known:
        if version == "adds":
            known.execute("UPDATE orders SET paid = paid + ?", (intent["amount_received"],))
        elif version == "unsigned":
            known.execute("BEGIN IMMEDIATE")
            if known.execute("INSERT OR IGNORE INTO events VALUES (?)", (event["id"],)).rowcount:
                known.execute("UPDATE orders SET paid = paid + ?", (intent["amount_received"],))
            known.execute("COMMIT")
        elif version == "known":
            known.execute("UPDATE orders SET paid = ? WHERE intent = ?", (intent["amount_received"], intent["id"]))
        else:
            known.execute("UPDATE orders SET paid = ?, intent = ?", (intent["amount_received"], intent["id"]))


class Receiver(BaseHTTPRequestHandler):
    """Answers 400 to what is not signed."""

    version: str

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Log nothing."""

    def do_POST(self) -> None:
        import stripe

        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status = 200
        try:
            if self.version != "unsigned":
                stripe.WebhookSignature.verify_header(
                    body, self.headers["Stripe-Signature"], os.environ["STRIPE_WEBHOOK_SECRET"], 300
                )
            apply(self.version, json.loads(body))
        except stripe.SignatureVerificationError:
            status = 400
        self.send_response_only(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    """Do what the arguments say."""
    match sys.argv[1:]:
        case ["serve", version]:
            Receiver.version = version
            ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
        case ["pay"]:
            pay()
        case ["recover"]:
            recover()
        case _:
            with books() as known:
                [[paid]] = known.execute("SELECT paid FROM orders")
            order = {"reference": ORDER, "currency": CURRENCY, "paid": paid, "refunded": 0, "fulfilled": paid}
            sys.stdout.write(json.dumps({"orders": [order]}))


if __name__ == "__main__":
    main()
