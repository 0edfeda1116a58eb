"""The steps of a disbursement: from which statuses each is possible, what status follows, and where the money goes.

One table for the worker, the provider's updates, the sweep, the API, the operator and what is simulated. Pure.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record, replace
from paysandbox.customers.bank_account import BankAccount
from paysandbox.disbursements.disbursement import (
    FINAL,
    MAX_TRAIL,
    RESENDABLE_FOR,
    UNCLAIMED_FOR,
    Change,
    Disbursement,
    Source,
    Status,
)
from paysandbox.disbursements.methods import RETURN_CODES_OF, WATCHED_FOR, Method


class Step(StrEnum):
    """What happens to a disbursement. Most names are also those of simulated actions."""

    SEND = "send"
    PAY = "pay"
    FAIL = "fail"
    UNCLAIM = "unclaim"
    CLAIM = "claim"
    HOLD = "hold"
    RELEASE = "release"
    BLOCK = "block"
    RETURN = "return"
    REVERSE = "reverse"
    CORRECT = "correct"
    CANCEL = "cancel"
    STALL = "stall"
    GIVE_UP = "give_up"


@record(kw_only=True)
class Row:
    """A row of the table. `sources` may bring it about. `action` describes it if it can be simulated.

    `methods` are the only ones whose provider does so, if there are some.
    """

    step: Step
    before: frozenset[Status]
    after: Status
    sources: frozenset[Source]
    action: str | None = None
    methods: frozenset[str] | None = None


_OPEN: Final = frozenset({Status.PENDING, Status.PROCESSING, Status.HELD, Status.REQUIRES_ATTENTION})
_SENT: Final = frozenset({Status.PENDING, Status.PROCESSING})
_PROVIDER_OR_SIMULATED: Final = frozenset({Source.PROVIDER, Source.SIMULATED})
_UNRESOLVED: Final = frozenset({Status.REQUIRES_ATTENTION})
_OPERATOR: Final = frozenset({Source.OPERATOR})
_CORRECTS: Final = frozenset({str(Method.ACH)})

TABLE: Final = (
    Row(
        step=Step.SEND, before=frozenset({Status.PENDING}), after=Status.PROCESSING, sources=frozenset({Source.WORKER})
    ),
    Row(
        step=Step.PAY,
        before=_OPEN,
        after=Status.PAID,
        sources=_PROVIDER_OR_SIMULATED,
        action="The provider pays the recipient.",
    ),
    # Before, the provider may still say otherwise.
    Row(step=Step.PAY, before=_UNRESOLVED, after=Status.PAID, sources=_OPERATOR),
    Row(
        step=Step.FAIL,
        before=_OPEN,
        after=Status.FAILED,
        sources=_PROVIDER_OR_SIMULATED,
        action="The provider refuses it. The money is available again.",
    ),
    Row(step=Step.FAIL, before=_UNRESOLVED, after=Status.FAILED, sources=_OPERATOR),
    Row(
        step=Step.UNCLAIM,
        before=_SENT | {Status.HELD},
        after=Status.UNCLAIMED,
        sources=_PROVIDER_OR_SIMULATED,
        action="The recipient has no account at the provider. After 30 days the money returns.",
    ),
    Row(
        step=Step.CLAIM,
        before=frozenset({Status.UNCLAIMED}),
        after=Status.PAID,
        sources=_PROVIDER_OR_SIMULATED,
        action="The recipient opens an account and gets the money.",
    ),
    Row(
        step=Step.HOLD,
        before=_SENT,
        after=Status.HELD,
        sources=_PROVIDER_OR_SIMULATED,
        action="The provider holds it for a review.",
    ),
    Row(
        step=Step.RELEASE,
        before=frozenset({Status.HELD}),
        after=Status.PROCESSING,
        sources=_PROVIDER_OR_SIMULATED,
        action="The provider's review ends, and it goes on.",
    ),
    Row(
        step=Step.BLOCK,
        before=_SENT | {Status.HELD, Status.UNCLAIMED},
        after=Status.BLOCKED,
        sources=_PROVIDER_OR_SIMULATED,
        action="The provider blocks it. The money is not back yet.",
    ),
    Row(
        step=Step.RETURN,
        before=_OPEN | {Status.UNCLAIMED, Status.BLOCKED, Status.PAID},
        after=Status.RETURNED,
        sources=_PROVIDER_OR_SIMULATED,
        action="The money comes back, before it was paid or after.",
    ),
    Row(
        step=Step.REVERSE,
        before=frozenset({Status.PAID}),
        after=Status.RETURNED,
        sources=_PROVIDER_OR_SIMULATED,
        action="The provider takes back what it paid.",
    ),
    Row(
        step=Step.CORRECT,
        before=frozenset({Status.PAID}),
        after=Status.PAID,
        sources=_PROVIDER_OR_SIMULATED,
        action="The bank corrects the account that it paid, for the customer's next disbursement.",
        methods=_CORRECTS,
    ),
    # Its file may be read before that of the settlement, if that one failed.
    Row(
        step=Step.CORRECT,
        before=frozenset({Status.PROCESSING}),
        after=Status.PROCESSING,
        sources=frozenset({Source.PROVIDER}),
        methods=_CORRECTS,
    ),
    Row(
        step=Step.CANCEL,
        before=frozenset({Status.PENDING}),
        after=Status.CANCELED,
        sources=frozenset({Source.API}),
    ),
    Row(
        step=Step.CANCEL,
        before=frozenset({Status.UNCLAIMED}),
        after=Status.CANCELED,
        # The worker itself cancels one that was simulated to be unclaimed: the provider knows another status.
        sources=frozenset({Source.PROVIDER, Source.WORKER}),
    ),
    Row(
        step=Step.STALL,
        before=_SENT,
        after=Status.PROCESSING,
        sources=frozenset({Source.SIMULATED}),
        action="The provider never answers again. After 29 days it requires attention.",
    ),
    Row(
        step=Step.STALL,
        before=frozenset({Status.UNCLAIMED}),
        after=Status.UNCLAIMED,
        sources=frozenset({Source.SIMULATED}),
        action="The provider never answers again. After 30 days it requires attention.",
    ),
    Row(
        step=Step.GIVE_UP,
        before=frozenset({Status.PROCESSING, Status.HELD, Status.BLOCKED, Status.UNCLAIMED}),
        after=Status.REQUIRES_ATTENTION,
        sources=frozenset({Source.TIMER}),
    ),
)

ACTIONS: Final = tuple(dict.fromkeys(row.step for row in TABLE if Source.SIMULATED in row.sources))
"""The steps that can be simulated, in the order of the table."""

# The provider of an unknown outcome is polled after a minute, then ever more rarely, and in the end once a day.
_FIRST_POLLED_AFTER: Final = timedelta(minutes=1)
_POLLED_AT_LEAST_EVERY: Final = timedelta(days=1)
_POLLED_WHEN_OVERDUE_EVERY: Final = timedelta(hours=1)
"""When the provider's time is over and it still says the same: its clock started later, or its work takes longer."""
_PICKED_UP_AFTER: Final = timedelta(minutes=1)
"""A pending one that the stream's reader has not sent by then is sent by the sweep."""

