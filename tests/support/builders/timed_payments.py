"""Payments that wait for the bank's answer, with timers, and a small simulation table to perform them by.

The rows do what those of the sandbox do, with as little as a sweep needs: an attempt that is answered, an approval that
starts a timer of its own, and a step that is possible while something is held.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from paysandbox.aws import runtime
from paysandbox.core import ids
from paysandbox.core.guard import Guard
from paysandbox.payments.attempts.rules import answer_attempt
from paysandbox.payments.bank.response import Decline, Response
from paysandbox.payments.change import REMAINING, VERSION, Change
from paysandbox.payments.ledger.store import put_payment
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.operations.authorization_pending import AuthorizationPending
from paysandbox.payments.operations.reversal import Reversal
from paysandbox.payments.payment import CONTRACT, Payment, Status, Timer, state_of
from paysandbox.payments.simulated_action import Action, Arguments, Kind, Parameter, Stamp
from paysandbox.payments.timers import tables as timer_table, timers
from paysandbox.payments.timers.timer import StoredTimer, timers_of
from tests.support.builders import build

HOUR: Final = timedelta(hours=1)


def _approve(payment: Payment, object_id: str, arguments: Arguments, stamp: Stamp) -> Change:
    change = _answer(payment, stamp, Response())
    if "then" not in arguments:
        return change
    timer = Timer(step="reverse", at=stamp.at + int(arguments["then"]) * HOUR, of=object_id)
    return replace(change, operation=replace(change.operation, timers=(timer,)))


def _decline(payment: Payment, object_id: str, arguments: Arguments, stamp: Stamp) -> Change:
    decline = Decline(decline_code=str(arguments["code"]), advice_code="try_again_later")
    return _answer(payment, stamp, Response("51", decline))


def _answer(payment: Payment, stamp: Stamp, response: Response) -> Change:
    attempt = state_of(payment).attempt
    assert attempt is not None
    return answer_attempt(payment, attempt, stamp, response=response)


def _reverse(payment: Payment, object_id: str, arguments: Arguments, stamp: Stamp) -> Change:
    reversal = Reversal(
        id=stamp.operation_id(ids.REVERSAL, payment.id),
        request_id=stamp.request_id,
        at=stamp.at,
        contract=stamp.contract,
        source=stamp.source,
    )
    return Change(
        payment_id=payment.id,
        merchant=payment.merchant,
        operation=reversal,
        guards=(Guard(VERSION, "=", payment.version, None),),
        assign={("amounts", reversal.id): state_of(payment).remaining, REMAINING: 0},
    )


ROWS: Final = (
    Action(
        kind=Kind.PAYMENT,
        name="approve",
        description="The bank approves.",
        statuses=(Status.PROCESSING,),
        decide=_approve,
        parameters=(Parameter(name="then", description="The bank releases the hold after so many hours."),),
    ),
    Action(
        kind=Kind.PAYMENT,
        name="decline",
        description="The bank declines.",
        statuses=(Status.PROCESSING,),
        decide=_decline,
        parameters=(Parameter(name="code", description="The decline code."),),
    ),
    Action(
        kind=Kind.PAYMENT,
        name="reverse",
        description="The bank releases the hold.",
        statuses=(Status.APPROVED,),
        decide=_reverse,
    ),
)


def pending(number: int, *due: Timer, now: datetime, merchant: str = build.MERCHANT, series: str = "timed") -> Payment:
    """Return payment `number` of a series, of 10.00, which waits for the bank's answer."""
    approved = build.authorized(10_00, payment_id=ids.payment_id(series, str(number)), now=now, merchant=merchant)
    first = authorization_of(approved)
    attempt = AuthorizationPending(
        id=approved.id,
        request_id=first.request_id,
        at=first.at,
        contract=CONTRACT,
        timers=due,
        card=first.card,
        response=first.response,
        amount=10_00,
        approved=10_00,
    )
    return replace(approved, operations=(attempt,), remaining=None, due_at=None)


def put(payment: Payment, *, with_timers: bool = True) -> list[StoredTimer]:
    """Store a payment as a request does, and its timers as the stream's reader does. Return the timers."""
    stored, _ = put_payment(runtime.ledger(), payment)
    of_payment = [*timers_of(stored)]
    if with_timers:
        timers.store_timers(timer_table.table(), of_payment)
    return of_payment
