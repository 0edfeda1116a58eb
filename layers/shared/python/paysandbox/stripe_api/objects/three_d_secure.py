"""`payment_method_details.card.three_d_secure` of a charge: how the cardholder was authenticated."""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.ids import derive
from paysandbox.http.answer import Body
from paysandbox.payments.attempts.three_d_secure import VERSION, eci
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.stripe_api.objects.payment_snapshot import PaymentSnapshot

_RESULTS: Final[Mapping[AuthenticationResult, str]] = {
    AuthenticationResult.AUTHENTICATED: "authenticated",
    AuthenticationResult.ATTEMPTED: "attempt_acknowledged",
    AuthenticationResult.UNAVAILABLE: "processing_error",
    AuthenticationResult.INFORMATIONAL: "data_share_only",
}
"""Stripe's names of the results with which an authorization is sent ("The Charge object", `three_d_secure.result`)."""

_ECIS: Final = ("01", "02", "05", "06", "07")
"""The indicators that Stripe shows. Mastercard's `00` means that there was no authentication."""


def three_d_secure(snapshot: PaymentSnapshot, attempt: Authorization, result: AuthenticationResult) -> Body:
    """Return how the cardholder was authenticated for an attempt."""
    indicator = eci(result, attempt.card.brand)
    authenticated = result is AuthenticationResult.AUTHENTICATED
    return {
        "authentication_flow": _flow(snapshot, attempt) if authenticated else None,
        "electronic_commerce_indicator": indicator if indicator in _ECIS else None,
        "exemption_indicator": None,
        "result": _RESULTS[result],
        "result_reason": None,
        "transaction_id": derive("three_d_secure", attempt.id),
        "version": VERSION,
    }


def _flow(snapshot: PaymentSnapshot, attempt: Authorization) -> str:
    """Return whether a challenge of the same card was answered: its result is the last step of an attempt before."""
    before = snapshot.step(attempt.id).before
    challenge = before.authenticated.challenge if before.authenticated else before.attempt
    return "challenge" if challenge is not None and challenge.card == attempt.card else "frictionless"