_PARTICIPLES: Final = {
    Step.SEND: "sent",
    Step.PAY: "paid",
    Step.FAIL: "refused",
    Step.UNCLAIM: "unclaimed",
    Step.CLAIM: "claimed",
    Step.HOLD: "held",
    Step.RELEASE: "released",
    Step.BLOCK: "blocked",
    Step.RETURN: "returned",
    Step.REVERSE: "reversed",
    Step.CORRECT: "corrected",
    Step.CANCEL: "canceled",
    Step.STALL: "stalled",
    Step.GIVE_UP: "given up",
}

CODE: Final = "[A-Z0-9_]{1,40}"
"""The provider's reason, as a regular expression."""
WITH_CODE: Final = (Step.FAIL, Step.RETURN)
"""The steps for which the provider has a reason."""

_AT_ONCE: Final = tuple(
    dict.fromkeys(row.step for row in TABLE if Source.SIMULATED in row.sources and Status.PENDING in row.before)
)
OUTCOMES: Final = tuple(f"payout={step}[:<code>]" if step in WITH_CODE else f"payout={step}" for step in _AT_ONCE)
"""The outcomes of a new disbursement that a merchant may request."""

_LEFT_FOR_THE_END: Final = 3
"""Entries of the trail that only a step that ends the disbursement may use."""


def row_of(disbursement: Disbursement, step: Step, source: Source) -> Row | None:
    """Return the row of a step that is possible now, or None if it is not."""
    if step is Step.STALL and disbursement.stalled:
        return None
    for row in TABLE:
        is_of_method = row.methods is None or disbursement.method in row.methods
        if row.step is step and disbursement.status in row.before and source in row.sources and is_of_method:
            ends = row.after not in row.before and (row.after in FINAL or row.after is Status.REQUIRES_ATTENTION)
            return row if ends or len(disbursement.trail) < MAX_TRAIL - _LEFT_FOR_THE_END else None
    return None


def possible_actions(disbursement: Disbursement) -> list[Step]:
    """Return the steps that can be simulated now."""
    return [step for step in ACTIONS if row_of(disbursement, step, Source.SIMULATED) is not None]


