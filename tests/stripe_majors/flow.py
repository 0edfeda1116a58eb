"""The principal flow with the stripe-python that is found first. Names of errors are taken from where it has them.

python flow.py BASE_URL KEY
"""

import hashlib
import hmac
import json
import sys
import time
import uuid

import stripe

CardError = getattr(stripe, "CardError", None) or stripe.error.CardError
SignatureVerificationError = (
    getattr(stripe, "SignatureVerificationError", None) or stripe.error.SignatureVerificationError
)


def main() -> None:
    """Authorize, capture, refund, be declined, list, and trust a signature. Prints the version."""
    stripe.api_base, stripe.api_key = sys.argv[1:]
    terms = {
        "amount": 2000,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "return_url": "https://shop.example/paid",
        "capture_method": "manual",
        "confirm": True,
        "metadata": {"order": "6735"},
        "expand": ["latest_charge"],
        "idempotency_key": str(uuid.uuid4()),
    }
    intent = stripe.PaymentIntent.create(**terms)
    assert (intent.status, intent.metadata["order"]) == ("requires_capture", "6735")
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert stripe.PaymentIntent.create(**terms).id == intent.id
    captured = stripe.PaymentIntent.capture(intent.id, amount_to_capture=2000)
    assert (captured.status, captured.amount_received) == ("succeeded", 2000)
    refund = stripe.Refund.create(payment_intent=intent.id, amount=500)
    assert (refund.status, refund.amount) == ("succeeded", 500)
    declined = _declined("pm_card_chargeDeclinedInsufficientFunds")
    assert (declined.http_status, declined.code) == (402, "card_declined")
    assert declined.json_body["error"]["decline_code"] == "insufficient_funds"
    listed = stripe.Charge.list(payment_intent=intent.id, limit=1)
    assert [one.amount_refunded for one in listed.auto_paging_iter()] == [500]
    _trusts_only_its_secret()
    print(getattr(stripe, "VERSION", None) or stripe.version.VERSION)


def _declined(card: str) -> Exception:
    try:
        stripe.PaymentIntent.create(
            amount=2000, currency="usd", payment_method=card, return_url="https://shop.example/paid", confirm=True
        )
    except CardError as error:
        return error
    raise AssertionError("it was not declined")


def _trusts_only_its_secret() -> None:
    body, at = json.dumps({"id": "evt_1", "object": "event"}), int(time.time())
    signed = hmac.new(b"whsec_one", f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    header = f"t={at},v1={signed}"
    assert stripe.Webhook.construct_event(body, header, "whsec_one").id == "evt_1"
    try:
        stripe.Webhook.construct_event(body, header, "whsec_other")
    except SignatureVerificationError:
        return
    raise AssertionError("a signature with another secret is trusted")


main()
