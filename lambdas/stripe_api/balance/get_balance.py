"""GET /v1/balance: retrieve the balance of the key's account."""

from collections import Counter
from collections.abc import Iterable

from paysandbox.funds.funds_table import read_balances
from paysandbox.funds.tables import funds
from paysandbox.payments.payment import Payment
from paysandbox.settlement.lists import list_settled
from paysandbox.settlement.tables import batches
from paysandbox.stripe_api.balance_transactions import fee_schedule, moved_by
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.payments_shared import payments_moving
from paysandbox.stripe_api.objects.balance import balance_body
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_BALANCE


@stripe_endpoint(GET_BALANCE)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """Read all of the merchant's payments, those that are shared with it, its part in the last batch, and its funds,
    which are available.

    While a batch is settled, what it settles may be in neither part of the balance, or in both.
    """
    available = Counter(_settled(call.merchant))
    available.update(read_balances(funds(), call.merchant))
    early, pending = _unsettled(payments_moving(call.merchant), call.merchant)
    available.update(early)
    return StripeAnswer(body=balance_body(available, pending), outcome="shown")


def _settled(merchant: str) -> dict[str, int]:
    """Return what is settled and not paid out, by currency."""
    # The books of the newest batch may not be closed yet.
    settled, _ = list_settled(batches(), merchant, limit=2)
    return {code: balance.closing for code, balance in settled[0].statement.balances.items()} if settled else {}


def _unsettled(payments: Iterable[Payment], merchant: str) -> tuple[Counter[str], Counter[str]]:
    """Return what is not settled yet, by currency, less the fees that it will cost: what is available, and the rest."""
    early, pending, fees = Counter[str](), Counter[str](), fee_schedule()
    for transaction in (moved.transaction for payment in payments for moved in moved_by(payment, fees, merchant)):
        if transaction.is_early:
            early[transaction.currency] += transaction.net
        elif not transaction.is_available:
            pending[transaction.currency] += transaction.net
    return early, pending
