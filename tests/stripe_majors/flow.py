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
    """Authorize, capture, refund, be declined, list, save a card, and trust a signature. Prints the version."""
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
    _saves_a_card()
    _trusts_only_its_secret()
    print(getattr(stripe, "VERSION", None) or stripe.version.VERSION)


def _declined(card: str, **more: object) -> Exception:
    try:
        stripe.PaymentIntent.create(
            amount=2000,
            currency="usd",
            payment_method=card,
            return_url="https://shop.example/paid",
            confirm=True,
            **more,
        )
    except CardError as error:
        return error
    raise AssertionError("it was not declined")


def _saves_a_card() -> None:
    """Set up a card, make it the default, pay with it off session, and detach it."""
    customer = stripe.Customer.create(email="jenny@example.com")
    setup = stripe.SetupIntent.create(
        customer=customer.id,
        payment_method="pm_card_visa",
        usage="off_session",
        return_url="https://shop.example/saved",
        confirm=True,
    )
    assert (setup.status, setup.customer) == ("succeeded", customer.id)
    saved = stripe.PaymentMethod.list(customer=customer.id, type="card")
    assert [(card.id, card.card.last4) for card in saved] == [(setup.payment_method, "4242")]
    changed = stripe.Customer.modify(
        customer.id,
        invoice_settings={"default_payment_method": setup.payment_method},
        expand=["invoice_settings.default_payment_method"],
    )
    assert changed.invoice_settings.default_payment_method.customer == customer.id
    paid = stripe.PaymentIntent.create(
        amount=1500,
        currency="usd",
        customer=customer.id,
        payment_method=setup.payment_method,
        off_session=True,
        confirm=True,
    )
    assert (paid.status, paid.customer) == ("succeeded", customer.id)
    asks = stripe.PaymentMethod.attach("pm_card_authenticationRequired", customer=customer.id)
    refused = _declined(asks.id, customer=customer.id, off_session=True)
    assert refused.code == "authentication_required"
    assert refused.json_body["error"]["payment_intent"]["status"] == "requires_payment_method"
    assert stripe.PaymentMethod.detach(setup.payment_method).customer is None
    assert stripe.Customer.retrieve(customer.id).invoice_settings.default_payment_method is None
    assert [card.id for card in stripe.PaymentMethod.list(customer=customer.id, type="card")] == [asks.id]
    assert stripe.Customer.delete(customer.id).deleted is True


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
