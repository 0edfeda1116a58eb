"""Intents: changeable terms, attempts that may fail, one authorization, and balanced books after every step."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.core.event_type import EventType
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.bank.acquirer import AwaitsCardholder
from paysandbox.payments.events.event import events_of
from paysandbox.payments.operations.authorization import authorization_of, last_attempt
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.payment import CONTRACT, Payment, state_of
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.objects.intent_state import intent_status, terms_of
from paysandbox.stripe_api.payment_intents.intent_rules import MAX_CHANGES, MAX_DESCRIPTIVE_BYTES, MAX_METADATA_BYTES
from tests.support.builders import build, intents
from tests.support.builders.build import DAY, HOUR, MONDAY, VALIDITY
from tests.support.builders.intents import (
    ANOTHER_CARD,
    CARD,
    Decide,
    attempt,
    attempted,
    begin,
    cancel,
    capture,
    lived,
    opened,
    refund,
    revise,
    simulate,
    terms,
)
from tests.support.builders.payment_scenario import check
from tests.support.worlds.memory_ledger import MemoryLedger

OPENED = opened()
EMPTY = opened(method=None)
HELD = lived(OPENED, attempt())
TAKEN = lived(opened(automatic=True), attempt())
DECLINED = lived(OPENED, attempt("51"))
GIVEN_UP = lived(OPENED, cancel())
GIVEN_BACK = lived(HELD, cancel())
PARTLY = lived(HELD, capture(4_00))
WHOLLY = lived(HELD, capture())
AUTHENTICATED, AUTHENTICATED_AFTER_A_DECLINE = (
    lived(
        opened(confirmation_method="manual"),
        begin(AwaitsCardholder, soft=soft),
        simulate("authenticate", result="Y"),
    )
    for soft in (False, True)
)
NATIVE = build.authorized(10_00)
NATIVE_DECLINED = build.authorized(10_00, declined=build.decline())

SOME = {
    "opened": OPENED,
    "without a card": EMPTY,
    "held": HELD,
    "captured at once": TAKEN,
    "declined": DECLINED,
    "declined, then held": lived(DECLINED, attempt(number=2, method=ANOTHER_CARD)),
    "given up": GIVEN_UP,
    "declined and given up": lived(DECLINED, cancel()),
    "given back": GIVEN_BACK,
    "captured in part": PARTLY,
    "captured in part, the rest given back": lived(PARTLY, cancel()),
    "captured": WHOLLY,
    "captured finally": lived(HELD, capture(4_00, final=True)),
    "refunded in part": lived(TAKEN, refund(1_00)),
    "refunded": lived(TAKEN, refund()),
    "refunded over two captures": lived(HELD, capture(4_00), capture(6_00, 2), refund(5_00)),
    "refunded over two captures, wholly": lived(HELD, capture(4_00), capture(6_00, 2), refund(5_00), refund(number=2)),
    "authenticated": AUTHENTICATED,
    "authenticated after a decline": AUTHENTICATED_AFTER_A_DECLINE,
    "authenticated, then held": lived(AUTHENTICATED, attempt(number=2)),
    "authenticated after a decline, then held": lived(AUTHENTICATED_AFTER_A_DECLINE, attempt(number=2)),
    "authenticated, then given up": lived(AUTHENTICATED_AFTER_A_DECLINE, cancel()),
    "authenticated, then revised": lived(AUTHENTICATED, revise(terms(7_00))),
    "revised": lived(OPENED, revise(terms(7_00, ANOTHER_CARD))),
    "revised, then held": lived(OPENED, revise(terms(7_00)), attempt()),
    "held, then said more of": lived(HELD, revise(terms(metadata='{"a":"b"}'))),
    "attempted as it was opened": attempted(),
    "captured as it was opened": attempted(automatic=True),
    "declined as it was opened": attempted(code="51"),
    "declined as it was opened, then held": lived(attempted(code="51"), attempt(number=2, method=CARD)),
}


def refusal(payment: Payment, step: Decide) -> Code | None:
    try:
        intents.done(payment, step)
    except Refused as refused:
        return refused.code
    return None


# --- status -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, stands, status",
    [
        (OPENED, "requires_confirmation", "pending"),
        (EMPTY, "requires_payment_method", "pending"),
        (DECLINED, "requires_payment_method", "declined"),
        (lived(DECLINED, revise(terms(10_00, ANOTHER_CARD))), "requires_confirmation", "declined"),
        (AUTHENTICATED, "requires_confirmation", "pending"),
        (AUTHENTICATED_AFTER_A_DECLINE, "requires_confirmation", "pending"),
        (SOME["authenticated, then held"], "requires_capture", "approved"),
        (SOME["authenticated, then given up"], "canceled", "voided"),
        (SOME["authenticated, then revised"], "requires_confirmation", "pending"),
        (HELD, "requires_capture", "approved"),
        (TAKEN, "succeeded", "captured"),
        (WHOLLY, "succeeded", "captured"),
        (PARTLY, "requires_capture", "partially_captured"),
        (SOME["captured finally"], "succeeded", "captured"),
        (SOME["refunded"], "succeeded", "refunded"),
        (SOME["refunded over two captures"], "succeeded", "partially_refunded"),
        (GIVEN_UP, "canceled", "voided"),
        (SOME["declined and given up"], "canceled", "voided"),
        (GIVEN_BACK, "canceled", "voided"),
        (SOME["captured in part, the rest given back"], "succeeded", "captured"),
        (NATIVE, "requires_capture", "approved"),
        (NATIVE_DECLINED, "canceled", "declined"),
        (build.authorized(automatic=True), "succeeded", "captured"),
    ],
)
def test_status_of_an_intent_and_of_its_payment(payment: Payment, stands: str, status: str) -> None:
    state = state_of(payment)

    assert (intent_status(payment, state), state.status) == (stands, status)


def test_the_books_of_every_payment_agree(subtests: pytest.Subtests) -> None:
    for name, payment in SOME.items():
        with subtests.test(str(name)):
            check(payment)
            assert breaks_of(payment) == ()


def test_an_intent_holds_nothing_and_is_never_due() -> None:
    assert (OPENED.remaining, OPENED.refundable, OPENED.due_at, OPENED.unsettled_since) == (None, 0, None, None)
    assert (OPENED.authorized, OPENED.version, last_attempt(OPENED)) == (10_00, 1, None)


@pytest.mark.parametrize(
    "payment, due, unsettled",
    [
        (HELD, MONDAY, None),
        (TAKEN, MONDAY, MONDAY),
        (DECLINED, None, None),
        (attempted(), MONDAY, None),
        (attempted(automatic=True), MONDAY, MONDAY),
        (attempted(code="51"), None, None),
    ],
)
def test_due_times(payment: Payment, due: Any, unsettled: Any) -> None:
    assert (payment.due_at, payment.unsettled_since) == (due, unsettled)


def test_a_hold_is_valid_from_the_banks_answer() -> None:
    later = MONDAY + 3 * DAY

    assert lived(OPENED, attempt(at=later)).capture_before == later + VALIDITY


def test_confirming_on_creation_equals_confirming_right_after() -> None:
    for code in ("00", "51"):
        for automatic in (False, True):
            after = lived(opened(automatic=automatic), attempt(code))
            at_once = attempted(code=code, automatic=automatic)
            assert replace(at_once, operations=()) == replace(after, operations=())
            assert [type(one) for one in at_once.operations] == [type(one) for one in after.operations]


# --- changed terms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, to, code",
    [
        (OPENED, terms(7_00), None),
        (OPENED, terms(method=ANOTHER_CARD), None),
        (EMPTY, terms(), None),
        (DECLINED, terms(5_00, ANOTHER_CARD), None),
        (OPENED, terms(metadata='{"a":"b"}'), None),
        (HELD, terms(metadata='{"a":"b"}'), None),
        (TAKEN, terms(description="paid"), None),
        (GIVEN_UP, terms(description="given up"), None),
        (HELD, terms(9_99), Code.INTENT_STATE_UNEXPECTED),
        (HELD, terms(method=ANOTHER_CARD), Code.INTENT_STATE_UNEXPECTED),
        (TAKEN, terms(9_99), Code.INTENT_STATE_UNEXPECTED),
        (GIVEN_UP, terms(9_99), Code.INTENT_STATE_UNEXPECTED),
        # Of a payment that is not an intent, only the descriptive fields may change.
        (NATIVE, terms(method=None, metadata='{"a":"b"}'), None),
        (NATIVE_DECLINED, terms(method=None, metadata='{"a":"b"}'), None),
        (NATIVE, terms(9_99, None), Code.INTENT_STATE_UNEXPECTED),
        (NATIVE, terms(), Code.INTENT_STATE_UNEXPECTED),
        (NATIVE_DECLINED, terms(), Code.INTENT_STATE_UNEXPECTED),
    ],
)
def test_updatable_intents(payment: Payment, to: IntentTerms, code: Code | None) -> None:
    assert refusal(payment, revise(to)) == code
    if code is None:
        revised = lived(payment, revise(to))
        assert terms_of(revised, state_of(revised)) == to
        check(revised)
        assert breaks_of(revised) == ()


def test_a_declined_card_is_not_retried_automatically() -> None:
    assert terms_of(DECLINED, state_of(DECLINED)).method is None
    assert terms_of(HELD, state_of(HELD)).method == CARD


@pytest.mark.parametrize(
    "bytes_of_it, code", [(MAX_METADATA_BYTES, None), (MAX_METADATA_BYTES + 1, "parameter_invalid")]
)
def test_metadata_is_bounded(bytes_of_it: int, code: str | None) -> None:
    said = terms(metadata="x" * bytes_of_it)

    assert refusal(OPENED, revise(said)) == code
    if code:
        with pytest.raises(Refused):
            intents.opened_with(said)


def test_descriptive_texts_are_limited_in_total() -> None:
    payment, said = OPENED, terms(metadata="x" * (8_000 - len("metadata")))
    for number in range(1, MAX_DESCRIPTIVE_BYTES // 8_000 + 1):
        payment = lived(payment, revise(said, number))

    assert refusal(payment, revise(said, 9)) is Code.TOO_MANY_CHANGES
    assert refusal(payment, revise(terms(7_00), 9)) is None  # no change requested
    assert refusal(payment, attempt()) is None


def test_the_number_of_changes_of_any_kind_is_limited() -> None:
    payment = OPENED
    for number in range(1, MAX_CHANGES + 1):
        step = revise(terms(), number) if number % 2 else attempt("51", number)
        payment = lived(payment, step)

    for step in (revise(terms(), 99), attempt(number=99, method=CARD)):
        assert refusal(payment, step) is Code.TOO_MANY_CHANGES
    assert refusal(payment, cancel()) is None


# --- attempts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, code",
    [
        (OPENED, None),
        (EMPTY, Code.PAYMENT_METHOD_REQUIRED),
        (DECLINED, Code.PAYMENT_METHOD_REQUIRED),
        (HELD, Code.INTENT_STATE_UNEXPECTED),
        (TAKEN, Code.INTENT_STATE_UNEXPECTED),
        (PARTLY, Code.INTENT_STATE_UNEXPECTED),
        (GIVEN_UP, Code.INTENT_STATE_UNEXPECTED),
        (GIVEN_BACK, Code.INTENT_STATE_UNEXPECTED),
        (NATIVE, Code.INTENT_STATE_UNEXPECTED),
        (NATIVE_DECLINED, Code.INTENT_STATE_UNEXPECTED),
    ],
)
def test_confirmable_intents(payment: Payment, code: Code | None) -> None:
    assert refusal(payment, attempt(number=9)) == code


def test_a_refusal_names_the_intents_status() -> None:
    with pytest.raises(Refused) as refused:
        intents.done(HELD, attempt(number=9))

    assert refused.value.possible == {"current_status": "requires_capture"}


def test_an_attempt_at_an_outdated_amount_is_refused() -> None:
    at_ten = attempt()(OPENED)
    revised = MemoryLedger({OPENED.id: lived(OPENED, revise(terms(7_00)))})

    with pytest.raises(Refused) as refused:
        revised.change(OPENED.id, at_ten)
    assert refused.value.code is Code.INTENT_CHANGED


@pytest.mark.parametrize(
    "method",
    [CARD, replace(CARD, set_up=True), replace(CARD, billing_details='{"name":"Jenny"}')],
    ids=["as it was", "set up since", "with other billing details since"],
)
def test_an_attempt_with_a_replaced_card_is_refused(method: Method) -> None:
    """So is an attempt with a card that was declined meanwhile: it is not tried twice."""
    with_its_card = attempt(method=method)(OPENED)
    for since in (revise(terms(10_00, ANOTHER_CARD)), attempt("51", number=8)):
        changed = MemoryLedger({OPENED.id: lived(OPENED, since)})
        with pytest.raises(Refused) as refused:
            changed.change(OPENED.id, with_its_card)
        assert refused.value.code is Code.INTENT_CHANGED


def test_an_attempt_with_card_data_ignores_the_stored_card() -> None:
    with_another = attempt(method=ANOTHER_CARD)(OPENED)
    changed = MemoryLedger({OPENED.id: lived(OPENED, revise(terms(10_00, None)))})

    assert changed.change(OPENED.id, with_another).remaining == 10_00


def test_an_attempt_is_recorded_if_only_the_description_changed() -> None:
    at_ten = attempt()(OPENED)
    revised = MemoryLedger({OPENED.id: lived(OPENED, revise(terms(description="shoes")))})

    assert revised.change(OPENED.id, at_ten).remaining == 10_00


@pytest.mark.parametrize("automatic", [False, True])
def test_of_twenty_attempts_that_saw_the_same_one_is_recorded(automatic: bool) -> None:
    payment = opened(automatic=automatic)
    ledger = MemoryLedger({payment.id: payment})
    first, *others = [attempt(number=number)(payment) for number in range(1, 21)]
    ledger.change(payment.id, first)
    for decide in others:
        with pytest.raises(Refused) as refused:
            ledger.change(payment.id, decide)
        assert refused.value.code is Code.INTENT_STATE_UNEXPECTED

    held = ledger.payments[payment.id]
    assert state_of(held).authorized == 10_00
    check(held)


@pytest.mark.parametrize(
    "seen, step",
    [
        (OPENED, revise(terms(7_00))),
        (OPENED, attempt()),
        (OPENED, attempt("51")),
        (opened(automatic=True), attempt()),
        (OPENED, cancel()),
        (HELD, cancel()),
        (PARTLY, refund(1_00)),
        (lived(HELD, capture(4_00), capture(6_00, 2)), refund(5_00)),
    ],
)
@pytest.mark.parametrize("again", ["having seen it before", "having seen it after"])
def test_a_repeated_operation_is_recorded_once(seen: Payment, step: Decide, again: str) -> None:
    """A retry reads the payment before deciding, so the payment may already contain its own operation."""
    after = lived(seen, step)
    ledger = MemoryLedger({seen.id: after})

    assert ledger.change(seen.id, step(seen if again == "having seen it before" else after)) == after


# --- ends -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, code",
    [
        (OPENED, None),
        (EMPTY, None),
        (DECLINED, None),
        (HELD, None),
        (PARTLY, None),
        (GIVEN_UP, Code.ALREADY_VOIDED),
        (GIVEN_BACK, Code.ALREADY_VOIDED),
        (TAKEN, Code.ALREADY_CAPTURED),
        (NATIVE, None),
        (NATIVE_DECLINED, Code.INTENT_STATE_UNEXPECTED),
    ],
)
def test_cancelable_intents(payment: Payment, code: Code | None) -> None:
    assert refusal(payment, cancel(9)) == code


@pytest.mark.parametrize(
    "payment, code",
    [
        (OPENED, Code.PAYMENT_PENDING),
        (DECLINED, Code.PAYMENT_DECLINED),
        (GIVEN_UP, Code.ALREADY_VOIDED),
        (TAKEN, Code.ALREADY_CAPTURED),
    ],
)
def test_captures_that_are_refused(payment: Payment, code: Code) -> None:
    assert refusal(payment, capture(1_00, 9)) == code


def test_an_expired_hold_cannot_be_canceled() -> None:
    assert refusal(HELD, cancel(at=MONDAY + VALIDITY)) is Code.AUTHORIZATION_EXPIRED
    assert refusal(OPENED, cancel(at=MONDAY + 2 * VALIDITY)) is None


def test_a_race_of_an_attempt_and_a_cancellation_ends_one_way() -> None:
    """The second writer decides again, on the payment that the first one wrote."""
    trying, giving_up = attempt()(OPENED), cancel()(OPENED)
    first, second = MemoryLedger({OPENED.id: OPENED}), MemoryLedger({OPENED.id: OPENED})

    first.change(OPENED.id, trying)
    assert state_of(first.change(OPENED.id, giving_up)).released == 10_00
    second.change(OPENED.id, giving_up)
    with pytest.raises(Refused):
        second.change(OPENED.id, trying)
    for ledger in (first, second):
        check(ledger.payments[OPENED.id])


# --- refunds of a payment ---------------------------------------------------------------------------------------------

TWICE = lived(HELD, capture(4_00), capture(6_00, 2))
CAPTURES = (build.operation_id("cap", 1), build.operation_id("cap", 2))


@pytest.mark.parametrize(
    "payment, amount, spread",
    [
        (TWICE, 1_00, ((CAPTURES[0], 1_00),)),
        (TWICE, 4_00, ((CAPTURES[0], 4_00),)),
        (TWICE, 5_00, ((CAPTURES[0], 4_00), (CAPTURES[1], 1_00))),
        (TWICE, None, ((CAPTURES[0], 4_00), (CAPTURES[1], 6_00))),
        (lived(TWICE, refund(5_00)), 2_00, ((CAPTURES[1], 2_00),)),
        (TAKEN, 5_00, ()),
    ],
)
def test_a_refund_is_of_the_oldest_captures_first(
    payment: Payment, amount: int | None, spread: tuple[tuple[str, int], ...]
) -> None:
    refunded = lived(payment, refund(amount, 9))

    assert refunded.operations[-1].spread == spread  # pyright: ignore[reportAttributeAccessIssue] - a refund
    check(refunded)
    assert breaks_of(refunded) == ()


@pytest.mark.parametrize(
    "payment, amount, code",
    [
        (HELD, None, Code.NOT_CAPTURED),
        (OPENED, 1_00, Code.NOT_CAPTURED),
        (TAKEN, 10_01, Code.REFUND_EXCEEDS_CAPTURED),
        (TWICE, 10_01, Code.REFUND_EXCEEDS_CAPTURED),
        (lived(TWICE, refund()), None, Code.ALREADY_REFUNDED),
        (lived(TWICE, refund()), 1, Code.ALREADY_REFUNDED),
        (lived(TAKEN, refund()), None, Code.ALREADY_REFUNDED),
    ],
)
def test_refunds_that_are_refused(payment: Payment, amount: int | None, code: Code) -> None:
    assert refusal(payment, refund(amount, 9)) == code


@pytest.mark.parametrize("bytes_of_it, code", [(1_000, None), (1_001, Code.PARAMETER_INVALID)])
def test_metadata_of_a_refund_is_bounded(bytes_of_it: int, code: Code | None) -> None:
    assert refusal(TAKEN, refund(1_00, 9, metadata="x" * bytes_of_it)) == code


# --- events -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, types",
    [
        (OPENED, ["payment_opened"]),
        (SOME["revised"], ["payment_opened", "payment_revised"]),
        (DECLINED, ["payment_opened", "payment_declined"]),
        (HELD, ["payment_opened", "payment_authorized"]),
        (TAKEN, ["payment_opened", "payment_authorized", "payment_captured"]),
        (GIVEN_UP, ["payment_opened", "payment_voided"]),
        (attempted(automatic=True), ["payment_opened", "payment_authorized", "payment_captured"]),
    ],
)
def test_events(payment: Payment, types: list[EventType]) -> None:
    assert [event.type for event in events_of(None, payment)] == types


# --- faults for the audit ---------------------------------------------------------------------------------------------


def with_terms(amount: int) -> Callable[[Payment], Payment]:
    def spoil(payment: Payment) -> Payment:
        revision = IntentUpdated(
            id=build.operation_id("rev", 7), request_id="r", at=MONDAY + HOUR, contract=CONTRACT, terms=terms(amount)
        )
        return replace(payment, operations=(*payment.operations, revision))

    return spoil


def with_another_promise(payment: Payment) -> Payment:
    again = replace(authorization_of(payment), id=build.operation_id("att", 7), response=build.response())
    return replace(
        payment,
        operations=(*payment.operations, again),
        version=payment.version + 1,
        amounts={**payment.amounts, again.id: 10_00},
    )


def with_another_opening(payment: Payment) -> Payment:
    opening = IntentCreated(
        id=build.operation_id("rev", 7), request_id="r", at=MONDAY, contract=CONTRACT, terms=terms()
    )
    return replace(payment, operations=(*payment.operations, opening), version=payment.version + 1)


def captured_although_declined(payment: Payment) -> Payment:
    taken = build.capture(7)
    return replace(
        payment,
        operations=(*payment.operations, taken),
        version=payment.version + 1,
        amounts={**payment.amounts, taken.id: 1_00},
        captures={taken.id: 1_00},
        refundable=1_00,
        due_at=MONDAY,
        unsettled_since=MONDAY,
    )


def with_parts_of_another_sum(payment: Payment) -> Payment:
    *before, last = payment.operations
    return replace(
        payment,
        operations=(*before, replace(last, spread=((CAPTURES[0], 4_00), (CAPTURES[1], 99)))),
    )


@pytest.mark.parametrize(
    "payment, spoil, rule",
    [
        (OPENED, with_terms(10_00), "counters"),  # the version
        (HELD, with_another_promise, "limits"),
        (SOME["declined and given up"], with_another_promise, "operations"),  # that void gave back nothing
        (HELD, with_another_opening, "operations"),
        (DECLINED, captured_although_declined, "limits"),
        (lived(TWICE, refund(5_00)), with_parts_of_another_sum, "operations"),
        (DECLINED, lambda payment: replace(payment, amounts={}), "operations"),
        (OPENED, lambda payment: replace(payment, remaining=10_00), "counters"),
        (GIVEN_UP, lambda payment: replace(payment, remaining=None), "counters"),
        (
            GIVEN_BACK,
            lambda payment: replace(payment, amounts={**payment.amounts, build.operation_id("void", 1): 0}),
            "operations",
        ),
    ],
)
def test_the_audit_finds_each_fault(payment: Payment, spoil: Callable[[Payment], Payment], rule: str) -> None:
    assert breaks_of(payment) == ()
    assert rule in {found.rule for found in breaks_of(spoil(payment))}