def stepped(
    disbursement: Disbursement,
    step: Step,
    source: Source,
    at: datetime,
    *,
    code: str | None = None,
    request_id: str | None = None,
    operation_id: str | None = None,
) -> Disbursement:
    """Return the disbursement after a step at a time (UTC). Its version is one higher, and so is `attempts` if it is
    sent.

    No entry of the trail is earlier than the one before it, even if the clocks of two functions differ.

    Raises Refused(disbursement_state_unexpected) with `current_status` if the step is not possible now.
    """
    row = row_of(disbursement, step, source)
    if row is None:
        raise unexpected(disbursement, step)
    at = max(at, disbursement.trail[-1].at)
    change = Change(
        status=row.after,
        at=at,
        source=source,
        code=code,
        request_id=request_id,
        operation_id=operation_id,
        is_correction=step is Step.CORRECT,
    )
    after = replace(
        disbursement,
        trail=(*disbursement.trail, change),
        attempts=disbursement.attempts + (step is Step.SEND),
        version=disbursement.version + 1,
        sent_at=at if row.after is Status.PROCESSING and disbursement.sent_at is None else disbursement.sent_at,
        stalled=step is Step.STALL or (disbursement.stalled and row.after not in FINAL),
        cancel_requested=disbursement.cancel_requested and row.after is Status.UNCLAIMED,
    )
    return replace(after, due_at=due_at(after, at))


def requested_outcome(text: str | None, method: str, param: str) -> str | None:
    """Return the step in a requested outcome of a method, with its code, or None if none is requested.

    Raises Refused(outcome_invalid) for any other text, and for a code that the method's provider does not have.
    """
    if text is None:
        return None
    prefix, _, outcome = text.partition("=")
    step, with_code, code = outcome.partition(":")
    if prefix != "payout" or step not in _AT_ONCE or (with_code and not _fits(step, code)):
        raise Refused(Code.OUTCOME_INVALID, f"Use {', '.join(OUTCOMES[:-1])} or {OUTCOMES[-1]}.", param)
    fault = code_fault(method, Step(step), code or None)
    if fault is not None:
        raise Refused(Code.OUTCOME_INVALID, fault, param)
    return outcome


def _fits(step: str, code: str) -> bool:
    return step in WITH_CODE and re.fullmatch(CODE, code) is not None


def code_fault(method: str, step: Step, code: str | None) -> str | None:
    """Return why a method's provider has no such reason for a step, or None if it may have it."""
    known = RETURN_CODES_OF.get(method) if step is Step.RETURN and code is not None else None
    return None if known is None or code in known else f"{method} returns nothing with it. Use {', '.join(known)}."


def as_requested(disbursement: Disbursement, at: datetime) -> Disbursement:
    """Return a pending disbursement after the step that its outcome says, at a time (UTC)."""
    step, _, code = (disbursement.outcome or "").partition(":")
    return stepped(disbursement, Step(step), Source.SIMULATED, at, code=code or None)


def accepted(
    *,
    merchant: str,
    customer_id: str,
    disbursement_id: str,
    email: str,
    amount: int,
    currency: str,
    method: str,
    fee: int,
    at: datetime,
    request_id: str,
    outcome: str | None = None,
    bank_account: BankAccount | None = None,
    stripe_account: str | None = None,
) -> Disbursement:
    """Return a new disbursement, which is pending. `amount` and `fee` are in minor units, `at` is in UTC.

    `outcome` is what `requested_outcome` returned, `bank_account` what `account_to_pay` did, and `stripe_account` what
    `stripe_account_to_pay` did.
    """
    disbursement = Disbursement(
        merchant=merchant,
        customer_id=customer_id,
        id=disbursement_id,
        email=email,
        amount=amount,
        currency=currency,
        method=method,
        fee=fee,
        created_at=at,
        trail=(Change(status=Status.PENDING, at=at, source=Source.API, request_id=request_id),),
        outcome=outcome,
        bank_account=bank_account,
        stripe_account=stripe_account,
    )
    return replace(disbursement, due_at=due_at(disbursement, at))


def canceled_by_merchant(disbursement: Disbursement, at: datetime, *, request_id: str) -> Disbursement:
    """Return the disbursement after its merchant canceled it.

    A pending one is canceled. An unclaimed one is due at once, for a request to the provider to cancel it. One that is
    canceled, or about to be, is returned as it is. Raises Refused(disbursement_state_unexpected) with `current_status`
    for any other.
    """
    if disbursement.status is Status.CANCELED or disbursement.cancel_requested:
        return disbursement
    if disbursement.status is Status.UNCLAIMED:
        return replace(disbursement, cancel_requested=True, due_at=at, version=disbursement.version + 1)
    return stepped(disbursement, Step.CANCEL, Source.API, at, request_id=request_id)


