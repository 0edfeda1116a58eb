"""What a page of another origin may send and read. Handlers, preflight and the gateway's own answers read it here.

Any origin may call: a key is sent as a header by whoever has it, never by a browser of its own accord.
"""

from collections.abc import Mapping
from typing import Final

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
REQUEST_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "X-Api-Key",
    "X-Idempotency-Key",
    "X-Sandbox-Outcome",
    # What tracing adds to every request of a page.
    "baggage",
    "traceparent",
    "tracestate",
)
ANSWER_HEADERS: Final = ("Idempotent-Replayed", "Request-Id", "Retry-After", "x-amzn-RequestId")
"""The last is the gateway's own, and the same id: its own refusals have no other."""

PREFLIGHT_MAX_AGE_S: Final = 7_200
"""For how long a browser need not ask again; Chromium takes no more."""

EVERY_ANSWER: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": ", ".join(ANSWER_HEADERS),
}
PREFLIGHT: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": ", ".join(REQUEST_HEADERS),
    "Access-Control-Max-Age": str(PREFLIGHT_MAX_AGE_S),
}
