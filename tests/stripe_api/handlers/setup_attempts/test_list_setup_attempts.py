"""GET /v1/setup_attempts: each confirmation of a setup intent, the newest first, and what time makes of the latest."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.stripe_api.setup_intents.rules import ATTEMPTS_MAX
from tests.stripe_api.handlers.setup_intents.setups import (
    CHALLENGED,
    challenged,
    complete,
    confirm,
    customer,
    opened,
    page_of,
    saved,
    show,
    shown,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import DECLINED, VISA, StripeMerchant, done, wrong
from tests.support.worlds.handlers import Clock

FAILURE = "setup_intent_authentication_failure"


def listed(setup: str, **params: Any) -> list[dict[str, Any]]:
    return done(StripeMerchant().get(RESOURCE["list_setup_attempts"], setup_intent=setup, **params))["data"]


def test_each_confirmation_is_an_attempt(clock: Clock) -> None:
    jenny = customer()
    setup = opened(payment_method=None, customer=jenny, usage="on_session")["id"]
    assert listed(setup) == []
    confirm(setup, payment_method=DECLINED)
    clock.advance(timedelta(minutes=1))
    confirm(setup, payment_method=CHALLENGED)
    clock.advance(timedelta(minutes=1))
    done(confirm(setup, payment_method=VISA))
    saved_by, abandoned, declined = listed(setup)
    assert [each["status"] for each in (saved_by, abandoned, declined)] == ["succeeded", "abandoned", "failed"]
    assert (declined["setup_error"]["code"], saved_by["setup_error"]) == ("card_declined", None)
    assert declined["setup_error"]["payment_method"]["id"] == declined["payment_method"]
    assert (saved_by["customer"], saved_by["usage"], saved_by["setup_intent"]) == (jenny, "on_session", setup)
    card = saved_by["payment_method_details"]["card"]
    assert (card["last4"], card["network"], card["checks"]["cvc_check"]) == ("4242", "visa", "pass")
    assert abandoned["payment_method_details"]["card"]["checks"] is None
    assert shown(setup)["latest_attempt"] == saved_by["id"]
    assert listed(setup, limit=1, starting_after=saved_by["id"]) == [abandoned]
    assert listed(setup, created={"lt": abandoned["created"]}) == [declined]


@pytest.mark.parametrize("result, status, shown_as, reason", [
    ("succeeded", "succeeded", "authenticated", None),
    ("failed", "failed", "failed", None),
    ("R", "failed", "failed", "rejected"),
])  # fmt: skip
def test_an_attempt_has_the_result_of_its_challenge(
    result: str, status: str, shown_as: str, reason: str | None
) -> None:
    setup = challenged()
    (waiting,) = listed(setup["id"])
    assert (waiting["status"], waiting["payment_method_details"]["card"]["three_d_secure"]) == ("requires_action", None)
    complete(page_of(setup), result)
    (attempt,) = listed(setup["id"])
    authentication = attempt["payment_method_details"]["card"]["three_d_secure"]
    assert (attempt["status"], authentication["result"], authentication["result_reason"]) == (status, shown_as, reason)
    assert (attempt["setup_error"] or {}).get("code") == (None if status == "succeeded" else FAILURE)


def test_a_frictionless_authentication() -> None:
    (attempt,) = listed(saved(payment_method="pm_card_threeDSecureOptional")["id"])
    authentication = attempt["payment_method_details"]["card"]["three_d_secure"]
    assert authentication is None or authentication["authentication_flow"] == "frictionless"


def test_a_cancellation_abandons_the_attempt() -> None:
    setup = challenged()["id"]
    done(StripeMerchant().post(RESOURCE["cancel_setup_intent"], setup))
    assert [each["status"] for each in listed(setup)] == ["abandoned"]


def test_attempts_are_expanded_and_expand() -> None:
    jenny = customer()
    setup = saved(customer=jenny, expand=["latest_attempt.payment_method"])
    attempt = setup["latest_attempt"]
    assert (attempt["status"], attempt["payment_method"]["customer"]) == ("succeeded", jenny)
    (whole,) = listed(setup["id"], expand=["data.setup_intent", "data.customer"])
    assert (whole["setup_intent"]["id"], whole["customer"]["id"]) == (setup["id"], jenny)
    every = done(StripeMerchant().get(RESOURCE["list_setup_intents"], expand=["data.latest_attempt"]))["data"]
    assert [each["latest_attempt"]["id"] for each in every] == [attempt["id"]]


@pytest.mark.full
def test_the_latest_attempts_are_kept() -> None:
    setup = opened(payment_method=None)["id"]
    for _ in range(ATTEMPTS_MAX + 1):
        confirm(setup, payment_method=DECLINED)
    assert len(listed(setup, limit=100)) == ATTEMPTS_MAX


@pytest.mark.parametrize("of", ["seti_unknown", "pi_1"])
def test_attempts_of_no_setup_intent(of: str) -> None:
    unknown = StripeMerchant().get(RESOURCE["list_setup_attempts"], setup_intent=of)
    assert wrong(unknown) == (400, "invalid_request_error", "resource_missing", "setup_intent")


def test_the_setup_intent_must_be_named_and_is_the_merchants() -> None:
    unnamed = StripeMerchant().get(RESOURCE["list_setup_attempts"])
    assert wrong(unnamed) == (400, "invalid_request_error", "parameter_missing", "setup_intent")
    setup = saved()["id"]
    assert StripeMerchant(OTHER_MERCHANT).get(RESOURCE["list_setup_attempts"], setup_intent=setup).status == 400


def test_an_unanswered_challenge_fails_after_an_hour(clock: Clock) -> None:
    setup = challenged(customer=customer())
    clock.advance(timedelta(minutes=59))
    assert shown(setup["id"])["status"] == "requires_action"
    clock.advance(timedelta(minutes=1))
    lapsed = shown(setup["id"], expand=["latest_attempt"])
    assert (lapsed["status"], lapsed["payment_method"], lapsed["next_action"]) == (
        "requires_payment_method",
        None,
        None,
    )
    assert lapsed["last_setup_error"]["code"] == FAILURE
    assert lapsed["last_setup_error"]["payment_method"]["id"] == setup["payment_method"]
    attempt = lapsed["latest_attempt"]
    authentication = attempt["payment_method_details"]["card"]["three_d_secure"]
    assert (attempt["status"], authentication["result_reason"]) == ("failed", "abandoned")
    (only,) = done(StripeMerchant().get(RESOURCE["list_setup_intents"]))["data"]
    assert only["status"] == "requires_payment_method"
    page = show(page_of(setup))
    assert "within an hour" in page.text
    assert complete(page_of(setup)).status == 409


def test_after_that_the_intent_can_be_confirmed_again(clock: Clock) -> None:
    setup = opened(payment_method=None)["id"]
    waiting = done(confirm(setup, payment_method=CHALLENGED, key="k"))
    clock.advance(timedelta(hours=1))
    assert wrong(confirm(setup))[2] == "setup_intent_unexpected_state"
    assert done(confirm(setup, payment_method=CHALLENGED, key="k")) == waiting
    assert done(confirm(setup, payment_method=VISA))["status"] == "succeeded"
    assert [each["status"] for each in listed(setup)] == ["succeeded", "failed"]
    assert done(confirm(setup, payment_method=CHALLENGED, key="k")) == waiting
