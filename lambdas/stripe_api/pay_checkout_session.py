"""POST /c/pay/{merchant}/{session}/{token}: pay a Checkout session, or save its card, as its payer."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.stripe_api.checkout.form import CheckoutForm
from paysandbox.stripe_api.checkout.serving import find_session
from paysandbox.stripe_api.checkout.submitting import submitted
from paysandbox.stripe_api.routes import PAY_CHECKOUT_SESSION


@endpoint(PAY_CHECKOUT_SESSION)
def handler(call: Call[CheckoutForm, None]) -> Page:
    """Reads of the session and its payment, a conditional put of each, an update with the bank's answer, and a put that
    completes the session. Of a session that saves a card, one transaction."""
    return submitted(call, find_session(call))
