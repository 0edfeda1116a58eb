"""The one table of API errors.

Handlers, OpenAPI, API Gateway's own responses, the docs and the dashboard all read it. Error bodies are RFC 9457
problems (`application/problem+json`); clients branch on `code`, never on `title` or `detail`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from paysandbox.core.record import record

PROBLEM_TYPE_BASE = "https://sandbox.invalid/problems/"
"""Prefix of every problem's `type`. The host is reserved (RFC 6761): the URI is an identifier and never resolves."""

PROBLEM_CONTENT_TYPE = "application/problem+json"

ERROR_PAGES = "/docs/errors/"
"""Path of the error documentation; each code has a page below it."""


class Code(StrEnum):
    """Stable error codes. They never change, so clients may branch on them."""

    REQUEST_INVALID = "request_invalid"
    PARAMETER_MISSING = "parameter_missing"
    PARAMETER_UNKNOWN = "parameter_unknown"
    PARAMETER_INVALID = "parameter_invalid"
    AMOUNT_INVALID = "amount_invalid"
    AMOUNT_NOT_WHOLE = "amount_not_whole"
    AMOUNT_TOO_SMALL = "amount_too_small"
    AMOUNT_TOO_LARGE = "amount_too_large"
    CURRENCY_UNSUPPORTED = "currency_unsupported"
    CARD_NUMBER_INCORRECT = "card_number_incorrect"
    CARD_EXPIRY_INVALID = "card_expiry_invalid"
    CVC_INVALID = "cvc_invalid"
    LIVE_CARD_IN_SANDBOX = "live_card_in_sandbox"
    ROUTING_NUMBER_INCORRECT = "routing_number_incorrect"
    LIVE_BANK_ACCOUNT_IN_SANDBOX = "live_bank_account_in_sandbox"
    BANK_ACCOUNT_MISSING = "bank_account_missing"
    STRIPE_ACCOUNT_MISSING = "stripe_account_missing"
    NOT_YET_SIMULATED = "not_yet_simulated"
    OUTCOME_INVALID = "outcome_invalid"
    HEADER_UNKNOWN = "header_unknown"
    FAULT_UNKNOWN = "fault_unknown"
    CURSOR_INVALID = "cursor_invalid"
    URL_NOT_ALLOWED = "url_not_allowed"
    SIGNATURE_INVALID = "signature_invalid"
    IDEMPOTENCY_KEY_REQUIRED = "idempotency_key_required"
    IDEMPOTENCY_KEY_INVALID = "idempotency_key_invalid"
    API_KEY_INVALID = "api_key_invalid"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - an error code, not a secret
    FORBIDDEN = "forbidden"
    HOST_NOT_ALLOWED = "host_not_allowed"
    SESSION_INVALID = "session_invalid"
    RESOURCE_NOT_FOUND = "resource_not_found"
    PAYMENT_PENDING = "payment_pending"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_REQUIRES_ACTION = "payment_requires_action"
    PAYMENT_PROCESSING = "payment_processing"
    AUTHORIZATION_REVERSED = "authorization_reversed"
    ALREADY_VOIDED = "already_voided"
    ALREADY_CAPTURED = "already_captured"
    AUTHORIZATION_EXPIRED = "authorization_expired"
    CAPTURE_EXCEEDS_AUTHORIZED = "capture_exceeds_authorized"
    CAPTURE_DECLINED = "capture_declined"
    TOO_MANY_CAPTURES = "too_many_captures"
    PARTIALLY_CAPTURED = "partially_captured"
    INCREMENT_UNAVAILABLE = "increment_unavailable"
    TOO_MANY_INCREMENTS = "too_many_increments"
    NOT_CAPTURED = "not_captured"
    CAPTURE_AMBIGUOUS = "capture_ambiguous"
    ALREADY_REFUNDED = "already_refunded"
    REFUND_EXCEEDS_CAPTURED = "refund_exceeds_captured"
    TOO_MANY_REFUNDS = "too_many_refunds"
    CHARGE_DISPUTED = "charge_disputed"
    DISPUTE_STATE_UNEXPECTED = "dispute_state_unexpected"
    EVIDENCE_PAST_DUE = "evidence_past_due"
    CURRENCY_MISMATCH = "currency_mismatch"
    PAYMENT_METHOD_REQUIRED = "payment_method_required"
    INTENT_STATE_UNEXPECTED = "intent_state_unexpected"
    INTENT_CHANGED = "intent_changed"
    TOO_MANY_CHANGES = "too_many_changes"
    SIMULATION_NOT_ALLOWED = "simulation_not_allowed"
    ENDPOINT_DISABLED = "endpoint_disabled"
    ENDPOINT_LIMIT_REACHED = "endpoint_limit_reached"
    PAYMENT_LIMIT_REACHED = "payment_limit_reached"
    TOO_MANY_ROTATIONS = "too_many_rotations"
    TOO_MANY_RESENDS = "too_many_resends"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    CUSTOMER_EXISTS = "customer_exists"
    DISBURSEMENT_STATE_UNEXPECTED = "disbursement_state_unexpected"
    CLOCK_FIXED = "clock_fixed"
    CLOCK_OUT_OF_RANGE = "clock_out_of_range"
    FAULTS_NOT_ALLOWED = "faults_not_allowed"
    FAULT_LIMIT_REACHED = "fault_limit_reached"
    BODY_TOO_LARGE = "body_too_large"
    PATH_TOO_LONG = "path_too_long"
    HEADERS_TOO_LARGE = "headers_too_large"
    MEDIA_TYPE_UNSUPPORTED = "media_type_unsupported"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXCEEDED = "quota_exceeded"
    INTERNAL_ERROR = "internal_error"
    UPSTREAM_ERROR = "upstream_error"
    SERVICE_UNAVAILABLE = "service_unavailable"
    STRIPE_NOT_CONFIGURED = "stripe_not_configured"
    STRIPE_UNAVAILABLE = "stripe_unavailable"
    PAYPAL_NOT_CONFIGURED = "paypal_not_configured"
    PAYPAL_UNAVAILABLE = "paypal_unavailable"
    UPSTREAM_TIMEOUT = "upstream_timeout"


