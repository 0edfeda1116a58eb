"""POST /v1/setup_intents/{id}/confirm: verify the card of a setup intent with the cardholder's bank."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.setup_intents.setups import (
    CHALLENGED,
    SETUP_UNEXPECTED_STATE,
    SHOP,
    challenged,
    complete,
    confirm,
    create,
    opened,
    page_of,
    saved,
    show,
    shown,
)
from tests.support.clients.stripe_merchant import TYPED, VISA, StripeMerchant, done, wrong

UNEXPECTED = (400, "invalid_request_error", SETUP_UNEXPECTED_STATE, None)
FAILURE = "setup_intent_authentication_failure"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"payment_method": "pm_card_mastercard"},
        {"payment_method_data": {"type": "card", "card": TYPED}},
        {"mandate_data": {"customer_acceptance": {"type": "online", "online": {"infer_from_client": True}}}},
        {"use_stripe_sdk": True, "return_url": SHOP},
    ],
)
def test_a_setup_intent_succeeds(sent: Any) -> None:
    setup = opened()
    confirmed = done(confirm(setup["id"], **sent))
    assert (confirmed["status"], confirmed["next_action"]) == ("succeeded", None)
    names_another = bool({"payment_method", "payment_method_data"} & sent.keys())
    assert (confirmed["payment_method"] != setup["payment_method"]) is names_another
    assert shown(setup["id"]) == confirmed


def test_a_decline_leaves_it_open_for_another_card() -> None:
    setup = opened()
    declined = confirm(setup["id"], payment_method="pm_card_visa_chargeDeclinedLostCard")
    assert wrong(declined)[:3] == (402, "card_error", "card_declined")
    assert declined.headers["Stripe-Should-Retry"] == "false"
    assert done(confirm(setup["id"], payment_method=VISA)).items() >= {
        "status": "succeeded", "last_setup_error": None,
    }.items()  # fmt: skip


@pytest.mark.parametrize(
    "card, result, status, code",
    [
        ("authenticationRequiredOnSetup", "succeeded", "succeeded", None),
        ("authenticationRequired", "succeeded", "succeeded", None),
        ("threeDSecure2Required", "A", "succeeded", None),
        ("threeDSecure2Required", "failed", "requires_payment_method", FAILURE),
        ("threeDSecure2Required", "R", "requires_payment_method", FAILURE),
        ("authenticationRequiredChargeDeclinedInsufficientFunds", "succeeded", "succeeded", None),
        ("threeDSecureRequiredChargeDeclined", "succeeded", "requires_payment_method", "card_declined"),
    ],
)
def test_a_cardholder_authenticates(card: str, result: str, status: str, code: str | None) -> None:
    setup = challenged(payment_method=f"pm_card_{card}")
    assert setup["next_action"]["redirect_to_url"]["return_url"] == SHOP
    complete(page_of(setup), result)
    after = shown(setup["id"])
    assert (after["status"], (after["last_setup_error"] or {}).get("code")) == (status, code)
    assert after["latest_attempt"] == setup["latest_attempt"]
    assert (after["payment_method"] is None) is (code is not None)
    if code:
        assert after["last_setup_error"]["payment_method"]["id"] == setup["payment_method"]


@pytest.mark.parametrize("request_it, status", [("automatic", "succeeded"), ("any", "requires_action")])
def test_authentication_can_be_requested(request_it: str, status: str) -> None:
    options = {"card": {"request_three_d_secure": request_it}}
    setup = opened(payment_method="pm_card_threeDSecureOptional")
    assert done(confirm(setup["id"], payment_method_options=options))["status"] == status


def test_another_confirmation_ends_an_open_challenge() -> None:
    setup = challenged()
    again = done(confirm(setup["id"]))
    assert again["status"] == "requires_action"
    assert page_of(again) != page_of(setup)
    assert show(page_of(setup)).status == 404
    assert done(confirm(setup["id"], payment_method=VISA))["status"] == "succeeded"


def test_a_page_confirms_with_the_client_secret() -> None:
    page, setup = StripeMerchant(kind="publishable"), opened()
    secret = setup["client_secret"]
    assert wrong(confirm(setup["id"], page))[2:] == ("parameter_missing", "client_secret")
    assert wrong(confirm(setup["id"], page, client_secret=opened()["client_secret"]))[3] == "client_secret"
    declined = confirm(setup["id"], page, client_secret=secret, payment_method="pm_card_chargeDeclined")
    assert (declined.status, "metadata" in declined.error["setup_intent"]) == (402, False)
    confirmed = done(confirm(setup["id"], page, client_secret=secret, payment_method=VISA))
    assert (confirmed["status"], "customer" in confirmed) == ("succeeded", False)
    refused = confirm(setup["id"], page, client_secret=secret, payment_method=VISA)
    assert (wrong(refused), "customer" in refused.error["setup_intent"]) == (UNEXPECTED, False)


def test_what_has_ended_or_has_no_card_is_not_confirmed() -> None:
    canceled = opened()
    done(StripeMerchant().post(RESOURCE["cancel_setup_intent"], canceled["id"]))
    said = "You cannot confirm this SetupIntent because "
    for setup, reason in (
        (saved(), "it has already succeeded."),
        (canceled, "it has been canceled."),
        (done(create()), "it's missing a payment method."),
    ):
        before = shown(setup["id"])
        reply = confirm(setup["id"])
        assert wrong(reply) == UNEXPECTED
        assert reply.error["message"].startswith(said + reason)
        assert reply.error["setup_intent"] == before == shown(setup["id"])


@pytest.mark.parametrize("card, status", [(VISA, 200), ("pm_card_chargeDeclined", 402), (CHALLENGED, 200)])
def test_a_replay_is_the_first_answer(card: str, status: int) -> None:
    setup = opened()
    sent = {"payment_method": card, "return_url": SHOP}
    first = confirm(setup["id"], key="k", **sent)
    if card == CHALLENGED:
        complete(page_of(first.json))
    again = confirm(setup["id"], key="k", **sent)
    assert (first.status, again.status, again.text) == (status, status, first.text)
    assert (first.replayed, again.replayed) == (False, True)
