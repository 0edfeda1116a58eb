"""POST /v1/setup_intents: create a setup intent, optionally confirming it at once."""

from typing import Any

import pytest

from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.stripe_api.routes import GET_PAYMENT_METHOD, RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.setup_intents.setups import create, customer, opened, saved, shown
from tests.support.clients.stripe_call import BEFORE_ENDIVE
from tests.support.clients.stripe_merchant import TYPED, VISA, StripeMerchant, done, missing, wrong

INVALID = (400, "invalid_request_error")


def test_a_new_setup_intent() -> None:
    setup = done(create(metadata={"a": "1"}, description="Card"))
    null = (
        *("application", "automatic_payment_methods", "cancellation_reason", "customer", "flow_directions"),
        *("last_setup_error", "latest_attempt", "mandate", "next_action", "on_behalf_of", "payment_method"),
        "single_use_mandate",
    )
    assert [setup[name] for name in null] == [None] * len(null)
    assert setup["client_secret"].startswith(f"{setup['id']}_secret_")
    card = {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
    assert (
        setup.items()
        >= {
            "object": "setup_intent",
            "description": "Card",
            "metadata": {"a": "1"},
            "payment_method_options": {"card": card},
            "payment_method_types": ["card"],
            "status": "requires_payment_method",
            "usage": "off_session",
        }.items()
    )
    assert shown(setup["id"]) == setup


@pytest.mark.parametrize(
    "sent, expected",
    [
        ({"usage": "on_session"}, {"usage": "on_session"}),
        ({"flow_directions": ["inbound"]}, {"flow_directions": ["inbound"]}),
        ({"automatic_payment_methods": {"enabled": True}},
         {"automatic_payment_methods": {"enabled": True, "allow_redirects": "always"}}),
        ({"allowed_payment_method_types": ["card", "link"], "excluded_payment_method_types": ["card"]},
         {"payment_method_types": ["link"], "payment_method_options": {}}),
        ({"payment_method_options": {"card": {"request_three_d_secure": "any"}}},
         {"payment_method_options": {"card": {"mandate_options": None, "network": None,
                                              "request_three_d_secure": "any"}}}),
    ],
)  # fmt: skip
def test_it_has_what_it_was_created_with(sent: Any, expected: Any) -> None:
    assert done(create(**sent)).items() >= expected.items()


def test_a_card_becomes_a_payment_method() -> None:
    data = {"type": "card", "card": TYPED, "metadata": {"a": "1"}, "billing_details": {"name": "Jenny"}}
    for sent in ({"payment_method": VISA}, {"payment_method_data": data}):
        setup = done(create(**sent))
        method = done(StripeMerchant().get(GET_PAYMENT_METHOD, setup["payment_method"]))
        assert (setup["status"], method["card"]["last4"]) == ("requires_confirmation", "4242")
    assert (method["metadata"], method["billing_details"]["name"]) == ({"a": "1"}, "Jenny")
    card = StripeMerchant().card()
    assert opened(payment_method=card["id"])["payment_method"] == card["id"]


def test_it_is_confirmed_at_once() -> None:
    setup = saved(customer=customer(email="jenny@example.com"), expand=["customer"])
    assert (setup["status"], setup["mandate"], setup["last_setup_error"]) == ("succeeded", None, None)
    assert setup["latest_attempt"].startswith("setatt_")
    assert setup["customer"]["email"] == "jenny@example.com"
    assert shown(setup["id"]) == setup | {"customer": setup["customer"]["id"]}


@pytest.mark.parametrize(
    "card, code, decline_code",
    [
        ("chargeDeclined", "card_declined", "generic_decline"),
        ("chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("threeDSecureRequiredProcessingError", "processing_error", "processing_error"),
        ("chargeCustomerFail", None, None),
        ("createDispute", None, None),
    ],
)
def test_the_bank_verifies_the_card(card: str, code: str | None, decline_code: str | None) -> None:
    """A card that only declines payments can be set up."""
    reply = create(payment_method=f"pm_card_{card}", confirm=True)
    if code is None:
        assert done(reply)["status"] == "succeeded"
        return
    assert (reply.status, reply.error["type"], reply.error["code"]) == (402, "card_error", code)
    failed = reply.error["setup_intent"]
    assert (failed["status"], failed["payment_method"]) == ("requires_payment_method", None)
    assert failed["last_setup_error"].items() <= reply.error.items()
    assert failed["last_setup_error"]["decline_code"] == decline_code
    assert failed["last_setup_error"]["payment_method"]["id"].startswith("pm_")
    assert failed["latest_attempt"].startswith("setatt_")
    assert shown(failed["id"]) == failed


@pytest.mark.parametrize(
    "result, status", [("approve", 200), ("decline:lost_card", 402), ("partial:1", 400), ("late:9", 400)]
)
def test_an_outcome_can_be_requested(result: str, status: int) -> None:
    from_metadata = create(payment_method=VISA, confirm=True, metadata={"sandbox_outcome": result})
    from_header = StripeMerchant().ask(
        *(RESOURCE["create_setup_intent"], None, {"payment_method": VISA, "confirm": True}),
        headers={OUTCOME_HEADER: result},
    )
    assert [from_metadata.status, from_header.status] == [status, status]


@pytest.mark.parametrize(
    "sent, refused",
    [
        ({"customer": "cus_unknown"}, missing("customer")),
        ({"payment_method": "pm_unknown"}, missing("payment_method")),
        ({"payment_method": ""}, (*INVALID, "parameter_invalid_empty", "payment_method")),
        ({"confirm": True}, (*INVALID, "setup_intent_unexpected_state", None)),
        ({"return_url": "https://shop.example"}, (*INVALID, None, "return_url")),
        ({"mandate_data": {"customer_acceptance": {"type": "offline"}}}, (*INVALID, None, "mandate_data")),
        ({"single_use": {"amount": 1, "currency": "usd"}}, (*INVALID, "parameter_unknown", "single_use")),
        ({"payment_method": VISA, "confirm": True, "automatic_payment_methods": {"enabled": True}},
         (*INVALID, "parameter_missing", "return_url")),
        ({"payment_method": VISA, "confirm": True, "return_url": "shop"}, (*INVALID, "url_invalid", "return_url")),
        ({"payment_method": VISA, "confirm": True, "excluded_payment_method_types": ["card"]},
         (*INVALID, None, "payment_method")),
        ({"payment_method_types": ["card"]},
         (*INVALID, "payment_method_types_no_longer_supported", "payment_method_types")),
        ({"latest_attempt": "x"}, (*INVALID, "parameter_unknown", "latest_attempt")),
    ],
)  # fmt: skip
def test_a_setup_intent_that_is_refused(sent: Any, refused: Any) -> None:
    assert wrong(create(**sent)) == refused


def test_types_of_payment_methods_in_an_earlier_version() -> None:
    earlier = StripeMerchant(version=BEFORE_ENDIVE)
    assert done(create(earlier, payment_method_types=["card", "link"]))["payment_method_types"] == ["card", "link"]
    both = create(earlier, payment_method_types=["card"], automatic_payment_methods={"enabled": True})
    assert wrong(both) == (*INVALID, None, None)


def test_a_card_that_has_paid_cannot_be_saved() -> None:
    card = StripeMerchant().card()["id"]
    StripeMerchant().paid(payment_method=card)
    assert wrong(create(payment_method=card)) == (*INVALID, None, "payment_method")


@pytest.mark.parametrize("card, status", [(VISA, 200), ("pm_card_chargeDeclined", 402)])
def test_a_replay_is_the_first_answer(card: str, status: int) -> None:
    sent = {"payment_method": card, "confirm": True, "customer": customer()}
    first, again = (create(key="k", **sent) for _ in range(2))
    assert (first.status, first.replayed) == (status, False)
    assert (again.status, again.text, again.replayed) == (status, first.text, True)
    assert wrong(create(key="k", **sent, usage="on_session"))[:2] == (400, "idempotency_error")
