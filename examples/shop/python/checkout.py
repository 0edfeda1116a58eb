"""Pays, refunds and reconciles orders through the native API. What the API says has one meaning: `take`."""

import json
import os
import time
import uuid
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import books
from bugs import BUGS

ATTEMPTS, PAUSE_S, TIMEOUT_S = 3, 0.1, 30
# A page of the shop would send the shopper's card. `slow`: the bank answers after an hour, and declines.
CARDS = {
    "visa": ("4242424242424242", {}),
    "declined": ("4000000000000002", {}),
    "3ds": ("4000000000003220", {}),
    "slow": ("4242424242424242", {"sandbox_outcome": "pending:3600:decline:lost_card"}),
}


class Unknown(Exception):
    """No attempt was answered: nobody knows whether the request had an effect."""


class Refused(Exception):
    """The API refused the request, and nothing happened. The text is the status."""


def call(method: str, path: str, body: dict[str, Any] | None = None, key: str = "") -> Any:
    """Send a request, up to three times under the same key, and return the answer. Raises Unknown and Refused."""
    for attempt in range(ATTEMPTS):
        time.sleep(attempt * PAUSE_S)
        sent = str(uuid.uuid4()) if "new-key" in BUGS else key
        request = Request(
            os.environ["PAYSANDBOX_BASE_URL"] + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Api-Key": os.environ["PAYSANDBOX_API_KEY"], "Content-Type": "application/json"}
            | ({"Idempotency-Key": sent} if key else {}),
        )
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except HTTPError as error:
            error.close()
            if error.code < 500 and error.code not in (409, 429):
                raise Refused(error.code) from error
        except (OSError, HTTPException, ValueError):
            pass  # reset, cut off, or not JSON: the request may have had its effect
    raise Unknown(f"{method} {path}")


def pay(reference: str, card: str) -> str | None:
    """Pay an order, and return the URL of a challenge if there is one. Pressing pay again pays nothing twice."""
    order = books.order(reference)
    if order["paid"]:
        return None
    if "pay-again" in BUGS:
        books.end_payment(reference, order["attempt"])
    # Stored before the call and derived from the order: whoever presses pay again sends the same key.
    attempt = books.begin_payment(reference)
    key = f"{reference}-pay-{attempt}"
    if "books-first" in BUGS:
        books.book(key, reference, order["currency"], order["total"], 0)
        books.end_payment(reference, attempt)
    number, metadata = CARDS[card]
    body = {
        "amount": order["total"],
        "currency": order["currency"],
        "capture_method": "automatic",
        "card": {"number": number, "exp_month": 12, "exp_year": 2040},
        "reference": reference,
        "metadata": {"attempt": str(attempt), **metadata},
        "return_url": f"{os.environ.get('SHOP_URL', 'http://127.0.0.1:8080')}/orders/{reference}/return",
    }
    try:
        payment = call("POST", "/payments/authorize", body, key)
    except Refused as refusal:
        if refusal.args == (422,):  # pressed with another card: first see what became of the one before
            look_up(reference)
        raise
    if order["is_open"]:  # perhaps a repeated answer, which is as old as the first one
        payment = call("GET", f"/payments/{payment['auth_id']}")
    if "books-first" not in BUGS:
        take(reference, payment)
    return payment["next_action"]["redirect_to_url"]["url"] if payment["status"] == "requires_action" else None


def take(reference: str, payment: dict[str, Any], *, exact: bool = False) -> None:
    """Book what the API says of a payment. Only what is captured counts, and only a final outcome ends the attempt."""
    captures = payment.get("captures", [])
    captured, refunded = (sum(each.get(name, 0) for each in captures) for name in ("amount", "refunded"))
    books.book(payment["auth_id"], reference, payment["currency"], captured, refunded, exact=exact)
    if payment["status"] not in ("requires_action", "processing"):
        books.end_payment(reference, int(payment.get("metadata", {}).get("attempt", 0)))
    elif "send-early" in BUGS:
        books.send(reference)


def come_back(reference: str, query: dict[str, str]) -> None:
    """The shopper is back from 3-D Secure. The query is the browser's: only the API knows the result."""
    if "trust-return" in BUGS and query["result"] == "succeeded":
        order = books.order(reference)
        books.book(query["auth_id"], reference, order["currency"], order["total"], 0)
        return
    payment = call("GET", f"/payments/{query['auth_id']}")
    if payment.get("reference") == reference:
        take(reference, payment, exact=True)


def refund(reference: str, amount: int) -> None:
    """Refund a part of an order, once. One that is not known to be paid is refunded at night."""
    due = books.begin_refund(reference, amount)
    order = books.order(reference)
    if order["refunded"] >= due:
        return
    key = f"{reference}-refund" if "refund-key" not in BUGS else str(uuid.uuid4())
    payment = books.payment_of(reference)
    if payment is None:
        raise Unknown(f"{reference} is not paid yet")
    call("POST", "/payments/refund", {"transaction_id": payment, "amount": due}, key)
    books.book(payment, reference, order["currency"], 0, due)


def look_up(reference: str) -> None:
    """Ask the API what the payments of an order are, and put the books right."""
    for payment in call("GET", f"/payments?reference={reference}&limit=100")["data"]:
        take(reference, payment, exact=True)


def reconcile() -> None:
    """The nightly job: ask about every order that was begun, and finish refunds. Keys are valid for 24 hours."""
    if "no-reconcile" in BUGS:
        return
    for order in books.orders():
        if order["attempt"]:
            look_up(order["reference"])
        if order["refund_due"] and books.payment_of(order["reference"]):
            refund(order["reference"], order["refund_due"])
