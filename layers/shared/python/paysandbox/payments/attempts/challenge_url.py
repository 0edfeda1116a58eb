"""The address of a 3-D Secure challenge's page. It is a secret: everybody who has it can complete the challenge.

It contains the challenge's ID and a token: an HMAC of the ID. The token is derived and never stored, so checking one
takes no read, and an ID that does not exist is rejected in the same way as a wrong token.
"""

import hashlib
import hmac
from typing import Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.core.ids import base32
from paysandbox.http.answer import Body
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import Payment
from paysandbox.payments.routes import CHALLENGE_PATH

_PURPOSE: Final = b"challenge:"
_LENGTH: Final = 26


def challenge_url(challenge: ChallengeRequested) -> str:
    """Return the URL of a challenge's page, under the address by which the merchant reached the API."""
    return challenge.base_url + CHALLENGE_PATH.format(challenge_id=challenge.id, token=_token_of(challenge.id))


def next_action(challenge: ChallengeRequested) -> Body:
    """Render what the cardholder must do: open the challenge's page."""
    redirect: Body = {"url": challenge_url(challenge)}
    if challenge.return_url is not None:
        redirect["return_url"] = challenge.return_url
    return {"next_action": {"type": "redirect_to_url", "redirect_to_url": redirect}}


def next_action_of(payment: Payment) -> Body:
    """Render what the cardholder must do for the latest challenge of a payment that has one."""
    challenges = [challenge for challenge in payment.operations if isinstance(challenge, ChallengeRequested)]
    return next_action(challenges[-1])


def is_token_of(challenge_id: str, token: str) -> bool:
    """Whether a token is that of a challenge. Takes the same time for every wrong token."""
    return hmac.compare_digest(token.encode(errors="replace"), _token_of(challenge_id).encode())


def _token_of(challenge_id: str) -> str:
    # With the key that is never rotated: the first answer to an authorization is repeated for as long as it is kept.
    digest = hmac.digest(hashing_keys().card, _PURPOSE + challenge_id.encode(), hashlib.sha256)
    return base32(digest, _LENGTH)
