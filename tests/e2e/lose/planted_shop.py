"""A shop that sells an order of 37.50 USD and refunds 12.50 USD of it. Its books are SQLite, and its bugs are planted.

python planted_shop.py serve BUG   receives Stripe's events on PORT
python planted_shop.py day BUG     charges the order, waits until it is booked, and refunds a part
python planted_shop.py job BUG     asks the API about the order, as a nightly job would
python planted_shop.py books       prints the books

`hardened` has none: keys come from the order, answers, webhooks and the job book totals, and totals only grow.
"""

import json
import os
import secrets
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ORDER, AMOUNT, PART, CURRENCY = "order-1042", 3750, 1250, "usd"
TABLES = """
CREATE TABLE IF NOT EXISTS orders (
  intent TEXT, paid INTEGER NOT NULL DEFAULT 0, refunded INTEGER NOT NULL DEFAULT 0, answered INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY);
"""
TRIES, BOOKED_WITHIN_S, POLL_S = 2, 3.0, 0.02
BOOKS_BY_WEBHOOK = {"adds", "adds-by-event", "last-event"}
"""These learn of payments by webhook alone."""


class Unknown(Exception):  # noqa: N818 - it says what is known of the call
    """No attempt was answered."""


@contextmanager
def books() -> Iterator[sqlite3.Connection]:
    known = sqlite3.connect(Path(os.environ["PAYSANDBOX_TMP"]) / "books.db", timeout=10, isolation_level=None)
    try:
        known.executescript(TABLES)
        known.execute("INSERT INTO orders (paid) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM orders)")
        yield known
    finally:
        known.close()


def order(known: sqlite3.Connection) -> tuple[str | None, int, int, int]:
    [row] = known.execute("SELECT intent, paid, refunded, answered FROM orders")
    return row


def call(method: str, path: str, fields: dict[str, str] | None = None, *keys: str) -> Any:
    """Send a request once under each of the keys. Raises Unknown without an answer."""
    for key in keys or ("",):
        headers = {
            "Authorization": f"Bearer {os.environ['STRIPE_API_KEY']}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        headers |= {"Idempotency-Key": key} if key else {}
        connection = HTTPConnection(os.environ["STRIPE_API_BASE"].removeprefix("http://"), timeout=30)
        try:
            connection.request(method, path, urlencode(fields or {}), headers)
            return json.load(connection.getresponse())
        except (OSError, HTTPException, ValueError):
            pass
        finally:
            connection.close()
    raise Unknown


def book(known: sqlite3.Connection, intent: str, paid: int = 0, refunded: int = 0) -> None:
    """Book totals, which only grow."""
    known.execute(
        "UPDATE orders SET intent = ?, paid = max(paid, ?), refunded = max(refunded, ?)", (intent, paid, refunded)
    )


def keys_of(name: str, *, fresh: bool) -> list[str]:
    return [f"{name}-{secrets.token_hex(4)}" if fresh else f"{name}-{ORDER}" for _ in range(TRIES)]


def day(bug: str) -> None:
    """Charge and refund, once each."""
    with books() as known:
        intent, paid, refunded, answered = order(known)
        is_paid = answered if bug == "presses-again" else paid
        if not is_paid:
            fields = {
                "amount": str(AMOUNT),
                "currency": CURRENCY,
                "payment_method": "pm_card_visa",
                "confirm": "true",
                "automatic_payment_methods[enabled]": "true",
                "automatic_payment_methods[allow_redirects]": "never",
                "metadata[order]": ORDER,
            }
            keys = keys_of("pay", fresh=bug == "fresh-key")
            if bug == "presses-again":
                keys = [f"pay-{secrets.token_hex(4)}"] * TRIES
            made = call("POST", "/v1/payment_intents", fields, *keys)
            intent = made["id"]
            known.execute("UPDATE orders SET answered = 1, intent = ?", (intent,))
            if bug not in BOOKS_BY_WEBHOOK:
                book(known, intent, paid=made["amount_received"])
        until = time.monotonic() + BOOKED_WITHIN_S
        while not order(known)[1] and time.monotonic() < until:
            time.sleep(POLL_S)
        if not refunded:
            fields = {"payment_intent": intent or "", "amount": str(PART)}
            call("POST", "/v1/refunds", fields, *keys_of("refund", fresh=bug == "refund-key"))
            if bug not in BOOKS_BY_WEBHOOK:
                book(known, intent or "", refunded=PART)


def job(bug: str) -> None:
    """Book what the API says."""
    with books() as known:
        for intent in call("GET", "/v1/payment_intents?limit=100")["data"]:
            if intent["metadata"].get("order") == ORDER:
                refunds = call("GET", f"/v1/refunds?payment_intent={intent['id']}")["data"]
                refunded = sum(each["amount"] for each in refunds)
                if bug == "job-forgets-refunds":
                    refunded = 0
                if bug == "refund-key":
                    refunded = min(refunded, PART)  # it knows of one refund
                book(known, intent["id"], intent["amount_received"], refunded)


def apply(bug: str, event: Any) -> None:
    """Book an event."""
    changed = event["data"]["object"]
    with books() as known:
        match bug, event["type"]:
            case (("ignored" | "job-forgets-refunds"), _):
                pass
            case "unknown-payment", ("payment_intent.succeeded" | "charge.refunded") if (
                changed.get("payment_intent", changed["id"]) != order(known)[0]
            ):
                pass
            case "last-event", "charge.succeeded":
                known.execute("UPDATE orders SET refunded = ?", (changed["amount_refunded"],))
            case (("adds" | "adds-by-event"), "payment_intent.succeeded"):
                known.execute("BEGIN IMMEDIATE")
                new = known.execute("INSERT OR IGNORE INTO events VALUES (?)", (event["id"],)).rowcount
                if new or bug == "adds":
                    known.execute(
                        "UPDATE orders SET paid = paid + ?, intent = ?", (changed["amount_received"], changed["id"])
                    )
                known.execute("COMMIT")
            case _, "payment_intent.succeeded":
                book(known, changed["id"], paid=changed["amount_received"])
            case _, "charge.refunded":
                book(known, changed["payment_intent"], refunded=changed["amount_refunded"])
            case _:
                pass


class Receiver(BaseHTTPRequestHandler):
    """Takes every event for the sandbox's: no bug here is about signatures."""

    bug: str

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Log nothing."""

    def do_POST(self) -> None:
        apply(self.bug, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response_only(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> int:
    """Do what the arguments say. Returns the exit code."""
    match sys.argv[1:]:
        case ["serve", bug]:
            Receiver.bug = bug
            ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
        case ["day", bug]:
            try:
                day(bug)
            except Unknown:
                return 1
        case ["job", bug]:
            job(bug)
        case _:
            with books() as known:
                _, paid, refunded, _ = order(known)
            told = {"reference": ORDER, "currency": CURRENCY, "paid": paid, "refunded": refunded}
            sys.stdout.write(json.dumps({"orders": [told]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
