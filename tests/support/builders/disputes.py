"""Payments with disputes, made by the rules alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.payments.change import Change
from paysandbox.payments.disputes import rules as dispute_rules
from paysandbox.payments.disputes.dispute import Dispute
from paysandbox.payments.disputes.fees import DisputeFees
from paysandbox.payments.payment import CONTRACT, SIMULATED, Payment, state_of
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation import simulation
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MONDAY

FEES: Final = DisputeFees(default=15_00)
OPENED_AT: Final = MONDAY + HOUR
CAPTURED: Final = build.lived(10_00, captures=[10_00])
DIGEST: Final = "0" * 64


def stamp(key: str, at: datetime = OPENED_AT, *, source: str | None = SIMULATED, fees: DisputeFees = FEES) -> Stamp:
    """Return the stamp of a step."""
    return Stamp(
        key=key, request_id="request-dispute", at=at, contract=CONTRACT, validity_s=0, source=source, dispute_fees=fees
    )


def after(payment: Payment, change: Change) -> Payment:
    """Return the payment after a change, which must fit, and with the time of its last timer."""
    assert change.fits(payment)
    done = change.apply(payment)
    due = [timer.at for operation in done.operations for timer in operation.timers]
    return replace(done, open_until=max(due, default=None))


def disputed(payment: Payment = CAPTURED, key: str = "open", at: datetime = OPENED_AT, **arguments: Any) -> Payment:
    """Open a dispute: `reason`, `amount`, `kind`, `due_in`."""
    return after(payment, simulation.step(payment, payment.id, "dispute", arguments, stamp(key, at)))


def stepped(payment: Payment, name: str, key: str | None = None, at: datetime | None = None) -> Payment:
    """Simulate a step of the payment's latest dispute."""
    last = latest(payment)
    when = at or last.updated_at + timedelta(minutes=1)
    return after(payment, simulation.step(payment, last.id, name, {}, stamp(key or name, when)))


def submitted(payment: Payment, *texts: str, key: str = "evidence", at: datetime | None = None) -> Payment:
    """Submit evidence in the payment's latest dispute."""
    last = latest(payment)
    mark = stamp(key, at or last.updated_at + timedelta(minutes=1), source=None)
    return after(payment, dispute_rules.submit(payment, last.id, digest=DIGEST, texts=texts, stamp=mark))


def accepted(payment: Payment, key: str = "accept") -> Payment:
    """Accept the payment's latest dispute."""
    last = latest(payment)
    return after(payment, dispute_rules.accept(payment, last.id, stamp(key, last.updated_at + DAY, source=None)))


def latest(payment: Payment) -> Dispute:
    """Return the payment's latest dispute."""
    return list(state_of(payment).disputes.values())[-1]


def first_lost(payment: Payment) -> Payment:
    """Accept the payment's first dispute."""
    first = next(iter(state_of(payment).disputes))
    return after(payment, dispute_rules.accept(payment, first, stamp("first", OPENED_AT + HOUR, source=None)))


def ids_of(payment: Payment, numbers: Iterable[int]) -> list[str]:
    """Return the IDs of the payment's disputes with these numbers."""
    return [ids.dispute_id(payment.id, number) for number in numbers]


NEEDS_RESPONSE: Final = disputed()
PARTLY: Final = disputed(amount=4_00)
UNDER_REVIEW: Final = submitted(NEEDS_RESPONSE)
WON: Final = stepped(UNDER_REVIEW, "win")
LOST: Final = stepped(UNDER_REVIEW, "lose")
ACCEPTED: Final = accepted(NEEDS_RESPONSE)
EXPIRED: Final = stepped(NEEDS_RESPONSE, "expire", at=OPENED_AT + 10 * DAY)
WITHDRAWN: Final = stepped(NEEDS_RESPONSE, "withdraw")
CONTESTED: Final = stepped(WON, "escalate")
ARBITRATED: Final = submitted(CONTESTED, key="again")
WON_TWICE: Final = stepped(ARBITRATED, "win", key="win again")
INQUIRED: Final = disputed(kind="inquiry")
INQUIRY_REVIEWED: Final = submitted(INQUIRED)
INQUIRY_CLOSED: Final = stepped(INQUIRED, "expire", at=OPENED_AT + 120 * DAY)
ESCALATED: Final = stepped(INQUIRED, "escalate")
SEVERAL: Final = disputed(kind="several")
LOST_ONE: Final = first_lost(SEVERAL)
WON_ONE: Final = stepped(submitted(SEVERAL), "win")
LOST_AND_WON: Final = first_lost(WON_ONE)
COMPELLING: Final = disputed(kind="compelling_evidence")
COMPLIANCE: Final = disputed(kind="compliance")

EACH: Final = {
    "needs response": NEEDS_RESPONSE,
    "partly": PARTLY,
    "under review": UNDER_REVIEW,
    "won": WON,
    "lost": LOST,
    "accepted": ACCEPTED,
    "expired": EXPIRED,
    "withdrawn": WITHDRAWN,
    "contested": CONTESTED,
    "arbitrated": ARBITRATED,
    "won twice": WON_TWICE,
    "inquired": INQUIRED,
    "inquiry reviewed": INQUIRY_REVIEWED,
    "inquiry closed": INQUIRY_CLOSED,
    "escalated": ESCALATED,
    "several": SEVERAL,
    "one of several lost": LOST_ONE,
    "one of several won": WON_ONE,
    "one lost and one won": LOST_AND_WON,
    "compelling evidence": COMPELLING,
    "compliance": COMPLIANCE,
}
