"""GET /v1/transfers/{id}/reversals: list the reversals of a transfer, newest first."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.moved_funds.transfer import reversals_of
from paysandbox.stripe_api.objects.render import expand_of_list
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListTransferReversals
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resources.declared import RESOURCES
from paysandbox.stripe_api.resources.transfers import TRANSFER_REVERSALS, TRANSFERS
from paysandbox.stripe_api.routes import LIST_TRANSFER_REVERSALS


@stripe_endpoint(LIST_TRANSFER_REVERSALS)
def handler(call: StripeCall[None, ListTransferReversals]) -> StripeAnswer:
    """A read of the transfer, and one of what is expanded."""
    request, query = Request(RESOURCES, TRANSFERS, call), call.query
    of_reversal = replace(request, resource=TRANSFER_REVERSALS)
    tree = of_reversal.expanded(expand_of_list(query.expand))
    transfer = request.named()
    bodies = [(body["id"], body) for body in of_reversal.rendered(reversals_of(transfer), tree)]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, TRANSFER_REVERSALS.noun, bodies))
    return list_answer(f"/v1/transfers/{transfer.id}/reversals", query, data, more=more)
