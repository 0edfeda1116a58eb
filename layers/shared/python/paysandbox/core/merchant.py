"""Merchants and their API keys. A key contains its merchant, so requests need no lookup and keys can be rotated."""

import re
from typing import Final

DEFAULT_MERCHANT: Final = "demo"
"""The merchant that a command acts for if none is named, and that a key belongs to if it names no account."""
MERCHANT_PATTERN: Final = "[a-z0-9-]{2,32}"

_MERCHANT = re.compile(MERCHANT_PATTERN)
_API_KEY = re.compile(rf"sk_test_({MERCHANT_PATTERN})_[A-Za-z0-9]{{16,64}}")


def is_merchant(text: str) -> bool:
    """Whether `text` is a valid merchant name: 2 to 32 characters of a-z, 0-9 and hyphen."""
    return _MERCHANT.fullmatch(text) is not None


def api_key(merchant: str, secret: str) -> str:
    """Build an API key: `sk_test_<merchant>_<secret>`."""
    return f"sk_test_{merchant}_{secret}"


def merchant_of(key: str) -> str | None:
    """Return the merchant in an API key, or None if it is malformed. API Gateway has verified the key itself."""
    match = _API_KEY.fullmatch(key)
    return match[1] if match else None
