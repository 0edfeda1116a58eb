"""GET /v1/charges/{charge}/refunds: list the refunds of a charge, newest first.

It is the `url` of the list in a charge (`refunds`). Stripe no longer documents this path, and its older clients use it.
"""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.lists.answer import list_answer
from paysandbox.stripe_api.lists.page import page_of_row
from paysandbox.stripe_api.lists.parameters import around_in
from paysandbox.stripe_api.lists.refunds import refunds_in
from paysandbox.stripe_api.lookups import find_charge
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import ListChargeRefunds
from paysandbox.stripe_api.routes import LIST_CHARGE_REFUNDS


@stripe_endpoint(LIST_CHARGE_REFUNDS)
def handler(call: StripeCall[None, ListChargeRefunds]) -> StripeAnswer:
    """One consistent read."""
    query, charge = call.query, call.path["charge"]
    expand = query.expanded_paths
    payment, attempt = find_charge(call, charge, "id")
    every = () if attempt.decline else refunds_in(call, payment, expand)
    data, more = page_of_row(every, limit=query.limit, around=around_in(query, "refund", every))
    return list_answer(f"/v1/charges/{charge}/refunds", query, data, more=more)
