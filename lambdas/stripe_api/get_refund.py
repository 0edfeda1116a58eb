"""GET /v1/refunds/{refund}: a refund."""

from paysandbox.contract.stripe_errors import no_such
from paysandbox.contract.stripe_ids import operation_of_refund
from paysandbox.contract.stripe_objects import render_refund
from paysandbox.contract.stripe_requests import Retrieve
from paysandbox.domain.identity import payment_of
from paysandbox.routes.stripe_api import GET_REFUND
from paysandbox.runtime.client_secrets import client_secret_of
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_found import payment_with
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint


@stripe_endpoint(GET_REFUND)
def handler(call: Call) -> StripeAnswer:
    """One consistent read."""
    query: Retrieve = call.query
    name = call.path.get("refund", "")
    refund = operation_of_refund(name)
    payment = payment_with(call, payment_of(refund) if refund else None, refund)
    if payment is None or refund is None:
        raise no_such("refund", name, "id")
    shown = render_refund(payment, refund, client_secret=client_secret_of(payment.id), expand=query.expand)
    return StripeAnswer(shown, transaction_id=refund, outcome="shown")
