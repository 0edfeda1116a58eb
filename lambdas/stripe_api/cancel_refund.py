"""POST /v1/refunds/{refund}/cancel: refused, because a refund of a card succeeds at once."""

from paysandbox.core.errors import Code, Refused
from paysandbox.http.request import Call
from paysandbox.stripe_api.lookups import find_refund
from paysandbox.stripe_api.objects import check_expand
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import CancelRefund
from paysandbox.stripe_api.routes import CANCEL_REFUND


@stripe_endpoint(CANCEL_REFUND)
def handler(call: Call[CancelRefund, None]) -> StripeAnswer:
    """One consistent read. Always refuses: request_invalid, or resource_not_found."""
    check_expand("refund", call.body.expand)
    find_refund(call, call.path.get("refund", ""), "id")
    raise Refused(
        Code.REQUEST_INVALID,
        "This refund has a status of succeeded. Only a refund with a status of requires_action can be canceled.",
    )
