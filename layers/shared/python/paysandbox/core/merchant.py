"""Merchants and their API keys. The merchant is in the key's text, so a request needs no look-up and keys rotate."""

import re
from typing import Final

MERCHANT_PATTERN: Final = "[a-z0-9-]{2,32}"

_MERCHANT = re.compile(MERCHANT_PATTERN)
_API_KEY = re.compile(rf"sk_test_({MERCHANT_PATTERN})_[A-Za-z0-9]{{16,64}}")


def is_merchant(text: str) -> bool:
    """Whether `text` may be a merchant's name: 2 to 32 of a-z, 0-9 and hyphen."""
    return _MERCHANT.fullmatch(text) is not None


def api_key(merchant: str, secret: str) -> str:
    """The key's text: `sk_test_<merchant>_<secret>`."""
    return f"sk_test_{merchant}_{secret}"


def merchant_of(key: str) -> str | None:
    """The merchant that a key names, or None for a text of another form. API Gateway has checked the whole key."""
    match = _API_KEY.fullmatch(key)
    return match[1] if match else None
