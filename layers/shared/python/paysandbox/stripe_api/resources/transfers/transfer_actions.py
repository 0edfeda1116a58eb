# pyright: standard
"""What requests do with transfers."""

from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.operations import Request, make
from paysandbox.stripe_api.resources.transfers.charge_transfers import transfer_once
from paysandbox.stripe_api.resources.transfers.transfers import new_transfer, store_transfer


def create(request: Request) -> StripeAnswer:
    """Send funds to a connected account. An idempotency record, a read of the account, and one transaction.

    From a charge, a read of its payment before, and one of the transfer after. The transaction is of the two.
    """
    if request.call.body.source_transaction is not None:
        tree = request.expanded(request.call.body.expand)
        return transfer_once(request).answer(request, tree, outcome="created")
    return make(request, new_transfer, store=store_transfer)
