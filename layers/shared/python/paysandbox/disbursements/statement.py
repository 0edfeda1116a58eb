"""A provider's statement of one day, and its comparison with the disbursements. Pure.

The file is CSV (RFC 4180, UTF-8): a line of column names, a D record for each item that the provider created on the
day, and one T record with the number of D records and the time at which the statement was made. Columns are found by
their names, and others are left out. They are named as the fields of PayPal's payout items ("Payouts API": show payout
batch details), with amounts in major units and times in RFC 3339, UTC. PayPal itself offers no such file: its reports
are for approved accounts, by SFTP. This one stands in for them.

Differences, of which each line has at most one:

    duplicate           an earlier line has the same batch
    missing_in_sandbox  no disbursement has the line's batch ID
    reference_mismatch  the provider's ID of the batch is not the recorded one: it has the batch twice
    currency_mismatch   the currencies differ
    amount_mismatch     the amounts differ
    status_mismatch     the disbursement neither had the line's status when the statement was made, nor later
    fee_mismatch        a paid item's fee is not the recorded one
    missing_in_file     the provider had confirmed a disbursement that was sent first on that day, and it has no line
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.csv_text import NotCsvError, row, rows, without_mark
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.paypal.messages import amount_value, minor_units

DETAIL: Final = "D"
TRAILER: Final = "T"

SIMULATOR_PATH: Final = "/statement"
"""Where the local simulator has the statement of a day: at `/statement/2026-11-22`, below its base URL."""

COLUMNS: Final = (
    "record_type",
    "payout_batch_id",
    "sender_batch_id",
    "payout_item_id",
    "sender_item_id",
    "transaction_status",
    "amount",
    "currency",
    "fee",
    "time_created",
    "time_processed",
    "statement_date",
    "time_made",
    "lines",
)

_STATUSES: Final[Mapping[str, frozenset[Status]]] = {
    **dict.fromkeys(("NEW", "PENDING"), frozenset({Status.PROCESSING})),
    "SUCCESS": frozenset({Status.PAID}),
    # An item that was unclaimed or under review is recorded as returned.
    **dict.fromkeys(("FAILED", "DENIED"), frozenset({Status.FAILED, Status.RETURNED})),
    "UNCLAIMED": frozenset({Status.UNCLAIMED}),
    "ONHOLD": frozenset({Status.HELD}),
    "BLOCKED": frozenset({Status.BLOCKED}),
    # So is one that was canceled at the merchant's request.
    **dict.fromkeys(("RETURNED", "CANCELED"), frozenset({Status.RETURNED, Status.CANCELED})),
    **dict.fromkeys(("REFUNDED", "REVERSED"), frozenset({Status.RETURNED})),
}
STATUSES: Final = frozenset(_STATUSES)
"""The statuses that an item can have in a statement."""

_CONFIRMED: Final = frozenset({Status.PAID, Status.UNCLAIMED, Status.HELD, Status.BLOCKED, Status.RETURNED})
"""Statuses of which the provider has a record."""


def statement_key(provider: str, day: date) -> str:
    """Return the key of the nightly statement in the reports bucket."""
    return f"statements/{provider}/{day.isoformat()}.csv"


class NotAStatementError(ValueError):
    """The bytes are not a statement. The message names the record."""


@record(kw_only=True)
class StatementItem:
    """An item in a provider's words. Amount and fee are minor units of the currency; times are UTC.

    `reference` is the provider's ID of the batch, `batch_id` the sandbox's. `line_no` is 0 for an item of no file.
    """

    reference: str
    batch_id: str
    item_reference: str
    disbursement_id: str
    status: str
    amount: int
    currency: str
    created_at: datetime
    fee: int | None = None
    processed_at: datetime | None = None
    line_no: int = 0


@record(kw_only=True)
class Statement:
    """The items that a provider created on a day (UTC), as of when the statement was made (UTC)."""

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
    FEE_MISMATCH = "fee_mismatch"
    MISSING_IN_FILE = "missing_in_file"


@record(kw_only=True)
class Difference:
    """A difference. `key` is the disbursement's ID, as the file or the sandbox has it.

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
    status of theirs was simulated, and `unanswered` those that were sent first on the day, and of which neither the
    file nor the sandbox knows what became of them.
    """

    statement: Statement
    matched: tuple[str, ...]
    simulated: tuple[str, ...]
    unanswered: tuple[str, ...]
    differences: tuple[Difference, ...]


def write_statement(statement: Statement) -> Iterator[str]:
    """Generate the file of a statement, record by record. The same statement always has the same bytes."""
    yield row(COLUMNS)
    for item in sorted(statement.items, key=lambda line: (line.created_at, line.batch_id)):
        yield _record({
            "record_type": DETAIL,
            "payout_batch_id": item.reference,
            "sender_batch_id": item.batch_id,
            "payout_item_id": item.item_reference,
            "sender_item_id": item.disbursement_id,
            "transaction_status": item.status,
            "amount": amount_value(item.amount, item.currency),
            "currency": item.currency,
            "fee": amount_value(item.fee, item.currency) if item.fee is not None else "",
            "time_created": format_timestamp(item.created_at),
            "time_processed": format_timestamp(item.processed_at) if item.processed_at else "",
        })  # fmt: skip
    yield _record({
        "record_type": TRAILER,
        "statement_date": statement.day.isoformat(),
        "time_made": format_timestamp(statement.made_at),
        "lines": str(len(statement.items)),
    })  # fmt: skip


def read_statement(data: bytes) -> Statement:
    """Parse the file of a statement. Raises NotAStatementError, also for a file that was cut."""
    records = _records(data)
    if not records or records[-1]["record_type"] != TRAILER:
        raise NotAStatementError("Its last record is not the T record. It may have been cut.")
    items: list[StatementItem] = []
    for number, entry in enumerate(records[:-1], start=2):
        if entry["record_type"] != DETAIL:
            raise NotAStatementError(f"Record {number} is neither D nor the last.")
        items.append(_parsed(number, entry))
    last = records[-1]
    try:
        day, made_at, count = date.fromisoformat(last["statement_date"]), _instant(last["time_made"]), last["lines"]
    except ValueError as error:
        raise NotAStatementError(f"Its T record cannot be read: {error}.") from None
    if count != str(len(items)):
        raise NotAStatementError(f"It has {len(items)} D records, and {count or 'none'} by its T record.")
    return Statement(day=day, made_at=made_at, items=tuple(items))


def compare_statement(statement: Statement, disbursements: Iterable[Disbursement]) -> StatementComparison:
    """Compare a statement with disbursements, of any days and merchants: all that it may be about."""
    known = {disbursement.batch_id: disbursement for disbursement in disbursements}
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
            if found is None:
                matched.append(item.disbursement_id)
            else:
                kind, detail = found
                differences.append(Difference(type=kind, key=item.disbursement_id, detail=detail, line_no=item.line_no))
        seen.add(item.batch_id)
    without_line = sorted(
        (
            disbursement
            for disbursement in known.values()
            if disbursement.batch_id not in seen and not disbursement.is_simulated and _is_of(statement, disbursement)
        ),
        key=lambda disbursement: disbursement.id,
    )
    missing = [
        disbursement
        for disbursement in without_line
        if disbursement.reference is not None or disbursement.status in _CONFIRMED
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
    return disbursement.sent_at is not None and disbursement.sent_at.date() == statement.day


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
    if not _STATUSES.get(item.status, frozenset[Status]()) & _statuses_since(disbursement, statement.made_at):
        return DifferenceType.STATUS_MISMATCH, _both(item.status, disbursement.status)
    if _STATUSES[item.status] == {Status.PAID} and item.fee is not None and item.fee != disbursement.provider_fee:
        return DifferenceType.FEE_MISMATCH, _both(
            _amount(item.fee, disbursement),
            "none" if disbursement.provider_fee is None else _amount(disbursement.provider_fee, disbursement),
        )
    return None


def _both(in_file: object, in_sandbox: object) -> str:
    return f"{in_file} in the file, {in_sandbox} in the sandbox"


def _amount(minor: int, disbursement: Disbursement) -> str:
    return amount_with_code(minor, disbursement.currency)


def _statuses_since(disbursement: Disbursement, at: datetime) -> set[Status]:
    """Return the status that a disbursement had at a time, and those after it: updates arrive after the fact."""
    earlier = [change.status for change in disbursement.trail if change.at <= at]
    return {*earlier[-1:], *(change.status for change in disbursement.trail if change.at > at)}


def _missing_in_file(disbursement: Disbursement) -> Difference:
    sent = f", sent first at {format_timestamp(disbursement.sent_at)}" if disbursement.sent_at else ""
    detail = f"{_amount(disbursement.amount, disbursement)}, {disbursement.status}{sent}, has no line"
    return Difference(type=DifferenceType.MISSING_IN_FILE, key=disbursement.id, detail=detail)


def _record(values: Mapping[str, str]) -> str:
    return row(values.get(name, "") for name in COLUMNS)


def _records(data: bytes) -> Sequence[Mapping[str, str]]:
    try:
        names, *found = [entry for entry in rows(without_mark(data)) if entry] or [[]]
    except NotCsvError as error:
        raise NotAStatementError(str(error)) from None
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise NotAStatementError(f"It has no column {missing[0]}.")
    for number, entry in enumerate(found, start=2):
        if len(entry) != len(names):
            raise NotAStatementError(f"Record {number} has {len(entry)} fields, not {len(names)}.")
    return [dict(zip(names, entry, strict=True)) for entry in found]


def _parsed(number: int, entry: Mapping[str, str]) -> StatementItem:
    currency = entry["currency"]
    amount = minor_units(entry["amount"], currency)
    fee = minor_units(entry["fee"], currency) if entry["fee"] else None
    if amount is None or (entry["fee"] and fee is None):
        raise NotAStatementError(f"Record {number} has an amount that is none of {currency!r}.")
    try:
        return StatementItem(
            reference=entry["payout_batch_id"],
            batch_id=entry["sender_batch_id"],
            item_reference=entry["payout_item_id"],
            disbursement_id=entry["sender_item_id"],
            status=entry["transaction_status"],
            amount=amount,
            currency=currency,
            fee=fee,
            created_at=_instant(entry["time_created"]),
            processed_at=_instant(entry["time_processed"]) if entry["time_processed"] else None,
            line_no=number,
        )
    except ValueError as error:
        raise NotAStatementError(f"Record {number} cannot be read: {error}.") from None


def _instant(text: str) -> datetime:
    instant = parse_timestamp(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return instant.astimezone(UTC)
