"""GET /v1/application_fees/{id}/refunds: list the refunds of an application fee, newest first."""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.moved_funds.application_fee import refunds_of_fee
from paysandbox.stripe_api.objects.render import expand_of_list
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListFeeRefunds
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resources.declared import RESOURCES
from paysandbox.stripe_api.resources.transfers import APPLICATION_FEES, FEE_REFUNDS
from paysandbox.stripe_api.routes import LIST_FEE_REFUNDS


@stripe_endpoint(LIST_FEE_REFUNDS)
def handler(call: StripeCall[None, ListFeeRefunds]) -> StripeAnswer:
    """A read of the fee, and one of what is expanded."""
    request, query = Request(RESOURCES, APPLICATION_FEES, call), call.query
    of_refund = replace(request, resource=FEE_REFUNDS)
    tree = of_refund.expanded(expand_of_list(query.expand))
    fee = request.named()
    bodies = [(body["id"], body) for body in of_refund.rendered(refunds_of_fee(fee), tree)]
    data, more = page_of_row(bodies, limit=query.limit, around=around_in(query, FEE_REFUNDS.noun, bodies))
    return list_answer(f"/v1/application_fees/{fee.id}/refunds", query, data, more=more)
