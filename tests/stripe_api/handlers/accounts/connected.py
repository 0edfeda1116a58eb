"""Connected accounts with external accounts, as their platform creates them."""

from typing import Any, Final

from paysandbox.stripe_api.routes import GET_OWN_ACCOUNT
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done

INVALID: Final = (400, "invalid_request_error")
NO_ACCESS: Final = (403, "invalid_request_error", "account_invalid", None)
NUMBER: Final = "000123456789"
BY_NUMBER: Final[dict[str, Any]] = {
    "object": "bank_account",
    "country": "US",
    "currency": "usd",
    "routing_number": "110000000",
    "account_number": NUMBER,
    "account_holder_name": "Jenny Rosen",
    "account_holder_type": "individual",
}
CUSTOM: Final[dict[str, Any]] = {"type": "custom", "capabilities": {"transfers": {"requested": True}}}


def account(**params: Any) -> str:
    """Create a custom account, and return its ID."""
    return done(StripeMerchant().post(ROUTE["create_account"], **CUSTOM | params))["id"]


def add(of: str, sent: Any = "btok_us_verified", **params: Any) -> dict[str, Any]:
    """Add an external account."""
    return done(StripeMerchant().post(ROUTE["create_external_account"], of, external_account=sent, **params))


def shown(of: str) -> dict[str, Any]:
    """Retrieve an account."""
    return done(StripeMerchant().get(GET_OWN_ACCOUNT, of))
