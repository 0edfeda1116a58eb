"""GET /v1/setup_intents/{id}: retrieve a setup intent."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_SETUP_INTENT
from tests.stripe_api.handlers.setup_intents.setups import create, opened
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

PAGE = StripeMerchant(kind="publishable")


def test_a_page_sees_a_part_of_it() -> None:
    declined = create(payment_method="pm_card_chargeDeclined", confirm=True, metadata={"a": "1"}).error["setup_intent"]
    page = done(PAGE.get(GET_SETUP_INTENT, declined["id"], client_secret=declined["client_secret"]))
    assert page.keys() < declined.keys()
    assert {"metadata", "customer", "latest_attempt"}.isdisjoint(page)
    assert "fingerprint" not in page["last_setup_error"]["payment_method"]["card"]


@pytest.mark.parametrize(
    "shop, sent, refused",
    [
        (PAGE, {}, (400, "invalid_request_error", "parameter_missing", "client_secret")),
        (PAGE, {"client_secret": "seti_x_secret_y"}, (400, "invalid_request_error", None, "client_secret")),
        (StripeMerchant(), {"client_secret": "ü"}, (400, "invalid_request_error", None, "client_secret")),
        (StripeMerchant("globex"), {}, missing("intent")),
        (StripeMerchant(), {"expand": ["usage"]}, (400, "invalid_request_error", None, "expand")),
    ],
)
def test_a_retrieval_that_is_refused(shop: StripeMerchant, sent: Any, refused: Any) -> None:
    assert wrong(shop.get(GET_SETUP_INTENT, opened()["id"], **sent)) == refused


def test_an_unknown_setup_intent() -> None:
    reply = StripeMerchant().get(GET_SETUP_INTENT, "seti_x")
    assert (wrong(reply), reply.error["message"]) == (missing("intent"), "No such setupintent: 'seti_x'")


def test_details_of_an_expanded_payment_method_can_be_named_too() -> None:
    """woocommerce-gateway-stripe, `is_order_associated_to_setup_intent`: it reads the payer's e-mail address."""
    data = {"type": "card", "card": {"token": "tok_visa"}, "billing_details": {"email": "jenny@example.com"}}
    setup = create(payment_method_data=data, confirm=True).json["id"]
    shown = done(StripeMerchant().get(GET_SETUP_INTENT, setup, expand=["payment_method.billing_details"]))
    assert shown["payment_method"]["billing_details"]["email"] == "jenny@example.com"
    assert shown == done(StripeMerchant().get(GET_SETUP_INTENT, setup, expand=["payment_method"]))
