"""POST /v1/payouts/{id}/cancel: cancel a payout that is pending."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.moved_funds.payout_resource import PAYOUTS
from paysandbox.stripe_api.moved_funds.payouts import canceled_payout, store_canceled
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CancelPayout
from paysandbox.stripe_api.resource_kit.operations import Request, change_once
from paysandbox.stripe_api.routes import CANCEL_PAYOUT


@stripe_endpoint(CANCEL_PAYOUT)
def handler(call: StripeCall[CancelPayout, None]) -> StripeAnswer:
    """A read, an idempotency record, and one transaction that gives the amount back."""
    request = Request(RESOURCES, PAYOUTS, call)
    tree = request.expanded(call.body.expand)
    written = change_once(request, request.named(), canceled_payout, store=store_canceled)
    return written.answer(request, tree, outcome="canceled")
