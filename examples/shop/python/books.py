"""The shop's books: its orders, and what it knows of their payments. Amounts are in minor units."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bugs import BUGS

FILE = Path(os.environ.get("SHOP_BOOKS") or Path(os.environ.get("PAYSANDBOX_TMP", "."), "books.db"))
ORDERS = (("order-1042", "USD", 3750), ("order-1043", "USD", 8000), ("order-1044", "EUR", 1999))

# `attempt` counts the payments of an order that were begun, and `is_open` says that the last one has no outcome yet.
SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (reference TEXT PRIMARY KEY, currency TEXT, total INTEGER, attempt INTEGER DEFAULT 0,
    is_open INTEGER DEFAULT 0, refund_due INTEGER DEFAULT 0, sent INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS payments (id TEXT PRIMARY KEY, reference TEXT, currency TEXT, captured INTEGER,
    refunded INTEGER);
"""
# Goods for the amount of a refund have come back.
ORDER = """
SELECT orders.*, coalesce(sum(captured), 0) AS paid, coalesce(sum(refunded), 0) AS refunded,
    sent - coalesce(sum(refunded), 0) AS fulfilled
FROM orders LEFT JOIN payments USING (reference, currency) GROUP BY reference
"""


@contextmanager
def opened() -> Iterator[sqlite3.Connection]:
    """Open the books for one transaction."""
    db = sqlite3.connect(FILE)
    db.row_factory = sqlite3.Row
    try:
        db.executescript(SCHEMA)
        with db:
            db.executemany("INSERT OR IGNORE INTO orders (reference, currency, total) VALUES (?, ?, ?)", ORDERS)
            yield db
    finally:
        db.close()


def orders() -> list[dict[str, Any]]:
    """Return all orders, each with what was paid and refunded."""
    with opened() as db:
        return [dict(row) for row in db.execute(ORDER)]


def order(reference: str) -> dict[str, Any]:
    """Return an order. Raises KeyError."""
    return {each["reference"]: each for each in orders()}[reference]


def begin_payment(reference: str) -> int:
    """Store that a payment begins, and return its number: the same one until its outcome is known."""
    with opened() as db:
        db.execute(
            "UPDATE orders SET attempt = attempt + 1, is_open = 1 WHERE reference = ? AND NOT is_open", [reference]
        )
        return db.execute("SELECT attempt FROM orders WHERE reference = ?", [reference]).fetchone()["attempt"]


def end_payment(reference: str, attempt: int) -> None:
    """Store that the outcome of this attempt is known. An earlier one says nothing about the last."""
    with opened() as db:
        db.execute("UPDATE orders SET is_open = 0 WHERE reference = ? AND attempt = ?", [reference, attempt])


def begin_refund(reference: str, amount: int) -> int:
    """Store that a refund begins, and return its amount: an order has one refund, with the first amount."""
    with opened() as db:
        db.execute("UPDATE orders SET refund_due = ? WHERE reference = ? AND refund_due = 0", [amount, reference])
        return db.execute("SELECT refund_due FROM orders WHERE reference = ?", [reference]).fetchone()["refund_due"]


def book(payment: str, reference: str, currency: str, captured: int, refunded: int, *, exact: bool = False) -> None:
    """Set what a payment has captured and refunded, and send the goods once the order is paid.

    Both are totals that grow: an answer or a webhook that comes twice or late changes nothing. `exact`: the API was
    asked just now.
    """
    total = "excluded.{0}" if exact else "max({0}, excluded.{0})"
    with opened() as db:
        db.execute(
            "INSERT INTO payments VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            f"captured = {total.format('captured')}, refunded = {total.format('refunded')}",
            [payment, reference, currency, captured, refunded],
        )
    bought = order(reference)
    if bought["paid"] >= bought["total"] or ("any-amount" in BUGS and bought["paid"]):
        send(reference)


def send(reference: str) -> None:
    """Send the goods of an order, once."""
    with opened() as db:
        db.execute("UPDATE orders SET sent = total WHERE reference = ? AND sent = 0", [reference])


def reference_of(payment: str) -> str | None:
    """Return the order of a payment, or None if the books do not know it: the answer was lost."""
    with opened() as db:
        found = db.execute("SELECT reference FROM payments WHERE id = ?", [payment]).fetchone()
    return found and found["reference"]


def payment_of(reference: str) -> str | None:
    """Return the payment that paid an order, or None."""
    with opened() as db:
        found = db.execute("SELECT id FROM payments WHERE reference = ? AND captured > 0", [reference]).fetchone()
    return found and found["id"]
