"""A provider's statement of one day, and its comparison with the disbursements. Pure.

The file is CSV (RFC 4180, UTF-8): a line of column names, a D record for each item of the day, and one T record with
the number of D records and the time at which the statement was made. Columns are found by their names, and others are
left out. Amounts are in major units, times in RFC 3339, UTC.

Each provider declares its StatementFormat: how the columns are named, what its statuses mean, and which disbursements
are of a day.

Differences, of which each line has at most one:

    duplicate           an earlier line is of the same disbursement
    missing_in_sandbox  no disbursement has the line's ID
    reference_mismatch  the provider's ID of the batch or file is not the recorded one: it has the disbursement twice
    currency_mismatch   the currencies differ
    amount_mismatch     the amounts differ
    status_mismatch     the disbursement neither had the line's status when the statement was made, nor later
    code_mismatch       the reason of the line's status, or of a correction, is not the recorded one
    fee_mismatch        a paid item's fee is not the recorded one
    missing_in_file     the provider must have a disbursement of that day, and it has no line
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.csv_text import NotCsvError, row, rows, without_mark
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.methods import Method

DETAIL: Final = "D"
TRAILER: Final = "T"

CONFIRMED: Final = frozenset({Status.PAID, Status.UNCLAIMED, Status.HELD, Status.BLOCKED, Status.RETURNED})
"""Statuses of which the provider has a record."""


PREFIX: Final = "statements/"
"""Of all nightly statements, in the bucket of reports."""


def statement_key(provider: str, day: date) -> str:
    """Return the key of the nightly statement in the reports bucket."""
    return f"{PREFIX}{provider}/{day.isoformat()}.csv"


class NotAStatementError(ValueError):
    """The bytes are not a statement. The message names the record."""


@record(kw_only=True)
class StatementFormat:
    """How a provider's statements are written, and which disbursements they have.

    `columns` has the names of the columns, in order, by what is in them: the fields of a StatementItem, `record_type`,
    and `day`, `made_at` and `lines` of the T record. `statuses` says which statuses each of the provider's may be.
    `write_amount` and `read_amount` convert minor units of a currency; what is no amount is read as None.

    `key_of` returns the ID by which a line names a disbursement (`batch_id`), `day_of` the day of whose statement it
    is, None: of none. `is_expected` says whether a statement made at a time (UTC) must have it. `without_code` has the
    statuses of which the provider gives no reason here, although it may have given one elsewhere.
    """

    method: Method
    columns: Mapping[str, str]
    statuses: Mapping[str, frozenset[Status]]
    write_amount: Callable[[int, str], str]
    read_amount: Callable[[str, str], int | None]
    key_of: Callable[[Disbursement], str]
    day_of: Callable[[Disbursement], date | None]
    is_expected: Callable[[Disbursement, datetime], bool]
    without_code: frozenset[str] = frozenset()


@record(kw_only=True)
class StatementItem:
    """An item in a provider's words. Amount and fee are minor units of the currency; times are UTC.

    `reference` is the provider's ID of the batch or file, `batch_id` the sandbox's ID as the provider has it. A
    provider may not know the `disbursement_id`. `code` is the reason of the status, `change_code` that of a
    notification of change. `line_no` is 0 for an item of no file.
    """

    reference: str
    batch_id: str
    item_reference: str
    status: str
    amount: int
    currency: str
    created_at: datetime
    disbursement_id: str = ""
    code: str | None = None
    change_code: str | None = None
    fee: int | None = None
    processed_at: datetime | None = None
    line_no: int = 0


@record(kw_only=True)
class Statement:
    """A provider's items of a day, as of when the statement was made (UTC)."""

    format: StatementFormat
    day: date
    made_at: datetime
    items: tuple[StatementItem, ...]


