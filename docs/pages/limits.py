"""Limits of the API, from the constants and settings that enforce them."""

from collections.abc import Iterator

from api_reference.routes import ROUTES
from engine.limits import PAYMENTS_MAX, PAYMENTS_SETTING
from engine.wall.request_limits import LIMITS as LOCAL
from paysandbox.core.body_limits import MAX_BODY_BYTES, MAX_OPEN_BYTES
from paysandbox.core.errors import Code
from paysandbox.core.idempotency_record import MAX_KEY_LENGTH
from paysandbox.http.queries import MAX_PAGE
from paysandbox.http.route import Traffic
from paysandbox.payments.limits import MAX_AMOUNT, MAX_METADATA_BYTES, MAX_METADATA_KEYS, MAX_TEXT_BYTES
from paysandbox.payments.payment import MAX_AMOUNTS, MAX_CAPTURES, MAX_INCREMENTS
from paysandbox.payments.simulation.refund_steps import MAX_REFUND_UPDATES
from paysandbox.webhooks.delivery import MAX_RESENDS
from paysandbox.webhooks.endpoint import MAX_ENDPOINTS, MAX_ROTATIONS
from stacks.api.gateway import SELDOM_LIMIT
from stacks.environments import ENVIRONMENTS

DEV = ENVIRONMENTS["dev"]


def limits() -> Iterator[tuple[str, str, str]]:
    """What is limited, to what, and the error beyond it. Settings are those of `dev`."""
    yield (
        "Requests per API key on the plan `sandbox`, on each API",
        f"{DEV.sandbox_requests_per_minute} a minute ([`sandbox_requests_per_minute`](settings.md))",
        _link(Code.RATE_LIMITED),
    )
    yield (
        "Requests per other route without a key, all callers together",
        f"{DEV.public_requests_per_s} a second ([`public_requests_per_s`](settings.md))",
        _link(Code.RATE_LIMITED),
    )
    yield (
        "Requests per page of payers and donors, its form, or its files, all callers together",
        f"{DEV.page_requests_per_s} a second, {DEV.page_burst} at once ([`page_requests_per_s`](settings.md))",
        _link(Code.RATE_LIMITED),
    )
    yield (
        "Requests per script of Stripe.js, all callers together",
        f"{DEV.script_requests_per_s} a second, {DEV.script_burst} at once ([`script_requests_per_s`](settings.md))",
        _link(Code.RATE_LIMITED),
    )
    downloads = ", ".join(f"`{route.path}`" for route in ROUTES if route.traffic is Traffic.SELDOM)
    yield f"Requests of {downloads}, each", f"{SELDOM_LIMIT.per_s} a second", _link(Code.RATE_LIMITED)
    yield (
        "Requests per donor route, all donors together",
        f"{DEV.donor_requests_per_s} a second ([`donor_requests_per_s`](settings.md))",
        _link(Code.RATE_LIMITED),
    )
    yield "Amount", f"1 to {MAX_AMOUNT:,} minor units", _link(Code.AMOUNT_TOO_LARGE)
    yield "Body", f"{MAX_BODY_BYTES:,} bytes; for donors {MAX_OPEN_BYTES:,}", _link(Code.BODY_TOO_LARGE)
    yield (
        "Path with query, local sandbox",
        f"{LOCAL.path_bytes:,} bytes",
        _link(Code.PATH_TOO_LONG),
    )
    yield (
        "Headers, local sandbox",
        f"{LOCAL.header_bytes:,} bytes, {LOCAL.header_count} headers",
        _link(Code.HEADERS_TOO_LARGE),
    )
    yield (
        "Time to send a request, local sandbox",
        f"{LOCAL.headers_s:.0f} seconds for the headers, {LOCAL.body_s:.0f} for the body",
        "the connection ends",
    )
    yield (
        "Request line with headers, on AWS",
        "10,240 bytes (API Gateway)",
        "status 4xx of API Gateway",
    )
    yield "Idempotency key", f"1 to {MAX_KEY_LENGTH} printable ASCII characters", _link(Code.IDEMPOTENCY_KEY_INVALID)
    yield "Description, reason", f"500 characters, {MAX_TEXT_BYTES:,} bytes of UTF-8", _link(Code.PARAMETER_INVALID)
    yield (
        "Metadata",
        f"{MAX_METADATA_KEYS} entries, {MAX_METADATA_BYTES:,} bytes of JSON",
        _link(Code.PARAMETER_INVALID),
    )
    yield "Captures per payment", f"{MAX_CAPTURES}", _link(Code.TOO_MANY_CAPTURES)
    yield "Increments per payment, declined ones included", f"{MAX_INCREMENTS}", _link(Code.TOO_MANY_INCREMENTS)
    yield "Captures and refunds per payment", f"{MAX_AMOUNTS}", _link(Code.TOO_MANY_REFUNDS)
    yield (
        "Later changes of status of a payment's refunds, one of them kept for each pending refund",
        f"{MAX_REFUND_UPDATES}",
        _link(Code.TOO_MANY_REFUNDS),
    )
    yield (
        "Time to capture",
        f"{DEV.authorization_validity_days} days ([`authorization_validity_days`](settings.md))",
        _link(Code.AUTHORIZATION_EXPIRED),
    )
    yield (
        "Payments of a local sandbox; a deployed one has no such limit",
        f"{PAYMENTS_MAX:,} ([`{PAYMENTS_SETTING}`](environment-variables.md))",
        _link(Code.PAYMENT_LIMIT_REACHED),
    )
    yield "Webhook endpoints per merchant", f"{MAX_ENDPOINTS}", _link(Code.ENDPOINT_LIMIT_REACHED)
    yield "Secret rotations per endpoint", f"{MAX_ROTATIONS}", _link(Code.TOO_MANY_ROTATIONS)
    yield "Resends per delivery", f"{MAX_RESENDS}", _link(Code.TOO_MANY_RESENDS)
    yield "Entries per page", f"{MAX_PAGE}", _link(Code.PARAMETER_INVALID)


def _link(code: Code) -> str:
    return f"[`{code}`](errors.md#{code})"
