"""Errors in Stripe's format: `{"error": {"type", "code", "message", "param", …}}`, with its types and codes.

Stripe's clients branch on the HTTP status, `type` and `code` ("Errors", "Error codes"). Where Stripe has no code, the
error has none either. The reason is then in `message` and on the page at `doc_url`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.errors import PROBLEMS, Code, Contended, KeyInUse, KeyReused, Refused, doc_url
from paysandbox.core.record import record, replace
from paysandbox.http.reading import parameter_name

INVALID_REQUEST: Final = "invalid_request_error"
CARD: Final = "card_error"
IDEMPOTENCY: Final = "idempotency_error"
API: Final = "api_error"

COVERAGE_PAGE: Final = "/docs/reference/stripe-coverage"
"""Path of the documentation of what is simulated, on the host of the native API."""

_MAX_NAMED: Final = 64

UNEXPECTED_STATE: Final = "payment_intent_unexpected_state"
SETUP_UNEXPECTED_STATE: Final = "setup_intent_unexpected_state"


@record(kw_only=True)
class StripeError:
    """The constant parts of an error: HTTP status, type, code, and `decline_code` if a bank would decline the card."""

    status: int = 400
    type: str = INVALID_REQUEST
    code: str | None = None
    decline_code: str | None = None


_IN_USE: Final = StripeError(status=409, code="idempotency_key_in_use")
_LOCKED: Final = StripeError(status=429, code="lock_timeout")
_LOCKED_MESSAGE: Final = (
    "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. "
    "If you see this error intermittently, retry the request. If you see this error frequently and are making multiple "
    "concurrent requests to a single object, make your requests serially or at a lower rate."
)
"""Stripe's words (dj-stripe#1917)."""


@record
class OAuthError:
    """What an error of OAuth has in place of Stripe's: an HTTP status, and its name (RFC 6749, section 5.2)."""

    status: int
    name: str


@dataclass(eq=False)
class StripeRefused(Refused):
    """A refusal with what only Stripe's format has: a code of Stripe's own ("" for none), the intent that it is about,
    as it is shown, and the error of a card (`decline_error`), for which Stripe answers with a 402. `in_path`: the path
    names what does not exist, although a parameter may have the same name. One of `oauth` has OAuth's format."""

    stripe_code: str | None = None
    in_path: bool = False
    intent: Mapping[str, Any] | None = None
    card_error: Mapping[str, Any] | None = None
    oauth: OAuthError | None = None


# Under these names, a live card is a decline. In any other text, its number is an invalid parameter.
_OF_CARD: Final = re.compile(r"payment_method|(?:payment_method_data\[card\]|card|source)\[number\]|card\.number")

IN_PATH: Final = frozenset({"dispute", "id", "intent", "price", "token"})
"""How Stripe names an ID of a path as `param`. A missing object is a 404 if the path names it, and a 400 if a parameter
does ("Errors", HTTP status codes)."""

_STATE: Final = StripeError(code=UNEXPECTED_STATE)

