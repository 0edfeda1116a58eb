"""Limits of what merchants send with a payment."""

import json
import re
from typing import Final

MAX_AMOUNT: Final = 99_999_999
"""In minor units."""
MAX_METADATA_KEYS: Final = 50
MAX_METADATA_BYTES: Final = 8_192
MAX_TEXT_BYTES: Final = 1_000

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""Control characters and line breaks, which no text may have."""


def metadata_text(entries: dict[str, str]) -> str:
    """Encode metadata as the text that is stored. DynamoDB maps have no order, but replays must be byte-identical."""
    return json.dumps(entries, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
