"""GET /v1/charges/{charge}: retrieve a charge, an approved or declined attempt at an intent."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.objects.render import render_charge
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.resources.transfers.transfer_payments import is_of_transfer, shown_of_transfer
from paysandbox.stripe_api.routes import GET_CHARGE


@stripe_endpoint(GET_CHARGE)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read. Of a transfer to an account, that of the transfer, and one of the account's platform."""
    query = call.query
    if is_of_transfer(call.path.get("charge", "")):
        return StripeAnswer(body=shown_of_transfer(call, "charge", query.expand), outcome="shown")
    payment, attempt = find_charge(call, call.path.get("charge", ""), "id")
    secret, version = secrets_of(payment.id), call.stripe_version
    shown = render_charge(payment, attempt.id, private=secret, expand=query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=attempt.id, outcome="shown")