STRIPE_ERRORS: Final[Mapping[Code, StripeError]] = {
    Code.REQUEST_INVALID: StripeError(),
    Code.PARAMETER_MISSING: StripeError(code="parameter_missing"),
    Code.PARAMETER_UNKNOWN: StripeError(code="parameter_unknown"),
    Code.PARAMETER_INVALID: StripeError(),
    Code.AMOUNT_INVALID: StripeError(code="parameter_invalid_integer"),
    Code.AMOUNT_NOT_WHOLE: StripeError(code="invalid_charge_amount_no_decimal_compatible"),
    Code.AMOUNT_TOO_SMALL: StripeError(code="amount_too_small"),
    Code.AMOUNT_TOO_LARGE: StripeError(code="amount_too_large"),
    Code.CURRENCY_UNSUPPORTED: StripeError(),
    Code.CARD_NUMBER_INCORRECT: StripeError(status=402, type=CARD, code="incorrect_number"),
    Code.CARD_EXPIRY_INVALID: StripeError(status=402, type=CARD, code="invalid_expiry_year"),
    Code.CVC_INVALID: StripeError(status=402, type=CARD, code="invalid_cvc"),
    Code.LIVE_CARD_IN_SANDBOX: StripeError(
        status=402, type=CARD, code="card_declined", decline_code="test_mode_live_card"
    ),
    Code.ROUTING_NUMBER_INCORRECT: StripeError(code="routing_number_invalid"),
    Code.LIVE_BANK_ACCOUNT_IN_SANDBOX: StripeError(code="account_number_invalid"),
    Code.BANK_ACCOUNT_MISSING: StripeError(),
    Code.STRIPE_ACCOUNT_MISSING: StripeError(),
    Code.NOT_YET_SIMULATED: StripeError(),
    Code.OUTCOME_INVALID: StripeError(),
    Code.HEADER_UNKNOWN: StripeError(),
    Code.FAULT_UNKNOWN: StripeError(),
    Code.CURSOR_INVALID: StripeError(code="resource_missing"),
    Code.URL_NOT_ALLOWED: StripeError(code="url_invalid"),
    Code.IDEMPOTENCY_KEY_REQUIRED: StripeError(type=IDEMPOTENCY),
    Code.IDEMPOTENCY_KEY_INVALID: StripeError(type=IDEMPOTENCY),
    Code.API_KEY_INVALID: StripeError(status=401),
    Code.FORBIDDEN: StripeError(status=403, code="secret_key_required"),
    Code.HOST_NOT_ALLOWED: StripeError(status=403),
    Code.SESSION_INVALID: StripeError(status=401),
    Code.RESOURCE_NOT_FOUND: StripeError(status=404, code="resource_missing"),
    Code.PAYMENT_PENDING: _STATE,
    Code.PAYMENT_DECLINED: _STATE,
    Code.PAYMENT_REQUIRES_ACTION: _STATE,
    Code.PAYMENT_PROCESSING: _STATE,
    Code.AUTHORIZATION_REVERSED: _STATE,
    Code.ALREADY_VOIDED: _STATE,
    # As Stripe does for an intent. `charge_already_captured` is the error of its older capture of a charge.
    Code.ALREADY_CAPTURED: _STATE,
    Code.AUTHORIZATION_EXPIRED: StripeError(code="charge_expired_for_capture"),
    Code.CAPTURE_EXCEEDS_AUTHORIZED: StripeError(code="amount_too_large"),
    Code.CAPTURE_DECLINED: StripeError(status=402, type=CARD, code="card_declined"),
    Code.TOO_MANY_CAPTURES: StripeError(),
    Code.PARTIALLY_CAPTURED: _STATE,
    Code.INCREMENT_UNAVAILABLE: StripeError(),
    Code.TOO_MANY_INCREMENTS: StripeError(),
    Code.NOT_CAPTURED: _STATE,
    Code.CAPTURE_AMBIGUOUS: StripeError(),
    Code.ALREADY_REFUNDED: StripeError(code="charge_already_refunded"),
    Code.REFUND_EXCEEDS_CAPTURED: StripeError(),
    Code.TOO_MANY_REFUNDS: StripeError(),
    Code.CHARGE_DISPUTED: StripeError(code="charge_disputed"),
    Code.DISPUTE_STATE_UNEXPECTED: StripeError(),
    Code.EVIDENCE_PAST_DUE: StripeError(),
    Code.CURRENCY_MISMATCH: StripeError(),
    Code.PAYMENT_METHOD_REQUIRED: _STATE,
    Code.INTENT_STATE_UNEXPECTED: _STATE,
    # Not a 409, which SDKs retry automatically: the caller must review the new amount before confirming it.
    Code.INTENT_CHANGED: _STATE,
    Code.TOO_MANY_CHANGES: StripeError(),
    Code.SIMULATION_NOT_ALLOWED: StripeError(),
    Code.ENDPOINT_DISABLED: StripeError(),
    Code.ENDPOINT_LIMIT_REACHED: StripeError(),
    Code.PAYMENT_LIMIT_REACHED: StripeError(),
    Code.TOO_MANY_ROTATIONS: StripeError(),
    Code.TOO_MANY_RESENDS: StripeError(),
    Code.CLOCK_FIXED: StripeError(),
    Code.FAULTS_NOT_ALLOWED: StripeError(),
    Code.FAULT_LIMIT_REACHED: StripeError(),
    Code.CLOCK_OUT_OF_RANGE: StripeError(),
    Code.BODY_TOO_LARGE: StripeError(status=413),
    Code.PATH_TOO_LONG: StripeError(status=414),
    Code.HEADERS_TOO_LARGE: StripeError(status=431),
    Code.MEDIA_TYPE_UNSUPPORTED: StripeError(),
    Code.IDEMPOTENCY_KEY_REUSED: StripeError(type=IDEMPOTENCY),
    Code.RATE_LIMITED: StripeError(status=429, code="rate_limit"),
    Code.QUOTA_EXCEEDED: StripeError(status=429, code="rate_limit"),
    Code.INTERNAL_ERROR: StripeError(status=500, type=API),
    Code.UPSTREAM_ERROR: StripeError(status=502, type=API),
    Code.SERVICE_UNAVAILABLE: StripeError(status=503, type=API),
    Code.UPSTREAM_TIMEOUT: StripeError(status=504, type=API),
    Code.SIGNATURE_INVALID: StripeError(),
    Code.TOKEN_INVALID: StripeError(status=401),
    Code.STRIPE_NOT_CONFIGURED: StripeError(status=503, type=API),
    Code.STRIPE_UNAVAILABLE: StripeError(status=503, type=API),
    Code.INSUFFICIENT_BALANCE: StripeError(code="balance_insufficient"),
    Code.CUSTOMER_EXISTS: StripeError(),
    Code.DISBURSEMENT_STATE_UNEXPECTED: StripeError(),
    Code.PAYPAL_NOT_CONFIGURED: StripeError(status=503, type=API),
    Code.PAYPAL_UNAVAILABLE: StripeError(status=503, type=API),
}


