"""Reports of given entries, as written by a run that has read them all."""

from collections.abc import Iterable, Mapping, Sequence

from paysandbox.settlement.close import totals_of
from paysandbox.settlement.reports.report import Contents, csv_report, json_report
from paysandbox.settlement.settlement import Batch, Entry, Exclusion, in_order


def contents(
    batch: Batch,
    merchant: str,
    entries: Iterable[Entry] = (),
    payouts: Mapping[str, str] | None = None,
    set_aside: Sequence[Exclusion] = (),
) -> Contents:
    """Return the contents of a report on one merchant's entries, given in any order."""
    mine = in_order(entries)
    totals = {currency: total for (_, currency), total in totals_of(mine).items()}
    return Contents(batch, merchant, mine, totals, payouts or {}, set_aside)


def csv_of(told: Contents) -> bytes:
    """Return the complete CSV."""
    return b"".join(csv_report(told))


def json_of(told: Contents) -> bytes:
    """Return the complete JSON."""
    return b"".join(json_report(told))
