"""Write each merchant's report files of a batch to the bucket. The same entries always produce the same bytes.

Memory use does not depend on a merchant's number of entries: one page of entries, one run being sorted (`order`)
and two parts of a file (`files`). Entries are read from the table once, for the totals and both files.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from paysandbox.aws.schema import ENTRY_SHARDS, shard_of_text
from paysandbox.settlement.batch import ReportFile, Statement, StoredBatch
from paysandbox.settlement.batch_run import TimeLeft, at_work, is_closed
from paysandbox.settlement.batches import exclusions_of, get_statement, merchants_of
from paysandbox.settlement.close import BooksDoNotBalanceError, totals_of
from paysandbox.settlement.entries import entries_of_merchant
from paysandbox.settlement.reports.files import Place, measure, put
from paysandbox.settlement.reports.order import ordered
from paysandbox.settlement.reports.report import Contents, csv_report, json_report, manifest
from paysandbox.settlement.tables import batches, entries
from paysandbox.settlement.writes import store_reports

CSV: Final = "csv"
JSON: Final = "json"
MANIFEST: Final = "manifest"

_ENDINGS: Final = {CSV: "csv", JSON: "json", MANIFEST: "manifest.json"}
_TYPES: Final = {CSV: "text/csv; charset=utf-8", JSON: "application/json", MANIFEST: "application/json"}

_Take = Callable[[Place, Iterable[bytes]], ReportFile]


def write_reports(batch: str, slice_: int, after: str | None, time_left: TimeLeft) -> str | None:
    """Write the reports of a slice's merchants after `after`, while there is time.

    Returns the merchant to continue after, or None. Raises BooksDoNotBalanceError if a merchant's entries do not agree
    with the statement, before any of the merchant's files is uploaded.
    """
    if is_closed(batch):
        return None
    stored = at_work(batch)
    for merchant in _slice(batch, slice_, after):
        statement = get_statement(batches(), batch, merchant)
        if statement:
            _write(stored, statement)
        if not time_left():
            return merchant
    return None


def _slice(batch: str, slice_: int, after: str | None) -> Iterator[str]:
    every = merchants_of(batches(), batch, after=after)
    return (merchant for merchant in every if shard_of_text(merchant, ENTRY_SHARDS) == slice_)


def _write(stored: StoredBatch, statement: Statement) -> None:
    merchant = statement.merchant
    with ordered(entries_of_merchant(entries(), stored.name, merchant)) as mine:
        if {of[1]: total for of, total in totals_of(mine).items()} != statement.totals:
            raise BooksDoNotBalanceError(f"{merchant}'s entries are not what its statement in {stored.name} says")
        excluded = exclusions_of(batches(), stored.name, merchant)
        # A merchant with only a balance carried over gets no report.
        if statement.rows or excluded or statement.payouts:
            to_funds = {payout.id for payout in statement.payouts_to_funds}
            contents = Contents(
                stored.batch, merchant, mine, statement.totals, statement.payouts, excluded, to_funds=to_funds
            )
            _put(statement, contents)


def _put(statement: Statement, contents: Contents) -> None:
    if statement.reports and statement.reports == _files(contents, measure):
        return  # an earlier run uploaded identical files
    store_reports(batches(), statement, _files(contents, put))


def _files(contents: Contents, take: _Take) -> dict[str, ReportFile]:
    files = {
        CSV: take(_place(contents, CSV), csv_report(contents)),
        JSON: take(_place(contents, JSON), json_report(contents)),
    }
    named = {f"{contents.merchant}.{_ENDINGS[form]}": file for form, file in files.items()}
    return files | {MANIFEST: take(_place(contents, MANIFEST), [manifest(contents, named)])}


def _place(contents: Contents, form: str) -> Place:
    return Place(key=f"{contents.batch.name}/{contents.merchant}.{_ENDINGS[form]}", content_type=_TYPES[form])
