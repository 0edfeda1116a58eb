"""The events of a write: exactly one for each operation it appended."""

from dataclasses import replace

import pytest

from paysandbox.core.event_type import EventType
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import payment_message
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.settlement import Settled
from paysandbox.payments.payment import CONTRACT, Payment
from tests.support.builders import build, intents
from tests.support.builders.build import DAY, MONDAY

# The same first operation as in `lived`, so that one payment is a prefix of the other.
APPROVED = build.authorized(10_00, request_id="request-of-life")
CAPTURED = build.lived(10_00, captures=[4_00])
REFUNDED = build.lived(10_00, captures=[4_00], refunds=[(1, 1_00)])
AUTOMATIC = build.authorized(10_00, automatic=True)
DECLINED = build.authorized(10_00, declined=build.decline())


def ended(payment: Payment, by: str) -> Payment:
    """Return the payment after the remainder was released: `void` or `exp`."""
    at = MONDAY + 8 * DAY
    operation_id = build.operation_id(by, 9)
    operation = (
        Expiry(id=operation_id, request_id="sweep", at=at, contract=CONTRACT) if by == "exp" else build.void(9, at=at)
    )
    return replace(
        payment,
        operations=(*payment.operations, operation),
        amounts={**payment.amounts, operation_id: payment.remaining or 0},
        remaining=0,
        version=payment.version + 1,
    )


def settled(payment: Payment, *lines: str, batch: str = "2026-11-16") -> Payment:
    """Return the payment after a batch settled these operations, at a fee of 7 each."""
    operation = build.settlement(*(Settled(line, 7) for line in lines), batch=batch)
    return replace(payment, operations=(*payment.operations, operation), version=payment.version + 1)


OPENED = intents.opened()

CAPTURE, REFUND = build.operation_id("cap", 1), build.operation_id("ref", 2)
SETTLED = settled(REFUNDED, CAPTURE, REFUND)

A, C, V, R, X, S = (
    EventType.PAYMENT_AUTHORIZED,
    EventType.PAYMENT_CAPTURED,
    EventType.PAYMENT_VOIDED,
    EventType.PAYMENT_REFUNDED,
    EventType.PAYMENT_EXPIRED,
    EventType.TRANSACTION_SETTLED,
)


@pytest.mark.parametrize(
    "before, after, told",
    [
        (None, APPROVED, [(1, A)]),
        (None, DECLINED, [(1, EventType.PAYMENT_DECLINED)]),
        (None, AUTOMATIC, [(1, A), (2, C)]),
        (APPROVED, CAPTURED, [(2, C)]),
        (CAPTURED, REFUNDED, [(3, R)]),
        (APPROVED, ended(APPROVED, "void"), [(2, V)]),
        (CAPTURED, ended(CAPTURED, "exp"), [(3, X)]),
        # One settlement operation, with an event for each operation that it settles.
        (REFUNDED, SETTLED, [(4, S), (4, S)]),
        (settled(REFUNDED, CAPTURE), settled(settled(REFUNDED, CAPTURE), REFUND, batch="2026-11-17"), [(5, S)]),
        (None, OPENED, [(1, EventType.PAYMENT_OPENED)]),
        (OPENED, intents.lived(OPENED, intents.revise(intents.terms(7_00))), [(2, EventType.PAYMENT_REVISED)]),
        (OPENED, intents.lived(OPENED, intents.attempt("51")), [(2, EventType.PAYMENT_DECLINED)]),
        (OPENED, intents.lived(OPENED, intents.cancel()), [(2, V)]),
        (None, intents.attempted(automatic=True), [(1, EventType.PAYMENT_OPENED), (2, A), (3, C)]),
        # A reader that starts late, or a write that appends more than one operation.
        (None, REFUNDED, [(1, A), (2, C), (3, R)]),
        (APPROVED, REFUNDED, [(2, C), (3, R)]),
        # A changed TTL or due time is not a new event.
        (CAPTURED, replace(CAPTURED, purge_at=1, due_at=None), []),
    ],
)
def test_event_types_of_a_write(before: Payment | None, after: Payment, told: list[tuple[int, EventType]]) -> None:
    assert [(event.sequence, event.type) for event in events_of(before, after)] == told


def test_event_has_operation_and_merchant() -> None:
    (event,) = events_of(CAPTURED, ended(CAPTURED, "exp"))
    assert event.step.operation.id == build.operation_id("exp", 9)
    assert (event.at, event.merchant) == (MONDAY + 8 * DAY, build.MERCHANT)
    assert event.step.after.released == 6_00


def test_event_ids_are_derived_from_the_operation() -> None:
    at_once = [event.id for event in events_of(None, REFUNDED)]
    one_by_one = [
        event.id
        for before, after in ((None, APPROVED), (APPROVED, CAPTURED), (CAPTURED, REFUNDED))
        for event in events_of(before, after)
    ]
    assert at_once == one_by_one
    assert len(set(at_once)) == 3


def test_operations_settled_together_have_separate_event_ids() -> None:
    together = events_of(REFUNDED, SETTLED)
    assert [event.settled for event in together] == [Settled(CAPTURE, 7), Settled(REFUND, 7)]
    assert [(event.sequence, event.place) for event in together] == [(4, 0), (4, 1)]
    assert [payment_message(event).place for event in together] == [0, 1]
    ids = {event.id for event in (*together, *events_of(None, REFUNDED))}
    assert len(ids) == 5
    assert [event.id for event in events_of(None, SETTLED)][-2:] == [event.id for event in together]


def test_event_ids_are_stable() -> None:
    """Receivers store the ids: with another derivation, an event would look new to them."""
    assert [event.id for event in events_of(None, APPROVED)] == ["evt_tiq7xhuhb6iafsomcdficmetil"]
    assert events_of(REFUNDED, SETTLED)[0].id == "evt_g63nhp5cd6j2d33s6rcv6c4rvk"


def test_removed_operations_are_an_error() -> None:
    with pytest.raises(AssertionError, match="has lost operations"):
        events_of(REFUNDED, CAPTURED)
    with pytest.raises(AssertionError, match="has lost operations"):
        events_of(ended(APPROVED, "void"), REFUNDED)
