"""The rendering of our payments as Stripe's objects: the SDK's shapes, the right amounts, and stable bytes."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import stripe

from paysandbox.core.cards.brand import Brand
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.answers import render_payment
from paysandbox.payments.bank.decline_codes import REASONS
from paysandbox.payments.events.event import events_of
from paysandbox.payments.operations.authorization import Authorization, authorization_of
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.ids import charge_id, operation_of_refund, refund_id
from paysandbox.stripe_api.objects.expand import expandable, expansion
from paysandbox.stripe_api.objects.fraud_warning import fraud_warnings_of
from paysandbox.stripe_api.objects.intent import intent_for_page
from paysandbox.stripe_api.objects.intent_secrets import IntentSecrets
from paysandbox.stripe_api.objects.method import NamedMethod
from paysandbox.stripe_api.objects.refund import refunds_of
from paysandbox.stripe_api.objects.render import (
    check_expand,
    expand_of_list,
    render_charge,
    render_fraud_warning,
    render_intent,
    render_list,
    render_method,
    render_method_of,
    render_refund,
)
from paysandbox.stripe_api.version import OLDEST_RENDERED, STRIPE_VERSION
from tests.support.builders import build, later_steps as steps
from tests.support.builders.build import MONDAY
from tests.support.builders.stripe_payments import (
    CARD,
    HELD,
    KEPT_CARD,
    LIVES,
    NATIVE,
    OTHER_CARD,
    SAID,
    TAKEN,
    cancelled,
    captured,
    expired,
    opened,
    refunded,
    revised,
    said,
    tried,
)
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.tools.stripe_shapes import expandable_of, faults

SECRET = "pi_x_secret_y"
SECRETS = IntentSecrets(SECRET, lambda challenge: f"https://api.example/{challenge.id}")
BODY = "p" * 26
NOW = 1794821400
"""MONDAY in Unix seconds."""
WEEK = 7 * 24 * 3600


def intent(payment: Payment, **more: Any) -> dict[str, Any]:
    return render_intent(payment, private=SECRETS, **more)


def charge(payment: Payment, **more: Any) -> dict[str, Any]:
    return render_charge(payment, authorization_of(payment).id, **more)


def attempts(payment: Payment) -> list[str]:
    return [operation.id for operation in payment.operations if isinstance(operation, Authorization)]


def refunds(payment: Payment, version: str = STRIPE_VERSION) -> list[str]:
    return refunds_of(payment, version)[::-1]


# --- shapes -----------------------------------------------------------------------------------------------------------


def test_every_object_has_the_sdks_shape(subtests: pytest.Subtests) -> None:
    for version in [STRIPE_VERSION, BEFORE_BASIL, OLDEST_RENDERED]:
        for life in LIVES:
            with subtests.test(f"{version} {life}"):
                payment = LIVES[life]

                assert faults(intent(payment, version=version), stripe.PaymentIntent, version=version) == []
                for attempt in attempts(payment):
                    body = render_charge(payment, attempt, version=version)
                    assert faults(body, stripe.Charge, version=version) == []
                for refund in refunds(payment, version):
                    assert faults(render_refund(payment, refund, version=version), stripe.Refund, version=version) == []


def test_expanded_objects_have_the_sdks_shape_too(subtests: pytest.Subtests) -> None:
    for life in LIVES:
        with subtests.test(str(life)):
            payment = LIVES[life]
            paths = [
                "payment_method",
                "latest_charge.refunds.data.charge",
                "latest_charge.payment_intent.payment_method",
            ]

            assert faults(intent(payment, expand=paths), stripe.PaymentIntent) == []
            for refund in refunds(payment):
                expanded = render_refund(payment, refund, expand=["charge.refunds", "payment_intent.latest_charge"])
                assert faults(expanded, stripe.Refund) == []


def test_a_payment_method_of_every_brand_is_of_the_sdks_shape(subtests: pytest.Subtests) -> None:
    for brand in Brand:
        with subtests.test(str(brand)):
            kept = NamedMethod(
                id="pm_" + "k" * 26,
                method=Method(build.card(brand=brand), ("cvc",)),
                created_at=MONDAY,
                metadata={"a": "b"},
            )
            body = render_method(kept)

            assert faults(body, stripe.PaymentMethod) == []
            assert body["metadata"] == {"a": "b"}
            assert body["card"]["checks"] == {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "unchecked",
            }


def test_a_page_is_of_the_sdks_shape() -> None:
    page = render_list("/v1/payment_intents", [intent(HELD), intent(TAKEN)], has_more=True)

    assert faults(page, stripe.ListObject[stripe.PaymentIntent]) == []
    assert (page["object"], page["url"], page["has_more"]) == ("list", "/v1/payment_intents", True)


def test_the_sdk_parses_rendered_objects() -> None:
    read = stripe.PaymentIntent.construct_from(intent(TAKEN, expand=["latest_charge"]), "sk_test_x")

    assert isinstance(read.latest_charge, stripe.Charge)
    assert (read.status, read.amount_received, read.latest_charge.captured) == ("succeeded", 10_00, True)


# --- status -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "life, status, amount, capturable, received",
    [
        ("an intent without a card", "requires_payment_method", 10_00, 0, 0),
        ("an intent with a card", "requires_confirmation", 10_00, 0, 0),
        ("an intent of another amount", "requires_confirmation", 12_00, 0, 0),
        ("a declined attempt", "requires_payment_method", 10_00, 0, 0),
        ("a declined attempt, changed after", "requires_payment_method", 9_00, 0, 0),
        ("held", "requires_capture", 10_00, 10_00, 0),
        ("taken", "succeeded", 10_00, 0, 10_00),
        ("captured", "succeeded", 10_00, 0, 10_00),
        ("captured in part", "requires_capture", 10_00, 6_00, 4_00),
        ("captured twice", "requires_capture", 10_00, 1_00, 9_00),
        ("captured in part, the rest given back", "succeeded", 10_00, 0, 4_00),
        ("captured in part, the rest cancelled", "succeeded", 10_00, 0, 4_00),
        ("captured in part, the rest expired", "succeeded", 10_00, 0, 4_00),
        ("refunded in part", "succeeded", 10_00, 0, 10_00),
        ("refunded", "succeeded", 10_00, 0, 10_00),
        ("settled", "succeeded", 10_00, 0, 10_00),
        ("given up", "canceled", 10_00, 0, 0),
        ("cancelled", "canceled", 10_00, 0, 0),
        ("expired", "canceled", 10_00, 0, 0),
        ("native, held", "requires_capture", 10_00, 10_00, 0),
        ("native, in part", "requires_capture", 4_00, 4_00, 0),
        ("native, taken", "succeeded", 10_00, 0, 10_00),
        ("native, declined", "canceled", 10_00, 0, 0),
        ("native, captured in part", "requires_capture", 10_00, 6_00, 4_00),
        ("native, voided", "canceled", 10_00, 0, 0),
    ],
)
def test_an_intents_status_and_amounts(life: str, status: str, amount: int, capturable: int, received: int) -> None:
    body = intent(LIVES[life])
    shown = body["status"], body["amount"], body["amount_capturable"], body["amount_received"]
    assert shown == (status, amount, capturable, received)


@pytest.mark.parametrize(
    "life, paid, status, taken, given_back, refunded_all",
    [
        ("held", True, "succeeded", 0, 0, False),
        ("taken", True, "succeeded", 10_00, 0, False),
        ("captured twice", True, "succeeded", 9_00, 0, False),
        ("a declined attempt", False, "failed", 0, 0, False),
        ("refunded in part", True, "succeeded", 10_00, 1_00, False),
        ("refunded in two parts", True, "succeeded", 10_00, 6_00, False),
        ("refunded", True, "succeeded", 10_00, 10_00, True),
        # What is released is no refund.
        ("captured in part", True, "succeeded", 4_00, 0, False),
        ("captured in part, the rest given back", True, "succeeded", 4_00, 0, False),
        ("captured in part, the rest given back, then all", True, "succeeded", 4_00, 4_00, True),
        ("captured in part, the rest cancelled", True, "succeeded", 4_00, 0, False),
        ("captured in part, the rest expired", True, "succeeded", 4_00, 0, False),
        ("cancelled", True, "succeeded", 0, 0, False),
        ("expired", True, "succeeded", 0, 0, False),
        ("native, voided", True, "succeeded", 0, 0, False),
    ],
)
def test_a_charges_status_and_amounts(
    life: str, paid: bool, status: str, taken: int, given_back: int, refunded_all: bool
) -> None:
    body = charge(LIVES[life])
    assert (body["paid"], body["status"], body["amount"]) == (paid, status, 10_00)
    assert (body["captured"], body["amount_captured"]) == (taken > 0, taken)
    assert (body["amount_refunded"], body["refunded"]) == (given_back, refunded_all)


@pytest.mark.parametrize("version", ["2011-06-21", "2022-11-15", "2024-09-30.acacia"])
def test_a_release_is_refunded_in_every_version_before_basil(version: str) -> None:
    body = charge(LIVES["captured in part, the rest expired"], version=version)
    assert (body["amount_refunded"], body["refunded"]) == (6_00, False)


@pytest.mark.parametrize(
    "life, given_back, refunded_all",
    [
        ("held", 0, False),
        ("captured in part", 0, False),
        ("refunded", 10_00, True),
        # What was captured and what was given back add up to the amount.
        ("captured in part, the rest given back", 6_00, False),
        ("captured in part, the rest given back, then all", 10_00, True),
        ("captured in part, the rest cancelled", 6_00, False),
        ("captured in part, the rest expired", 6_00, False),
        ("cancelled", 10_00, True),
        ("expired", 10_00, True),
        ("native, voided", 10_00, True),
        ("a declined attempt", 0, False),
    ],
)
def test_before_basil_a_release_is_refunded(life: str, given_back: int, refunded_all: bool) -> None:
    body = charge(LIVES[life], version=BEFORE_BASIL)
    assert (body["amount_refunded"], body["refunded"]) == (given_back, refunded_all)
    unlike = {"amount_refunded", "refunded"}
    now = charge(LIVES[life])
    assert {name for name in now if body[name] != now[name]} <= unlike


@pytest.mark.parametrize(
    "life, hours, reason",
    [
        ("held", None, None),
        ("captured in part, the rest cancelled", None, None),
        ("given up", 1, "abandoned"),
        ("cancelled", 2, "requested_by_customer"),
        ("expired", 8 * 24, "expired"),
        ("native, voided", 1, None),
        ("native, declined", 0, None),
    ],
)
def test_cancellation_time_and_reason_of_an_intent(life: str, hours: int | None, reason: str | None) -> None:
    body = intent(LIVES[life])
    at = None if hours is None else NOW + hours * 3600
    assert (body["canceled_at"], body["cancellation_reason"]) == (at, reason)
    before = "automatic" if reason == "expired" else reason
    assert intent(LIVES[life], version=BEFORE_BASIL) == body | {"cancellation_reason": before, "invoice": None}


def test_fields_of_an_intent() -> None:
    body = intent(LIVES["taken as it was opened"])
    assert (body["id"], body["client_secret"], body["created"]) == (f"pi_{BODY}", SECRET, NOW)
    assert (body["currency"], body["livemode"], body["capture_method"]) == ("usd", False, "automatic")
    assert body["metadata"] == {"order": "6735"}
    said_plainly = {name: text for name, text in SAID.items() if name != "metadata"}
    assert {name: body[name] for name in said_plainly} == said_plainly


def test_a_charge_shows_the_intents_texts_as_of_its_attempt() -> None:
    payment = revised(tried(opened(**SAID)), description="Another", metadata=None)

    assert (intent(payment)["description"], intent(payment)["metadata"]) == ("Another", {})
    assert (charge(payment)["description"], charge(payment)["metadata"]) == ("Order 6735", {"order": "6735"})


# --- what a bank, the network or the cardholder does later ------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, status, error, next_action, processing",
    [
        (steps.CHALLENGED, "requires_action", None, "redirect_to_url", None),
        (steps.DECOUPLED, "requires_action", None, "redirect_to_url", None),
        (steps.AUTHENTICATED, "requires_capture", None, None, None),
        # It is no intent, so it has no other attempt.
        (steps.NOT_AUTHENTICATED, "canceled", "payment_intent_authentication_failure", None, None),
        (steps.PENDING, "processing", None, None, {"type": "card"}),
        (steps.DECLINED_LATER, "canceled", "card_declined", None, None),
        (steps.APPROVED_LATE, "requires_capture", None, None, None),
        (steps.CAPTURE_FAILED, "requires_capture", None, None, None),
        (steps.REVERSED, "canceled", None, None, None),
        (steps.REVERSED_PARTLY, "requires_capture", None, None, None),
        (steps.INCREMENTED, "requires_capture", None, None, None),
        (steps.INCREMENT_DECLINED, "requires_capture", None, None, None),
    ],
)
def test_the_intent_of_a_payment_that_waits_or_ended_otherwise(
    payment: Payment, status: str, error: str | None, next_action: str | None, processing: object
) -> None:
    body = intent(payment)
    failed, action = body["last_payment_error"], body["next_action"]

    assert (body["status"], failed and failed["code"], action and action["type"]) == (status, error, next_action)
    assert body["processing"] == processing


def test_an_intent_leads_back_from_its_challenge() -> None:
    """The page's URL is shown with the client secret only: whoever has it can answer the challenge."""
    page = f"https://api.example/{steps.CHALLENGED.id}"
    for secrets, url in ((None, None), (SECRETS, page)):
        redirect = {"return_url": "https://shop.example/done", "url": url}
        body = render_intent(steps.CHALLENGED, private=secrets)
        assert body["next_action"] == {"redirect_to_url": redirect, "type": "redirect_to_url"}


