"""Balance transactions of transfers of funds and of their reversals, for both merchants."""

from collections.abc import Iterator

from paysandbox.stripe_api.ids import merchant_of_account
from paysandbox.stripe_api.objects.balance_transaction import BalanceTransaction, balance_transactions_of_movements
from paysandbox.stripe_api.objects.stored_object import StoredObject
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
    yield from balance_transactions_of_movements(movements_of_transfer(transfer, receiver))
    for reversal in reversals_of(transfer):
        yield from balance_transactions_of_movements(movements_of(transfer, reversal, receiver))
