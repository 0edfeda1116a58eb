"""GET /v1/charges/{charge}/refunds/{refund}: retrieve a refund of a charge.

Stripe no longer documents this path, and its older clients use it.
"""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.lookups import find_charge, refund_of
from paysandbox.stripe_api.objects.render import render_refund
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_CHARGE_REFUND


@stripe_endpoint(GET_CHARGE_REFUND)
def handler(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """One consistent read."""
    name, version = call.path["refund"], call.stripe_version
    payment, attempt = find_charge(call, call.path["charge"], "id")
    refund = None if attempt.decline else refund_of(payment, name, version)
    if refund is None:
        raise no_such("refund", name, "id")
    secret = secrets_of(payment.id)
    shown = render_refund(payment, refund, private=secret, expand=call.query.expand, version=version)
    return StripeAnswer(body=shown, transaction_id=refund, outcome="shown")
