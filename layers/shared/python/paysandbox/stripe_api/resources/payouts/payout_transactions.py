"""Balance transactions of payouts of funds."""

from collections.abc import Iterator

from paysandbox.core.record import replace
from paysandbox.stripe_api.objects.balance_transaction import BalanceTransaction, balance_transactions_of_movements
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resources.payouts.payout import PENDING, STATUS, movements_of_payout


def transactions_of_payout(payout: StoredObject) -> Iterator[BalanceTransaction]:
    """Yield that of a payout of funds, and that of its amount if it came back."""
    made = replace(payout, attributes={**payout.attributes, STATUS: PENDING}, updated_at=payout.created_at)
    yield from balance_transactions_of_movements(movements_of_payout(None, made))
    yield from balance_transactions_of_movements(movements_of_payout(made, payout))
