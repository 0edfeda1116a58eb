"""Limits of what merchants send with a payment, for the documented shape and for the reader without pydantic."""

import json
import re
from typing import Final

MAX_AMOUNT: Final = 99_999_999
"""In minor units."""
CURRENCY: Final = "[A-Za-z]{3}"
CARD_NUMBER: Final = "[0-9]{12,19}"
SECURITY_CODE: Final = "[0-9]{3,4}"
EXPIRY_MONTHS: Final = range(1, 13)
EXPIRY_YEARS: Final = range(2000, 2201)
MAX_SHORT_TEXT: Final = 100
"""Characters of a name, an address line, a reference."""
MAX_TEXT: Final = 500
"""Characters of a description, which has at most `MAX_TEXT_BYTES` of UTF-8."""
MAX_TEXT_BYTES: Final = 1_000
MAX_METADATA_KEYS: Final = 50
MAX_METADATA_KEY: Final = 40
"""Characters of a key."""
MAX_METADATA_VALUE: Final = 500
"""Characters of a value."""
MAX_METADATA_BYTES: Final = 8_192

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Control characters and line breaks, which no text may have."""


def metadata_text(entries: dict[str, str]) -> str:
    """Encode metadata as the text that is stored. DynamoDB maps have no order, but replays must be byte-identical."""
    return json.dumps(entries, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
