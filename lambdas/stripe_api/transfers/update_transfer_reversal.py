"""POST /v1/transfers/{id}/reversals/{reversal}: update a reversal of a transfer."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.transfer_resources import TRANSFER_REVERSALS, TRANSFERS
from paysandbox.stripe_api.moved_funds.transfers import reversal_named, updated_reversal
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import UpdateTransferReversal
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.routes import UPDATE_TRANSFER_REVERSAL


@stripe_endpoint(UPDATE_TRANSFER_REVERSAL)
def handler(call: StripeCall[UpdateTransferReversal, None]) -> StripeAnswer:
    """A read of the transfer, an idempotency record, and one conditional put."""
    request = Request(RESOURCES, TRANSFERS, call)
    of_reversal = replace(request, resource=TRANSFER_REVERSALS)
    tree = of_reversal.expanded(call.body.expand)
    transfer = request.named()
    reversal_named(request, transfer)

    def change(current: StoredObject, cause: Cause) -> Stored:
        return updated_reversal(request, current, cause)

    written = change_once(request, transfer, change)
    made = replace(written, stored=reversal_named(request, written.stored))
    return made.answer(of_reversal, tree, outcome="changed")
