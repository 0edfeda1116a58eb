"""A bank's response in Stripe's format: the error of a declined attempt, and the outcome of a charge.

Codes and messages are Stripe's ("Error codes", "Decline codes"). `decline_code` gives the exact reason to the
merchant's program. The message may be shown to the cardholder and does not reveal that a card was lost or stolen.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.bank.response import Decline, Response, RiskLevel

CARD_DECLINED: Final = "card_declined"
AUTHENTICATION_FAILURE: Final = "payment_intent_authentication_failure"
SETUP_AUTHENTICATION_FAILURE: Final = "setup_intent_authentication_failure"
SETUP_FAILURE: Final = "setup_attempt_failed"
DECLINED: Final = "Your card was declined."

AUTHENTICATION_NOT_HANDLED: Final = "authentication_not_handled"
"""The decline of a payment that requires authentication, and whose caller does not handle that."""

_OWN_CODES: Final = ("authentication_required", "expired_card", "incorrect_cvc", "processing_error")
_PARAMS: Final = {"expired_card": "exp_month", "incorrect_cvc": "cvc"}
_MESSAGES: Final[Mapping[str, str]] = {
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    AUTHENTICATION_NOT_HANDLED: "This payment required an authentication action to complete, but "
    "`error_on_requires_action` was set. When you're ready, you can upgrade your integration to handle actions at "
    "https://stripe.com/docs/payments/payment-intents/upgrade-to-handle-actions.",
    "card_velocity_exceeded": "Your card was declined for making repeated attempts too frequently or exceeding its "
    "amount limit.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "insufficient_funds": "Your card has insufficient funds.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "transaction_not_allowed": "Your card does not support this type of purchase.",
}
_NO_REASON: Final = ("generic_decline", "do_not_honor")


def decline_error(response: Response, decline: Decline) -> Body:
    """Return the error of a declined attempt, with the details that the bank gives."""
    code = failure_code(decline)
    error: Body = {
        "type": "card_error",
        "advice_code": decline.advice_code,
        "code": code,
        "decline_code": decline.decline_code,
        "doc_url": f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}",
        "message": failure_message(decline),
    }
    if response.code is not None:
        error["network_decline_code"] = response.code
    if code in _PARAMS:
        error["param"] = _PARAMS[code]
    return error


def authentication_error() -> Body:
    """Return the error of a payment whose cardholder was not authenticated. No bank was asked to authorize it."""
    return _invalid(
        AUTHENTICATION_FAILURE,
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new "
        "PaymentMethod to attempt to fulfill this PaymentIntent again.",
    )


def setup_authentication_error() -> Body:
    """Return the error of a setup intent whose cardholder was not authenticated.

    Source: the tests of stripe-ios (STPSetupIntentLastSetupError), recorded from Stripe's test mode.
    """
    return _invalid(
        SETUP_AUTHENTICATION_FAILURE,
        "The latest attempt to set up the payment method has failed because authentication failed.",
    )


def setup_attempt_error(reason: str) -> Body:
    """Return the error of a setup intent whose payment method could not be saved although its bank approved it."""
    return _invalid(SETUP_FAILURE, f"The latest attempt to set up the payment method has failed. {reason}")


def _invalid(code: str, message: str) -> Body:
    return {
        "type": "invalid_request_error",
        "code": code,
        "doc_url": f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}",
        "message": message,
    }


def failure_code(decline: Decline) -> str:
    """Return Stripe's error code of a decline: one of the few with their own, else card_declined."""
    if decline.decline_code == AUTHENTICATION_NOT_HANDLED:
        return "authentication_required"
    return decline.decline_code if decline.decline_code in _OWN_CODES else CARD_DECLINED


def failure_message(decline: Decline) -> str:
    """Return the message that may be shown to the cardholder."""
    return _MESSAGES.get(decline.decline_code, DECLINED)


def outcome(response: Response) -> Body:
    """Return a charge's outcome: the message for the merchant, the result of the network, and the risk level."""
    if response.decline is None:
        return _outcome(response, "authorized", "approved_by_network", None, "Payment complete.")
    if response.code is None:
        blocked = _outcome(response, "blocked", "not_sent_to_network", "highest_risk_level", _BLOCKED)
        return blocked | {"risk_level": str(RiskLevel.HIGHEST)}
    reason = response.decline.decline_code
    message = _NOTHING_ELSE if reason in _NO_REASON else f"The bank returned the decline code `{reason}`."
    declined = _outcome(response, "issuer_declined", "declined_by_network", reason, message)
    return declined | {"advice_code": response.decline.advice_code, "network_decline_code": response.code}


_BLOCKED: Final = "Stripe blocked this payment as too risky."
_NOTHING_ELSE: Final = "The bank did not return any further details with this decline."


def _outcome(response: Response, kind: str, network_status: str, reason: str | None, message: str) -> Body:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status,
        "reason": reason,
        "risk_level": str(response.risk_level),
        "seller_message": message,
        "type": kind,
    }
