"""Elements: the route by which one reads its session."""

from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.objects.expand import expansion
from paysandbox.stripe_api.pages.customer_session import OBJECT, elements_session, session_of
from paysandbox.stripe_api.protocol import StripeAnswer, stripe_endpoint
from paysandbox.stripe_api.requests import GetElementsSession
from paysandbox.stripe_api.routes import GET_ELEMENTS_SESSION


@stripe_endpoint(GET_ELEMENTS_SESSION)
def get_elements_session(call: StripeCall[None, GetElementsSession]) -> StripeAnswer:
    """GET /v1/elements/sessions: what a customer session lets a Payment Element show.

    Reads of the session and its customer, and one of all payment methods of that.
    """
    expansion(OBJECT, call.query.expand, call.stripe_version)
    session = session_of(call, call.query.customer_session_client_secret)
    return StripeAnswer(body=elements_session(call, session), outcome="shown")
