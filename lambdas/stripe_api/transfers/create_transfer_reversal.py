"""POST /v1/transfers/{id}/reversals: take back funds of a transfer."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.connect.returned_shares import ToReturn, return_once
from paysandbox.stripe_api.ids import transfer_reversal_id
from paysandbox.stripe_api.moved_funds.transfer import CAPTURE, reversals_of
from paysandbox.stripe_api.moved_funds.transfers import (
    FULLY_REVERSED,
    TOO_MUCH,
    reversal_in,
    reversed_transfer,
    store_reversal,
)
from paysandbox.stripe_api.objects.expand import Expansion
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CreateTransferReversal
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, Written, change_once
from paysandbox.stripe_api.resource_kit.stored_object import Cause, StoredObject, as_created
from paysandbox.stripe_api.resources.declared import RESOURCES
from paysandbox.stripe_api.resources.transfers import TRANSFER_REVERSALS, TRANSFERS
from paysandbox.stripe_api.routes import CREATE_TRANSFER_REVERSAL


@stripe_endpoint(CREATE_TRANSFER_REVERSAL)
def handler(call: StripeCall[CreateTransferReversal, None]) -> StripeAnswer:
    """A read of the transfer, an idempotency record, and one transaction.

    Of a charge's transfer: a read of its payment too, an update of that, and a put of the transfer.
    """
    request = Request(RESOURCES, TRANSFERS, call)
    of_reversal = replace(request, resource=TRANSFER_REVERSALS)
    tree = of_reversal.expanded(call.body.expand)
    transfer = request.named()
    if CAPTURE in transfer.attributes:
        return _of_charge(request, of_reversal, transfer, tree)

    def change(current: StoredObject, cause: Cause) -> Stored:
        return reversed_transfer(request, current, cause)

    written = change_once(request, transfer, change, store=store_reversal)
    # As of this change, its reversal is the newest.
    made = replace(written, stored=reversals_of(written.stored)[0])
    return made.answer(of_reversal, tree, outcome="reversed")


def _of_charge(request: Request, of_reversal: Request, transfer: StoredObject, tree: Expansion) -> StripeAnswer:
    """Reverse the transfer of a destination charge, whose money moves with its payment."""
    body: CreateTransferReversal = request.call.body
    once, operation_id = return_once(
        request.call,
        transfer,
        ToReturn(
            returned="transfer",
            amount=body.amount,
            metadata=body.metadata,
            description=body.description,
            nothing_left=FULLY_REVERSED.format(transfer.id),
            too_much=TOO_MUCH.replace("{}", transfer.id, 1),
        ),
    )
    made = reversal_in(request.named(), transfer_reversal_id(transfer.id, operation_id))
    written = Written(as_created(made), once.replayed, once.first_request)
    return written.answer(of_reversal, tree, outcome="reversed")
