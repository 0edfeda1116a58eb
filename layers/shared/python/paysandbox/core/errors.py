"""Every refusal the API can give, said once.

Handlers, OpenAPI, API Gateway's own responses, the docs and the dashboard read this table. The body is an RFC 9457
problem (`application/problem+json`); clients branch on `code`, never on `title` or `detail`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

PROBLEM_TYPE_BASE = "https://sandbox.invalid/problems/"
"""Prefix of every problem's `type`. The host is reserved (RFC 6761), so that the URI names and never resolves."""

PROBLEM_CONTENT_TYPE = "application/problem+json"

ERROR_PAGES = "/docs/errors/"
"""Where the API explains its codes; a code's own page lies under it."""


class Code(StrEnum):
    """Stable names of refusals; a client may branch on them for ever."""

    REQUEST_INVALID = "request_invalid"
    PARAMETER_MISSING = "parameter_missing"
    PARAMETER_UNKNOWN = "parameter_unknown"
    PARAMETER_INVALID = "parameter_invalid"
    AMOUNT_INVALID = "amount_invalid"
    AMOUNT_TOO_SMALL = "amount_too_small"
    AMOUNT_TOO_LARGE = "amount_too_large"
    CURRENCY_UNSUPPORTED = "currency_unsupported"
    CARD_NUMBER_INCORRECT = "card_number_incorrect"
    CARD_EXPIRY_INVALID = "card_expiry_invalid"
    CVC_INVALID = "cvc_invalid"
    LIVE_CARD_IN_SANDBOX = "live_card_in_sandbox"
    NOT_YET_SIMULATED = "not_yet_simulated"
    OUTCOME_INVALID = "outcome_invalid"
    CURSOR_INVALID = "cursor_invalid"
    URL_NOT_ALLOWED = "url_not_allowed"
    SIGNATURE_INVALID = "signature_invalid"
    IDEMPOTENCY_KEY_REQUIRED = "idempotency_key_required"
    IDEMPOTENCY_KEY_INVALID = "idempotency_key_invalid"
    API_KEY_INVALID = "api_key_invalid"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - a code, no secret
    FORBIDDEN = "forbidden"
    HOST_NOT_ALLOWED = "host_not_allowed"
    RESOURCE_NOT_FOUND = "resource_not_found"
    PAYMENT_PENDING = "payment_pending"
    PAYMENT_DECLINED = "payment_declined"
    ALREADY_VOIDED = "already_voided"
    ALREADY_CAPTURED = "already_captured"
    AUTHORIZATION_EXPIRED = "authorization_expired"
    CAPTURE_EXCEEDS_AUTHORIZED = "capture_exceeds_authorized"
    TOO_MANY_CAPTURES = "too_many_captures"
    NOT_CAPTURED = "not_captured"
    CAPTURE_AMBIGUOUS = "capture_ambiguous"
    ALREADY_REFUNDED = "already_refunded"
    REFUND_EXCEEDS_CAPTURED = "refund_exceeds_captured"
    TOO_MANY_REFUNDS = "too_many_refunds"
    CURRENCY_MISMATCH = "currency_mismatch"
    PAYMENT_METHOD_REQUIRED = "payment_method_required"
    INTENT_STATE_UNEXPECTED = "intent_state_unexpected"
    INTENT_CHANGED = "intent_changed"
    TOO_MANY_CHANGES = "too_many_changes"
    ENDPOINT_DISABLED = "endpoint_disabled"
    ENDPOINT_LIMIT_REACHED = "endpoint_limit_reached"
    TOO_MANY_ROTATIONS = "too_many_rotations"
    TOO_MANY_RESENDS = "too_many_resends"
    BODY_TOO_LARGE = "body_too_large"
    MEDIA_TYPE_UNSUPPORTED = "media_type_unsupported"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    INTERNAL_ERROR = "internal_error"
    UPSTREAM_ERROR = "upstream_error"
    SERVICE_UNAVAILABLE = "service_unavailable"
    STRIPE_NOT_CONFIGURED = "stripe_not_configured"
    STRIPE_UNAVAILABLE = "stripe_unavailable"
    UPSTREAM_TIMEOUT = "upstream_timeout"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is constant about a refusal: HTTP status, title, and whether the same request may succeed later."""

    status: int
    title: str
    retryable: bool = False
    retry_after_s: int | None = None


PROBLEMS: Mapping[Code, Problem] = {
    Code.REQUEST_INVALID: Problem(400, "The request could not be read"),
    Code.PARAMETER_MISSING: Problem(400, "A required parameter is missing"),
    Code.PARAMETER_UNKNOWN: Problem(400, "A parameter is not known here"),
    Code.PARAMETER_INVALID: Problem(400, "A parameter has a wrong type or value"),
    Code.AMOUNT_INVALID: Problem(400, "The amount is not a whole number of minor units"),
    Code.AMOUNT_TOO_SMALL: Problem(400, "The amount is below the minimum"),
    Code.AMOUNT_TOO_LARGE: Problem(400, "The amount is above the maximum"),
    Code.CURRENCY_UNSUPPORTED: Problem(400, "The currency is not an ISO 4217 code known here"),
    Code.CARD_NUMBER_INCORRECT: Problem(400, "The card number is not a valid card number"),
    Code.CARD_EXPIRY_INVALID: Problem(400, "The card's expiry is not a valid future month"),
    Code.CVC_INVALID: Problem(400, "The card's security code has the wrong form"),
    Code.LIVE_CARD_IN_SANDBOX: Problem(400, "Only published test cards are accepted here"),
    Code.NOT_YET_SIMULATED: Problem(400, "This test card's behaviour is not simulated yet"),
    Code.OUTCOME_INVALID: Problem(400, "The bank cannot be asked for that outcome"),
    Code.CURSOR_INVALID: Problem(400, "The cursor was not made by this list"),
    Code.URL_NOT_ALLOWED: Problem(400, "Events are not sent to that URL"),
    Code.SIGNATURE_INVALID: Problem(400, "The signature is not of this body, or too old"),
    Code.IDEMPOTENCY_KEY_REQUIRED: Problem(400, "An idempotency key is required"),
    Code.IDEMPOTENCY_KEY_INVALID: Problem(400, "The idempotency key has the wrong form"),
    Code.API_KEY_INVALID: Problem(401, "The API key is missing or not valid"),
    Code.TOKEN_INVALID: Problem(401, "The identity token is missing or not valid"),
    Code.FORBIDDEN: Problem(403, "Who asks may not do that"),
    Code.HOST_NOT_ALLOWED: Problem(403, "The sandbox is not served under that host name"),
    Code.RESOURCE_NOT_FOUND: Problem(404, "There is no such resource"),
    Code.PAYMENT_PENDING: Problem(409, "No bank was asked for the payment yet"),
    Code.PAYMENT_DECLINED: Problem(409, "The authorization was declined"),
    Code.ALREADY_VOIDED: Problem(409, "The authorization was voided"),
    Code.ALREADY_CAPTURED: Problem(409, "Nothing remains to capture or void"),
    Code.AUTHORIZATION_EXPIRED: Problem(409, "The authorization has expired"),
    Code.CAPTURE_EXCEEDS_AUTHORIZED: Problem(409, "The capture is more than what remains of the authorization"),
    Code.TOO_MANY_CAPTURES: Problem(409, "The payment has as many captures as it may have"),
    Code.NOT_CAPTURED: Problem(409, "Nothing was captured, so nothing can be refunded"),
    Code.CAPTURE_AMBIGUOUS: Problem(409, "The payment has several captures; name the one to refund"),
    Code.ALREADY_REFUNDED: Problem(409, "Nothing remains to refund"),
    Code.REFUND_EXCEEDS_CAPTURED: Problem(409, "The refund is more than what remains of the capture"),
    Code.TOO_MANY_REFUNDS: Problem(409, "The payment has as many operations as it may have"),
    Code.CURRENCY_MISMATCH: Problem(409, "The currency is not the authorization's"),
    Code.PAYMENT_METHOD_REQUIRED: Problem(400, "A payment method is required"),
    Code.INTENT_STATE_UNEXPECTED: Problem(409, "The intent's status does not allow that"),
    Code.INTENT_CHANGED: Problem(409, "The intent was changed meanwhile"),
    Code.TOO_MANY_CHANGES: Problem(409, "The intent was changed or attempted as often as it may be"),
    Code.ENDPOINT_DISABLED: Problem(409, "The endpoint is disabled"),
    Code.ENDPOINT_LIMIT_REACHED: Problem(409, "The merchant has as many endpoints as it may have"),
    Code.TOO_MANY_ROTATIONS: Problem(409, "The endpoint's secret was rotated as often as it may be"),
    Code.TOO_MANY_RESENDS: Problem(409, "The delivery was sent again as often as it may be"),
    Code.BODY_TOO_LARGE: Problem(413, "The body is too large"),
    Code.MEDIA_TYPE_UNSUPPORTED: Problem(415, "The content type is not supported"),
    Code.IDEMPOTENCY_KEY_REUSED: Problem(422, "The idempotency key was used with another body"),
    Code.RATE_LIMITED: Problem(429, "Too many requests", retryable=True, retry_after_s=1),
    Code.QUOTA_EXCEEDED: Problem(429, "The key's quota is used up", retryable=True, retry_after_s=60),
    Code.INTERNAL_ERROR: Problem(500, "Something went wrong here", retryable=True),
    Code.UPSTREAM_ERROR: Problem(502, "The function behind this route did not answer", retryable=True),
    Code.SERVICE_UNAVAILABLE: Problem(503, "The service cannot answer now", retryable=True, retry_after_s=1),
    Code.STRIPE_NOT_CONFIGURED: Problem(503, "Stripe is not set up here", retryable=True, retry_after_s=60),
    Code.STRIPE_UNAVAILABLE: Problem(503, "Stripe did not answer", retryable=True, retry_after_s=1),
    Code.UPSTREAM_TIMEOUT: Problem(504, "No answer came in time; the outcome is unknown", retryable=True),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request: which parameter (dotted path), and why."""

    code: Code
    detail: str
    param: str | None = None


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818 - `raise Refused(code)` is the sentence that it is
    """We say no: a 4xx (or 503) with nothing moved.

    `possible` holds what the caller could do instead (for example `{"remaining": 400}`) and is shown in the problem.
    `errors` lists all faults where there are several; the first is the problem itself. `replayed` says that it was said
    before, to an earlier request under the same idempotency key.
    """

    code: Code
    detail: str = ""
    param: str | None = None
    possible: Mapping[str, Any] = field(default_factory=dict[str, Any])
    errors: tuple[Fault, ...] = ()
    replayed: bool = False

    def __str__(self) -> str:
        return f"{self.code}: {self.detail or PROBLEMS[self.code].title}"


