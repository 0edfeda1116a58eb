"""GET /authenticate/{challenge_id}/{token}: the page on which the cardholder answers a 3-D Secure challenge."""

from paysandbox.http.html import HTML
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.attempts.challenge_page import challenge_page, page_headers
from paysandbox.payments.attempts.challenges import find_challenge, return_address
from paysandbox.payments.routes import SHOW_CHALLENGE


@endpoint(SHOW_CHALLENGE)
def handler(call: Call[None, None]) -> Page:
    """Two forms while the challenge is open; afterwards, what became of it, and the way back to the merchant."""
    payment, challenge = find_challenge(call.path.get("challenge_id", ""), call.path.get("token", ""))
    return Page(
        text=challenge_page(payment, challenge, back=return_address(payment, challenge), prefix=call.request.prefix),
        content_type=HTML,
        headers=page_headers(challenge.return_url),
    )
