"""GET /v1/refunds/{refund}: retrieve a refund."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.lookups import find_refund
from paysandbox.stripe_api.objects.render import render_refund
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resources.transfers.transfer_payments import is_of_transfer, shown_of_transfer
from paysandbox.stripe_api.routes import GET_REFUND


@stripe_endpoint(GET_REFUND)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read. Of a transfer to an account, that of the transfer, and one of the account's platform."""
    query = call.query
    if is_of_transfer(call.path.get("refund", "")):
        return StripeAnswer(body=shown_of_transfer(call, "refund", query.expand), outcome="shown")
    payment, refund = find_refund(call, call.path.get("refund", ""), "id")
    secret, version = secrets_of(payment.id), call.stripe_version
    shown = render_refund(payment, refund, private=secret, expand=query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=refund, outcome="shown")