def test_a_failed_authentication_leaves_no_charge() -> None:
    body = intent(steps.NOT_AUTHENTICATED)
    assert (body["latest_charge"], body["payment_method"]) == (None, None)
    assert faults(body["last_payment_error"], stripe.PaymentIntent.LastPaymentError) == []
    assert body["last_payment_error"]["payment_method"]["card"]["last4"] == "4242"
    assert "decline_code" not in body["last_payment_error"]
    assert body["canceled_at"] == int(steps.NOT_AUTHENTICATED.operations[-1].at.timestamp())


@pytest.mark.parametrize(
    "payment, status, more, returned",
    [
        (steps.REFUND_PENDING, "pending", {"pending_reason": "processing"}, 1_00),
        (steps.REFUND_SUCCEEDED, "succeeded", {}, 1_00),
        (steps.REFUND_FAILED, "failed", {"failure_reason": "insufficient_funds"}, 0),
        (steps.REFUND_FAILED_AFTERWARDS, "failed", {"failure_reason": "expired_or_canceled_card"}, 0),
        (steps.REFUND_CANCELED, "canceled", {}, 0),
    ],
)
def test_a_refund_that_takes_time(payment: Payment, status: str, more: dict[str, str], returned: int) -> None:
    (refund,) = refunds(payment)
    body = render_refund(payment, refund)
    shown = ("failure_reason", "pending_reason", "next_action")

    assert (body["status"], body["amount"]) == (status, 1_00)
    assert {name: body[name] for name in shown if name in body} == more
    # Money that comes back to the merchant was not returned to the cardholder.
    assert charge(payment)["amount_refunded"] == returned


