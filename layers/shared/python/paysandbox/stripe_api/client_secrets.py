"""Returns an intent's secrets, and checks the client secret that comes with a request."""

import hmac
from typing import TYPE_CHECKING, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.client_secret import client_secret_of
from paysandbox.stripe_api.objects.intent_secrets import IntentSecrets

if TYPE_CHECKING:
    # The webhook workers use this module and read no requests.
    from paysandbox.payments.operations.challenge_requested import ChallengeRequested

_PARAM: Final = "client_secret"


def check_client_secret(payment_id: str, given: str | None, *, publishable: bool) -> None:
    """Reject a secret that does not match the intent, and a publishable key without one.

    Raises Refused: parameter_missing, parameter_invalid.
    """
    if given is None:
        if publishable:
            raise Refused(Code.PARAMETER_MISSING, "A publishable key requires the intent's client_secret.", _PARAM)
        return
    if not hmac.compare_digest(given.encode(errors="replace"), client_secret_of(payment_id).encode()):
        raise Refused(Code.PARAMETER_INVALID, "The client_secret does not match this payment intent.", _PARAM)


def secrets_of(payment_id: str) -> IntentSecrets:
    """Return the secrets of an intent."""
    return IntentSecrets(client_secret_of(payment_id), _challenge_url)


def _challenge_url(challenge: "ChallengeRequested") -> str:
    from paysandbox.payments.attempts.challenge_url import challenge_url  # few payments have a challenge

    return challenge_url(challenge)
