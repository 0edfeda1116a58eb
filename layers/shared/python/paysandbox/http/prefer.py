"""The caller's preference to wait for a result (RFC 7240, section 4.3). Pure.

A preference that is malformed, unknown or not honored is ignored (section 2).
"""

import re
from collections.abc import Sequence
from typing import Final

PREFER_HEADER: Final = "Prefer"
APPLIED_HEADER: Final = "Preference-Applied"

MAX_WAIT_S: Final = 20
"""Who prefers to wait longer waits for so long: API Gateway ends a request after 29 seconds."""

# A preference may have parameters, which start with a semicolon, and its value may be quoted.
_WAIT: Final = re.compile(r'wait[ \t]*=[ \t]*("?)([0-9]{1,9})\1[ \t]*(;.*)?', re.IGNORECASE)


def preferred_wait_s(values: Sequence[str]) -> int:
    """Return for how many seconds the caller would wait, by the values of its `Prefer` headers: 0 to `MAX_WAIT_S`.

    Of several, the first one counts (section 2).
    """
    for preference in ",".join(values).split(","):
        name = re.split(r"[=;]", preference, maxsplit=1)[0].strip(" \t").lower()
        if name == "wait":
            match = _WAIT.fullmatch(preference.strip(" \t"))
            return min(int(match[2]), MAX_WAIT_S) if match else 0
    return 0


def wait_applied(seconds: int) -> dict[str, str]:
    """Return the header that says that the request waited for up to so many seconds (section 3)."""
    return {APPLIED_HEADER: f"wait={seconds}"}
