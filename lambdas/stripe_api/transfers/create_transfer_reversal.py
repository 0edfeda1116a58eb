"""POST /v1/transfers/{id}/reversals: take back funds of a transfer."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.charge_transfers import reverse_once
from paysandbox.stripe_api.moved_funds.transfer import SHARED_BY, reversals_of
from paysandbox.stripe_api.moved_funds.transfer_resources import TRANSFER_REVERSALS, TRANSFERS
from paysandbox.stripe_api.moved_funds.transfers import reversed_transfer, store_reversal
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateTransferReversal
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.routes import CREATE_TRANSFER_REVERSAL


@stripe_endpoint(CREATE_TRANSFER_REVERSAL)
def handler(call: StripeCall[CreateTransferReversal, None]) -> StripeAnswer:
    """A read of the transfer, an idempotency record, and one transaction. For a charge's transfer, also a read of its
    payment before, and one of the transfer after.
    """
    request = Request(RESOURCES, TRANSFERS, call)
    of_reversal = replace(request, resource=TRANSFER_REVERSALS)
    tree = of_reversal.expanded(call.body.expand)

    def change(current: StoredObject, cause: Cause) -> Stored:
        return reversed_transfer(request, current, cause)

    transfer = request.named()
    if SHARED_BY in transfer.attributes:
        written = reverse_once(request, transfer)
    else:
        written = change_once(request, transfer, change, store=store_reversal)
    # As of this change, its reversal is the newest.
    made = replace(written, stored=reversals_of(written.stored)[0])
    return made.answer(of_reversal, tree, outcome="reversed")