@record
class Problem:
    """The constant part of an error: HTTP status, title, and whether the same request may succeed later."""

    status: int
    title: str
    retryable: bool = False
    retry_after_s: int | None = None


PROBLEMS: Mapping[Code, Problem] = {
    Code.REQUEST_INVALID: Problem(400, "The request could not be parsed"),
    Code.PARAMETER_MISSING: Problem(400, "A required parameter is missing"),
    Code.PARAMETER_UNKNOWN: Problem(400, "Unknown parameter"),
    Code.PARAMETER_INVALID: Problem(400, "Invalid parameter"),
    Code.AMOUNT_INVALID: Problem(400, "The amount is invalid"),
    Code.AMOUNT_NOT_WHOLE: Problem(400, "The amount must be a whole number of the currency"),
    Code.AMOUNT_TOO_SMALL: Problem(400, "The amount is below the minimum"),
    Code.AMOUNT_TOO_LARGE: Problem(400, "The amount is above the maximum"),
    Code.CURRENCY_UNSUPPORTED: Problem(400, "Unsupported currency"),
    Code.CARD_NUMBER_INCORRECT: Problem(400, "The card number is invalid"),
    Code.CARD_EXPIRY_INVALID: Problem(400, "The card's expiration date is invalid or in the past"),
    Code.CVC_INVALID: Problem(400, "The card's security code is malformed"),
    Code.LIVE_CARD_IN_SANDBOX: Problem(400, "Only published test cards are accepted"),
    Code.ROUTING_NUMBER_INCORRECT: Problem(400, "The routing number is invalid"),
    Code.LIVE_BANK_ACCOUNT_IN_SANDBOX: Problem(400, "Only published test bank accounts are accepted"),
    Code.BANK_ACCOUNT_MISSING: Problem(400, "The customer has no bank account"),
    Code.STRIPE_ACCOUNT_MISSING: Problem(400, "The customer has no Stripe account"),
    Code.NOT_YET_SIMULATED: Problem(400, "This is not simulated yet"),
    Code.OUTCOME_INVALID: Problem(400, "The requested outcome is not supported"),
    Code.HEADER_UNKNOWN: Problem(400, "Unknown X-Sandbox header"),
    Code.FAULT_UNKNOWN: Problem(400, "The fault is not supported"),
    Code.CURSOR_INVALID: Problem(400, "The cursor does not belong to this list"),
    Code.URL_NOT_ALLOWED: Problem(400, "The URL is not allowed as a webhook endpoint"),
    Code.SIGNATURE_INVALID: Problem(400, "The signature does not match the body, or has expired"),
    Code.IDEMPOTENCY_KEY_REQUIRED: Problem(400, "An idempotency key is required"),
    Code.IDEMPOTENCY_KEY_INVALID: Problem(400, "The idempotency key is malformed"),
    Code.API_KEY_INVALID: Problem(401, "The API key is missing or invalid"),
    Code.TOKEN_INVALID: Problem(401, "The identity token is missing or invalid"),
    Code.FORBIDDEN: Problem(403, "You are not allowed to do this"),
    Code.HOST_NOT_ALLOWED: Problem(403, "The sandbox is not served under this host name"),
    Code.SESSION_INVALID: Problem(401, "The dashboard's session is missing or has ended"),
    Code.RESOURCE_NOT_FOUND: Problem(404, "Resource not found"),
    Code.PAYMENT_PENDING: Problem(409, "The payment has not been authorized yet"),
    Code.PAYMENT_DECLINED: Problem(409, "The authorization was declined"),
    Code.PAYMENT_REQUIRES_ACTION: Problem(409, "The cardholder has not been authenticated yet"),
    Code.PAYMENT_PROCESSING: Problem(409, "The bank has not answered the authorization yet"),
    Code.AUTHORIZATION_REVERSED: Problem(409, "The card's bank reversed the authorization"),
    Code.ALREADY_VOIDED: Problem(409, "The authorization was voided"),
    Code.ALREADY_CAPTURED: Problem(409, "Nothing is left to capture or void"),
    Code.AUTHORIZATION_EXPIRED: Problem(409, "The authorization has expired"),
    Code.CAPTURE_EXCEEDS_AUTHORIZED: Problem(409, "The capture exceeds the amount still authorized"),
    Code.CAPTURE_DECLINED: Problem(409, "The bank declined the capture"),
    Code.TOO_MANY_CAPTURES: Problem(409, "The payment has reached the maximum number of captures"),
    Code.PARTIALLY_CAPTURED: Problem(409, "Part of the authorization was captured, so its amount cannot be raised"),
    Code.INCREMENT_UNAVAILABLE: Problem(409, "The amount of this authorization cannot be raised"),
    Code.TOO_MANY_INCREMENTS: Problem(409, "The payment has reached the maximum number of increments"),
    Code.NOT_CAPTURED: Problem(409, "Nothing has been captured, so there is nothing to refund"),
    Code.CAPTURE_AMBIGUOUS: Problem(409, "The payment has several captures; specify which one to refund"),
    Code.ALREADY_REFUNDED: Problem(409, "Nothing is left to refund"),
    Code.REFUND_EXCEEDS_CAPTURED: Problem(409, "The refund exceeds the amount left to refund"),
    Code.TOO_MANY_REFUNDS: Problem(409, "The payment has reached the maximum number of operations"),
    Code.CHARGE_DISPUTED: Problem(409, "The payment is disputed, so it cannot be refunded"),
    Code.DISPUTE_STATE_UNEXPECTED: Problem(409, "The dispute's status does not allow this"),
    Code.EVIDENCE_PAST_DUE: Problem(409, "The time to submit evidence is over"),
    Code.CURRENCY_MISMATCH: Problem(409, "The currency differs from the authorization's"),
    Code.PAYMENT_METHOD_REQUIRED: Problem(400, "A payment method is required"),
    Code.INTENT_STATE_UNEXPECTED: Problem(409, "The intent's status does not allow this"),
    Code.INTENT_CHANGED: Problem(409, "The intent was changed by another request"),
    Code.TOO_MANY_CHANGES: Problem(409, "The intent has reached the maximum number of updates and attempts"),
    Code.SIMULATION_NOT_ALLOWED: Problem(409, "The action is not possible in the object's current status"),
    Code.ENDPOINT_DISABLED: Problem(409, "The endpoint is disabled"),
    Code.ENDPOINT_LIMIT_REACHED: Problem(409, "The merchant has reached the maximum number of webhook endpoints"),
    Code.PAYMENT_LIMIT_REACHED: Problem(409, "The local sandbox has reached its maximum number of payments"),
    Code.TOO_MANY_ROTATIONS: Problem(409, "The endpoint's secret has been rotated too often"),
    Code.TOO_MANY_RESENDS: Problem(409, "The delivery has been resent too often"),
    Code.INSUFFICIENT_BALANCE: Problem(402, "The merchant's funds do not cover the amount"),
    Code.CUSTOMER_EXISTS: Problem(409, "The customer exists with other attributes"),
    Code.DISBURSEMENT_STATE_UNEXPECTED: Problem(409, "The disbursement's status does not allow this"),
    Code.CLOCK_FIXED: Problem(409, "The clock of this environment cannot be moved"),
    Code.CLOCK_OUT_OF_RANGE: Problem(409, "The clock cannot be moved to this time"),
    Code.FAULTS_NOT_ALLOWED: Problem(409, "This environment injects no faults"),
    Code.FAULT_LIMIT_REACHED: Problem(409, "There are too many rules"),
    # Not a 503, which clients repeat: the clock was moved, and the same request would advance it again.
    Code.BODY_TOO_LARGE: Problem(413, "The body is too large"),
    Code.PATH_TOO_LONG: Problem(414, "The path is too long"),
    Code.HEADERS_TOO_LARGE: Problem(431, "The headers are too large"),
    Code.MEDIA_TYPE_UNSUPPORTED: Problem(415, "Unsupported content type"),
    Code.IDEMPOTENCY_KEY_REUSED: Problem(422, "The idempotency key was used with a different request"),
    Code.RATE_LIMITED: Problem(429, "Too many requests", retryable=True, retry_after_s=1),
    Code.QUOTA_EXCEEDED: Problem(429, "The API key's quota is exhausted", retryable=True, retry_after_s=60),
    Code.INTERNAL_ERROR: Problem(500, "Internal error", retryable=True),
    Code.UPSTREAM_ERROR: Problem(502, "The function for this route did not respond", retryable=True),
    Code.SERVICE_UNAVAILABLE: Problem(503, "The service is temporarily unavailable", retryable=True, retry_after_s=1),
    Code.STRIPE_NOT_CONFIGURED: Problem(503, "Stripe is not configured", retryable=True, retry_after_s=60),
    Code.STRIPE_UNAVAILABLE: Problem(503, "Stripe did not respond", retryable=True, retry_after_s=1),
    Code.PAYPAL_NOT_CONFIGURED: Problem(503, "PayPal is not configured", retryable=True, retry_after_s=60),
    Code.PAYPAL_UNAVAILABLE: Problem(503, "PayPal did not respond", retryable=True, retry_after_s=1),
    Code.UPSTREAM_TIMEOUT: Problem(504, "The request timed out; its outcome is unknown", retryable=True),
}


