"""The payment method of a Stripe-shaped request, and the bank's decision on the card stored from it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from paysandbox.aws.hashing_keys import canonical
from paysandbox.core.errors import Code, Refused
from paysandbox.http.request import Request
from paysandbox.payments.bank.response import Check
from paysandbox.payments.payment import Payment
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.stored_method import PAYMENT_METHOD, method_attributes
from paysandbox.stripe_api.objects.stored_object import Cause, new_object
from paysandbox.stripe_api.payment_methods.bank import bank_answer, method_of, number_of, typed_method
from paysandbox.stripe_api.requests import CreatePaymentIntent, CreatePaymentMethod
from paysandbox.stripe_api.resource_kit.objects_table import put_objects
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.support.builders import build, intents
from tests.support.builders.build import AMEX, MERCHANT, MONDAY, OTHER_MERCHANT, PAYMENT_ID, VISA
from tests.support.worlds import tables
from tests.support.worlds.handlers import Told

METHOD_ID = "pm_" + "m" * 26
UNPUBLISHED = "4539578763621486"
BODY = PAYMENT_ID.removeprefix("auth_")


def call(merchant: str = MERCHANT, **body: Any) -> StripeCall:
    """Return a request to create an intent of 10.00, with all values as text, as a decoded form has them."""
    sent = {"amount": "1000", "currency": "usd", **body}
    return StripeCall(
        route=CREATE_PAYMENT_INTENT,
        request=Request({}, {}, None),
        merchant=merchant,
        body=CreatePaymentIntent.model_validate(sent),
        query=None,
        path={},
        sent=sent,
        key="key-1",
        outcome=None,
        request_id="r",
        now=MONDAY,
        publishable=False,
        stripe_version=STRIPE_VERSION,
        caller_key=None,
    )


def typed(**card: Any) -> dict[str, Any]:
    shown = {"number": VISA, "exp_month": "12", "exp_year": "2040", "cvc": "123"} | card
    return {"type": "card", "card": {name: value for name, value in shown.items() if value is not None}}


def meant(payment: Payment | None = None, merchant: str = MERCHANT, **body: Any) -> Method:
    method = method_of(call(merchant, **body), payment, customer=None).method
    assert method is not None
    return method


def refusal(**body: Any) -> tuple[Code, str | None]:
    with pytest.raises(Refused) as refused:
        method_of(call(**body), customer=None)
    return refused.value.code, refused.value.param


def number_behind(method: Method, merchant: str = MERCHANT) -> str | None:
    return number_of(method.card.card_id, merchant, tables.CARD_PEPPER)


def test_a_request_without_a_card_uses_none() -> None:
    assert method_of(call(), customer=None).method is None


@pytest.mark.parametrize(
    "name, number, given",
    [
        ("pm_card_visa", VISA, ("cvc",)),
        ("pm_card_amex", AMEX, ("cvc",)),
        ("pm_card_avsFail", "4000000000000010", ("cvc", "zip", "line1")),
        ("pm_card_avsZipFail", "4000000000000036", ("cvc", "zip")),
        ("pm_card_createDispute", "4000000000000259", ("cvc",)),
    ],
)
def test_a_published_name(name: str, number: str, given: tuple[str, ...]) -> None:
    method = meant(payment_method=name)

    assert (number_behind(method), method.given, method.id) == (number, given, None)
    assert (method.card.last4, method.card.exp_month, method.card.exp_year) == (number[-4:], 12, MONDAY.year + 1)


@pytest.mark.parametrize(
    "card, year",
    [
        ({}, 2040),
        ({"exp_year": "30"}, 2030),
        ({"exp_year": "2030"}, 2030),
        ({"cvc": None}, 2040),
    ],
)
def test_a_typed_card(card: dict[str, Any], year: int) -> None:
    method = meant(payment_method_data=typed(**card))

    assert (number_behind(method), method.card.exp_year) == (VISA, year)
    assert method.given == (() if "cvc" in card else ("cvc",))


@pytest.mark.parametrize(
    "address, given",
    [
        ({}, ("cvc",)),
        ({"postal_code": "90210"}, ("cvc", "zip")),
        ({"line1": "1 Main St"}, ("cvc", "line1")),
        ({"postal_code": "90210", "line1": "1 Main St", "city": "LA"}, ("cvc", "zip", "line1")),
        ({"postal_code": ""}, ("cvc",)),
    ],
)
def test_billing_details_sent_with_a_card(address: dict[str, str], given: tuple[str, ...]) -> None:
    data = typed() | {"billing_details": {"address": address}}

    assert meant(payment_method_data=data).given == given


@pytest.mark.parametrize(
    "data, code, param",
    [
        ({"type": "card"}, Code.PARAMETER_MISSING, "number"),
        (typed(number=None), Code.PARAMETER_MISSING, "number"),
        (typed(exp_month=None), Code.PARAMETER_MISSING, "exp_month"),
        (typed(exp_year=None), Code.PARAMETER_MISSING, "exp_year"),
        (typed(number="4242424242424241"), Code.CARD_NUMBER_INCORRECT, "number"),
        (typed(exp_year="2025"), Code.CARD_EXPIRY_INVALID, "exp_year"),
        (typed(exp_year="25"), Code.CARD_EXPIRY_INVALID, "exp_year"),
        (typed(exp_month="10", exp_year="26"), Code.CARD_EXPIRY_INVALID, "exp_month"),
        (typed(cvc="1234"), Code.CVC_INVALID, "cvc"),
        (typed(number=UNPUBLISHED), Code.LIVE_CARD_IN_SANDBOX, "number"),
        (typed(token="tok_nobody"), Code.RESOURCE_NOT_FOUND, "token"),
        (typed(token="pm_card_visa"), Code.RESOURCE_NOT_FOUND, "token"),
    ],
)
def test_errors_in_card_data_name_the_parameter_as_sent(data: dict[str, Any], code: Code, param: str) -> None:
    assert refusal(payment_method_data=data) == (code, f"payment_method_data[card][{param}]")
    body = CreatePaymentMethod.model_validate({"card": {}} | data)
    with pytest.raises(Refused) as refused:
        typed_method(call(), body.card)
    assert (refused.value.code, refused.value.param) == (code, f"card[{param}]")


def test_both_ways_at_once_are_refused() -> None:
    assert refusal(payment_method="pm_card_visa", payment_method_data=typed()) == (
        Code.PARAMETER_INVALID,
        "payment_method_data",
    )


# --- existing payment methods -----------------------------------------------------------------------------------------


def test_a_standalone_payment_method() -> None:
    made = meant(payment_method="pm_card_avsFail")
    cause = Cause(operation_id=METHOD_ID, request_id="req_1", at=MONDAY)
    put_objects(objects_table(), (new_object(MERCHANT, PAYMENT_METHOD, METHOD_ID, method_attributes(made), cause),))

    assert meant(payment_method=METHOD_ID) == replace(made, id=METHOD_ID)
    with pytest.raises(Refused) as refused:
        meant(merchant=OTHER_MERCHANT, payment_method=METHOD_ID)
    assert refused.value.code is Code.RESOURCE_NOT_FOUND


@pytest.mark.parametrize(
    "name", ["pm_nobody", "pm_card_nobody", "visa", "pm_" + "m" * 26, "card_" + "c" * 26, "pm_" + "1" * 36]
)
def test_an_unknown_id_is_not_found(name: str) -> None:
    assert refusal(payment_method=name) == (Code.RESOURCE_NOT_FOUND, "payment_method")


OF_REVISION = f"pm_{BODY}{build.own(1)}"
REVISED = intents.lived(intents.opened(), intents.revise(intents.terms(10_00, intents.ANOTHER_CARD)))
ATTEMPTED = intents.lived(intents.opened(method=None), intents.attempt("51", 2, method=intents.ANOTHER_CARD))


@pytest.mark.parametrize(
    "payment, name, card",
    [
        (REVISED, f"pm_{BODY}{'a' * 10}", intents.CARD),
        (REVISED, OF_REVISION, intents.ANOTHER_CARD),
        (ATTEMPTED, f"pm_{BODY}{build.own(2)}", intents.ANOTHER_CARD),
    ],
)
def test_an_intents_own_card_may_be_named_again(payment: Payment, name: str, card: Method) -> None:
    assert meant(payment, payment_method=name).card == card.card


@pytest.mark.parametrize("payment", [None, intents.opened(), replace(REVISED, id=build.ANOTHER_PAYMENT_ID)])
def test_another_intents_card_may_not(payment: Payment | None) -> None:
    with pytest.raises(Refused) as refused:
        meant(payment, payment_method=OF_REVISION)

    assert (refused.value.code, refused.value.param) == (Code.PARAMETER_INVALID, "payment_method")


# --- the bank ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, amount, decline_code",
    [
        ("pm_card_visa", 10_00, None),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", 10_00, "insufficient_funds"),
        ("pm_card_chargeDeclinedIncorrectCvc", 10_00, "incorrect_cvc"),
        ("pm_card_radarBlock", 10_00, "fraudulent"),
    ],
)
def test_the_bank_knows_a_kept_card(name: str, amount: int, decline_code: str | None) -> None:
    said = bank_answer(meant(payment_method=name), MERCHANT, amount)

    assert (said.response.decline.decline_code if said.response.decline else None) == decline_code
    assert said.amount == amount


def test_the_bank_checks_the_data_sent_with_the_card() -> None:
    checks = bank_answer(meant(payment_method="pm_card_avsFail"), MERCHANT, 10_00).response.checks

    assert (checks.cvc, checks.zip, checks.line1) == (Check.PASS, Check.FAIL, Check.FAIL)
    bare = bank_answer(meant(payment_method_data=typed(cvc=None)), MERCHANT, 10_00).response.checks
    assert (bare.cvc, bare.zip, bare.line1) == (Check.UNCHECKED,) * 3


@pytest.mark.parametrize(
    "outcome, entries, decline_code",
    [
        (None, {}, None),
        (None, {"sandbox_outcome": "decline:lost_card"}, "lost_card"),
        ("decline:stolen_card", {"sandbox_outcome": "decline:lost_card"}, "stolen_card"),
        ("approve", {"sandbox_outcome": "decline:lost_card"}, None),
        (None, {"order": "17"}, None),
    ],
)
def test_the_bank_returns_the_requested_outcome(
    outcome: str | None, entries: dict[str, str], decline_code: str | None
) -> None:
    method = meant(payment_method="pm_card_visa")
    said = bank_answer(method, MERCHANT, 10_00, outcome=outcome, metadata=json.dumps(entries)).response

    assert (said.decline.decline_code if said.decline else None) == decline_code


@pytest.mark.parametrize(
    "name, metadata, code, param",
    [
        ("pm_card_visa", {"sandbox_outcome": "no"}, Code.OUTCOME_INVALID, "metadata[sandbox_outcome]"),
        ("pm_card_visa", {"sandbox_outcome": "settle=no"}, Code.OUTCOME_INVALID, "metadata[sandbox_outcome]"),
    ],
)
def test_requests_refused_before_the_bank_is_asked(
    name: str, metadata: dict[str, str] | None, code: Code, param: str
) -> None:
    method = meant(payment_method=name)
    with pytest.raises(Refused) as refused:
        bank_answer(method, MERCHANT, 10_00, metadata=json.dumps(metadata) if metadata else None)

    assert (refused.value.code, refused.value.param) == (code, param)


def test_an_unpublished_card_is_approved_if_any_card_is_accepted(told: Told) -> None:
    told(accept_any_card=True)
    method = meant(payment_method_data=typed(number=UNPUBLISHED))

    assert number_behind(method) is None
    assert bank_answer(method, MERCHANT, 10_00).response.decline is None


# --- stored details ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "one, another",
    [
        ({"card": {"cvc": "1"}}, {"card": {"cvc": "2"}}),
        ({"payment_method_data": typed(cvc="111")}, {"payment_method_data": typed(cvc="222")}),
    ],
)
def test_the_hash_of_a_body_is_without_the_security_code(one: dict[str, Any], another: dict[str, Any]) -> None:
    assert canonical(one) == canonical(another)
    assert b"cvc" not in canonical(one)