class DifferenceType(StrEnum):
    """The type of a difference."""

    DUPLICATE = "duplicate"
    MISSING_IN_SANDBOX = "missing_in_sandbox"
    REFERENCE_MISMATCH = "reference_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    AMOUNT_MISMATCH = "amount_mismatch"
    STATUS_MISMATCH = "status_mismatch"
    CODE_MISMATCH = "code_mismatch"
    FEE_MISMATCH = "fee_mismatch"
    MISSING_IN_FILE = "missing_in_file"


@record(kw_only=True)
class Difference:
    """A difference. `key` is the disbursement's ID, as the file or the sandbox has it, or else the provider's own.

    `line_no` is the record's number, the line of names being 1. None: the difference has no line.
    """

    type: DifferenceType
    key: str
    detail: str
    line_no: int | None = None


@record(kw_only=True)
class StatementComparison:
    """The result of a comparison.

    `matched` has the IDs of disbursements that agree, `simulated` those of disbursements that were left out because a
    status of theirs was simulated, and `unanswered` those of the day of which neither the file nor the sandbox knows
    what became of them.
    """

    statement: Statement
    matched: tuple[str, ...]
    simulated: tuple[str, ...]
    unanswered: tuple[str, ...]
    differences: tuple[Difference, ...]


def write_statement(statement: Statement) -> Iterator[str]:
    """Generate the file of a statement, record by record. The same statement always has the same bytes."""
    to = statement.format
    yield row(to.columns.values())
    for item in sorted(statement.items, key=lambda line: (line.created_at, line.batch_id)):
        yield _record(to, {
            "record_type": DETAIL,
            "reference": item.reference,
            "batch_id": item.batch_id,
            "item_reference": item.item_reference,
            "disbursement_id": item.disbursement_id,
            "status": item.status,
            "code": item.code or "",
            "change_code": item.change_code or "",
            "amount": to.write_amount(item.amount, item.currency),
            "currency": item.currency,
            "fee": to.write_amount(item.fee, item.currency) if item.fee is not None else "",
            "created_at": format_timestamp(item.created_at),
            "processed_at": format_timestamp(item.processed_at) if item.processed_at else "",
        })  # fmt: skip
    yield _record(to, {
        "record_type": TRAILER,
        "day": statement.day.isoformat(),
        "made_at": format_timestamp(statement.made_at),
        "lines": str(len(statement.items)),
    })  # fmt: skip


def read_statement(data: bytes, formats: Collection[StatementFormat]) -> Statement:
    """Parse the file of a statement, whose columns say which of the formats it has.

    Raises NotAStatementError, also for a file that was cut.
    """
    of, records = _records(data, formats)
    if not records or records[-1]["record_type"] != TRAILER:
        raise NotAStatementError("Its last record is not the T record. It may have been cut.")
    items: list[StatementItem] = []
    for number, entry in enumerate(records[:-1], start=2):
        if entry["record_type"] != DETAIL:
            raise NotAStatementError(f"Record {number} is neither D nor the last.")
        items.append(_parsed(of, number, entry))
    last = records[-1]
    try:
        day, made_at, count = date.fromisoformat(last["day"]), _instant(last["made_at"]), last["lines"]
    except ValueError as error:
        raise NotAStatementError(f"Its T record cannot be read: {error}.") from None
    if count != str(len(items)):
        raise NotAStatementError(f"It has {len(items)} D records, and {count or 'none'} by its T record.")
    return Statement(format=of, day=day, made_at=made_at, items=tuple(items))


