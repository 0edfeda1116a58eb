"""GET /v1/radar/early_fraud_warnings: list the warnings of banks, or those of one charge or intent, newest first."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import LIST_EARLY_FRAUD_WARNINGS
from tests.stripe_api.handlers.early_fraud_warnings.fraud_warnings import UNKNOWN, warned, warning_of
from tests.stripe_api.handlers.pages import listed, made_apart, walked
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, told, wrong
from tests.support.worlds.handlers import Clock

INVALID = "invalid_request_error"


def test_an_empty_list() -> None:
    StripeMerchant().paid()
    told()
    assert done(StripeMerchant().get(LIST_EARLY_FRAUD_WARNINGS)) == {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": "/v1/radar/early_fraud_warnings",
    }


@pytest.mark.full
def test_pages_list_each_item_once_even_if_most_payments_have_none() -> None:
    made: list[str] = []
    for _ in range(3):
        made.insert(0, warning_of(warned())["id"])
        StripeMerchant().paid()
    told()
    assert walked(LIST_EARLY_FRAUD_WARNINGS, limit=1) == made
    assert walked(LIST_EARLY_FRAUD_WARNINGS, limit=2, backwards_from=made[-1]) == made[:-1]


def test_only_objects_created_in_the_time_range(clock: Clock) -> None:
    intents: list[dict[str, Any]] = []

    def make() -> dict[str, Any]:
        intents.append(warned())
        return warning_of(intents[-1])

    newest, middle, oldest = made_apart(3, clock, make)
    told()
    at = middle["created"]
    for span, expected in (({"gt": at}, [newest]), ({"lte": at}, [middle, oldest]), (at, [middle])):
        assert listed(LIST_EARLY_FRAUD_WARNINGS, created=span) == expected, span
    assert listed(LIST_EARLY_FRAUD_WARNINGS, created={"lt": at}, payment_intent=intents[0]["id"]) == [oldest]
    assert listed(LIST_EARLY_FRAUD_WARNINGS, created={"gt": at}, payment_intent=intents[0]["id"]) == []


def test_a_charge_that_was_declined_has_none() -> None:
    intent = StripeMerchant().declined()
    StripeMerchant().confirm(intent["id"], payment_method="pm_card_createIssuerFraudRecord")
    simulate(intent["id"], "fraud_warning")
    assert listed(LIST_EARLY_FRAUD_WARNINGS, charge=intent["latest_charge"]) == []
    assert warning_of(intent)["charge"] == StripeMerchant().shown(intent["id"])["latest_charge"]


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"limit": -1}, (400, INVALID, "parameter_invalid_integer", "limit")),
        ({"actionable": "true"}, (400, INVALID, "parameter_unknown", "actionable")),
        ({"expand": ["charge"]}, (400, INVALID, None, "expand")),
        ({"payment_intent": PAYMENT_ID.replace("auth_", "pi_")}, missing("payment_intent")),
        ({"charge": "ch_x"}, missing("charge")),
        ({"starting_after": UNKNOWN}, missing("starting_after")),
        ({"ending_before": "issfr_x"}, missing("ending_before")),
    ],
)
def test_invalid_parameters_are_refused(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    assert wrong(StripeMerchant().get(LIST_EARLY_FRAUD_WARNINGS, **params)) == expected


def test_another_merchants_are_not_there() -> None:
    warning = warning_of(warned())["id"]
    told()
    others = StripeMerchant(OTHER_MERCHANT)
    assert wrong(others.get(LIST_EARLY_FRAUD_WARNINGS, starting_after=warning)) == missing("starting_after")
    assert listed(LIST_EARLY_FRAUD_WARNINGS, shop=others) == []
