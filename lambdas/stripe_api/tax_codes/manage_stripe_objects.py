"""Tax codes: the route that reads one."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.catalog.tax_codes import tax_code_body
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import Retrieve
from paysandbox.stripe_api.routes import GET_TAX_CODE


@stripe_endpoint(GET_TAX_CODE)
def get_tax_code(call: StripeCall[None, Retrieve]) -> StripeAnswer:
    """GET /v1/tax_codes/{id}: retrieve a tax code.

    Reads nothing.
    """
    name = call.path.get("id", "")
    body = tax_code_body(name)
    if body is None:
        raise no_such("tax code", name, "id")
    return StripeAnswer(body=body, outcome="shown")
