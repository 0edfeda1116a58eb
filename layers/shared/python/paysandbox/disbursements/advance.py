"""Do what is due on a disbursement: send it, ask for its outcome, cancel it at the provider, or give it up.

A request to the provider is recorded before its first byte leaves, on the condition that the disbursement has not
changed. So of two workers only one sends it, and after a crash it is due again. It is always sent under the same batch
ID, which the provider pays once.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from paysandbox.aws import telemetry
from paysandbox.core.errors import Refused
from paysandbox.core.metrics import Metric
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.news import apply_provider_update
from paysandbox.disbursements.rail import ProviderUpdate, Rail, Unknown
from paysandbox.disbursements.steps import (
    Step,
    attempted,
    ends_at,
    is_given_up,
    may_send_again,
    postponed,
    stepped,
)
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, record

Clock = Callable[[], datetime]
_Request = Callable[[Disbursement], ProviderUpdate | Unknown]

_COUNTED_EVERY: Final = timedelta(days=1)
"""How often one that requires attention is counted."""
_POSTPONED_AT_MOST: Final = timedelta(days=1)
_NOT_CONFIGURED_FOR: Final = timedelta(minutes=1)
"""Then a rail without credentials is tried again, because only an operator knows when they are there."""


def advance(table: DisbursementsTable, rail: Rail, disbursement: Disbursement, clock: Clock) -> Disbursement:
    """Do what is due on a disbursement as it was read, and return it as of then. `clock` gives the time (UTC).

    If it has changed since it was read, or nothing is due, nothing is sent, and the argument is returned. Raises
    Refused(service_unavailable) if other writes were first each time, and errors of DynamoDB.
    """
    now, one = clock(), disbursement
    if one.status is Status.PENDING:
        return _request(table, rail.send, one, stepped(one, Step.SEND, Source.WORKER, now), clock)
    if one.due_at is None or (now < one.due_at and not one.cancel_requested):
        return one
    if one.status is Status.REQUIRES_ATTENTION:
        return _count_again(table, one, now)
    if one.is_out_of_providers_hands:
        return _advance_without_provider(table, one, now)
    request = _request_of(rail, one, now)
    if request is None:
        return _give_up(table, one, now) if is_given_up(one, now) else _postpone(table, one, ends_at(one))
    after = _request(table, request, one, attempted(one, now), clock)
    if after.cancel_requested and after.item_reference and not one.item_reference:
        return advance(table, rail, after, clock)  # it can be canceled now
    return after


def _request_of(rail: Rail, one: Disbursement, now: datetime) -> _Request | None:
    """Return the request that finds out the outcome, or None if there is none that cannot pay a second time."""
    if one.cancel_requested and one.item_reference:
        return rail.cancel
    if one.reference:
        return rail.ask
    return rail.send if may_send_again(one, now) else None


def _request(
    table: DisbursementsTable, request: _Request, one: Disbursement, recorded: Disbursement, clock: Clock
) -> Disbursement:
    """Record a request, make it, and apply its answer."""
    if not record(table, one, recorded):
        return one
    try:
        answer = request(recorded)
    except Refused as refused:
        telemetry.disbursement("provider not configured", _facts(recorded) | {"error": str(refused.code)}, failed=True)
        now = clock()
        if is_given_up(recorded, now):
            return _give_up(table, recorded, now)
        # Nothing was sent. Counted, the request after this one would not be known to be the first.
        return _postpone(table, replace(recorded, attempts=one.attempts), now + _NOT_CONFIGURED_FOR)
    now = clock()
    if isinstance(answer, ProviderUpdate):
        return apply_provider_update(table, recorded, answer, now)
    facts = {"attempts": recorded.attempts, "reason": answer.reason, "retry_after_s": answer.retry_after_s}
    telemetry.disbursement("outcome unknown", _facts(recorded) | facts)
    wait = min(timedelta(seconds=answer.retry_after_s or 0), _POSTPONED_AT_MOST)
    return _without_answer(table, recorded, now, max(recorded.due_at or now, now + wait))


def _without_answer(table: DisbursementsTable, one: Disbursement, now: datetime, due_at: datetime) -> Disbursement:
    """Give up one whose time is over. Otherwise let it be due at a time (UTC)."""
    if is_given_up(one, now):
        return _give_up(table, one, now)
    return one if due_at == one.due_at else _postpone(table, one, due_at)


def _advance_without_provider(table: DisbursementsTable, one: Disbursement, now: datetime) -> Disbursement:
    """Do what is due on one that is stalled, or that was simulated to be unclaimed: its money returns in time."""
    if one.stalled:
        return _give_up(table, one, now) if is_given_up(one, now) else _postpone(table, one, ends_at(one))
    if one.cancel_requested:
        after = stepped(one, Step.CANCEL, Source.WORKER, now)
    elif now >= ends_at(one):
        after = stepped(one, Step.RETURN, Source.SIMULATED, now)
    else:
        return one
    return after if record(table, one, after) else one


def _give_up(table: DisbursementsTable, one: Disbursement, now: datetime) -> Disbursement:
    after = stepped(one, Step.GIVE_UP, Source.TIMER, now)
    if not record(table, one, after):
        return one
    _count(after)
    return after


def _count_again(table: DisbursementsTable, one: Disbursement, now: datetime) -> Disbursement:
    after = _postpone(table, one, now + _COUNTED_EVERY)
    if after is not one:
        _count(after)
    return after


def _count(one: Disbursement) -> None:
    facts = _facts(one) | {"reference": one.reference, "attempts": one.attempts}
    telemetry.disbursement("requires attention", facts, Metric.DISBURSEMENTS_UNRESOLVED, failed=True)


def _postpone(table: DisbursementsTable, one: Disbursement, until: datetime) -> Disbursement:
    after = postponed(one, until)
    return after if record(table, one, after) else one


def _facts(one: Disbursement) -> dict[str, object]:
    return {
        "merchant": one.merchant,
        "payment_id": one.id,
        "customer_id": one.customer_id,
        "status": str(one.status),
    }
