"""Equal outcomes of every published card on both APIs: native, and the SDK with a typed number, a token and a name.

On cards that require 3-D Secure, both wait for the cardholder, and then have the same outcome.
"""

from collections.abc import Hashable
from typing import Any

import pytest
import stripe

from paysandbox.payments.bank.test_cards import TEST_CARDS, TestCard
from paysandbox.stripe_api.payment_methods.cards import CARDS_BY_NAME
from tests.support.builders import build
from tests.support.builders.card_kinds import kind_of
from tests.support.clients.call import Merchant
from tests.support.clients.challenges import complete, url_of
from tests.support.clients.stripe_sdk_calls import Intent, Sdk, held, opened
from tests.support.tools.tiers import first_of_each, soak_but

# Other tests cover every line that this one runs; tracing would double its time.
pytestmark = pytest.mark.untraced

ZIP, LINE1 = "10115", "Invalidenstr. 117"
CHECKS = {"cvc": "cvc_check", "zip": "address_postal_code_check", "line1": "address_line1_check"}


def _outcome(card: TestCard) -> Hashable:
    return card.outcome, card.checks


# What the bank does with every number, and which number a name stands for, is tested without handlers
# (tests/payments/bank/test_acquirer.py, tests/stripe_api/test_stripe_cards.py).
ONE_OF_EACH = first_of_each(TEST_CARDS.values(), by=kind_of)
ONE_OF_EACH_OUTCOME = first_of_each(TEST_CARDS.values(), by=_outcome)
ONE_NAME_OF_EACH = first_of_each(CARDS_BY_NAME, by=lambda name: _outcome(TEST_CARDS[CARDS_BY_NAME[name]]))
EVERY_OUTCOME = pytest.mark.parametrize(
    "card", soak_but(TEST_CARDS.values(), keep=ONE_OF_EACH_OUTCOME), ids=lambda card: card.number
)
EVERY_KIND = pytest.mark.parametrize(
    "card", soak_but(TEST_CARDS.values(), keep=ONE_OF_EACH, fast=ONE_OF_EACH_OUTCOME), ids=lambda card: card.number
)

Said = dict[str, Any]


def natively(demo: Merchant, card: TestCard) -> Said:
    """Return the native API's outcome for a card, in terms that both APIs share; `refused` if it does not accept it."""
    details = build.card_details(
        number=card.number, cvc="1234"[: card.cvc_digits], address_zip=ZIP, address_line1=LINE1
    )
    reply = demo.authorize(card=details)
    if reply.status != 200:
        return {"refused": reply.status, "detail": reply.json["detail"]}
    answer = reply.json
    authenticated = answer["status"] == "requires_action"
    if authenticated:
        complete(url_of(answer))
        answer = demo.payment(answer["auth_id"]).json
    return {
        "authenticated": authenticated,
        "declined": answer.get("decline_code"),
        "advice": answer.get("advice_code"),
        "network": answer.get("response_code") if "decline_code" in answer else None,
        # Stripe reports the highest risk level for a payment that it blocked.
        "risk": answer["risk_level"] if "response_code" in answer else "highest",
        "checks": {name: None if found == "unchecked" else found for name, found in answer["checks"].items()},
        "last4": answer["card"]["last4"],
    }


def by_sdk(sdk: Sdk, **params: Any) -> Said:
    """Return the same outcome from the SDK's charge, or from the error that it raises or the intent shows."""
    authenticated = False
    intent: Intent
    error: Any
    try:
        intent = held(sdk, expand=["latest_charge"], **params)
    except stripe.CardError as declined:
        error = declined.error
        intent = error.payment_intent
    except stripe.InvalidRequestError as refused:
        return {"refused": refused.http_status, "detail": refused.user_message}
    else:
        authenticated = intent.status == "requires_action"
        if authenticated:
            complete(intent.next_action.redirect_to_url.url)
            intent = sdk.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
        error = intent.last_payment_error
    if error:
        assert intent.status == "requires_payment_method"
        charge = sdk.v1.charges.retrieve(error.charge)
        assert (charge.status, charge.failure_code) == ("failed", error.code)
        said = {"declined": error.decline_code, "advice": error.advice_code, "network": error.network_decline_code}
    else:
        assert intent.status == "requires_capture"
        charge, said = intent.latest_charge, {"declined": None, "advice": None, "network": None}
    card = charge.payment_method_details.card
    return said | {
        "authenticated": authenticated,
        "risk": charge.outcome.risk_level,
        "checks": {name: card.checks[field] for name, field in CHECKS.items()},
        "last4": card.last4,
    }


@EVERY_KIND
def test_typed_for_one_intent(card: TestCard, demo: Merchant, sdk: Sdk) -> None:
    typed = {
        "type": "card",
        "card": {"number": card.number, "exp_month": 12, "exp_year": 2040, "cvc": "1234"[: card.cvc_digits]},
        "billing_details": {"address": {"postal_code": ZIP, "line1": LINE1}},
    }
    assert by_sdk(sdk, payment_method=None, payment_method_data=typed) == natively(demo, card)


@EVERY_OUTCOME
def test_created_separately_and_charged_later(card: TestCard, demo: Merchant, sdk: Sdk) -> None:
    """By the time of the charge, the card number is stored nowhere."""
    expected = natively(demo, card)
    typed = {"number": card.number, "exp_month": 12, "exp_year": 2040, "cvc": "1234"[: card.cvc_digits]}
    billing = {"address": {"postal_code": ZIP, "line1": LINE1}}
    method = sdk.v1.payment_methods.create({"type": "card", "card": typed, "billing_details": billing})
    assert method.card.last4 == card.number[-4:]
    assert by_sdk(sdk, payment_method=method.id) == expected


@pytest.mark.parametrize("name", soak_but([*CARDS_BY_NAME], keep=ONE_NAME_OF_EACH))
def test_by_its_published_name(name: str, demo: Merchant, sdk: Sdk) -> None:
    """A named card comes with the details that its bank faults, and otherwise with its security code only."""
    expected = natively(demo, TEST_CARDS[CARDS_BY_NAME[name]])
    said = by_sdk(sdk, payment_method=f"pm_card_{name}")
    token = sdk.v1.payment_methods.create({"type": "card", "card": {"token": f"tok_{name}"}})
    assert by_sdk(sdk, payment_method=token.id) == said
    if "refused" in expected:
        assert said == expected
        return
    found = {check: result for check, result in said["checks"].items() if result is not None}
    assert found.items() <= expected["checks"].items()
    assert {**said, "checks": expected["checks"]} == expected


def test_a_declining_card_declines_again_and_another_one_pays(sdk: Sdk) -> None:
    intent = opened(sdk, payment_method="pm_card_chargeDeclined")
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
    assert sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"
    attempts = sdk.v1.charges.list({"payment_intent": intent.id}).data
    assert [one.status for one in attempts] == ["succeeded", "failed", "failed"]