def test_a_refund_that_requires_action_shows_its_deadline() -> None:
    body = render_refund(steps.REFUND_WAITS, refunds(steps.REFUND_WAITS)[0])
    action = body["next_action"]["display_details"]
    assert (body["status"], body["next_action"]["type"]) == ("requires_action", "display_details")
    assert action["expires_at"] - action["email_sent"]["email_sent_at"] == 45 * 24 * 3600


def test_a_fraud_warning_is_actionable_until_the_charge_is_refunded() -> None:
    payment, (warning,) = steps.WARNED, fraud_warnings_of(steps.WARNED)
    body = render_fraud_warning(payment, warning)

    assert faults(body, stripe.radar.EarlyFraudWarning) == []
    assert (body["charge"], body["payment_intent"]) == (charge(payment)["id"], intent(payment)["id"])
    assert (body["actionable"], render_fraud_warning(refunded(payment), warning)["actionable"]) == (True, False)
    expanded = render_fraud_warning(payment, warning, expand=["charge", "payment_intent"])
    assert expanded == body | {"charge": charge(payment), "payment_intent": render_intent(payment, private=None)}


# --- declines ---------------------------------------------------------------------------------------------------------


def test_every_decline_is_an_error_of_the_sdks_shape(subtests: pytest.Subtests) -> None:
    for reason in REASONS:
        with subtests.test(f"{reason.decline_code}-{reason.response_code}"):
            error = intent(tried(opened(), reason.decline_code))["last_payment_error"]

            assert faults(error, stripe.PaymentIntent.LastPaymentError) == []
            assert (error["decline_code"], error["advice_code"]) == (reason.decline_code, reason.advice_code)


