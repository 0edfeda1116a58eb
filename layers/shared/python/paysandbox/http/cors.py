"""CORS: the headers that a page of another origin may send and read, for handlers, preflight and gateway responses.

Any origin may call. A key is sent explicitly as a header; a browser never attaches one by itself, as it would a cookie.
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
    # Tracing adds these to every request of a page.
    "baggage",
    "traceparent",
    "tracestate",
)
ANSWER_HEADERS: Final = ("Idempotent-Replayed", "Request-Id", "Retry-After", "x-amzn-RequestId")
"""The last one is API Gateway's own and has the same ID. The gateway's own errors carry no other."""

PREFLIGHT_MAX_AGE_S: Final = 7_200
"""How long a browser may cache a preflight response. Chromium caps it at this value."""

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
