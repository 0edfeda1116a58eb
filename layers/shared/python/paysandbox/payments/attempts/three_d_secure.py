"""How answers show a 3-D Secure authentication: its result, and what the merchant may conclude from it. Pure.

The electronic commerce indicator (ECI) is sent with an authorization and tells how the cardholder was authenticated.
Liability for fraud shifts to the issuer after an authentication or an attempt of one (Checkout.com, "ECI values").
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.cards.brand import Brand
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.payment import Body

VERSION: Final = "2.2.0"
"""The version of EMV 3-D Secure that is simulated."""

_SHIFTING: Final = (AuthenticationResult.AUTHENTICATED, AuthenticationResult.ATTEMPTED)

_OF_VISA: Final[Mapping[AuthenticationResult, str]] = {
    AuthenticationResult.AUTHENTICATED: "05",
    AuthenticationResult.ATTEMPTED: "06",
    AuthenticationResult.UNAVAILABLE: "07",
    AuthenticationResult.INFORMATIONAL: "07",
}
"""Also those of American Express, Discover, Diners Club, JCB and UnionPay."""
_OF_MASTERCARD: Final[Mapping[AuthenticationResult, str]] = {
    AuthenticationResult.AUTHENTICATED: "02",
    AuthenticationResult.ATTEMPTED: "01",
    AuthenticationResult.UNAVAILABLE: "00",
    AuthenticationResult.INFORMATIONAL: "04",  # "Identity Check Insights": the issuer gets data only
}


def eci(result: AuthenticationResult, brand: Brand) -> str | None:
    """Return the electronic commerce indicator of an authorization with this result, or None if none is sent."""
    return (_OF_MASTERCARD if brand in (Brand.MASTERCARD, Brand.MAESTRO) else _OF_VISA).get(result)


def shifts_liability(result: AuthenticationResult) -> bool:
    """Whether the issuer, not the merchant, is liable for fraud after this result."""
    return result in _SHIFTING


def three_d_secure(result: AuthenticationResult, brand: Brand, *, sent: bool = False) -> Body:
    """Render an authentication. `sent`: an authorization was sent with its result."""
    indicator = eci(result, brand) if sent else None
    return {
        "result": str(result),
        "version": VERSION,
        "liability_shifted": sent and shifts_liability(result),
        **({"eci": indicator} if indicator is not None else {}),
    }
