"""POST /authenticate/{challenge_id}/{token}: record the cardholder's answer to a 3-D Secure challenge."""

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core.errors import Code, Refused
from paysandbox.core.json_text import json_text
from paysandbox.http.html import HTML
from paysandbox.http.native import Page, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.attempts.challenge_page import challenge_page, page_headers
from paysandbox.payments.attempts.challenges import answer_challenge, find_challenge, result_of, return_address
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import CONTRACT, Payment, Status, state_of
from paysandbox.payments.requests import CompleteChallenge
from paysandbox.payments.routes import COMPLETE_CHALLENGE
from paysandbox.payments.simulated_action import Stamp


@endpoint(COMPLETE_CHALLENGE)
def handler(call: Call[CompleteChallenge, None]) -> Page:
    """Record the answer, and lead back to the merchant. The same answer again leads there again; another is a 409."""
    challenge_id, token = call.path.get("challenge_id", ""), call.path.get("token", "")
    payment, challenge = find_challenge(challenge_id, token)
    result = result_of(call.body.result)
    stamp = Stamp(
        key=f"page:{challenge.id}:{result}",
        request_id=call.request_id,
        at=call.now,
        contract=CONTRACT,
        validity_s=settings_of(AcceptanceSettings).authorization_validity_s,
    )
    try:
        payment = answer_challenge(payment, challenge, result, stamp)
    except Refused as refused:
        if refused.code is not Code.SIMULATION_NOT_ALLOWED or not call.request.prefers_html:
            raise
        return shown(call, *find_challenge(challenge_id, token), status=409)
    back = None if state_of(payment).status is Status.REQUIRES_ACTION else return_address(payment, challenge)
    if call.request.prefers_html:
        return shown(call, payment, challenge, status=303 if back else 200, location=back)
    return result_response(payment, challenge, result, location=back)


def shown(
    call: Call[CompleteChallenge, None],
    payment: Payment,
    challenge: ChallengeRequested,
    *,
    status: int,
    location: str | None = None,
) -> Page:
    """Return the challenge's page, or a redirect that browsers follow without showing it."""
    return Page(
        text=challenge_page(payment, challenge, back=return_address(payment, challenge), prefix=call.request.prefix),
        content_type=HTML,
        status=status,
        headers=page_headers(challenge.return_url) | ({"Location": location} if location else {}),
        outcome=str(state_of(payment).status),
    )


def result_response(payment: Payment, challenge: ChallengeRequested, result: str, *, location: str | None) -> Page:
    """Return what became of the challenge as JSON, for programs; also as a redirect if there is a URL to return to."""
    status = str(state_of(payment).status)
    body = {"auth_id": payment.id, "challenge_id": challenge.id, "result": str(result), "status": status}
    return Page(
        text=json_text(body | ({"location": location} if location else {})),
        content_type="application/json",
        status=303 if location else 200,
        headers={"Vary": "Accept"} | ({"Location": location} if location else {}),
        outcome=status,
    )
