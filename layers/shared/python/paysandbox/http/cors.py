"""CORS: which pages of other origins may call, and the headers that they may send and read.

The stage of each API names the origins in stage variables, which come with every event: on AWS the dashboard's and
those of the setting `cors_origins`, locally any. API Gateway answers preflights itself, by the same variables. A key is
sent explicitly as a header; a browser never attaches one by itself, as it would a cookie. So CORS decides whose pages
may use a key that they have been given, and no more.
"""

from collections.abc import Mapping
from typing import Any, Final

CORS_ORIGINS: Final = "cors_origins"
"""The stage variable with the origins of the setting, separated by commas."""
DASHBOARD_ORIGIN: Final = "dashboard_origin"
"""The stage variable with the dashboard's origin, which is known after the API."""
ORIGIN_VARIABLES: Final = (CORS_ORIGINS, DASHBOARD_ORIGIN)
ANY_ORIGIN: Final = "*"

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
# With those of Stripe's SDK for Node, which also runs in pages (its RequestSender).
REQUEST_HEADERS: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Prefer",
    "Stripe-Account",
    "Stripe-Context",
    "Stripe-Request-Trigger",
    "Stripe-Version",
    "User-Agent",
    "X-Api-Key",
    "X-Idempotency-Key",
    "X-Sandbox-Outcome",
    "X-Stripe-Client-Telemetry",
    "X-Stripe-Client-User-Agent",
    # Tracing adds these to every request of a page.
    "baggage",
    "traceparent",
    "tracestate",
)
ANSWER_HEADERS: Final = (
    "ETag",
    "Idempotency-Key",
    "Idempotent-Replayed",
    "Original-Request",
    "Preference-Applied",
    "Request-Id",
    "Retry-After",
    "Stripe-Should-Retry",
    "Stripe-Version",
    "x-amzn-RequestId",
)
"""The last one is API Gateway's own and has the same ID. The gateway's own errors carry no other."""

PREFLIGHT_MAX_AGE_S: Final = 7_200
"""How long a browser may cache a preflight response. Chromium caps it at this value."""

ALLOW_ORIGIN: Final = "Access-Control-Allow-Origin"
EXPOSED: Final[Mapping[str, str]] = {"Access-Control-Expose-Headers": ", ".join(ANSWER_HEADERS)}
PREFLIGHT: Final[Mapping[str, str]] = {
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": ", ".join(REQUEST_HEADERS),
    "Access-Control-Max-Age": str(PREFLIGHT_MAX_AGE_S),
}


def answer_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of the response to a request: those of its origin, if its page may read the response.

    Never fails: the event may be malformed, and its error is a response too.
    """
    allowed = _allowed(event)
    if ANY_ORIGIN in allowed:
        return {ALLOW_ORIGIN: ANY_ORIGIN, **EXPOSED}
    # Also without permission, so that no cache gives one origin the response to another.
    varies = {"Vary": "Origin"}
    origin = _origin(event) if allowed else None
    if origin is None or origin not in allowed:
        return varies
    return varies | {ALLOW_ORIGIN: origin, **EXPOSED}


def _allowed(event: Mapping[str, Any]) -> list[str]:
    variables = event.get("stageVariables")
    if not isinstance(variables, Mapping):
        return []
    listed = [variables.get(name) for name in ORIGIN_VARIABLES]
    return [origin for origins in listed if isinstance(origins, str) for origin in origins.split(",") if origin]


def _origin(event: Mapping[str, Any]) -> str | None:
    """Return the one `Origin` of a request, which a browser sends in lower case and exactly as pages compare it."""
    several = event.get("multiValueHeaders")
    single = event.get("headers")
    sent: list[Any] = []
    for name, values in several.items() if isinstance(several, Mapping) else ():
        if str(name).lower() == "origin" and isinstance(values, list):
            sent += values
    for name, value in single.items() if isinstance(single, Mapping) and not sent else ():
        if str(name).lower() == "origin":
            sent.append(value)
    return sent[0] if len(sent) == 1 and isinstance(sent[0], str) else None
