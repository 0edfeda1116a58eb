# pyright: standard
"""Code common to the routes that list the refunds of one payment."""

from collections.abc import Sequence

from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.client_secrets import secrets_of
from paysandbox.stripe_api.ids import refund_id
from paysandbox.stripe_api.lists.page import Objects
from paysandbox.stripe_api.objects.refund import refunds_of
from paysandbox.stripe_api.objects.render import render_refund


def refunds_in(call: AnyStripeCall, payment: Payment, expand: Sequence[str]) -> Objects:
    """Return a payment's refunds that the caller's version shows, newest first."""
    secret, version = secrets_of(payment.id), call.stripe_version
    return [
        (refund_id(operation_id), render_refund(payment, operation_id, private=secret, expand=expand, version=version))
        for operation_id in refunds_of(payment, version)
    ]
