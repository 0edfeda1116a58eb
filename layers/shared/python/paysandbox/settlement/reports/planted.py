"""Breaks that a run plants into a merchant's report, and the answer key that lists them.

Only the report is wrong. Its entries, the books of the batch and the ledger stay as they are, so that reconciliation
finds each break. The report agrees with itself: its control totals and its SHA-256 are those of its lines, unless the
break is a `total_mismatch`.

A break comes from the outcome of a payment (`Entry.planted`), or the run plants one of each requested type:

    missing_in_file     the line is left out
    missing_in_ledger   another line follows it, of a payment that does not exist
    amount_mismatch     the gross amount is off by 1
    duplicate           the line is there twice
    late_presentment    the line is marked late, and three days older
    fee_mismatch        the fee is higher by 1
    currency_mismatch   the line is in EUR, or in USD if it was in EUR
    status_mismatch     the line is left out, and a Q record says that it was declined at settlement
    total_mismatch      the gross and net of a currency's control total are higher by 1

Where they go depends on a seed, the batch and the merchant only, so a repeated run plants the same. All amounts are
minor units.
"""

import heapq
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final

from paysandbox.core import ids
from paysandbox.core.break_type import BreakType
from paysandbox.core.record import record, replace
from paysandbox.settlement.batch import Statement
from paysandbox.settlement.close import Totals
from paysandbox.settlement.settlement import Entry

_OF_FILE: Final = BreakType.TOTAL_MISMATCH
_ADDED: Final = BreakType.MISSING_IN_LEDGER
_OF_LINES: Final = tuple(kind for kind in BreakType if kind not in (_OF_FILE, _ADDED))
_LATE_BY: Final = timedelta(days=3)
"""More than a business day, on every day of the week."""


@record(kw_only=True)
class Planting:
    """The breaks of a merchant's report: by entry (its ID), and of a control total (its currency).

    `declined` are the entries of a `status_mismatch`, in report order. `count` is the number of breaks, which includes
    those of payments' outcomes.
    """

    batch: str
    merchant: str
    chosen: Mapping[str, tuple[BreakType, ...]]
    total_of: str | None
    declined: tuple[Entry, ...] = ()
    count: int = 0

    def of(self, entry: Entry) -> tuple[BreakType, ...]:
        """Return the breaks of an entry."""
        return self.chosen.get(entry.operation_id, ()) if entry.planted is None else (entry.planted,)

    def lines(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Return the entries as the report has them, not in report order."""
        for entry in entries:
            kinds = self.of(entry)
            yield from _in_file(entry, kinds)
            if _ADDED in kinds:
                yield _ghost(entry)

    def totals(self, totals: Mapping[str, Totals]) -> dict[str, Totals]:
        """Return the control totals of the report's lines as the report has them, by currency."""
        if self.total_of is None:
            return {**totals}
        right = totals.get(self.total_of, Totals(merchant=self.merchant, currency=self.total_of))
        return {**totals, self.total_of: replace(right, gross=right.gross + 1)}


def plant(
    statement: Statement, entries: Iterable[Entry], kinds: Collection[BreakType], *, seed: int
) -> Planting | None:
    """Return the breaks of a merchant's report, or None if it has none.

    `entries` are those of the statement, in report order. Each break is in an entry of its own, so that a report with
    fewer entries has only the first of them; an added line and a wrong total need none. An entry that is late already,
    or has a break by its payment's outcome, is not chosen.

    Iterates over the entries twice, and keeps in memory only those that it chooses or that are declined.
    """
    wanted = [kind for kind in _OF_LINES if kind in kinds]
    free = (entry for entry in entries if entry.planted is None and not entry.late)
    nearest = heapq.nsmallest(max(len(wanted), 1), free, key=lambda entry: _rank(entry, seed)) if kinds else []
    chosen: dict[str, tuple[BreakType, ...]] = {
        entry.operation_id: (kind,) for entry, kind in zip(nearest, wanted, strict=False)
    }
    if _ADDED in kinds and nearest:
        first = nearest[0].operation_id
        chosen[first] = (*chosen.get(first, ()), _ADDED)
    currencies = sorted(statement.totals, key=lambda currency: ids.derive(str(seed), statement.batch, currency))
    planting = Planting(
        batch=statement.batch,
        merchant=statement.merchant,
        chosen=chosen,
        total_of=currencies[0] if _OF_FILE in kinds and currencies else None,
    )
    declined, count = list[Entry](), int(planting.total_of is not None)
    for entry in entries:
        of_entry = planting.of(entry)
        count += len(of_entry)
        if BreakType.STATUS_MISMATCH in of_entry:
            declined.append(entry)
    return replace(planting, declined=tuple(declined), count=count) if count else None


def answer_key(planting: Planting, entries: Iterable[Entry]) -> Iterator[bytes]:
    """Generate the answer key: compact JSON, with each break as `settlements reconcile --json` identifies it.

    The breaks are in the order of `entries`, then that of a control total.
    """
    whose = json.dumps({"batch": planting.batch, "merchant": planting.merchant}, separators=(",", ":"))
    yield f'{whose[:-1]},"breaks":['.encode()
    comma = ""
    for line in _key_lines(planting, entries):
        yield (comma + json.dumps(line, separators=(",", ":"))).encode()
        comma = ","
    yield b"]}\n"


def _key_lines(planting: Planting, entries: Iterable[Entry]) -> Iterator[dict[str, str | None]]:
    for entry in entries:
        for kind in planting.of(entry):
            on = _ghost(entry) if kind is _ADDED else entry
            yield _key_line(planting, kind, on.operation_id, on.payment_id)
    if planting.total_of is not None:
        yield _key_line(planting, _OF_FILE, planting.total_of, None)


def _key_line(planting: Planting, kind: BreakType, key: str, payment_id: str | None) -> dict[str, str | None]:
    break_id = ids.break_id(planting.batch, planting.merchant, key, str(kind))
    return {"id": break_id, "type": str(kind), "key": key, "payment_id": payment_id}


def _rank(entry: Entry, seed: int) -> str:
    return ids.derive(str(seed), entry.batch, entry.operation_id)


def _in_file(entry: Entry, kinds: Collection[BreakType]) -> tuple[Entry, ...]:
    """Return the lines that the report has of an entry. At most one of its breaks is not an added line."""
    match next((kind for kind in kinds if kind is not _ADDED), None):
        case BreakType.MISSING_IN_FILE | BreakType.STATUS_MISMATCH:
            return ()
        case BreakType.AMOUNT_MISMATCH:
            return (replace(entry, gross=entry.gross + (1 if entry.gross > 0 else -1)),)
        case BreakType.DUPLICATE:
            return (entry, entry)
        case BreakType.LATE_PRESENTMENT:
            return (replace(entry, late=True, occurred_at=entry.occurred_at - _LATE_BY),)
        case BreakType.FEE_MISMATCH:
            return (replace(entry, fee=entry.fee + 1),)
        case BreakType.CURRENCY_MISMATCH:
            return (replace(entry, currency="USD" if entry.currency == "EUR" else "EUR"),)
        case _:
            return (entry,)


def _ghost(entry: Entry) -> Entry:
    """Return a line like that of an entry, of a payment that does not exist."""
    prefix, _, _ = entry.operation_id.partition("_")
    ghost = f"{prefix}_{ids.derive(ids.BREAK, entry.operation_id, length=ids.BODY_LENGTH + ids.SUFFIX_LENGTH)}"
    return replace(entry, operation_id=ghost, payment_id=ids.payment_of(ghost) or entry.payment_id)
