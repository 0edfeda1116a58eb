# pyright: standard
"""What requests do with reversals of transfers."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.objects.stored_object import Cause, StoredObject
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.resources.transfers.charge_transfers import reverse_once
from paysandbox.stripe_api.resources.transfers.transfer import SHARED_BY, reversals_of
from paysandbox.stripe_api.resources.transfers.transfers import reversed_transfer, store_reversal


def create(request: Request) -> StripeAnswer:
    """Take back funds of a transfer. A read of the transfer, an idempotency record, and one transaction.

    For a charge's transfer, also a read of its payment before, and one of the transfer after.
    """
    tree, of_transfer = request.expanded(request.call.body.expand), request.of_holder()

    def change(current: StoredObject, cause: Cause) -> Stored:
        return reversed_transfer(of_transfer, current, cause)

    transfer = of_transfer.named()
    if SHARED_BY in transfer.attributes:
        written = reverse_once(of_transfer, transfer)
    else:
        written = change_once(of_transfer, transfer, change, store=store_reversal)
    # As of this change, its reversal is the newest.
    made = replace(written, stored=reversals_of(written.stored)[0])
    return made.answer(request, tree, outcome="reversed")
