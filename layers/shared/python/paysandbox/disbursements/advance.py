"""Do what is due on a disbursement: send it, ask for its outcome, cancel it at the provider, or give it up.

A request to the provider is recorded before its first byte leaves, on the condition that the disbursement has not
changed. So of two workers only one sends it, and after a crash it is due again. It is always sent under the same batch
ID, which the provider pays once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from paysandbox.aws import telemetry
from paysandbox.core.errors import Refused
from paysandbox.core.metrics import Metric
from paysandbox.core.record import replace
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.provider_updates import apply_provider_update
from paysandbox.disbursements.rail import ProviderUpdate, Rail, Unknown
from paysandbox.disbursements.steps import (
    Step,
    as_requested,
    attempted,
    ends_at,
    is_given_up,
    may_send_again,
    postponed,
    stepped,
)
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, put_after

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
    now = clock()
    if disbursement.status is Status.PENDING and disbursement.outcome is not None:
        after = as_requested(disbursement, now)
        return after if put_after(table, disbursement, after) else disbursement
    if disbursement.status is Status.PENDING:
        return _request(table, rail.send, disbursement, stepped(disbursement, Step.SEND, Source.WORKER, now), clock)
    if disbursement.due_at is None or (now < disbursement.due_at and not disbursement.cancel_requested):
        return disbursement
    if disbursement.status is Status.REQUIRES_ATTENTION:
        return _count_again(table, disbursement, now)
    if disbursement.is_out_of_providers_hands:
        return _advance_without_provider(table, disbursement, now)
    request = _request_of(rail, disbursement, now)
    if request is None:
        return _give_up_or_wait(table, disbursement, now)
    after = _request(table, request, disbursement, attempted(disbursement, now), clock)
    if after.cancel_requested and after.item_reference and not disbursement.item_reference:
        return advance(table, rail, after, clock)  # it can be canceled now
    return after


def _request_of(rail: Rail, disbursement: Disbursement, now: datetime) -> _Request | None:
    """Return the request that finds out the outcome, or None if there is none that cannot pay a second time."""
    if disbursement.cancel_requested and disbursement.item_reference:
        return rail.cancel
    if disbursement.reference:
        return rail.ask
    return rail.send if may_send_again(disbursement, now) else None


def _request(
    table: DisbursementsTable, request: _Request, disbursement: Disbursement, recorded: Disbursement, clock: Clock
) -> Disbursement:
    """Record a request, make it, and apply its answer."""
    if not put_after(table, disbursement, recorded):
        return disbursement
    try:
        answer = request(recorded)
    except Refused as refused:
        telemetry.disbursement("provider not configured", _facts(recorded) | {"error": str(refused.code)}, failed=True)
        now = clock()
        if is_given_up(recorded, now):
            return _give_up(table, recorded, now)
        # Nothing was sent. Counted, the request after this one would not be known to be the first.
        return _postpone(table, replace(recorded, attempts=disbursement.attempts), now + _NOT_CONFIGURED_FOR)
    now = clock()
    if isinstance(answer, ProviderUpdate):
        return apply_provider_update(table, recorded, answer, now)
    facts = {"attempts": recorded.attempts, "reason": answer.reason, "retry_after_s": answer.retry_after_s}
    telemetry.disbursement("outcome unknown", _facts(recorded) | facts)
    wait = min(timedelta(seconds=answer.retry_after_s or 0), _POSTPONED_AT_MOST)
    return _without_answer(table, recorded, now, max(recorded.due_at or now, now + wait))


def _without_answer(
    table: DisbursementsTable, disbursement: Disbursement, now: datetime, due_at: datetime
) -> Disbursement:
    """Give up a disbursement whose time is over. Otherwise let it be due at a time (UTC)."""
    if is_given_up(disbursement, now):
        return _give_up(table, disbursement, now)
    return disbursement if due_at == disbursement.due_at else _postpone(table, disbursement, due_at)


def _advance_without_provider(table: DisbursementsTable, disbursement: Disbursement, now: datetime) -> Disbursement:
    """Do what is due on a disbursement that is stalled, or simulated to be unclaimed: its money returns in time."""
    if disbursement.stalled:
        return _give_up_or_wait(table, disbursement, now)
    if disbursement.cancel_requested:
        after = stepped(disbursement, Step.CANCEL, Source.WORKER, now)
    elif now >= ends_at(disbursement):
        after = stepped(disbursement, Step.RETURN, Source.SIMULATED, now)
    else:
        return disbursement
    return after if put_after(table, disbursement, after) else disbursement


def _give_up_or_wait(table: DisbursementsTable, disbursement: Disbursement, now: datetime) -> Disbursement:
    if is_given_up(disbursement, now):
        return _give_up(table, disbursement, now)
    return _postpone(table, disbursement, ends_at(disbursement))


def _give_up(table: DisbursementsTable, disbursement: Disbursement, now: datetime) -> Disbursement:
    after = stepped(disbursement, Step.GIVE_UP, Source.TIMER, now)
    if not put_after(table, disbursement, after):
        return disbursement
    _count(after)
    return after


def _count_again(table: DisbursementsTable, disbursement: Disbursement, now: datetime) -> Disbursement:
    after = _postpone(table, disbursement, now + _COUNTED_EVERY)
    if after is not disbursement:
        _count(after)
    return after


def _count(disbursement: Disbursement) -> None:
    facts = _facts(disbursement) | {"reference": disbursement.reference, "attempts": disbursement.attempts}
    telemetry.disbursement("requires attention", facts, Metric.DISBURSEMENTS_UNRESOLVED, failed=True)


def _postpone(table: DisbursementsTable, disbursement: Disbursement, until: datetime) -> Disbursement:
    after = postponed(disbursement, until)
    return after if put_after(table, disbursement, after) else disbursement


def _facts(disbursement: Disbursement) -> dict[str, object]:
    return {
        "merchant": disbursement.merchant,
        "payment_id": disbursement.id,
        "customer_id": disbursement.customer_id,
        "status": str(disbursement.status),
    }
