"""Entering what payments move into the journal of balances, from the records of the ledger's stream.

The worker that publishes the ledger's events enters first: whoever learns of a capture by its event finds it in the
balance. An entry's ID is that of its balance transaction, so a batch of records that is read twice is entered once.
"""

from collections.abc import Iterable, Sequence

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import FeeSettings
from paysandbox.aws.stream_batch import Failure, process_together
from paysandbox.balance.entries import entries_of, entry_of
from paysandbox.balance.transaction import transactions_of
from paysandbox.core.record import record
from paysandbox.funds.journal_entry import JournalEntry
from paysandbox.funds.journal_table import correct_fees, enter
from paysandbox.funds.tables import funds
from paysandbox.payments.ledger.stream import ChangedPayment
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.payment import Payment
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


def enter_changes(changes: Iterable[ChangedPayment]) -> list[Failure]:
    """Enter what the operations of a batch of records moved. Returns the changes that failed.

    Raises errors of AWS, so that the whole batch is retried.
    """
    moving = [changed for changed in changes if _may_move(changed)]
    return process_together(moving, _entered, _enter) if moving else []


def enter_payments(payments: Iterable[Payment]) -> int:
    """Enter what these payments moved and is not entered yet. Returns how many entries were stored or corrected.

    Raises as `enter` does.
    """
    fees = fee_schedule()
    entries = [entry for payment in payments for entry in entries_of(payment, fees)]
    return enter(funds(), entries) + correct_fees(funds(), entries)


def _may_move(changed: ChangedPayment) -> bool:
    """Whether the payment was ever captured. Without that nothing moves, and most records have none."""
    return any(isinstance(operation, Capture) for operation in changed.payment.operations)


def _entered(changed: ChangedPayment) -> Entered:
    """Return what the new operations of a payment add."""
    new = changed.steps[changed.known :]
    settled = {line.id for step in new if isinstance(step.operation, Settlement) for line in step.operation.settled}
    fees, has_early = fee_schedule(), has_early_funds(changed.payment)
    added: list[JournalEntry] = []
    final: list[JournalEntry] = []
    moving = {step.operation.id for step in new}
    for moved in transactions_of(changed.payment, changed.steps, fees, since=0 if settled else changed.known):
        if moved.operation_id in moving:
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