def problem_type(code: Code) -> str:
    """The problem's `type` URI (RFC 9457, section 3.1.1)."""
    return PROBLEM_TYPE_BASE + code.replace("_", "-")


def doc_url(code: Code, prefix: str = "") -> str:
    """The page that explains a code: a path of the host that refused, under the stage where paths have one."""
    return f"{prefix}{ERROR_PAGES}{code}"


def problem(
    code: Code,
    *,
    detail: str = "",
    instance: str | None = None,
    request_id: str | None = None,
    param: str | None = None,
    possible: Mapping[str, Any] | None = None,
    errors: tuple[Fault, ...] = (),
    prefix: str = "",
) -> dict[str, Any]:
    """The body of a refusal. Also the template of the gateway's own answers, so both look alike.

    `prefix` is the stage's part of the address (`/live`), where it has one.
    """
    constant = PROBLEMS[code]
    body: dict[str, Any] = {
        "type": problem_type(code),
        "title": constant.title,
        "status": constant.status,
        "detail": detail or constant.title + ".",
        "code": str(code),
        "retryable": constant.retryable,
        "doc_url": doc_url(code, prefix),
    }
    if instance is not None:
        body["instance"] = instance
    if request_id is not None:
        body["request_id"] = request_id
    if param is not None:
        body["param"] = param
    if errors:
        body["errors"] = [
            {"code": str(e.code), "detail": e.detail} | ({"param": e.param} if e.param is not None else {})
            for e in errors
        ]
    return body | dict(possible or {})
