"""GET /v1/radar/early_fraud_warnings/{early_fraud_warning}: retrieve a warning of a charge's bank."""

import pytest

from paysandbox.stripe_api.routes import GET_EARLY_FRAUD_WARNING, LIST_EARLY_FRAUD_WARNINGS
from tests.stripe_api.handlers.early_fraud_warnings.fraud_warnings import UNKNOWN, warned, warning_of
from tests.stripe_api.handlers.pages import listed
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_it_is_shown_with_its_object() -> None:
    intent = warned()
    warning = warning_of(intent)
    assert (warning["charge"], warning["payment_intent"]) == (intent["latest_charge"], intent["id"])
    assert done(StripeMerchant().get(GET_EARLY_FRAUD_WARNING, warning["id"])) == warning
    assert listed(LIST_EARLY_FRAUD_WARNINGS, charge=intent["latest_charge"]) == [warning]
    shown = done(StripeMerchant().get(GET_EARLY_FRAUD_WARNING, warning["id"], expand=["charge", "payment_intent"]))
    assert (shown["charge"]["id"], shown["payment_intent"]["id"]) == (intent["latest_charge"], intent["id"])
    assert warning_of(intent, expand=["data.charge", "data.payment_intent"]) == shown


def test_it_is_actionable_until_the_charge_is_refunded() -> None:
    intent = warned()
    before = warning_of(intent)
    StripeMerchant().refund(intent["id"])
    assert (before["actionable"], warning_of(intent)["actionable"]) == (True, False)


def test_the_api_version_decides_how_a_charge_shows_a_release() -> None:
    held = StripeMerchant().held()
    StripeMerchant().capture(held["id"], amount_to_capture=4_00)
    simulate(held["id"], "fraud_warning")
    shown = [
        done(StripeMerchant(version=version).get(GET_EARLY_FRAUD_WARNING, warning_of(held)["id"], expand=["charge"]))
        for version in (None, BEFORE_BASIL)
    ]
    assert [one["charge"]["amount_refunded"] for one in shown] == [0, 6_00]


@pytest.mark.parametrize("name", [UNKNOWN, "issfr_x", PAYMENT_ID, "x" * 200])
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_EARLY_FRAUD_WARNING, name)) == missing("id")


def test_another_merchants_is_not_there() -> None:
    warning = warning_of(warned())["id"]
    assert wrong(StripeMerchant(OTHER_MERCHANT).get(GET_EARLY_FRAUD_WARNING, warning)) == missing("id")
