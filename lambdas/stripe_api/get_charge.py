"""GET /v1/charges/{charge}: an attempt at an intent, promised or declined, and what became of it."""

from paysandbox.contract.stripe_ids import attempt_of_charge, payment_of_charge
from paysandbox.contract.stripe_objects import render_charge
from paysandbox.contract.stripe_requests import Retrieve
from paysandbox.errors import Code, Refused
from paysandbox.routes.stripe_api import GET_CHARGE
from paysandbox.runtime.request import Call
from paysandbox.runtime.stripe_found import payment_with
from paysandbox.runtime.stripe_http import StripeAnswer, stripe_endpoint


@stripe_endpoint(GET_CHARGE)
def handler(call: Call) -> StripeAnswer:
    """One consistent read."""
    query: Retrieve = call.query
    name = call.path.get("charge", "")
    attempt = attempt_of_charge(name)
    payment = payment_with(call, payment_of_charge(name), attempt)
    if payment is None or attempt is None:
        raise Refused(Code.RESOURCE_NOT_FOUND, f"No such charge: '{name[:64]}'", "id")
    return StripeAnswer(render_charge(payment, attempt, expand=query.expand), transaction_id=attempt, outcome="shown")
