"""The results of a payment's challenges. Loaded only for payments that have one. Pure."""

from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import AuthorizationBegun, Body, Payment


def latest_result(payment: Payment, attempt: AuthorizationBegun) -> Body:
    """Render the latest result of a challenge: that it is required, or what the cardholder did since."""
    if not isinstance(attempt, ChallengeRequested):
        raise AssertionError(f"{attempt} is not a challenge")
    later = (authentication for authentication in payment.operations if isinstance(authentication, Authentication))
    results = [
        AuthenticationResult.CHALLENGE,
        *(authentication.result for authentication in later if authentication.challenge_id == attempt.id),
    ]
    return attempt.authentication(results[-1])
