"""POST /v1/transfers: send funds to a connected account."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.charge_transfers import transfer_once
from paysandbox.stripe_api.moved_funds.transfer_resources import TRANSFERS
from paysandbox.stripe_api.moved_funds.transfers import new_transfer, store_transfer
from paysandbox.stripe_api.objects.stored_object import Cause
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateTransfer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, create_once
from paysandbox.stripe_api.routes import CREATE_TRANSFER


@stripe_endpoint(CREATE_TRANSFER)
def handler(call: StripeCall[CreateTransfer, None]) -> StripeAnswer:
    """An idempotency record, a read of the account, and one transaction.

    From a charge, a read of its payment before, and one of the transfer after. The transaction is of the two.
    """
    request = Request(RESOURCES, TRANSFERS, call)
    tree = request.expanded(call.body.expand)
    if call.body.source_transaction is not None:
        return transfer_once(request).answer(request, tree, outcome="created")

    def make(name: str, cause: Cause) -> Stored:
        return new_transfer(request, name, cause)

    return create_once(request, make, store=store_transfer).answer(request, tree, outcome="created")