@record
class Fault:
    """One invalid parameter of a request (`param` is a dotted path) and the reason."""

    code: Code
    detail: str
    param: str | None = None


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818 - `raise Refused(code)` reads as a sentence
    """The request is refused with a 4xx (or 503), and no money has moved.

    `possible` holds members for the response body that describe what would be possible instead, for example
    `{"remaining": 400}`. `errors` lists all faults if there are several; the first is the problem itself. `replayed` is
    true if an earlier request with the same idempotency key got this error; `first_request` is that request's ID.
    """

    code: Code
    detail: str = ""
    param: str | None = None
    possible: Mapping[str, Any] = field(default_factory=dict[str, Any])
    errors: tuple[Fault, ...] = ()
    replayed: bool = False
    first_request: str | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.detail or PROBLEMS[self.code].title}"


@dataclass(eq=False)
class KeyReused(Refused):
    """The idempotency key was used with another request, at the path `endpoint` where routes share keys."""

    code: Code = Code.IDEMPOTENCY_KEY_REUSED
    detail: str = "Use a new key for a different request."
    endpoint: str | None = None


@dataclass(eq=False)
class KeyInUse(Refused):
    """Another request with the same idempotency key is being recorded. This one has had no effect."""

    code: Code = Code.SERVICE_UNAVAILABLE
    detail: str = "A request with this idempotency key is in progress. Retry with the same key."