@pytest.mark.parametrize(
    "decline_code, code, message, param",
    [
        ("generic_decline", "card_declined", "Your card was declined.", None),
        ("insufficient_funds", "card_declined", "Your card has insufficient funds.", None),
        ("lost_card", "card_declined", "Your card was declined.", None),
        ("stolen_card", "card_declined", "Your card was declined.", None),
        ("fraudulent", "card_declined", "Your card was declined.", None),
        ("expired_card", "expired_card", "Your card has expired.", "exp_month"),
        ("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "cvc"),
        (
            "processing_error",
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
            None,
        ),
    ],
)
def test_a_declines_code_and_message(decline_code: str, code: str, message: str, param: str | None) -> None:
    payment = tried(opened(), decline_code)
    error, failed = intent(payment)["last_payment_error"], charge(payment)

    assert (error["type"], error["code"], error["message"], error.get("param")) == ("card_error", code, message, param)
    assert (failed["failure_code"], failed["failure_message"]) == (code, message)
    assert error["charge"] == failed["id"] == intent(payment)["latest_charge"]
    assert error["doc_url"] == f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}"


@pytest.mark.parametrize(
    "decline_code, kind, status, reason, risk",
    [
        (None, "authorized", "approved_by_network", None, "normal"),
        ("insufficient_funds", "issuer_declined", "declined_by_network", "insufficient_funds", "normal"),
        ("fraudulent", "blocked", "not_sent_to_network", "highest_risk_level", "highest"),
    ],
)
def test_a_charges_outcome(decline_code: str | None, kind: str, status: str, reason: str | None, risk: str) -> None:
    outcome = charge(tried(opened(), decline_code))["outcome"]
    shown = outcome["type"], outcome["network_status"], outcome["reason"], outcome["risk_level"]
    assert shown == (kind, status, reason, risk)


