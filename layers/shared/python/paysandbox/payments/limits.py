"""What merchants may send with a payment: the kinds of its parameters."""

import json
import re
from typing import Final

from paysandbox.core.currency import is_known
from paysandbox.http.parameters import Entries, Text, Whole

MAX_AMOUNT: Final = 99_999_999
"""In minor units."""
MAX_TEXT_BYTES: Final = 1_000
"""Bytes of UTF-8 of a description."""
MAX_METADATA_KEYS: Final = 50
MAX_METADATA_BYTES: Final = 8_192

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Control characters and line breaks, which no text may have."""
_NO_CONTROLS: Final = rf"^[^{_CONTROL.pattern[1:-1]}]*$"


def metadata_text(entries: dict[str, str]) -> str:
    """Encode metadata as the text that is stored. DynamoDB maps have no order, but replays must be byte-identical."""
    return json.dumps(entries, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _unknown_currency(code: str) -> str | None:
    return None if is_known(code.upper()) else "Use an ISO 4217 code such as USD."


def _control_character(text: str) -> str | None:
    return "Control characters and line breaks are not allowed." if _CONTROL.search(text) else None


def _too_many_bytes(text: str) -> str | None:
    if len(text.encode()) <= MAX_TEXT_BYTES:
        return None
    return "This text can have at most 500 characters and 1,000 bytes of UTF-8."


def _too_much_metadata(entries: dict[str, str]) -> str | None:
    if len(metadata_text(entries).encode()) <= MAX_METADATA_BYTES:
        return None
    return "Metadata can have at most 8,192 bytes of JSON."


AMOUNT: Final = Whole(
    above=0,
    most=MAX_AMOUNT,
    description="Amount in minor units, the smallest unit of the currency: 1250 is 12.50 USD or 1,250 JPY.",
    example=1250,
)
CURRENCY: Final = Text(
    pattern="[A-Za-z]{3}",
    faults=(_unknown_currency,),
    upper=True,
    description="ISO 4217 code, in upper or lower case. Responses use upper case.",
    example="USD",
)
TEXT_100: Final = Text(least=1, most=100, faults=(_control_character,), openapi_pattern=_NO_CONTROLS)
TEXT_500: Final = Text(least=1, most=500, faults=(_control_character, _too_many_bytes), openapi_pattern=_NO_CONTROLS)
TEXT_1000: Final = Text(least=1, most=1000, faults=(_control_character,), openapi_pattern=_NO_CONTROLS)
METADATA_KEY: Final = Text(least=1, most=40, faults=(_control_character,), openapi_pattern=_NO_CONTROLS)
METADATA_VALUE: Final = Text(most=500)
METADATA: Final = Entries(key=METADATA_KEY, value=METADATA_VALUE, most=MAX_METADATA_KEYS, fault=_too_much_metadata)
