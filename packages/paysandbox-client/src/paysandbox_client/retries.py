"""When a request is sent again, and after how long. Whether it may be repeated at all is decided here alone.

A request may be repeated after an unknown outcome if repeating it has no second effect: a read, a change that sets what
it says, a deletion, and a POST with an idempotency key, which the API performs once per key. Any other POST is sent
again only if it was certainly not performed.
"""

from __future__ import annotations

import random
from typing import Final

from paysandbox_client.wire import Answer, Lost

MAX_RETRIES: Final = 2
"""How often a request is sent again, unless the client says otherwise."""

RETRY_AFTER_S_MAX: Final = 30
"""An answer that asks for a longer wait is returned: its caller knows better what to do until then."""

_RATE_LIMITED: Final = 429
_OUTCOME_UNKNOWN: Final = frozenset({500, 502, 503, 504})
_FIRST_WAIT_S: Final = 0.5
_WAIT_S_MAX: Final = 8.0


def wait_before_retry(
    result: Answer | Lost, *, repeatable: bool, retries: int, max_retries: int = MAX_RETRIES
) -> float | None:
    """Return the seconds to wait before the request is sent again, or None if it is not.

    `retries` is how often it was sent again already.
    """
    if retries >= max_retries or not _may_be_sent_again(result, repeatable=repeatable):
        return None
    wait_s = min(_FIRST_WAIT_S * 2**retries, _WAIT_S_MAX)
    # Between half of it and all of it, so that clients that failed together do not come back together.
    jittered_s = wait_s * random.uniform(0.5, 1)
    requested_s = retry_after_s(result) if isinstance(result, Answer) else None
    if requested_s is None:
        return jittered_s
    return None if requested_s > RETRY_AFTER_S_MAX else max(requested_s, jittered_s)


def retry_after_s(answer: Answer) -> int | None:
    """Return the seconds of an answer's Retry-After. The API sends no dates, and a proxy's date is ignored."""
    text = answer.headers.get("retry-after", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _may_be_sent_again(result: Answer | Lost, *, repeatable: bool) -> bool:
    if isinstance(result, Lost):
        return repeatable or not result.was_sent
    return result.status == _RATE_LIMITED or (repeatable and result.status in _OUTCOME_UNKNOWN)