def test_the_network_decline_code_is_shown_if_the_bank_answered() -> None:
    declined, blocked = (tried(opened(), code) for code in ("insufficient_funds", "fraudulent"))
    assert intent(declined)["last_payment_error"]["network_decline_code"] == "51"
    assert charge(declined)["outcome"]["network_decline_code"] == "51"
    assert "network_decline_code" not in intent(blocked)["last_payment_error"]


@pytest.mark.parametrize(
    "payment, told",
    [
        (opened(), False),
        (tried(opened(), "lost_card"), True),
        (cancelled(tried(opened(), "lost_card")), True),
        (build.authorized(response=said("lost_card")), True),
        # It was not an intent and cannot be retried: a later update does not hide the reason.
        (revised(build.authorized(response=said("lost_card")), description="Another"), True),
        # A change or a later successful attempt clears the error.
        (revised(tried(opened(), "lost_card"), amount=9_00), False),
        (tried(revised(tried(opened(), "lost_card"), method=OTHER_CARD)), False),
    ],
)
def test_when_last_payment_error_is_shown(payment: Payment, told: bool) -> None:
    assert (intent(payment)["last_payment_error"] is not None) == told


# --- cards ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, method",
    [
        (opened(method=None), None),
        (opened(), f"pm_{BODY}{'a' * 10}"),
        (opened(method=KEPT_CARD), KEPT_CARD.id),
        (revised(opened(), method=OTHER_CARD), f"pm_{BODY}{build.own(1)}"),
        # An update of a descriptive field leaves the card unchanged.
        (revised(opened(), description="Another"), f"pm_{BODY}{'a' * 10}"),
        (HELD, f"pm_{BODY}{'a' * 10}"),
        (revised(HELD, description="Another"), f"pm_{BODY}{'a' * 10}"),
        (tried(opened(method=None), method=OTHER_CARD), f"pm_{BODY}{build.own(1)}"),
        (tried(opened(), method=KEPT_CARD), KEPT_CARD.id),
        (tried(opened(), "lost_card"), None),
        (cancelled(tried(opened(), "lost_card")), None),
        # The same card, given again.
        (tried(tried(opened(), "lost_card"), method=CARD), f"pm_{BODY}{build.own(2)}"),
        (tried(revised(tried(opened(), "lost_card"), method=CARD)), f"pm_{BODY}{build.own(2)}"),
        (NATIVE, f"pm_{BODY}{'a' * 10}"),
        (build.authorized(declined=build.decline()), None),
    ],
)
def test_the_card_that_pays_an_intent(payment: Payment, method: str | None) -> None:
    assert intent(payment)["payment_method"] == method
    if method:
        assert intent(payment, expand=["payment_method"])["payment_method"] == render_method_of(payment, method)


def test_a_declined_card_is_in_the_error_and_can_be_looked_up() -> None:
    payment = tried(opened(method=OTHER_CARD), "lost_card")
    shown = intent(payment)["last_payment_error"]["payment_method"]

    assert (shown["id"], shown["card"]["last4"]) == (f"pm_{BODY}{'a' * 10}", OTHER_CARD.card.last4)
    assert charge(payment)["payment_method"] == shown["id"]
    assert render_method_of(payment, shown["id"]) == shown
    assert render_method_of(payment, f"pm_{BODY}{build.own(9)}") is None


def test_results_of_the_banks_card_checks() -> None:
    found = {"address_line1_check": "unavailable", "address_postal_code_check": "fail", "cvc_check": "pass"}
    assert charge(HELD)["payment_method_details"]["card"]["checks"] == found
    assert intent(HELD, expand=["payment_method"])["payment_method"]["card"]["checks"] == found
    assert charge(NATIVE)["payment_method_details"]["card"]["checks"] == dict.fromkeys(found)


@pytest.mark.parametrize(
    "payment, authorized, before, several",
    [
        (HELD, 10_00, NOW + 3600 + WEEK, "available"),
        (NATIVE, 10_00, NOW + WEEK, "available"),
        (build.authorized(10_00, promised=4_00), 4_00, NOW + WEEK, "available"),
        (TAKEN, 10_00, None, "unavailable"),
        (tried(opened(), "lost_card"), None, None, "unavailable"),
    ],
)
def test_authorized_amount_and_capture_before_of_a_charge(
    payment: Payment, authorized: int | None, before: int | None, several: str
) -> None:
    card = charge(payment)["payment_method_details"]["card"]
    assert (card["amount_authorized"], card.get("capture_before")) == (authorized, before)
    assert card["multicapture"]["status"] == several


# --- refunds ----------------------------------------------------------------------------------------------------------


