"""A bank's answer in Stripe's words: the error of a declined attempt, and the outcome of a charge.

Codes and texts are Stripe's ("Error codes", "Decline codes"). Which decline it was is told the merchant's program in
`decline_code`; the message may be shown to the cardholder, and does not say that a card was lost or stolen.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.payments.response import Decline, Response, RiskLevel

CARD_DECLINED: Final = "card_declined"
DECLINED: Final = "Your card was declined."

_OWN_CODES: Final = ("authentication_required", "expired_card", "incorrect_cvc", "processing_error")
_PARAMS: Final = {"expired_card": "exp_month", "incorrect_cvc": "cvc"}
_MESSAGES: Final[Mapping[str, str]] = {
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "card_velocity_exceeded": "Your card was declined for making repeated attempts too frequently or exceeding its "
    "amount limit.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "insufficient_funds": "Your card has insufficient funds.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "transaction_not_allowed": "Your card does not support this type of purchase.",
}
_SAYS_NOTHING: Final = ("generic_decline", "do_not_honor")


def decline_error(response: Response, decline: Decline) -> Body:
    """The error of a declined attempt, as far as the bank says it."""
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


def failure_code(decline: Decline) -> str:
    """Stripe's code of that decline: few have one of their own."""
    return decline.decline_code if decline.decline_code in _OWN_CODES else CARD_DECLINED


def failure_message(decline: Decline) -> str:
    """What a cardholder may be told."""
    return _MESSAGES.get(decline.decline_code, DECLINED)


def outcome(response: Response) -> Body:
    """A charge's outcome: what the merchant is told, who decided, and how likely it looked to be fraud."""
    if response.decline is None:
        return _outcome(response, "authorized", "approved_by_network", None, "Payment complete.")
    if response.code is None:
        blocked = _outcome(response, "blocked", "not_sent_to_network", "highest_risk_level", _BLOCKED)
        return blocked | {"risk_level": str(RiskLevel.HIGHEST)}
    reason = response.decline.decline_code
    says = _NOTHING_ELSE if reason in _SAYS_NOTHING else f"The bank returned the decline code `{reason}`."
    declined = _outcome(response, "issuer_declined", "declined_by_network", reason, says)
    return declined | {"advice_code": response.decline.advice_code, "network_decline_code": response.code}


_BLOCKED: Final = "Stripe blocked this payment as too risky."
_NOTHING_ELSE: Final = "The bank did not return any further details with this decline."


def _outcome(response: Response, kind: str, network_status: str, reason: str | None, says: str) -> Body:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": network_status,
        "reason": reason,
        "risk_level": str(response.risk_level),
        "seller_message": says,
        "type": kind,
    }
