"""Receives webhooks: checks the signature over the raw bytes, and books the totals of the event."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

import books
import checkout
from bugs import BUGS

EVENTS = ("payment_captured", "payment_refunded")
TOLERANCE_S = 300


def is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Check the signature of Standard Webhooks, and that it is not older than five minutes."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > TOLERANCE_S:
        return False
    signed = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body
    digest = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256)
    expected = f"v1,{base64.b64encode(digest).decode()}".encode()
    return any(hmac.compare_digest(expected, each.encode()) for each in headers.get("webhook-signature", "").split())


def receive(secret: str, headers: Mapping[str, str], body: bytes) -> int:
    """Take a webhook, and return the status of the answer. Raises Unknown and Refused: it is then sent again."""
    if not is_signed(secret, headers, body) and "unsigned" not in BUGS:
        return 400
    event = json.loads(body)
    if event["type"] not in EVENTS:
        return 204
    data, payment = event["data"], event["data"]["auth_id"]
    # The answer was lost, or the payment is not this shop's.
    reference = books.reference_of(payment) or checkout.call("GET", f"/payments/{payment}").get("reference")
    if reference not in {order["reference"] for order in books.orders()}:
        return 204
    captured, refunded = data["payment"]["captured"], data["payment"]["refunded"]
    if "event-twice" in BUGS and event["type"] == "payment_captured":
        captured = books.order(reference)["paid"] + data["amount"]
    books.book(payment, reference, data["currency"], captured, refunded)
    return 204