def test_a_refund() -> None:
    payment = LIVES["refunded in part"]
    (given_back,) = refunds(payment)
    body = render_refund(payment, given_back)

    assert (body["id"], body["amount"], body["currency"]) == (refund_id(given_back), 1_00, "usd")
    assert (body["charge"], body["payment_intent"]) == (charge_id(authorization_of(payment).id), f"pi_{BODY}")
    assert (body["reason"], body["metadata"], body["status"]) == ("requested_by_customer", {"a": "b"}, "succeeded")


def test_a_reason_in_other_words_is_not_shown() -> None:
    payment = LIVES["refunded in two parts"]
    assert [render_refund(payment, refund)["reason"] for refund in refunds(payment)] == [None, None]


@pytest.mark.parametrize(
    "life, amounts, kinds, reasons",
    [
        ("captured in part, the rest given back", [6_00], ["reversal"], [None]),
        (
            "captured in part, the rest given back, then all",
            [6_00, 1_00, 3_00],
            ["reversal", "refund", "refund"],
            [None, "duplicate", None],
        ),
        ("captured in part, the rest cancelled", [6_00], ["reversal"], [None]),
        ("captured in part, the rest expired", [6_00], ["reversal"], ["expired_uncaptured_charge"]),
        ("cancelled", [10_00], ["reversal"], [None]),
        ("expired", [10_00], ["reversal"], ["expired_uncaptured_charge"]),
        ("native, expired", [10_00], ["reversal"], ["expired_uncaptured_charge"]),
        # Nothing was held.
        ("given up", [], [], []),
        ("given up after a declined attempt", [], [], []),
        ("captured", [], [], []),
    ],
)
def test_before_basil_a_release_is_a_refund(
    life: str, amounts: list[int], kinds: list[str], reasons: list[str | None]
) -> None:
    payment = LIVES[life]
    named = refunds(payment, BEFORE_BASIL)
    shown = [render_refund(payment, refund, version=BEFORE_BASIL) for refund in named]
    assert [one["amount"] for one in shown] == amounts
    assert [one["destination_details"]["card"]["type"] for one in shown] == kinds
    assert [one["reason"] for one in shown] == reasons
    assert {one["status"] for one in shown} <= {"succeeded"}
    assert [operation_of_refund(one["id"]) for one in shown] == named
    # Since then, refunds are of captured money alone.
    assert refunds(payment) == [one for one in named if one.startswith("ref_")]


@pytest.mark.parametrize("life", ["captured in part, the rest given back, then all", "cancelled", "expired"])
def test_a_release_is_not_a_refund_in_the_native_api(life: str) -> None:
    payment = LIVES[life]
    native = render_payment(payment)
    given_back = [line["transaction_id"] for line in native["operations"] if line["type"] == "refund"]
    assert native["refunded"] == sum(payment.amounts[one] for one in given_back)
    assert given_back == refunds(payment)
    assert len(given_back) == len(refunds(payment, BEFORE_BASIL)) - 1
    assert {event.type for event in events_of(None, payment)} & {"payment_refunded"} == (
        {"payment_refunded"} if given_back else set()
    )


@pytest.mark.parametrize(
    "life, of, shown",
    [
        (
            "a charge with other notes",
            "ch",
            {
                "description": "Order 7",
                "metadata": {"order": "7"},
                "receipt_email": "rosa@example.com",
                "fraud_details": {"user_report": "safe"},
            },
        ),
        (
            "a declined charge with other notes",
            "ch",
            {
                "description": None,
                "metadata": {},
                "receipt_email": None,
                "fraud_details": {"user_report": "fraudulent"},
            },
        ),
        ("a refund with other metadata", "re", {"metadata": {"a": "c"}, "amount": 1_00}),
        ("a release with metadata", "re", {"metadata": {"a": "b"}, "amount": 10_00}),
    ],
)
def test_notes_are_of_the_charge_or_refund_alone(life: str, of: str, shown: dict[str, Any]) -> None:
    payment = LIVES[life]
    named = refunds(payment, BEFORE_BASIL)
    body = charge(payment) if of == "ch" else render_refund(payment, named[0], version=BEFORE_BASIL)
    assert {name: body[name] for name in shown} == shown
    before = payment.operations[-2].id
    assert intent(payment) == intent(payment, until=before)
    assert render_payment(payment)["status"] == str(state_of(payment).status)
    if of == "re":
        assert charge(payment) == render_charge(payment, attempts(payment)[-1], until=before)


def test_a_charges_refunds_are_listed_the_last_one_first() -> None:
    payment = LIVES["refunded in two parts"]
    listed = charge(payment, expand=["refunds"])["refunds"]
    assert [(refund["amount"], refund["id"]) for refund in listed["data"]] == [
        (amount, refund_id(operation))
        for amount, operation in zip((1_00, 5_00), reversed(refunds(payment)), strict=True)
    ]