@dataclass(eq=False)
class Contended(Refused):
    """Other requests are changing the same object. This one has had no effect."""

    code: Code = Code.SERVICE_UNAVAILABLE
    detail: str = "Other requests are changing the same object. Retry with the same idempotency key."


def problem_type(code: Code) -> str:
    """Return the problem's `type` URI (RFC 9457, section 3.1.1)."""
    return PROBLEM_TYPE_BASE + code.replace("_", "-")


def doc_url(code: Code, base_url: str = "") -> str:
    """Return the path of a code's documentation, on the API's own host; `prefix` is the stage's path, if it has one."""
    return f"{base_url}{ERROR_PAGES}{code}"


def problem(
    code: Code,
    *,
    detail: str = "",
    instance: str | None = None,
    request_id: str | None = None,
    param: str | None = None,
    possible: Mapping[str, Any] | None = None,
    errors: tuple[Fault, ...] = (),
    base_url: str = "",
) -> dict[str, Any]:
    """Build an error body. Also the template of API Gateway's own responses, so that both have the same shape.

    `base_url` is that of the native API, whose error pages `doc_url` leads to.
    """
    constant = PROBLEMS[code]
    body: dict[str, Any] = {
        "type": problem_type(code),
        "title": constant.title,
        "status": constant.status,
        "detail": detail or constant.title + ".",
        "code": str(code),
        "retryable": constant.retryable,
        "doc_url": doc_url(code, base_url),
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
