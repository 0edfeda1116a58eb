"""`payment_method_details.card.three_d_secure` of a charge: how the cardholder was authenticated."""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.cards.brand import Brand
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

_REASONS: Final = {AuthenticationResult.ABANDONED: "abandoned", AuthenticationResult.REJECTED: "rejected"}

_ECIS: Final = ("01", "02", "05", "06", "07")
"""The indicators that Stripe shows. Mastercard's `00` means that there was no authentication."""


def three_d_secure(snapshot: PaymentSnapshot, attempt: Authorization, result: AuthenticationResult) -> Body:
    """Return how the cardholder was authenticated for an attempt."""
    details = authentication_details(result, attempt.card.brand, attempt.id, flow=_flow(snapshot, attempt))
    return details | {"exemption_indicator": None}


def authentication_details(result: AuthenticationResult, brand: Brand, attempt_id: str, *, flow: str) -> Body:
    """Return the same of any attempt, with what a failed one has. `flow` is how the cardholder is authenticated."""
    indicator = eci(result, brand)
    return {
        "authentication_flow": flow if result is AuthenticationResult.AUTHENTICATED else None,
        "electronic_commerce_indicator": indicator if indicator in _ECIS else None,
        "result": _RESULTS.get(result, "failed"),
        "result_reason": _REASONS.get(result),
        "transaction_id": derive("three_d_secure", attempt_id),
        "version": VERSION,
    }


def _flow(snapshot: PaymentSnapshot, attempt: Authorization) -> str:
    """Return whether a challenge of the same card was answered: its result is the last step of an attempt before."""
    before = snapshot.step(attempt.id).before
    challenge = before.authenticated.challenge if before.authenticated else before.attempt
    return "challenge" if challenge is not None and challenge.card == attempt.card else "frictionless"
