"""The content of each decision, read from the change itself, without a table."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.change import AMOUNTS, CAPTURES, REFUNDABLE, Change, Minus, Term
from paysandbox.payments.operations.authorization import Authorization, authorization_of
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.refund import Refund
from paysandbox.payments.payment import CONTRACT, MAX_AMOUNTS, Operation, Payment
from paysandbox.payments.refusals import Verdict, judge
from paysandbox.payments.rules.authorization import check_minimum
from paysandbox.payments.rules.capture import capture as capture_rule
from paysandbox.payments.rules.expiry import expire
from paysandbox.payments.rules.refund import refund, refund_payment
from paysandbox.payments.rules.void import end_unapproved, void
from tests.support.builders import build
from tests.support.builders.build import MERCHANT, MONDAY, PAYMENT_ID, VALIDITY
from tests.support.builders.later_steps import begun

EXPIRED_AT = "2026-11-23T09:30:00.000000Z"
FIRST, SECOND = build.operation_id("cap", 1), build.operation_id("cap", 2)


def takes(payment: Payment, change: Change) -> bool:
    """Return whether every guard holds on the payment."""
    return all(guard.holds(payment.facts()) for guard in change.guards)


def refusal_of(payment: Payment, change: Change) -> Refused:
    with pytest.raises(Refused) as caught:
        judge(change, payment)
    return caught.value


# --- authorize --------------------------------------------------------------------------------------------------------


def test_errors_below_the_minimum_have_the_minimum() -> None:
    with pytest.raises(Refused) as caught:
        check_minimum(50, 51, "EUR")
    assert caught.value.detail == "The amount must be at least 0.51 EUR."


@pytest.mark.parametrize("promised, requested", [(None, None), (4_00, 10_00), (9_99, 10_00)])
def test_the_requested_amount_is_stored_for_partial_approvals(promised: int | None, requested: int | None) -> None:
    payment = build.authorized(10_00, promised=promised)
    assert authorization_of(payment).requested == requested
    assert payment.authorized == payment.remaining == (promised or 10_00)


def test_an_automatic_payment_is_authorized_and_captured_by_one_request() -> None:
    payment = build.authorized(10_00, automatic=True)
    own = ids.derive(PAYMENT_ID, ids.CAPTURE, length=ids.SUFFIX_LENGTH)
    capture_id = ids.operation_id(ids.CAPTURE, PAYMENT_ID, own)
    authorization, capture = payment.operations
    assert payment.automatic
    assert isinstance(authorization, Authorization)
    assert capture == Capture(
        id=capture_id, request_id="request-of-authorize", at=MONDAY, contract=authorization.contract
    )
    assert (payment.captures, payment.amounts, payment.version) == ({capture_id: 10_00}, {capture_id: 10_00}, 2)


def test_authorization_has_request_time_and_fingerprint() -> None:
    payment = build.authorized(10_00)
    first = authorization_of(payment)
    assert (first.id, first.request_id, first.at) == (PAYMENT_ID, "request-of-authorize", MONDAY)
    assert (payment.id, payment.fingerprint, payment.created_at) == (PAYMENT_ID, build.fingerprint(), MONDAY)


@pytest.mark.parametrize("automatic, declined", [(True, None), (True, build.decline()), (False, build.decline())])
def test_only_uncaptured_approvals_hold_money(automatic: bool, declined: Any) -> None:
    payment = build.authorized(10_00, automatic=automatic, declined=declined)
    assert not payment.remaining
    assert payment.due_at != MONDAY + VALIDITY
    assert payment.automatic is automatic


# --- capture and void -------------------------------------------------------------------------------------------------


def test_captures_voids_and_expiries_name_payment_and_merchant() -> None:
    for change in (
        capture_rule(PAYMENT_ID, MERCHANT, build.capture(), amount=None, currency=None),
        void(PAYMENT_ID, MERCHANT, build.void()),
        end_unapproved(begun(AuthorizationPending), build.void()),
        expire(PAYMENT_ID, MERCHANT, Expiry(id="exp", request_id="sweep", at=MONDAY, contract=CONTRACT)),
    ):
        assert (change.payment_id, change.merchant) == (PAYMENT_ID, MERCHANT)


@pytest.mark.parametrize("is_read, code", [(False, None), (True, Code.PAYMENT_DECLINED)])
def test_a_void_of_a_decline_is_refused_once_the_payment_is_read(is_read: bool, code: Code | None) -> None:
    declined = build.authorized(10_00, declined=build.decline())
    change = void(PAYMENT_ID, MERCHANT, build.void(), current=declined if is_read else None)

    assert next(guard.refusal for guard in change.guards if not guard.holds(declined.facts())) is code


# --- refund -----------------------------------------------------------------------------------------------------------

Way = Callable[[int | None, Payment | None], Change]


def by_authorization(amount: int | None, current: Payment | None) -> Change:
    return refund(PAYMENT_ID, MERCHANT, build.refund(999), amount=amount, currency=None, current=current)


def by_capture(amount: int | None, current: Payment | None) -> Change:
    return refund(PAYMENT_ID, MERCHANT, build.refund(999, of=FIRST), amount=amount, currency=None, current=current)


def of_payment(amount: int | None, current: Payment | None) -> Change:
    return refund_payment(PAYMENT_ID, MERCHANT, build.refund(999), amount=amount, current=current)


WAYS = [by_authorization, by_capture, of_payment]
LAST_CENT = build.lived(10_00, captures=[1_00], refunds=[(1, 99)])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("amount", [1, None])
def test_the_last_minor_unit_can_be_refunded(way: Way, amount: int | None) -> None:
    assert takes(LAST_CENT, way(amount, None))
    assert takes(LAST_CENT, way(amount, LAST_CENT))


@pytest.mark.parametrize("way", WAYS)
def test_nothing_can_be_refunded_without_captures(way: Way) -> None:
    gone = build.lived(10_00, captures=[1_00], refunds=[(1, 1_00)])
    assert refusal_of(gone, way(1, None)).code is Code.ALREADY_REFUNDED


@pytest.mark.parametrize("way", WAYS)
def test_refunds_name_payment_and_merchant(way: Way) -> None:
    change = way(1, LAST_CENT)
    assert (change.payment_id, change.merchant) == (PAYMENT_ID, MERCHANT)


def test_by_capture_guards_depend_on_the_current_payment() -> None:
    """The guards of the dispute, the currency and the count come first, and are kept."""
    loose = replace(build.lived(10_00, captures=[4_00]), refundable=3_00, unallocated_refund=1_00)
    change = by_capture(None, loose)
    assert [guard.refusal for guard in change.guards] == [
        Code.RESOURCE_NOT_FOUND,
        None,
        Code.TOO_MANY_REFUNDS,
        Code.ALREADY_REFUNDED,
        Code.ALREADY_REFUNDED,
        None,
        None,
    ]
    assert change.assign[*AMOUNTS, change.operation.id] == 3_00
    assert takes(loose, change)


TWO = build.lived(10_00, captures=[4_00, 6_00])


@pytest.mark.parametrize(
    "amount, spread",
    [
        (1_00, {FIRST: 1_00}),
        (4_00, {FIRST: 4_00}),
        (4_01, {FIRST: 4_00, SECOND: 1}),
        (None, {FIRST: 4_00, SECOND: 6_00}),
    ],
)
def test_the_oldest_capture_is_refunded_first(amount: int | None, spread: dict[str, int]) -> None:
    change = of_payment(amount, TWO)
    total = sum(spread.values())
    assert isinstance(change.operation, Refund)
    assert change.operation.spread == tuple(spread.items())
    for capture_id, part in spread.items():
        assert change.assign[*CAPTURES, capture_id] == Minus(Term((*CAPTURES, capture_id)), part)
    assert change.assign[*AMOUNTS, change.operation.id] == total
    assert change.assign[REFUNDABLE] == Minus(Term(REFUNDABLE), total)
    assert takes(TWO, change)


def test_spread_refunds_name_payment_and_merchant() -> None:
    change = of_payment(1, build.lived(10_00, captures=[1_00, 2_00]))
    assert (change.payment_id, change.merchant) == (PAYMENT_ID, MERCHANT)


def test_a_single_capture_needs_no_spread() -> None:
    """Also on the second decision: it is recorded as a refund by the authorization's id."""
    change = of_payment(1, build.lived(10_00, captures=[1_00]))
    assert isinstance(change.operation, Refund)
    assert change.operation.spread == ()


