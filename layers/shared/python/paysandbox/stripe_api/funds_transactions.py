"""Balance transactions of the objects that move funds, for both merchants: of transfers, reversals and payouts."""

from collections.abc import Iterator

from paysandbox.core.record import replace
from paysandbox.funds.journal_entry import entry_of_movement
from paysandbox.funds.movement import Movement
from paysandbox.stripe_api.ids import merchant_of_account
from paysandbox.stripe_api.objects.balance_transaction import BalanceTransaction, balance_transaction_of_funds
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resources.payouts.payout import PENDING, STATUS, movements_of_payout
from paysandbox.stripe_api.resources.transfers.transfer import (
    DESTINATION,
    SHARED_BY,
    movements_of,
    movements_of_transfer,
    reversals_of,
)


def transactions_of_transfer(transfer: StoredObject) -> Iterator[BalanceTransaction]:
    """Yield those of a transfer of funds and of its reversals. One from a charge has none of funds."""
    receiver = merchant_of_account(transfer.attributes[DESTINATION])
    if receiver is None or SHARED_BY in transfer.attributes:
        return
    yield from _of_movements(movements_of_transfer(transfer, receiver))
    for reversal in reversals_of(transfer):
        yield from _of_movements(movements_of(transfer, reversal, receiver))


def transactions_of_payout(payout: StoredObject) -> Iterator[BalanceTransaction]:
    """Yield that of a payout of funds, and that of its amount if it came back."""
    made = replace(payout, attributes={**payout.attributes, STATUS: PENDING}, updated_at=payout.created_at)
    yield from _of_movements(movements_of_payout(None, made))
    yield from _of_movements(movements_of_payout(made, payout))


def _of_movements(movements: tuple[Movement, ...]) -> Iterator[BalanceTransaction]:
    return (balance_transaction_of_funds(entry_of_movement(movement)) for movement in movements)
