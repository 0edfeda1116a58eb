"""Merchants and their API keys. A key contains its merchant, so requests need no lookup and keys can be rotated.

An operator's key belongs to no merchant. It moves the sandbox's clock, and opens nothing else.
"""

import re
from typing import Final

DEFAULT_MERCHANT: Final = "demo"
"""The merchant that a command acts for if none is named, and that a key belongs to if it names no account."""
VERIFICATION_TAG: Final = "paysandbox-verify"
"""The tag of the API keys that `paysandbox verify` creates, whose value is the environment's name. The pipeline's role
may delete no others."""

MERCHANT_PATTERN: Final = "[a-z0-9-]{2,32}"

CONNECTED: Final = "connected-"
"""How the merchant of each connected account is called, before the account's characters. It has no keys: its platform's
keys act for it. A key that was issued elsewhere opens a merchant of another name (`acct-…`)."""

_MERCHANT = re.compile(MERCHANT_PATTERN)
_OPERATOR_KEY = re.compile(r"ok_test_[A-Za-z0-9]{16,64}")
_API_KEY = re.compile(rf"sk_test_({MERCHANT_PATTERN})_[A-Za-z0-9]{{16,64}}")
_OF_DASHBOARD: Final = "dashboard"
# Longer than any other key, so that no random text makes an ordinary key one of the dashboard's.
_DASHBOARD_KEY = re.compile(rf"sk_test_{MERCHANT_PATTERN}_{_OF_DASHBOARD}[a-z2-7]{{32}}")


def is_merchant(text: str) -> bool:
    """Whether `text` is a valid merchant name: 2 to 32 characters of a-z, 0-9 and hyphen."""
    return _MERCHANT.fullmatch(text) is not None


def may_have_keys(text: str) -> bool:
    """Whether `text` is the name of a merchant that keys can be made for: of any but a connected account."""
    return is_merchant(text) and not is_connected(text)


def is_connected(merchant: str) -> bool:
    """Whether a merchant is a connected account."""
    return merchant.startswith(CONNECTED)


def api_key(merchant: str, secret: str) -> str:
    """Build an API key: `sk_test_<merchant>_<secret>`."""
    return f"sk_test_{merchant}_{secret}"


def dashboard_key(merchant: str, secret: str) -> str:
    """Build the API key of a merchant's dashboard: `sk_test_<merchant>_dashboard<secret>`, of 32 characters of base32.

    It opens what any secret key opens. Only its reads are not logged (`is_dashboard_key`).
    """
    return api_key(merchant, _OF_DASHBOARD + secret)


def is_dashboard_key(key: str) -> bool:
    """Whether a key is a dashboard's. Its successful reads are no events in the merchant's log.

    The page polls the log and the feed, and would see itself. API Gateway has verified the key itself.
    """
    return _DASHBOARD_KEY.fullmatch(key) is not None


def merchant_of(key: str) -> str | None:
    """Return the merchant in an API key, or None if it is malformed. API Gateway has verified the key itself."""
    match = _API_KEY.fullmatch(key)
    return match[1] if match else None


def operator_key(secret: str) -> str:
    """Build an operator's key: `ok_test_<secret>`."""
    return f"ok_test_{secret}"


def is_operator_key(text: str) -> bool:
    """Whether text has the form of an operator's key. API Gateway has verified the key itself."""
    return _OPERATOR_KEY.fullmatch(text) is not None