def compare_statement(statement: Statement, disbursements: Iterable[Disbursement]) -> StatementComparison:
    """Compare a statement with disbursements of its method, of any days and merchants: all that it may be about."""
    key_of = statement.format.key_of
    known = {key_of(disbursement): disbursement for disbursement in disbursements}
    simulated = {
        disbursement.id
        for disbursement in known.values()
        if disbursement.is_simulated and _is_of(statement, disbursement)
    }
    matched: list[str] = []
    differences: list[Difference] = []
    seen: set[str] = set()
    for item in statement.items:
        recorded = known.get(item.batch_id)
        if recorded is not None and recorded.is_simulated:
            simulated.add(recorded.id)
        else:
            found = (
                (DifferenceType.DUPLICATE, "an earlier line has the same batch")
                if item.batch_id in seen
                else _difference(statement, item, recorded)
            )
            key = item.disbursement_id or (recorded.id if recorded is not None else item.item_reference)
            if found is None:
                matched.append(key)
            else:
                kind, detail = found
                differences.append(Difference(type=kind, key=key, detail=detail, line_no=item.line_no))
        seen.add(item.batch_id)
    without_line = sorted(
        (
            disbursement
            for disbursement in known.values()
            if key_of(disbursement) not in seen and not disbursement.is_simulated and _is_of(statement, disbursement)
        ),
        key=lambda disbursement: disbursement.id,
    )
    missing = [
        disbursement for disbursement in without_line if statement.format.is_expected(disbursement, statement.made_at)
    ]
    differences += [_missing_in_file(disbursement) for disbursement in missing]
    unanswered = [
        disbursement
        for disbursement in without_line
        if disbursement not in missing and disbursement.status is not Status.FAILED
    ]
    return StatementComparison(
        statement=statement,
        matched=tuple(matched),
        simulated=tuple(sorted(simulated)),
        unanswered=tuple(disbursement.id for disbursement in unanswered),
        differences=tuple(differences),
    )


def _is_of(statement: Statement, disbursement: Disbursement) -> bool:
    return statement.format.day_of(disbursement) == statement.day


def _difference(
    statement: Statement, item: StatementItem, disbursement: Disbursement | None
) -> tuple[DifferenceType, str] | None:
    """Return the difference of a line, or None if it agrees."""
    if disbursement is None:
        return DifferenceType.MISSING_IN_SANDBOX, f"no disbursement has the batch ID {item.batch_id}"
    if disbursement.reference is not None and disbursement.reference != item.reference:
        return DifferenceType.REFERENCE_MISMATCH, _both(item.reference, disbursement.reference)
    if item.currency != disbursement.currency:
        return DifferenceType.CURRENCY_MISMATCH, _both(item.currency, disbursement.currency)
    if item.amount != disbursement.amount:
        return DifferenceType.AMOUNT_MISMATCH, _both(
            _amount(item.amount, disbursement), _amount(disbursement.amount, disbursement)
        )
    statuses = statement.format.statuses.get(item.status, frozenset[Status]())
    if not statuses & _statuses_since(disbursement, statement.made_at):
        return DifferenceType.STATUS_MISMATCH, _both(item.status, disbursement.status)
    reason = _other_reason(statement, item, disbursement, statuses)
    if reason is not None:
        return DifferenceType.CODE_MISMATCH, reason
    if statuses == {Status.PAID} and item.fee is not None and item.fee != disbursement.provider_fee:
        return DifferenceType.FEE_MISMATCH, _both(
            _amount(item.fee, disbursement),
            "none" if disbursement.provider_fee is None else _amount(disbursement.provider_fee, disbursement),
        )
    return None


def _other_reason(
    statement: Statement, item: StatementItem, disbursement: Disbursement, statuses: Collection[Status]
) -> str | None:
    """Return how the reason of a line's status, or of a correction, differs, or None if it does not."""
    if "code" in statement.format.columns and item.status not in statement.format.without_code:
        codes = _codes(disbursement, statuses)
        if codes and item.code not in codes:
            return _both(item.code or "none", codes[-1] or "none")
    if "change_code" in statement.format.columns:
        # What the bank says is recorded later, as a status is.
        known, before = _corrections(disbursement), _corrections(disbursement, statement.made_at)
        if item.change_code not in known if item.change_code is not None else before:
            return _both(item.change_code or "none", ", ".join(known) or "none")
    return None