# --- as of an operation -----------------------------------------------------------------------------------------------

DECLINED = tried(opened(**SAID), "lost_card")
AGAIN = revised(DECLINED, method=OTHER_CARD, amount=9_00)
PROMISED = tried(AGAIN)
PARTLY = captured(PROMISED, 4_00)
BACK = refunded(PARTLY, 1_00)
AT_ONCE = tried(opened(automatic=True))


@pytest.mark.parametrize(
    "grown",
    [
        (opened(**SAID), DECLINED, AGAIN, PROMISED, PARTLY, BACK, refunded(captured(BACK), 2_00)),
        (PROMISED, expired(PROMISED)),
        (opened(automatic=True), AT_ONCE, refunded(AT_ONCE)),
        (NATIVE, captured(NATIVE, 4_00), cancelled(captured(NATIVE, 4_00))),
    ],
)
def test_an_answer_is_the_same_bytes_although_the_payment_moved_on(grown: Sequence[Payment]) -> None:
    paths = ["payment_method", "latest_charge.refunds"]
    for then in grown:
        until = then.operations[-1].id
        first = json.dumps(intent(then, expand=paths))
        assert json.dumps(intent(grown[-1], until=until, expand=paths)) == first
        for attempt in attempts(then):
            assert json.dumps(render_charge(grown[-1], attempt, until=until)) == json.dumps(
                render_charge(then, attempt)
            )


def test_an_attempt_that_captures_at_once_is_answered_with_its_capture() -> None:
    """They are one write, whichever of the two the answer is rendered as of."""
    attempt, capture = AT_ONCE.operations[-2:]
    assert intent(AT_ONCE, until=attempt.id) == intent(AT_ONCE, until=capture.id)
    assert intent(AT_ONCE, until=attempt.id)["status"] == "succeeded"


def test_unknown_operations_are_a_programming_error() -> None:
    with pytest.raises(AssertionError, match="has no operation"):
        intent(HELD, until="cap_x")
    with pytest.raises(AssertionError, match="is not an attempt"):
        render_charge(HELD, HELD.id)
    with pytest.raises(AssertionError, match="is not a refund"):
        render_refund(HELD, HELD.id)
    with pytest.raises(AssertionError):
        render_refund(LIVES["cancelled"], refunds(LIVES["cancelled"], BEFORE_BASIL)[0])


# --- expanding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("life", ["a declined attempt", "held", "refunded in part", "native, declined", "cancelled"])
def test_an_expanded_field_is_the_object_with_that_id(life: str) -> None:
    payment = LIVES[life]
    last = attempts(payment)[-1]

    assert intent(payment, expand=["latest_charge"])["latest_charge"] == render_charge(payment, last)
    assert charge(payment, expand=["payment_intent"])["payment_intent"] == intent(payment) | {"client_secret": None}
    for refund in refunds(payment):
        both = render_refund(payment, refund, expand=["charge", "payment_intent", "payment_method"])
        assert both["payment_method"] == render_method_of(payment, render_refund(payment, refund)["payment_method"])
        assert both["charge"] == render_charge(payment, last)
        assert both["payment_intent"] == intent(payment) | {"client_secret": None}


def test_an_expanded_intent_has_the_client_secret_only_within_an_intent() -> None:
    body = intent(HELD, expand=["latest_charge.payment_intent"])
    assert body["latest_charge"]["payment_intent"]["client_secret"] == SECRET
    assert charge(HELD, expand=["payment_intent"])["payment_intent"]["client_secret"] is None


def test_missing_objects_stay_null_when_expanded() -> None:
    body = intent(opened(method=None), expand=["latest_charge.payment_intent", "payment_method"])
    assert (body["latest_charge"], body["payment_method"]) == (None, None)


def test_a_declined_charge_has_no_refunds_of_a_later_one() -> None:
    payment = refunded(tried(revised(tried(opened(automatic=True), "lost_card"), method=OTHER_CARD)))
    first, second = (render_charge(payment, attempt, expand=["refunds"]) for attempt in attempts(payment))
    assert (len(first["refunds"]["data"]), len(second["refunds"]["data"])) == (0, 1)
    assert (first["amount_captured"], first["amount_refunded"]) == (0, 0)


@pytest.mark.parametrize(
    "kind, path",
    [
        ("payment_intent", ""),
        ("payment_intent", "."),
        ("payment_intent", "charges"),
        ("payment_intent", "metadata"),
        ("payment_intent", "latest_charge."),
        ("payment_intent", "latest_charge.metadata"),
        ("payment_intent", "transfer_data"),
        ("payment_intent", "customers"),
        ("payment_intent", "data.latest_charge"),
        ("charge", "payment_method"),
        ("charge", "refunds.charge"),
        ("refund", "latest_charge"),
        ("payment_method", "card"),
        ("payment_intent", ".".join(["latest_charge.payment_intent"] * 2 + ["latest_charge"])),
    ],
)
def test_fields_that_cannot_be_expanded_are_refused_first(kind: str, path: str) -> None:
    with pytest.raises(Refused) as refused:
        check_expand(kind, [path])
    assert (refused.value.code, refused.value.param) == (Code.PARAMETER_INVALID, "expand")


