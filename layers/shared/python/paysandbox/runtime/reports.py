"""Reports: a merchant's files of a batch, put where they belong. The same entries are the same bytes.

A report is made in memory, a merchant at a time.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

from paysandbox.domain.settlement_batch import KeptBatch, ReportFile, Statement
from paysandbox.domain.settlement_close import BooksDoNotBalanceError, totals_of
from paysandbox.domain.settlement_report import Contents, csv_report, json_report, manifest
from paysandbox.runtime import effects
from paysandbox.runtime.settlement_tables import batches, entries
from paysandbox.runtime.settling import TimeLeft, at_work, is_closed
from paysandbox.settings import ReportsSettings
from paysandbox.table.schema import ENTRY_SHARDS, shard_of_text
from paysandbox.table.settlement_batches import get_statement, merchants_of, set_aside_of
from paysandbox.table.settlement_entries import entries_of_merchant
from paysandbox.table.settlement_writes import keep_reports

CSV: Final = "csv"
JSON: Final = "json"
MANIFEST: Final = "manifest"

_ENDINGS: Final = {CSV: "csv", JSON: "json", MANIFEST: "manifest.json"}
_TYPES: Final = {CSV: "text/csv; charset=utf-8", JSON: "application/json", MANIFEST: "application/json"}


def write_reports(batch: str, slice_: int, after: str | None, time_left: TimeLeft) -> str | None:
    """Write the reports of a slice of merchants, of those behind `after`, while there is time.

    Returns the merchant after whom to go on, or None. Raises BooksDoNotBalanceError where entries are not what the
    statement says, before any byte of it is put.
    """
    if is_closed(batch):
        return None
    kept = at_work(batch)
    for merchant in _slice(batch, slice_, after):
        statement = get_statement(batches(), batch, merchant)
        contents = _contents(kept, statement) if statement else None
        if statement and contents:
            _put(statement, contents)
        if not time_left():
            return merchant
    return None


def _slice(batch: str, slice_: int, after: str | None) -> Iterator[str]:
    every = merchants_of(batches(), batch, after=after)
    return (merchant for merchant in every if shard_of_text(merchant, ENTRY_SHARDS) == slice_)


def _contents(kept: KeptBatch, statement: Statement) -> Contents | None:
    """What the report says; None of a merchant of whom there is nothing but a balance carried over."""
    mine = [*entries_of_merchant(entries(), kept.name, statement.merchant)]
    if {of[1]: total for of, total in totals_of(mine).items()} != statement.totals:
        raise BooksDoNotBalanceError(f"{statement.merchant}'s entries are not what its statement in {kept.name} says")
    aside = set_aside_of(batches(), kept.name, statement.merchant)
    if not (mine or aside or statement.payouts):
        return None
    return Contents(kept.batch, statement.merchant, mine, statement.payouts, aside)


def _put(statement: Statement, contents: Contents) -> None:
    files = {CSV: csv_report(contents), JSON: json_report(contents)}
    files[MANIFEST] = manifest(
        contents, {f"{statement.merchant}.{_ENDINGS[form]}": data for form, data in files.items()}
    )
    reports = {form: _file(statement, form, data) for form, data in files.items()}
    if statement.reports == reports:
        return  # put by a run before this one, to the byte
    for form, data in files.items():
        effects.s3().put_object(
            Bucket=effects.need(ReportsSettings).reports_bucket,
            Key=reports[form].key,
            Body=data,
            ContentType=_TYPES[form],
        )
    keep_reports(batches(), statement, reports)


def _file(statement: Statement, form: str, data: bytes) -> ReportFile:
    key = f"{statement.batch}/{statement.merchant}.{_ENDINGS[form]}"
    return ReportFile(key, len(data), hashlib.sha256(data).hexdigest())