def _both(in_file: object, in_sandbox: object) -> str:
    return f"{in_file} in the file, {in_sandbox} in the sandbox"


def _amount(minor: int, disbursement: Disbursement) -> str:
    return amount_with_code(minor, disbursement.currency)


def _statuses_since(disbursement: Disbursement, at: datetime) -> set[Status]:
    """Return the status that a disbursement had at a time, and those after it: updates arrive after the fact."""
    earlier = [change.status for change in disbursement.trail if change.at <= at]
    return {*earlier[-1:], *(change.status for change in disbursement.trail if change.at > at)}


def _codes(disbursement: Disbursement, statuses: Collection[Status]) -> list[str | None]:
    """Return the provider's codes of the times at which a disbursement got one of these statuses from it."""
    return [
        change.code
        for change in disbursement.trail
        if change.status in statuses and change.source is Source.PROVIDER and not change.is_correction
    ]


def _corrections(disbursement: Disbursement, until: datetime | None = None) -> list[str]:
    """Return the codes with which the bank has corrected the account, until a time (UTC)."""
    return [
        change.code
        for change in disbursement.trail
        if change.is_correction and change.code is not None and (until is None or change.at <= until)
    ]


def _missing_in_file(disbursement: Disbursement) -> Difference:
    sent = f", sent first at {format_timestamp(disbursement.sent_at)}" if disbursement.sent_at else ""
    detail = f"{_amount(disbursement.amount, disbursement)}, {disbursement.status}{sent}, has no line"
    return Difference(type=DifferenceType.MISSING_IN_FILE, key=disbursement.id, detail=detail)


def _record(to: StatementFormat, values: Mapping[str, str]) -> str:
    return row(values.get(field, "") for field in to.columns)


def _records(data: bytes, formats: Collection[StatementFormat]) -> tuple[StatementFormat, Sequence[Mapping[str, str]]]:
    """Return the format of a file, and what its records have in each field."""
    try:
        names, *found = [entry for entry in rows(without_mark(data)) if entry] or [[]]
    except NotCsvError as error:
        raise NotAStatementError(str(error)) from None
    # The format that shares most columns with it, so that the refusal names the one column that is missing.
    of = max(formats, key=lambda each: len({*each.columns.values()} & {*names}))
    missing = [name for name in of.columns.values() if name not in names]
    if missing:
        raise NotAStatementError(f"It has no column {missing[0]}.")
    for number, entry in enumerate(found, start=2):
        if len(entry) != len(names):
            raise NotAStatementError(f"Record {number} has {len(entry)} fields, not {len(names)}.")
    places = {field: names.index(name) for field, name in of.columns.items()}
    return of, [{field: entry[place] for field, place in places.items()} for entry in found]


def _parsed(of: StatementFormat, number: int, entry: Mapping[str, str]) -> StatementItem:
    currency = entry["currency"]
    amount = of.read_amount(entry["amount"], currency)
    fee = of.read_amount(entry["fee"], currency) if entry["fee"] else None
    if amount is None or (entry["fee"] and fee is None):
        raise NotAStatementError(f"Record {number} has an amount that is none of {currency!r}.")
    try:
        return StatementItem(
            reference=entry["reference"],
            batch_id=entry["batch_id"],
            item_reference=entry["item_reference"],
            disbursement_id=entry.get("disbursement_id", ""),
            status=entry["status"],
            code=entry.get("code") or None,
            change_code=entry.get("change_code") or None,
            amount=amount,
            currency=currency,
            fee=fee,
            created_at=_instant(entry["created_at"]),
            processed_at=_instant(entry["processed_at"]) if entry["processed_at"] else None,
            line_no=number,
        )
    except ValueError as error:
        raise NotAStatementError(f"Record {number} cannot be read: {error}.") from None


def _instant(text: str) -> datetime:
    instant = parse_timestamp(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return instant.astimezone(UTC)
