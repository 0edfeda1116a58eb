"""A settlement's run: how a batch is opened, gone on with, closed and failed. Between them come `entering`,
`bookkeeping`, `reports` and `announcing`, in this order.

Every step may come again: a run that was killed is started again, two may be at work at once, and Step Functions
repeats what failed. What makes that harmless is in `table.settlement_writes`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import DUE_SHARDS, ENTRY_SHARDS
from paysandbox.aws.settings import SettlementSettings
from paysandbox.core.card_numbers import without_card_numbers
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.settlement.batch import BatchStatus, Count, Failure, StoredBatch
from paysandbox.settlement.batches import exclusions_of, get_batch, latest_batch, statements_of
from paysandbox.settlement.business_day import BatchName, business_date, cutoff_of, is_skipped, read_days
from paysandbox.settlement.settlement import MAX_REASON_LENGTH, Batch
from paysandbox.settlement.tables import batches
from paysandbox.settlement.writes import close_batch, close_last, fail_batch, open_batch, store_copy, take_over

TimeLeft = Callable[[], bool]

NOW: Final = "now"
FAILED_IN: Final = "failed_in_"
"""Before a step's name: where the state machine puts the error of a step that failed."""

_MAX_TRIES: Final = 5
_MICROSECOND: Final = timedelta(microseconds=1)


class NotAtWorkError(Exception):
    """A step of a batch that is not the open one: it was closed, and a later one may be open by now."""


class RunRefusedError(Exception):
    """A run that cannot be. The text says why."""


class ContendedError(Exception):
    """Others opened and closed batches all the time; it is to be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What became of the wish to settle: `opened`, `continued`, `already_closed`, `skipped` or `refused`.

    `shards` and `slices` are what the machine maps over: shards of what is due, and of entries and merchants.
    """

    status: str
    batch: str = ""
    reason: str = ""
    shards: tuple[int, ...] = ()
    slices: tuple[int, ...] = ()


def begin(wanted: Mapping[str, Any], execution: str) -> Opened:
    """Open the batch that is wanted, or go on with the one that is open, whatever was wanted.

    `wanted` is `{}` for the nightly run (the day before, at its cut-off), `{"day": "2026-11-20"}` for a day by its
    cut-off, or `{"cutoff": "now"}` (or an instant) for what was recorded by then. The cut-off is never in the future.
    """
    now = runtime.now()
    try:
        cutoff = _cutoff(wanted, now)
    except RunRefusedError as refused:
        return Opened(status="refused", reason=str(refused))
    if cutoff is None:
        return Opened(status="skipped", reason=f"No run starts on {business_date(now)}.")
    for _ in range(_MAX_TRIES):
        last = latest_batch(batches())
        if last is not None and last.status is not BatchStatus.CLOSED:
            if take_over(batches(), last, execution):
                return _at_work("continued", last)
        elif last is not None and cutoff <= last.batch.cutoff:
            return Opened(
                status="already_closed",
                batch=last.name,
                reason=f"All that was recorded by {cutoff} was settled by {last.name}.",
            )
        else:
            fresh = _fresh(cutoff, now, last, execution)
            if open_batch(batches(), fresh):
                store_copy(batches(), fresh)
                return _at_work("opened", fresh)
    raise ContendedError


def at_work(batch: str) -> StoredBatch:
    """The open batch, which must be that one. Raises NotAtWorkError."""
    last = latest_batch(batches())
    if last is None or last.name != batch or last.status is BatchStatus.CLOSED:
        raise NotAtWorkError(batch)
    return last


def is_closed(batch: str) -> bool:
    """Whether a batch is closed, so that a step which comes late has nothing to do."""
    kept = get_batch(batches(), batch)
    return kept is not None and kept.status is BatchStatus.CLOSED


