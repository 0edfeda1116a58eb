"""Card payments: the native routes."""

from typing import Final

from paysandbox.aws.resources import LEDGER, READ_HASHING_KEYS, SEARCH_INDEX, Grant
from paysandbox.aws.schema import BY_CARD, BY_MERCHANT, BY_REFERENCE
from paysandbox.aws.settings import AcceptanceSettings, EnvironmentSettings, ReferenceSettings
from paysandbox.core.errors import Code
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.http.answer import Documented
from paysandbox.http.html import HTML
from paysandbox.http.route import BY_KEY, Access, BodyFormat, Route, Traffic

# The function of the routes that anyone may call and that write nothing.
SERVE_PUBLIC: Final = "serve_public"

CHALLENGE_PATH: Final = "/authenticate/{challenge_id}/{token}"
"""The page of a 3-D Secure challenge. The token proves that the caller was given its address."""


def _requested(name: str) -> Documented:
    return Documented("paysandbox.payments.requests", name)


def _documented(name: str) -> Documented:
    return Documented("paysandbox.payments.schemas", name)


AUTHORIZE_PAYMENT: Final = Route(
    name="authorize_payment",
    group="payments",
    method="POST",
    path="/payments/authorize",
    summary="Authorize a payment",
    access=Access.API_KEY,
    body=_requested("AuthorizePayment"),
    answer=_documented("PaymentAuthorized"),
    idempotency=BY_KEY,
    accepts_headers=(OUTCOME_HEADER,),
    # UpdateItem postpones a payment's purge when its key is used again after 24 hours.
    grants=(Grant(LEDGER, ("PutItem", "UpdateItem")), READ_HASHING_KEYS),
    needs=(AcceptanceSettings,),
    refusals=(
        Code.AMOUNT_TOO_SMALL,
        Code.CARD_NUMBER_INCORRECT,
        Code.CARD_EXPIRY_INVALID,
        Code.CVC_INVALID,
        Code.LIVE_CARD_IN_SANDBOX,
        Code.OUTCOME_INVALID,
        Code.PAYMENT_LIMIT_REACHED,
    ),
)