@pytest.mark.parametrize(
    "life, paths",
    [
        ("held", ["customer", "on_behalf_of", "transfer_data.destination", "customer.test_clock"]),
        ("held", ["latest_charge.source_transfer", "latest_charge.customer"]),
        ("refunded", ["latest_charge.refunds.data.transfer_reversal"]),
        ("an intent without a card", ["latest_charge.application_fee", "review", "payment_record"]),
    ],
)
def test_fields_that_are_not_simulated_stay_null(life: str, paths: list[str]) -> None:
    payment = LIVES[life]
    ours = [path.rpartition(".")[0] for path in paths if path.startswith("latest_charge.")]
    assert intent(payment, expand=paths) == intent(payment, expand=ours)


def test_everything_that_stripe_expands_can_be_expanded(subtests: pytest.Subtests) -> None:
    for kind, cls in [
        ("payment_intent", stripe.PaymentIntent),
        ("charge", stripe.Charge),
        ("refund", stripe.Refund),
        ("balance", stripe.Balance),
        ("balance_transaction", stripe.BalanceTransaction),
        ("payment_method", stripe.PaymentMethod),
        ("event", stripe.Event),
        ("webhook_endpoint", stripe.WebhookEndpoint),
        ("account", stripe.Account),
        ("radar.early_fraud_warning", stripe.radar.EarlyFraudWarning),
    ]:
        with subtests.test(f"{kind} {cls}"):
            assert expandable(kind) == set(expandable_of(cls))


@pytest.mark.parametrize(
    "check, message",
    [
        (lambda: check_expand("charge", ["foo"]), "This property cannot be expanded (foo)."),
        (
            lambda: check_expand("charge", ["a.b.c.d.e"]),
            "You cannot expand more than 4 levels of a property. Property: a.b.c.d.e",
        ),
        (
            lambda: expand_of_list(["review"]),
            "This property cannot be expanded (review). You may want to try expanding 'data.review' instead.",
        ),
        (lambda: expand_of_list(["data"]), "This property cannot be expanded (data)."),
    ],
)
def test_the_refusal_is_in_stripes_words(check: Callable[[], object], message: str) -> None:
    with pytest.raises(Refused) as refused:
        check()
    assert refused.value.detail == message


def test_paths_that_begin_alike_are_one_branch() -> None:
    paths = ["latest_charge", "latest_charge.refunds.data.charge", "latest_charge.payment_intent"]
    assert expansion("payment_intent", paths) == {
        "latest_charge": {"refunds": {"data": {"charge": {}}}, "payment_intent": {}}
    }


def test_in_a_list_paths_begin_with_data() -> None:
    assert expand_of_list(["data.latest_charge", "data.payment_method"]) == ("latest_charge", "payment_method")
    for path in ("latest_charge", "data", "database.x"):
        with pytest.raises(Refused) as refused:
            expand_of_list([path])
        assert refused.value.param == "expand"


# --- a page's view ----------------------------------------------------------------------------------------------------


SHOWN_TO_A_PAGE = {
    "id", "object", "amount", "automatic_payment_methods", "canceled_at", "cancellation_reason", "capture_method",
    "client_secret", "confirmation_method", "created", "currency", "description", "last_payment_error", "livemode",
    "next_action", "payment_method", "payment_method_types", "processing", "receipt_email", "setup_future_usage",
    "shipping", "status",
}  # fmt: skip


def test_a_publishable_key_gets_the_fields_that_stripe_returns(subtests: pytest.Subtests) -> None:
    for expand in [(), ("payment_method",), ("payment_method", "latest_charge.refunds")]:
        for name in LIVES:
            with subtests.test(f"{expand} {name}"):
                whole = intent(LIVES[name], expand=expand)
                shown = intent_for_page(whole)
                assert shown.keys() == SHOWN_TO_A_PAGE
                for method in (shown["payment_method"], (shown["last_payment_error"] or {}).get("payment_method")):
                    assert (
                        not isinstance(method, dict)
                        or not {"metadata"} & method.keys() | {"fingerprint"} & method["card"].keys()
                    )
                assert {name: shown[name] for name in shown.keys() - {"last_payment_error", "payment_method"}} == {
                    name: whole[name] for name in shown.keys() - {"last_payment_error", "payment_method"}
                }