def no_such(kind: str, name: str, param: str, *, in_path: bool = False) -> Refused:
    """Return the same error for an ID that is unknown, malformed, deleted or another merchant's.

    `param` is one of IN_PATH, or the parameter that named it, or the name of an ID `in_path`. The ID is repeated as
    sent, except for anything that looks like a card number.
    """
    detail = f"No such {kind}: '{parameter_name(name)[:_MAX_NAMED]}'"
    return StripeRefused(Code.RESOURCE_NOT_FOUND, detail, param, in_path=in_path)


def no_access(account: str) -> StripeRefused:
    """Return the same error for another merchant's account, and for one that does not exist."""
    return StripeRefused(
        Code.FORBIDDEN,
        f"The provided key does not have access to account '{parameter_name(account)[:_MAX_NAMED]}' (or that account "
        "does not exist). Application access may have been revoked.",
        stripe_code="account_invalid",
    )


def needs_secret_key() -> Refused:
    """Return the error for what a publishable key cannot do."""
    return Refused(
        Code.FORBIDDEN, "This API call cannot be made with a publishable API key. Please use a secret API key."
    )


def of_key(refused: KeyReused | KeyInUse, key: str, endpoint: str) -> Refused:
    """Return the refusal of an idempotency key in Stripe's words, with the key as sent.

    Sources: stripe-ruby#503 (other parameters), stripe-ruby#598 (another endpoint: this one, then the first),
    stripity_stripe#564 (in use).
    """
    if isinstance(refused, KeyInUse):
        return KeyInUse(
            detail="There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {key}. Please try again later."
        )
    same = "with the same parameters they were first used with"
    if refused.endpoint not in (None, endpoint):
        same = f"for the same endpoint they were first used for ('{endpoint}' vs '{refused.endpoint}')"
    return Refused(
        refused.code,
        f"Keys for idempotent requests can only be used {same}. Try using a key other than '{key}' if you meant to "
        "execute a different request.",
    )