CAPTURE_PAYMENT: Final = Route(
    name="capture_payment",
    group="payments",
    method="POST",
    path="/payments/capture",
    summary="Capture all or part of an authorization",
    access=Access.API_KEY,
    body=_requested("CapturePayment"),
    answer=_documented("PaymentCaptured"),
    idempotency=BY_KEY,
    grants=(Grant(LEDGER, ("PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(
        Code.RESOURCE_NOT_FOUND,
        Code.CURRENCY_MISMATCH,
        Code.PAYMENT_PENDING,
        Code.PAYMENT_DECLINED,
        Code.PAYMENT_REQUIRES_ACTION,
        Code.PAYMENT_PROCESSING,
        Code.AUTHORIZATION_REVERSED,
        Code.ALREADY_VOIDED,
        Code.ALREADY_CAPTURED,
        Code.AUTHORIZATION_EXPIRED,
        Code.TOO_MANY_CAPTURES,
        Code.CAPTURE_EXCEEDS_AUTHORIZED,
        Code.CAPTURE_DECLINED,
    ),
)

INCREMENT_PAYMENT: Final = Route(
    name="increment_payment",
    group="payments",
    function=CAPTURE_PAYMENT.name,
    method="POST",
    path="/payments/increment",
    summary="Increment an authorization",
    access=Access.API_KEY,
    body=_requested("IncrementPayment"),
    answer=_documented("PaymentIncremented"),
    idempotency=BY_KEY,
    accepts_headers=(OUTCOME_HEADER,),
    grants=CAPTURE_PAYMENT.grants,
    refusals=(
        Code.RESOURCE_NOT_FOUND,
        Code.CURRENCY_MISMATCH,
        Code.PAYMENT_PENDING,
        Code.PAYMENT_DECLINED,
        Code.PAYMENT_REQUIRES_ACTION,
        Code.PAYMENT_PROCESSING,
        Code.AUTHORIZATION_REVERSED,
        Code.ALREADY_VOIDED,
        Code.ALREADY_CAPTURED,
        Code.AUTHORIZATION_EXPIRED,
        Code.PARTIALLY_CAPTURED,
        Code.TOO_MANY_INCREMENTS,
        Code.OUTCOME_INVALID,
    ),
)
"""It shares the function of captures, whose rights it needs."""

VOID_PAYMENT: Final = Route(
    name="void_payment",
    group="payments",
    method="POST",
    path="/payments/void",
    summary="Void the uncaptured part of an authorization",
    access=Access.API_KEY,
    body=_requested("VoidPayment"),
    answer=_documented("PaymentVoided"),
    idempotency=BY_KEY,
    grants=(Grant(LEDGER, ("PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(
        Code.RESOURCE_NOT_FOUND,
        Code.PAYMENT_PENDING,
        Code.PAYMENT_DECLINED,
        Code.AUTHORIZATION_REVERSED,
        Code.ALREADY_VOIDED,
        Code.ALREADY_CAPTURED,
        Code.AUTHORIZATION_EXPIRED,
    ),
)

REFUND_PAYMENT: Final = Route(
    name="refund_payment",
    group="payments",
    method="POST",
    path="/payments/refund",
    summary="Refund all or part of a capture",
    access=Access.API_KEY,
    body=_requested("RefundPayment"),
    answer=_documented("PaymentRefunded"),
    idempotency=BY_KEY,
    accepts_headers=(OUTCOME_HEADER,),
    grants=(Grant(LEDGER, ("PutItem", "UpdateItem")), READ_HASHING_KEYS),
    refusals=(
        Code.RESOURCE_NOT_FOUND,
        Code.CURRENCY_MISMATCH,
        Code.NOT_CAPTURED,
        Code.CAPTURE_AMBIGUOUS,
        Code.TOO_MANY_REFUNDS,
        Code.CHARGE_DISPUTED,
        Code.ALREADY_REFUNDED,
        Code.REFUND_EXCEEDS_CAPTURED,
        Code.OUTCOME_INVALID,
    ),
)

GET_PAYMENT: Final = Route(
    name="get_payment",
    group="payments",
    method="GET",
    path="/payments/{transaction_id}",
    summary="Get a payment by its id or the id of one of its operations",
    access=Access.API_KEY,
    answer=_documented("PaymentBody"),
    grants=(Grant(LEDGER, ("GetItem",)), READ_HASHING_KEYS),
    needs=(ReferenceSettings,),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

LIST_PAYMENTS: Final = Route(
    name="list_payments",
    group="payments",
    method="GET",
    path="/payments",
    summary="List payments",
    access=Access.API_KEY,
    query=_requested("ListPayments"),
    answer=_documented("PaymentList"),
    grants=(
        Grant(LEDGER, ("BatchGetItem",)),
        Grant(LEDGER, ("Query",), BY_MERCHANT),
        Grant(LEDGER, ("Query",), BY_CARD),
        Grant(LEDGER, ("Query",), BY_REFERENCE),
        Grant(SEARCH_INDEX, ("Query",)),
    ),
    needs=(ReferenceSettings,),
    refusals=(Code.CURSOR_INVALID,),
)

SHOW_CHALLENGE: Final = Route(
    name="show_challenge",
    group="payments",
    function=SERVE_PUBLIC,
    method="GET",
    path=CHALLENGE_PATH,
    summary="Show the page of a 3-D Secure challenge",
    access=Access.PUBLIC,
    answer=None,
    media_types=(HTML,),
    grants=(Grant(LEDGER, ("GetItem",)), READ_HASHING_KEYS),
    refusals=(Code.RESOURCE_NOT_FOUND,),
    traffic=Traffic.PAGES,
)

COMPLETE_CHALLENGE: Final = Route(
    name="complete_challenge",
    group="payments",
    method="POST",
    path=CHALLENGE_PATH,
    summary="Complete a 3-D Secure challenge as the cardholder",
    access=Access.PUBLIC,
    body=_requested("CompleteChallenge"),
    body_format=BodyFormat.FORM,
    answer=_documented("ChallengeCompleted"),
    grants=(Grant(LEDGER, ("GetItem", "UpdateItem")), READ_HASHING_KEYS),
    needs=(AcceptanceSettings,),
    refusals=(Code.RESOURCE_NOT_FOUND, Code.SIMULATION_NOT_ALLOWED),
    traffic=Traffic.PAGES,
)

GET_HEALTH: Final = Route(
    name="get_health",
    group="payments",
    function=SERVE_PUBLIC,
    method="GET",
    path="/health",
    summary="Check the service's health",
    access=Access.PUBLIC,
    answer=_documented("HealthBody"),
    grants=(Grant(LEDGER, ("GetItem",)), READ_HASHING_KEYS),
    needs=(EnvironmentSettings,),
)

ROUTES: Final = (
    AUTHORIZE_PAYMENT,
    INCREMENT_PAYMENT,
    CAPTURE_PAYMENT,
    VOID_PAYMENT,
    REFUND_PAYMENT,
    GET_PAYMENT,
    LIST_PAYMENTS,
    SHOW_CHALLENGE,
    COMPLETE_CHALLENGE,
    GET_HEALTH,
)
