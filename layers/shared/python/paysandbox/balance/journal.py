"""Entering what payments move into the journal of balances, from the records of the ledger's stream.

The worker that publishes the ledger's events enters first: whoever learns of a capture by its event finds it in the
balance. An entry's ID is that of its balance transaction, so a batch of records that is read twice is entered once.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from paysandbox.aws.records import READ_ERRORS, UnreadableRecordError
from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import FeeSettings
from paysandbox.aws.stream_batch import Failure, process_together
from paysandbox.balance.entries import entries_of, entry_of
from paysandbox.balance.transaction import transactions_of
from paysandbox.core.record import record
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.funds.journal_table import correct_fees, enter
from paysandbox.funds.tables import funds
from paysandbox.payments.ledger.stream import payments_in
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.payment import Payment, steps
from paysandbox.settlement.fees import FeeSchedule, read_fees
from paysandbox.settlement.settlement import has_early_funds


@record
class Entered:
    """What a record adds to the journal, and the entries whose fee it makes final."""

    added: tuple[JournalEntry, ...] = ()
    final: tuple[JournalEntry, ...] = ()


def fee_schedule() -> FeeSchedule:
    """Return the fees of captures that are in no batch yet."""
    return read_fees(settings_of(FeeSettings).settlement_fees)


def enter_records(records: Iterable[Any]) -> list[Failure]:
    """Enter what the operations of a batch of records moved. Returns the records that failed.

    One that cannot be parsed is not among them: the publisher finds it too. Raises errors of AWS, so that the whole
    batch is retried.
    """
    moving = [each for each in records if _may_move(each)]
    failures = process_together(moving, _read, _enter) if moving else []
    return [failure for failure in failures if not isinstance(failure.error, UnreadableRecordError)]


def enter_payments(payments: Iterable[Payment]) -> int:
    """Enter what these payments moved and is not entered yet. Returns how many entries were stored or corrected.

    Raises as `enter` does.
    """
    fees = fee_schedule()
    entries = [entry for payment in payments for entry in entries_of(payment, fees)]
    return enter(funds(), entries) + correct_fees(funds(), entries)


def _may_move(stream_record: Any) -> bool:
    """Whether the payment of a record was ever captured. Without that nothing moves, and most records have none.

    What is not a payment's image may move too: whoever parses it finds out.
    """
    try:
        operations = stream_record["dynamodb"]["NewImage"]["operations"]["L"]
        return any(operation["M"]["kind"]["S"] == Capture.kind for operation in operations)
    except READ_ERRORS:
        return True


def _read(stream_record: Any) -> Entered:
    """Return what the operations of a record add. Raises UnreadableRecordError if it cannot be parsed."""
    try:
        images = payments_in(stream_record)
        return Entered() if images is None else _added(*images)
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error


def _added(before: Payment | None, after: Payment) -> Entered:
    operations = after.operations[len(before.operations) if before else 0 :]
    new = {operation.id for operation in operations}
    settled = {line.id for operation in operations if isinstance(operation, Settlement) for line in operation.settled}
    fees, has_early = fee_schedule(), has_early_funds(after)
    added: list[JournalEntry] = []
    final: list[JournalEntry] = []
    for moved in transactions_of(after, [*steps(after)], fees):
        if moved.operation_id in new:
            added.append(entry_of(moved, has_early=has_early))
        elif moved.id in settled:
            final.append(entry_of(moved, has_early=has_early))
    return Entered(tuple(added), tuple(final))


def _enter(every: Sequence[Entered]) -> None:
    added = [entry for entered in every for entry in entered.added]
    final = [entry for entered in every for entry in entered.final]
    if added:
        enter(funds(), added)
    if final:
        correct_fees(funds(), final)
