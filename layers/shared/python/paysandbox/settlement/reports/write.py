"""Write each merchant's report files of a batch to the bucket. The same entries always produce the same bytes.

Memory use does not depend on a merchant's number of entries: one page of entries, one run being sorted (`order`)
and two parts of a file (`files`). Entries are read from the table once, for the totals and all files. If breaks are
planted, the lines of the report are sorted once more, and the answer key is a file beside the report.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from paysandbox.aws.schema import ENTRY_SHARDS, shard_of_text
from paysandbox.core.break_type import BreakType
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.core.record import replace
from paysandbox.settlement.batch import ReportFile, Statement, StoredBatch
from paysandbox.settlement.batch_run import TimeLeft, at_work, is_closed
from paysandbox.settlement.batches import exclusions_of, get_statement, merchants_of
from paysandbox.settlement.close import BooksDoNotBalanceError, Totals, totals_of
from paysandbox.settlement.entries import entries_of_merchant
from paysandbox.settlement.reports.files import Place, measure, put
from paysandbox.settlement.reports.order import ordered
from paysandbox.settlement.reports.planted import Planting, answer_key, plant
from paysandbox.settlement.reports.report import Contents, csv_report, json_report, manifest
from paysandbox.settlement.settlement import Entry
from paysandbox.settlement.tables import batches, entries
from paysandbox.settlement.writes import store_reports

CSV: Final = "csv"
JSON: Final = "json"
MANIFEST: Final = "manifest"
BREAKS: Final = "breaks"

_ENDINGS: Final = {CSV: "csv", JSON: "json", MANIFEST: "manifest.json", BREAKS: "breaks.json"}
_CSV_TYPE: Final = "text/csv; charset=utf-8"
_JSON_TYPE: Final = "application/json"

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
        planted = set[BreakType]()
        if _totals(_noting(mine, planted)) != statement.totals:
            raise BooksDoNotBalanceError(f"{merchant}'s entries are not what its statement in {stored.name} says")
        excluded = exclusions_of(batches(), stored.name, merchant)
        # A merchant with only a balance carried over gets no report.
        if statement.rows or excluded or statement.payouts:
            to_funds = {payout.id for payout in statement.payouts_to(PayoutDestination.BALANCE)}
            contents = Contents(
                stored.batch,
                merchant,
                mine,
                statement.totals,
                statement.payouts,
                excluded,
                to_funds=to_funds,
                draws={currency: balance.draws for currency, balance in statement.balances.items()},
            )
            planting = plant(statement, mine, stored.breaks, seed=stored.seed) if stored.breaks or planted else None
            if planting is None:
                _put(statement, lambda take: _files(contents, take))
                return
            with ordered(planting.lines(mine)) as lines:
                totals = planting.totals(_totals(lines))
                wrong = replace(contents, entries=lines, totals=totals, declined=planting.declined)
                _put(statement, lambda take: _wrong_files(wrong, planting, mine, take))


def _totals(entries: Iterable[Entry]) -> dict[str, Totals]:
    """Return the totals of one merchant's entries, by currency."""
    return {of[1]: total for of, total in totals_of(entries).items()}


def _noting(entries: Iterable[Entry], planted: set[BreakType]) -> Iterator[Entry]:
    """Iterate over the entries, and note the breaks that they have by their payments' outcomes."""
    for entry in entries:
        if entry.planted is not None:
            planted.add(entry.planted)
        yield entry


def _put(statement: Statement, files: Callable[[_Take], dict[str, ReportFile]]) -> None:
    if statement.reports and statement.reports == files(measure):
        return  # an earlier run uploaded identical files
    store_reports(batches(), statement, files(put))


def _files(contents: Contents, take: _Take) -> dict[str, ReportFile]:
    files = {
        CSV: take(_place(contents, CSV), csv_report(contents)),
        JSON: take(_place(contents, JSON), json_report(contents)),
    }
    named = {f"{contents.merchant}.{_ENDINGS[form]}": file for form, file in files.items()}
    return files | {MANIFEST: take(_place(contents, MANIFEST), [manifest(contents, named)])}


def _wrong_files(wrong: Contents, planting: Planting, entries: Iterable[Entry], take: _Take) -> dict[str, ReportFile]:
    """Return the files of a report with breaks, and the answer key, each with its own number of rows."""
    files = {form: replace(file, rows=wrong.rows) for form, file in _files(wrong, take).items()}
    key = take(_place(wrong, BREAKS), answer_key(planting, entries))
    return files | {BREAKS: replace(key, rows=planting.count)}


def _place(contents: Contents, form: str) -> Place:
    key = f"{contents.batch.name}/{contents.merchant}.{_ENDINGS[form]}"
    return Place(key=key, content_type=_CSV_TYPE if form == CSV else _JSON_TYPE)
