"""POST /v1/charges/{charge}/refund: refund captured money of a charge. Returns the charge.

Stripe no longer documents this path, and its older clients use it.
"""

from paysandbox.core.record import replace
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.objects.render import render_charge
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.refunds import refund_of_charge
from paysandbox.stripe_api.requests import RefundCharge
from paysandbox.stripe_api.routes import REFUND_CHARGE


@stripe_endpoint(REFUND_CHARGE)
def handler(call: StripeCall[RefundCharge, None]) -> StripeAnswer:
    """As a refund of a charge, and a second read for the charge as it was right after it."""
    expand = call.body.expand
    refunded = refund_of_charge(call, call.body.model_copy(update={"expand": []}))
    payment, attempt = find_charge(call, call.path["charge"], "id")
    secret, until, version = secrets_of(payment.id), refunded.transaction_id, call.stripe_version
    shown = render_charge(payment, attempt.id, private=secret, until=until, expand=expand, version=version)
    return replace(refunded, body=shown)