def test_spread_refunds_up_to_the_last_minor_unit() -> None:
    last = build.lived(10_00, captures=[4_00, 6_00], refunds=[(1, 4_00), (2, 5_99)])
    assert takes(last, of_payment(1, last))
    assert refusal_of(last, of_payment(2, last)).code is Code.REFUND_EXCEEDS_CAPTURED
    gone = build.lived(10_00, captures=[4_00, 6_00], refunds=[(1, 4_00), (2, 6_00)])
    assert refusal_of(gone, of_payment(1, gone)).code is Code.ALREADY_REFUNDED


def test_spread_refunds_are_limited_in_number() -> None:
    full = build.lived(10_00, captures=[2_00, 8_00], refunds=[(1, 1)] * (MAX_AMOUNTS - 2))
    assert refusal_of(full, of_payment(1, full)).code is Code.TOO_MANY_REFUNDS


def with_metadata(length: int) -> Change:
    operation = replace(build.refund(999), metadata="é" * (length // 2) + "x" * (length % 2))
    return refund_payment(PAYMENT_ID, MERCHANT, operation, amount=1)


def test_metadata_of_a_refund_is_bounded_in_bytes() -> None:
    assert takes(LAST_CENT, with_metadata(1_000))
    with pytest.raises(Refused) as caught:
        with_metadata(1_001)
    told = "Metadata of a refund can have at most 1,000 bytes of JSON."
    assert (caught.value.code, caught.value.detail, caught.value.param) == (Code.PARAMETER_INVALID, told, "metadata")


# --- refusals ---------------------------------------------------------------------------------------------------------

HELD = build.authorized(10_00)


def capture(amount: int | None, at: Any = MONDAY) -> Change:
    operation = build.capture(9, at=at)
    return capture_rule(PAYMENT_ID, MERCHANT, operation, amount=amount, currency=None)


@pytest.mark.parametrize(
    "payment, change, detail",
    [
        (HELD, capture(10_01), "10.00 USD remains to be captured."),
        (
            HELD,
            capture(1, MONDAY + VALIDITY),
            f"The authorization expired at {EXPIRED_AT}. Authorize the payment again.",
        ),
        (
            build.lived(10_00, captures=[10_00]),
            capture(1),
            "The authorization was fully captured. To return money, refund a capture.",
        ),
        (HELD, by_authorization(1, None), "Nothing was captured. Void the authorization instead."),
        (LAST_CENT, by_authorization(2, None), "0.01 USD of the payment can still be refunded."),
        (build.authorized(10_00, declined=build.decline()), capture(1), ""),
    ],
)
def test_errors_have_the_limits(payment: Payment, change: Change, detail: str) -> None:
    assert refusal_of(payment, change).detail == detail


@pytest.mark.parametrize("current", [None, build.authorized(10_00, merchant="globex")], ids=["missing", "another's"])
def test_missing_and_foreign_payments_get_the_same_error(current: Payment | None) -> None:
    with pytest.raises(Refused) as caught:
        judge(capture(1), current)
    told = "This merchant has no payment or operation with this id."
    assert (caught.value.code, caught.value.detail) == (Code.RESOURCE_NOT_FOUND, told)


def test_an_existing_operation_is_a_replay() -> None:
    operation: Operation = HELD.operations[0]
    assert judge(replace(capture(1), operation=operation), HELD) is Verdict.REPLAY
