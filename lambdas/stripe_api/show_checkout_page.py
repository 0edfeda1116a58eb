"""GET /c/pay/{merchant}/{session}/{token}: the page of a Checkout session."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.stripe_api.checkout.paying import Paid, resumed
from paysandbox.stripe_api.checkout.rules import OPEN, status_of
from paysandbox.stripe_api.checkout.serving import find_session, shown_page
from paysandbox.stripe_api.routes import SHOW_CHECKOUT_PAGE


@endpoint(SHOW_CHECKOUT_PAGE)
def handler(call: Call[None, None]) -> Page:
    """Show the form while the session is open, and afterwards the way back to the shop. If the payer has been at the
    bank's page meanwhile, the session is completed first: a read of the payment, and one conditional put."""
    session = find_session(call)
    paid = resumed(session) if status_of(session.attributes) == OPEN else Paid(session=session)
    return shown_page(call, paid)
