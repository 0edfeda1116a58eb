"""GET /authenticate/setup/{merchant}/{challenge_id}/{token}: the page of a setup intent's 3-D Secure challenge."""

from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.stripe_api.routes import SHOW_SETUP_CHALLENGE
from paysandbox.stripe_api.setup_intents.challenges import find_setup_challenge, setup_challenge_page


@endpoint(SHOW_SETUP_CHALLENGE)
def handler(call: Call[None, None]) -> Page:
    """Two forms while the challenge is open; afterwards, what became of it, and the way back to the merchant."""
    return setup_challenge_page(find_setup_challenge(call), call)
