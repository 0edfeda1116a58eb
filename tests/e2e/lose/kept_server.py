"""A shop that was started before `paysandbox lose`, with a key that it keeps: an HTTP server with its books in memory.

python kept_server.py PORT    serves POST /pay, POST /reset and GET /orders, until it is ended
python kept_server.py URL     asks for URL, by POST but for the orders, and prints the answer
"""

import json
import os
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BOOKS: dict[str, Any] = {}
TIMEOUT_S = 60


class Shop(BaseHTTPRequestHandler):
    """Charges the order under a new idempotency key each time, unless it is paid."""

    def do_GET(self) -> None:
        """Answer with the books."""
        self._answer(200, {"orders": [{"reference": "order-1042", "currency": "usd", "paid": BOOKS.get("paid", 0)}]})

    def do_POST(self) -> None:
        """Empty the books, or charge the order."""
        import stripe

        if self.path == "/reset":
            BOOKS.clear()
        elif not BOOKS:
            client = stripe.StripeClient(
                os.environ["STRIPE_API_KEY"], base_addresses={"api": os.environ["STRIPE_API_BASE"]}
            )
            params: Any = {
                "amount": 3750,
                "currency": "usd",
                "payment_method": "pm_card_visa",
                "confirm": True,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "metadata": {"order": "order-1042"},
            }
            try:
                BOOKS["paid"] = client.v1.payment_intents.create(params).amount_received
            except stripe.StripeError as error:
                self._answer(502, {"error": str(error)})
                return
        self._answer(200, BOOKS)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Log nothing."""

    def _answer(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


def ask(url: str) -> int:
    """Ask the shop. Returns the exit code."""
    try:
        data = None if url.endswith("/orders") else b""
        with urllib.request.urlopen(url, data=data, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the test's own
            sys.stdout.write(answer.read().decode())
    except urllib.error.HTTPError as refused:
        sys.stderr.write(refused.read().decode())
        return 1
    return 0


if __name__ == "__main__":
    if sys.argv[1].isdigit():
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
    sys.exit(ask(sys.argv[1]))