def finish(batch: str) -> None:
    """Close a batch with its control totals over all merchants. One that is closed stays as it is.

    Its copy for readers is closed first. Where a run ended between the two, every step finds the batch closed and
    nothing to do, and no other batch could open: so whoever comes here again does the rest.
    """
    copy = get_batch(batches(), batch)
    if copy is not None and copy.status is BatchStatus.CLOSED:
        close_last(batches(), copy)
        return
    kept = at_work(batch)
    merchants, counts = 0, dict[str, Count]()
    for statement in statements_of(batches(), batch):
        merchants += bool(statement.rows)
        for currency, balance in statement.balances.items():
            count, total = counts.get(currency, Count(currency=currency)), statement.totals.get(currency)
            count = replace(count, paid_out=count.paid_out + balance.paid_out)
            if total is not None:
                count = replace(
                    count,
                    count=count.count + total.count,
                    gross=count.gross + total.gross,
                    refunds=count.refunds + total.refunds,
                    fees=count.fees + total.fees,
                )
            counts[currency] = count
    told = [counts[currency] for currency in sorted(counts)]
    aside = len(exclusions_of(batches(), batch))
    close_batch(batches(), kept, runtime.now(), told, merchants=merchants, set_aside=aside)
    telemetry.swept("batch closed", {"batch": batch, "merchants": merchants, "set_aside": aside})


def fail(state: Mapping[str, Any]) -> Failure:
    """Say where and why a run ended, as the machine's state tells it. The batch stays to be gone on with."""
    failure = _failure(state)
    if state.get("batch"):
        fail_batch(batches(), state["batch"], failure)
    telemetry.settlement_failed({"batch": state.get("batch"), "step": failure.step}, failure.reason)
    return failure


def _failure(state: Mapping[str, Any]) -> Failure:
    for name, error in state.items():
        if name.startswith(FAILED_IN):
            told = f"{error.get('Error', '')}: {error.get('Cause', '')}"
            return Failure(step=name.removeprefix(FAILED_IN), reason=without_card_numbers(told)[:MAX_REASON_LENGTH])
    return Failure(step="close_books", reason=str(state.get("books", {}).get("reason", ""))[:MAX_REASON_LENGTH])


def _cutoff(wanted: Mapping[str, Any], now: datetime) -> datetime | None:
    """The cut-off that is wanted; None for a nightly run on a day without one. Raises RunRefusedError."""
    if wanted.get("cutoff") == NOW:
        return now
    if not wanted.keys() & {"cutoff", "day"}:
        return _nightly(now)
    try:
        cutoff = (
            parse_timestamp(wanted["cutoff"]) if "cutoff" in wanted else cutoff_of(date.fromisoformat(wanted["day"]))
        )
    except (ValueError, TypeError, OverflowError):
        raise RunRefusedError(f"{dict(wanted)} names no day and no instant.") from None
    if cutoff.tzinfo is None:
        raise RunRefusedError(f"The cut-off {cutoff} has no zone; write 2026-11-20T17:30:00Z.")
    if cutoff > now:
        raise RunRefusedError(f"The cut-off {cutoff} is in the future; here it is {now}.")
    return cutoff


def _nightly(now: datetime) -> datetime | None:
    settings, today = runtime.settings_of(SettlementSettings), business_date(now)
    holidays = read_days(settings.settlement_holidays)
    if is_skipped(today, weekends=settings.settlement_skips_weekends, holidays=holidays):
        return None
    return cutoff_of(today - timedelta(days=1))


def _fresh(cutoff: datetime, now: datetime, last: StoredBatch | None, execution: str) -> StoredBatch:
    settings = runtime.settings_of(SettlementSettings)
    day = business_date(cutoff - _MICROSECOND)
    name = BatchName.next(max(day, last.batch.name.day) if last else day, last.batch.name if last else None)
    return StoredBatch(
        batch=Batch(name, cutoff, last.batch.cutoff if last else None),
        status=BatchStatus.OPEN,
        opened_at=now,
        execution=execution,
        fees=settings.settlement_fees,
        minimum_payout=settings.payout_minimum,
        before=last.name if last else None,
    )


def _at_work(status: str, kept: StoredBatch) -> Opened:
    return Opened(status=status, batch=kept.name, shards=tuple(range(DUE_SHARDS)), slices=tuple(range(ENTRY_SHARDS)))
