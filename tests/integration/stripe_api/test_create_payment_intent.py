"""POST /v1/payment_intents: an intent, and at once the bank's answer if that is asked for."""

from typing import Any

import pytest
import stripe

from paysandbox.table.ledger import Ledger
from tests.support import tables
from tests.support.stripe_shop import CARD, UNEXPECTED, Sdk, held, opened, paid, refused

CONFIRMED = {"payment_method": "pm_card_visa", "confirm": True}


@pytest.mark.parametrize(
    "params, status, capturable, received",
    [
        ({}, "requires_payment_method", 0, 0),
        ({"payment_method": "pm_card_visa"}, "requires_confirmation", 0, 0),
        ({"payment_method": "pm_card_visa", "confirm": True}, "succeeded", 0, 10_00),
        (
            {"payment_method": "pm_card_visa", "confirm": True, "capture_method": "automatic_async"},
            "succeeded",
            0,
            10_00,
        ),
        ({"payment_method": "pm_card_visa", "confirm": True, "capture_method": "manual"}, "requires_capture", 10_00, 0),
    ],
)
def test_where_it_stands(
    params: dict[str, Any], status: str, capturable: int, received: int, sdk: Sdk, ledger: Ledger
) -> None:
    intent = opened(sdk, **params)
    assert (intent.status, intent.amount_capturable, intent.amount_received) == (status, capturable, received)
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    payments = [name for name in tables.items(ledger) if name.startswith("auth_")]
    assert payments == [intent.id.replace("pi_", "auth_")]


def test_what_is_said_of_it_comes_back(sdk: Sdk) -> None:
    said = {
        "description": "Two tickets",
        "receipt_email": "jenny@example.com",
        "statement_descriptor_suffix": "TICKETS",
        "metadata": {"order": "6735"},
    }
    intent = opened(sdk, **said).to_dict()
    assert {name: intent[name] for name in said} == said


def test_a_decline_is_a_402_with_the_intent_in_it(sdk: Sdk) -> None:
    with pytest.raises(stripe.CardError) as declined:
        paid(sdk, payment_method="pm_card_chargeDeclinedInsufficientFunds")
    error = declined.value.error
    assert error is not None
    assert error.payment_intent is not None
    assert (declined.value.http_status, error.decline_code) == (402, "insufficient_funds")
    assert error.payment_intent.status == "requires_payment_method"


def test_the_outcome_that_metadata_asks_for(sdk: Sdk) -> None:
    with pytest.raises(stripe.CardError) as declined:
        paid(sdk, metadata={"sandbox_outcome": "decline:lost_card"})
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "lost_card"


def test_confirmed_with_nothing_it_is_not_made(sdk: Sdk, ledger: Ledger) -> None:
    error = refused(lambda: opened(sdk, confirm=True))
    assert (error.code, error.param) == (UNEXPECTED, "payment_method")
    assert not [name for name in tables.items(ledger) if name.startswith("auth_")]


def test_a_card_by_name_and_typed_at_once(sdk: Sdk) -> None:
    typed = {"type": "card", "card": CARD}
    assert refused(lambda: held(sdk, payment_method_data=typed)).param == "payment_method_data"