def missing(param: str) -> Refused:
    """Return the error for a required parameter that was not sent."""
    return Refused(Code.PARAMETER_MISSING, f"Missing required param: {bracketed(param)}.", param)


def unsupported_currency(shown: str) -> str:
    """Return why a currency is refused, which is shown as it was sent."""
    supported = ", ".join(("usd", *sorted(name.lower() for name in MINOR_DIGITS if name != "USD")))
    return f"Invalid currency: {shown}. Stripe currently supports these currencies: {supported}"


def unrecognized_url(method: str, path: str) -> StripeRefused:
    """Return the error for an address that nothing is at."""
    hint = (
        " If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make "
        "sure you passed a valid (non-empty) identifier in your code."
    )
    return StripeRefused(
        Code.RESOURCE_NOT_FOUND,
        f"Unrecognized request URL ({method}: {parameter_name(path)}).{hint if path.endswith('/') else ''} Please see "
        f"{COVERAGE_PAGE} for what this sandbox simulates.",
        stripe_code="",
    )


def render_error(refused: Refused, *, pages: str = "", log_url: str | None = None) -> tuple[int, dict[str, Any]]:
    """Return the HTTP status and the body of an error.

    `pages` is the base URL of the error pages, without a trailing slash. Without it, the error has no `doc_url`.
    `log_url` leads to the request in the request log, if it is there. Stripe has `request_log_url` in every error of a
    known key ("Errors").
    """
    if isinstance(refused, StripeRefused) and refused.oauth is not None:
        return refused.oauth.status, {"error": refused.oauth.name, "error_description": refused.detail}
    constant = STRIPE_ERRORS[refused.code]
    if isinstance(refused, Contended):
        constant, refused = _LOCKED, StripeRefused(refused.code, _LOCKED_MESSAGE)
    elif isinstance(refused, KeyInUse):
        constant = _IN_USE
    elif refused.code is Code.LIVE_CARD_IN_SANDBOX and refused.param and not _OF_CARD.fullmatch(refused.param):
        constant = StripeError()
    elif refused.code is Code.RESOURCE_NOT_FOUND and refused.param and not _is_in_path(refused):
        constant = replace(constant, status=400)
    code = constant.code
    if refused.code is Code.CARD_EXPIRY_INVALID and (refused.param or "").rstrip("]").endswith("exp_month"):
        code = "invalid_expiry_month"
    intent = card_error = None
    if isinstance(refused, StripeRefused):
        intent = refused.intent
        card_error = refused.card_error
        code = code if refused.stripe_code is None else refused.stripe_code or None
    error: dict[str, Any] = {
        "type": constant.type,
        "code": code,
        "decline_code": constant.decline_code,
        "message": refused.detail or PROBLEMS[refused.code].title + ".",
        "param": None if refused.param is None else bracketed(refused.param),
        "doc_url": doc_url(refused.code, pages) if pages else None,
        "request_log_url": log_url,
    }
    if intent is not None:
        error[intent["object"]] = intent
    if card_error is not None:
        constant, error = replace(constant, status=402), {**error, "type": CARD, **card_error}
    return constant.status, {"error": {name: value for name, value in error.items() if value is not None}}


def _is_in_path(refused: Refused) -> bool:
    return refused.param in IN_PATH or (isinstance(refused, StripeRefused) and refused.in_path)


def bracketed(param: str) -> str:
    """Return a parameter's name as a form has it: `card[number]`, from the dotted path of a shape."""
    if "[" in param:  # already in form notation
        return param
    first, *rest = param.split(".")
    return first + "".join(f"[{part}]" for part in rest)
