"""POST /authenticate/setup/{merchant}/{challenge_id}/{token}: record the answer to a setup intent's challenge."""

from paysandbox.core.errors import Code, Refused
from paysandbox.core.json_text import json_text
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.attempts.challenges import result_of
from paysandbox.payments.requests import CompleteChallenge
from paysandbox.stripe_api.routes import COMPLETE_SETUP_CHALLENGE
from paysandbox.stripe_api.setup_intents.challenges import (
    answer_setup_challenge,
    find_setup_challenge,
    setup_challenge_page,
)


@endpoint(COMPLETE_SETUP_CHALLENGE)
def handler(call: Call[CompleteChallenge, None]) -> Page:
    """Record the answer, and lead back to the merchant. The same answer again leads there again; another is a 409."""
    challenge, result = find_setup_challenge(call), result_of(call.body.result)
    try:
        challenge = answer_setup_challenge(challenge, result, call)
    except Refused as refused:
        if refused.code is not Code.SIMULATION_NOT_ALLOWED or not call.request.prefers_html:
            raise
        return setup_challenge_page(find_setup_challenge(call), call, status=409)
    back = challenge.return_address
    status = 303 if back else 200
    if call.request.prefers_html:
        return setup_challenge_page(challenge, call, status=status, to=back, outcome=challenge.status)
    body = {
        "setup_intent": challenge.stored.id,
        "challenge_id": challenge.attempt,
        "result": str(result),
        "status": challenge.status,
    }
    return Page(
        text=json_text(body | ({"location": back} if back else {})),
        content_type="application/json",
        status=status,
        headers={"Vary": "Accept"} | ({"Location": back} if back else {}),
        outcome=challenge.status,
    )
