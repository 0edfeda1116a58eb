"""Settlement run: open, resume, close and fail a batch. The steps between opening and closing are `collect_entries`,
`bookkeeping`, `reports`, `mark_settled` and `notify_merchants`, in this order.

Every step is idempotent: a killed run is restarted, two runs may be active at once, and Step Functions retries failed
steps. The conditional writes that make this safe are in `settlement.writes`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.schema import DUE_SHARDS_READ, ENTRY_SHARDS
from paysandbox.aws.settings import FeeSettings, SettlementSettings
from paysandbox.core.break_type import BreakType
from paysandbox.core.cards.card_numbers import without_card_numbers
from paysandbox.core.record import record, replace
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
"""Prefix of the state key in which the state machine stores a failed step's error; the step's name follows."""

_MAX_TRIES: Final = 5
_MICROSECOND: Final = timedelta(microseconds=1)


class NotAtWorkError(Exception):
    """The step's batch is not the open batch: it has been closed, and a later batch may be open."""


class RunRefusedError(Exception):
    """The requested run is invalid. The message has the reason."""


class ContendedError(Exception):
    """Concurrent runs kept opening and closing batches. Retry."""


@record(kw_only=True)
class Opened:
    """Outcome of a settlement request: `opened`, `continued`, `already_closed`, `skipped` or `refused`.

    The state machine maps over `shards`, the shards of due payments, and `slices`, the shards of entries and merchants.
    """

    status: str
    batch: str = ""
    reason: str = ""
    shards: tuple[int, ...] = ()
    slices: tuple[int, ...] = ()


def begin(requested: Mapping[str, Any], execution: str) -> Opened:
    """Open the requested batch, or resume the batch that is open, regardless of the request.

    `requested` is `{}` for the nightly run (the previous day, up to its cut-off), `{"day": "2026-11-20"}` for a day up
    to its cut-off, or `{"cutoff": "now"}` (or a timestamp) for all operations recorded by then. A cut-off in the future
    is refused. With `{"breaks": ["duplicate"], "seed": 7}`, a batch that it opens has these breaks in its reports.
    Raises ContendedError if concurrent runs changed the latest batch on every attempt.
    """
    now = runtime.now()
    try:
        cutoff, breaks = _cutoff(requested, now), _breaks(requested)
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
            fresh = replace(_fresh(cutoff, now, last, execution), breaks=breaks, seed=int(requested.get("seed", 0)))
            if open_batch(batches(), fresh):
                store_copy(batches(), fresh)
                return _at_work("opened", fresh)
    raise ContendedError


def at_work(batch: str) -> StoredBatch:
    """Return the open batch. Raises NotAtWorkError if it is not `batch`."""
    last = latest_batch(batches())
    if last is None or last.name != batch or last.status is BatchStatus.CLOSED:
        raise NotAtWorkError(batch)
    return last


def is_closed(batch: str) -> bool:
    """Return whether a batch is closed, so that a late step can return early."""
    stored = get_batch(batches(), batch)
    return stored is not None and stored.status is BatchStatus.CLOSED


def finish(batch: str) -> None:
    """Close a batch with its control totals across all merchants. Does not change a closed batch.

    The readers' copy is closed before the `latest` item. If a run stops between the two writes, every step sees a
    closed batch and does nothing, but no other batch can open. The next call therefore closes the `latest` item.
    """
    copy = get_batch(batches(), batch)
    if copy is not None and copy.status is BatchStatus.CLOSED:
        close_last(batches(), copy)
        return
    stored = at_work(batch)
    merchants, counts = 0, dict[str, Count]()
    for statement in statements_of(batches(), batch):
        merchants += bool(statement.rows)
        for currency, balance in statement.balances.items():
            count, total = counts.get(currency, Count(currency=currency)), statement.totals.get(currency)
            count = count.plus(total) if total else count
            counts[currency] = replace(count, paid_out=count.paid_out + balance.paid_out)
    totals = [counts[currency] for currency in sorted(counts)]
    excluded = len(exclusions_of(batches(), batch))
    close_batch(batches(), stored, runtime.now(), totals, merchants=merchants, set_aside=excluded)
    telemetry.swept("batch closed", {"batch": batch, "merchants": merchants, "set_aside": excluded})


def fail(state: Mapping[str, Any]) -> Failure:
    """Record the failed step and the reason from the state machine's state. The batch can still be resumed."""
    failure = _failure(state)
    if state.get("batch"):
        fail_batch(batches(), state["batch"], failure)
    telemetry.settlement_failed({"batch": state.get("batch"), "step": failure.step}, failure.reason)
    return failure


def _failure(state: Mapping[str, Any]) -> Failure:
    for name, error in state.items():
        if name.startswith(FAILED_IN):
            reason = f"{error.get('Error', '')}: {error.get('Cause', '')}"
            return Failure(step=name.removeprefix(FAILED_IN), reason=without_card_numbers(reason)[:MAX_REASON_LENGTH])
    return Failure(step="close_books", reason=str(state.get("books", {}).get("reason", ""))[:MAX_REASON_LENGTH])


def _cutoff(requested: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return the requested cut-off, or None for a nightly run on a skipped day. Raises RunRefusedError."""
    if requested.get("cutoff") == NOW:
        return now
    if not requested.keys() & {"cutoff", "day"}:
        return _nightly(now)
    try:
        cutoff = (
            parse_timestamp(requested["cutoff"])
            if "cutoff" in requested
            else cutoff_of(date.fromisoformat(requested["day"]))
        )
    except (ValueError, TypeError, OverflowError):
        raise RunRefusedError(f"{dict(requested)} names no day and no instant.") from None
    if cutoff.tzinfo is None:
        raise RunRefusedError(f"The cut-off {cutoff} has no zone; write 2026-11-20T17:30:00Z.")
    if cutoff > now:
        raise RunRefusedError(f"The cut-off {cutoff} is in the future; here it is {now}.")
    return cutoff


def _breaks(requested: Mapping[str, Any]) -> tuple[BreakType, ...]:
    """Return the breaks to plant, in their own order. Raises RunRefusedError for one that does not exist."""
    try:
        wanted = {BreakType(kind) for kind in requested.get("breaks", ())}
    except ValueError:
        raise RunRefusedError(f"Breaks are {', '.join(BreakType)}.") from None
    return tuple(kind for kind in BreakType if kind in wanted)


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
        fees=runtime.settings_of(FeeSettings).settlement_fees,
        minimum_payout=settings.payout_minimum,
        before=last.name if last else None,
    )


def _at_work(status: str, stored: StoredBatch) -> Opened:
    return Opened(
        status=status, batch=stored.name, shards=tuple(range(DUE_SHARDS_READ)), slices=tuple(range(ENTRY_SHARDS))
    )
