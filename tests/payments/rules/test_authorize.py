"""Authorize: the bank's answer becomes a payment; automatic capture happens in the same write."""

from typing import Any

import pytest

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.bank.acquirer import Answered
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.bank.response import Response
from paysandbox.payments.operations.authorization import Authorization, authorization_of
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.payment import Payment, state_of
from paysandbox.payments.rules.authorization import authorize, check_minimum
from paysandbox.payments.rules.refund import parse_refund_target
from tests.support.builders import build
from tests.support.builders.build import MONDAY, PAYMENT_ID, RETENTION, VALIDITY
from tests.support.builders.payment_scenario import check


@pytest.mark.parametrize(
    "payment, status, operations, remaining, refundable, due_at",
    [
        (build.authorized(10_00), "approved", [Authorization], 10_00, 0, MONDAY),
        (build.authorized(10_00, automatic=True), "captured", [Authorization, Capture], 0, 10_00, MONDAY),
        (build.authorized(10_00, declined=build.decline()), "declined", [Authorization], None, 0, None),
        (build.authorized(10_00, automatic=True, declined=build.decline()), "declined", [Authorization], None, 0, None),
    ],
    ids=["manual", "automatic", "declined", "automatic and declined"],
)
def test_fields_of_an_authorization(
    payment: Payment, status: str, operations: list[type], remaining: int | None, refundable: int, due_at: object
) -> None:
    assert state_of(payment).status == status
    assert [type(operation) for operation in payment.operations] == operations
    assert payment.remaining == remaining
    assert payment.refundable == refundable
    assert payment.due_at == due_at
    check(payment)


@pytest.mark.parametrize("frictionless, result", [(False, None), (True, AuthenticationResult.AUTHENTICATED)])
def test_an_authentication_without_a_challenge_is_stored(
    result: AuthenticationResult | None, *, frictionless: bool
) -> None:
    answer = Answered(Response(), 10_00, frictionless=frictionless)
    payment = authorize(build.order(), answer, PAYMENT_ID, build.fingerprint())

    assert authorization_of(payment).authentication is result


def test_merchant_fields_are_stored() -> None:
    payment = build.authorized(
        7_50,
        currency="EUR",
        merchant="globex",
        description="two tickets",
        reference="order 7",
        metadata='{"seat": "4"}',
    )

    assert payment.id == authorization_of(payment).id == PAYMENT_ID
    assert (payment.authorized, payment.currency, payment.merchant) == (7_50, "EUR", "globex")
    assert payment.annotations.noted() == {
        "description": "two tickets",
        "reference": "order 7",
        "metadata": '{"seat": "4"}',
    }
    assert (payment.created_at, payment.capture_before) == (MONDAY, MONDAY + VALIDITY)
    assert payment.purge_at == int((MONDAY + RETENTION).timestamp())


def test_id_of_an_automatic_capture_is_derived() -> None:
    """A retry decides again, and must produce the same capture."""
    once, again = build.authorized(automatic=True), build.authorized(automatic=True, request_id="another request")
    elsewhere = build.authorized(automatic=True, payment_id=build.ANOTHER_PAYMENT_ID)

    (capture_id,) = once.captures
    assert [capture_id] == [*again.captures]
    assert [capture_id] != [*elsewhere.captures]
    assert ids.payment_of(capture_id) == PAYMENT_ID
    assert once.unsettled_since == MONDAY


@pytest.mark.parametrize(
    "amount, minimum_amount, refused",
    [(49, 50, Code.AMOUNT_TOO_SMALL), (50, 50, None), (1, 1, None)],
)
def test_minimum_amount_of_the_environment(amount: int, minimum_amount: int, refused: Code | None) -> None:
    if refused is None:
        check_minimum(amount, minimum_amount, "USD")
        return
    with pytest.raises(Refused) as caught:
        check_minimum(amount, minimum_amount, "USD")
    assert (caught.value.code, caught.value.param) == (refused, "amount")


CAPTURE_ID = build.operation_id("cap")


@pytest.mark.parametrize(
    "transaction_id, named",
    [
        (CAPTURE_ID, (PAYMENT_ID, CAPTURE_ID)),
        (PAYMENT_ID, (PAYMENT_ID, None)),  # the only capture, whatever its id
        (build.operation_id("ref"), Code.RESOURCE_NOT_FOUND),  # a refund cannot be refunded
        (build.operation_id("void"), Code.RESOURCE_NOT_FOUND),
        (build.operation_id("exp"), Code.RESOURCE_NOT_FOUND),
        ("clm_" + "p" * 26, Code.RESOURCE_NOT_FOUND),
        ("nonsense", Code.RESOURCE_NOT_FOUND),
        ("", Code.RESOURCE_NOT_FOUND),
    ],
)
def test_targets_of_a_refund(transaction_id: str, named: Any) -> None:
    try:
        found = parse_refund_target(transaction_id)
    except Refused as refused:
        found = refused.code
    assert found == named