def attempted(disbursement: Disbursement, at: datetime) -> Disbursement:
    """Return the disbursement as it is recorded before a request to the provider leaves: one attempt more.

    It is due again later, so that its outcome is requested even if the answer is lost.
    """
    after = replace(disbursement, attempts=disbursement.attempts + 1, version=disbursement.version + 1)
    return replace(after, due_at=due_at(after, at))


def postponed(disbursement: Disbursement, until: datetime) -> Disbursement:
    """Return the disbursement with nothing to do before a time (UTC). Its version is one higher."""
    return replace(disbursement, due_at=until, version=disbursement.version + 1)


def due_at(disbursement: Disbursement, now: datetime) -> datetime | None:
    """Return when something is left to do with a disbursement that was changed now, or None if nothing is."""
    if disbursement.status in FINAL:
        until = watched_until(disbursement)
        return min(now + _POLLED_AT_LEAST_EVERY, until) if until is not None and now < until else None
    if disbursement.status is Status.PENDING:
        return now + _PICKED_UP_AFTER
    if disbursement.status is Status.REQUIRES_ATTENTION:
        return now + _POLLED_AT_LEAST_EVERY
    if disbursement.is_out_of_providers_hands:
        return _due_at_without_provider(disbursement, now)
    wait, ends = _POLLED_AT_LEAST_EVERY, ends_at(disbursement)
    if disbursement.status is Status.PROCESSING:
        wait = min(_FIRST_POLLED_AFTER * 4 ** min(max(disbursement.attempts - 1, 0), 8), wait)
    elif disbursement.cancel_requested:
        wait = _FIRST_POLLED_AFTER
    elif now >= ends:
        wait = _POLLED_WHEN_OVERDUE_EVERY
    return min(now + wait, ends) if now < ends else now + wait


def _due_at_without_provider(disbursement: Disbursement, now: datetime) -> datetime | None:
    if disbursement.stalled:
        return max(ends_at(disbursement), now)
    if disbursement.status is not Status.UNCLAIMED:
        return None  # it stays so until another step is simulated
    return now if disbursement.cancel_requested else max(ends_at(disbursement), now)


def watched_until(disbursement: Disbursement) -> datetime | None:
    """Return until when the provider of a paid disbursement is asked whether it has returned it, or None."""
    watched = WATCHED_FOR.get(disbursement.method)
    if watched is None or disbursement.status is not Status.PAID or disbursement.reference is None:
        return None
    return None if disbursement.is_out_of_providers_hands else disbursement.since + watched


def ends_at(disbursement: Disbursement) -> datetime:
    """Return when one that was sent and is not final requires attention, unless the provider says what became of it."""
    if disbursement.status is Status.UNCLAIMED:
        return disbursement.since + UNCLAIMED_FOR
    return resendable_until(disbursement)


def resendable_until(disbursement: Disbursement) -> datetime:
    """Return until when the outcome of one that was sent may be requested by sending it again."""
    return (disbursement.sent_at or disbursement.created_at) + RESENDABLE_FOR


def may_send_again(disbursement: Disbursement, now: datetime) -> bool:
    """Whether the same bytes may be sent again: later, the provider could pay a second time."""
    return now < resendable_until(disbursement)


def is_given_up(disbursement: Disbursement, now: datetime) -> bool:
    """Whether a disbursement whose outcome is unknown requires attention now."""
    return row_of(disbursement, Step.GIVE_UP, Source.TIMER) is not None and now >= ends_at(disbursement)


def returned_amount(before: Disbursement, after: Disbursement) -> int:
    """Return what a step gives back to the merchant's funds, in minor units.

    If it was never paid, the fee comes back too.
    """
    if after.status not in FINAL or after.status is Status.PAID or before.status in FINAL - {Status.PAID}:
        return 0
    return after.amount if before.was_paid() else after.amount + after.fee


def held_amount(disbursement: Disbursement) -> int:
    """Return what a disbursement has taken from the merchant's funds and not given back, in minor units."""
    if disbursement.status in FINAL - {Status.PAID}:
        return disbursement.fee if disbursement.was_paid() else 0
    return disbursement.amount + disbursement.fee


def unexpected(disbursement: Disbursement, step: Step) -> Refused:
    """Return the refusal of a step that is not possible now."""
    possible: Mapping[str, str] = {"current_status": str(disbursement.status)}
    detail = f"The disbursement {with_verb(disbursement.status)}, so it cannot be {_PARTICIPLES[step]}."
    return Refused(Code.DISBURSEMENT_STATE_UNEXPECTED, detail, possible=possible)


def with_verb(status: Status) -> str:
    """Return a status for a sentence: `is paid`, `has failed`, `requires attention`."""
    others: Mapping[Status, str] = {Status.FAILED: "has failed", Status.REQUIRES_ATTENTION: "requires attention"}
    return others.get(status) or f"is {status}"
