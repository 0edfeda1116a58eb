"""Routes of disbursements: for merchants, and for PayPal's webhook."""

from typing import Final

from paysandbox.aws.resources import (
    BIND_KEY,
    CUSTOMERS,
    DISBURSEMENTS,
    MERCHANT_FUNDS,
    PAYPAL_CREDENTIALS,
    READ_HASHING_KEYS,
    Grant,
)
from paysandbox.aws.schema import DISBURSEMENTS_BY_ID, DISBURSEMENTS_BY_MERCHANT
from paysandbox.aws.settings import DisbursementFeeSettings, DisbursementMethodSettings, WaitingSettings
from paysandbox.core.errors import Code
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.disbursements import requests, schemas
from paysandbox.http.answer import Documented
from paysandbox.http.prefer import PREFER_HEADER
from paysandbox.http.route import Access, BodyFormat, Idempotency, Route

# A function that routes with similar rights share.
READ_DISBURSEMENTS: Final = "read_disbursements"

GATEWAY_TIMEOUT_S: Final = 29
"""After so many seconds, API Gateway ends a request ("Amazon API Gateway quotas", integration timeout)."""

_BODY: Final = Documented("paysandbox.disbursements.schemas", "DisbursementBody")

# A transaction needs the right to each of its operations, on both tables.
_GIVE_BACK: Final = (Grant(DISBURSEMENTS, ("GetItem", "PutItem")), Grant(MERCHANT_FUNDS, ("PutItem", "UpdateItem")))

CREATE_DISBURSEMENT: Final = Route(
    name="create_disbursement",
    group="disbursements",
    method="POST",
    path="/v1/api/payment",
    summary="Create a disbursement",
    access=Access.API_KEY,
    body=requests.CreateDisbursement,
    body_format=BodyFormat.CHECKED_JSON,
    answer=_BODY,
    status=202,
    accepts_headers=(PREFER_HEADER, OUTCOME_HEADER),
    timeout_s=GATEWAY_TIMEOUT_S,
    idempotency=Idempotency(key_optional=True, keeps_keys=True),
    grants=(Grant(CUSTOMERS, ("GetItem",)), *_GIVE_BACK, BIND_KEY, READ_HASHING_KEYS),
    needs=(DisbursementFeeSettings, DisbursementMethodSettings, WaitingSettings),
    refusals=(
        Code.BANK_ACCOUNT_MISSING,
        Code.STRIPE_ACCOUNT_MISSING,
        Code.RESOURCE_NOT_FOUND,
        Code.INSUFFICIENT_BALANCE,
        Code.AMOUNT_TOO_SMALL,
        Code.AMOUNT_TOO_LARGE,
        Code.OUTCOME_INVALID,
    ),
)

LIST_DISBURSEMENTS: Final = Route(
    name="list_disbursements",
    group="disbursements",
    function=READ_DISBURSEMENTS,
    method="GET",
    path="/v1/api/payment/{customer_id}",
    summary="List a customer's disbursements",
    access=Access.API_KEY,
    query=requests.ListDisbursements,
    answer=Documented("paysandbox.disbursements.schemas", "DisbursementList"),
    grants=(Grant(DISBURSEMENTS, ("Query",)),),
    refusals=(Code.CURSOR_INVALID,),
)

LIST_MERCHANT_DISBURSEMENTS: Final = Route(
    name="list_merchant_disbursements",
    group="disbursements",
    function=READ_DISBURSEMENTS,
    method="GET",
    path="/v1/api/payment",
    summary="List the merchant's disbursements",
    access=Access.API_KEY,
    query=requests.ListMerchantDisbursements,
    answer=Documented("paysandbox.disbursements.schemas", "DisbursementList"),
    grants=(
        Grant(DISBURSEMENTS, ("BatchGetItem",)),
        Grant(DISBURSEMENTS, ("Query",), DISBURSEMENTS_BY_MERCHANT),
        Grant(DISBURSEMENTS, ("Query",), DISBURSEMENTS_BY_ID),
    ),
    refusals=(Code.CURSOR_INVALID,),
)

GET_DISBURSEMENT: Final = Route(
    name="get_disbursement",
    group="disbursements",
    function=READ_DISBURSEMENTS,
    method="GET",
    path="/v1/api/payment/{customer_id}/{payment_id}",
    summary="Get a disbursement",
    access=Access.API_KEY,
    answer=_BODY,
    grants=(Grant(DISBURSEMENTS, ("GetItem",)),),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

CANCEL_DISBURSEMENT: Final = Route(
    name="cancel_disbursement",
    group="disbursements",
    method="POST",
    path="/v1/api/payment/{customer_id}/{payment_id}/cancel",
    summary="Cancel a disbursement that is pending or unclaimed",
    access=Access.API_KEY,
    answer=_BODY,
    grants=_GIVE_BACK,
    refusals=(Code.RESOURCE_NOT_FOUND, Code.DISBURSEMENT_STATE_UNEXPECTED),
)

RECEIVE_PAYPAL_EVENT: Final = Route(
    name="receive_paypal_event",
    group="disbursements",
    method="POST",
    path="/webhooks/paypal",
    summary="Receive a PayPal webhook",
    access=Access.PUBLIC,
    answer=schemas.PaypalEventReceived,
    body_format=BodyFormat.RAW,
    grants=(
        *_GIVE_BACK,
        Grant(DISBURSEMENTS, ("BatchGetItem",)),
        Grant(DISBURSEMENTS, ("Query",), DISBURSEMENTS_BY_ID),
        Grant(PAYPAL_CREDENTIALS, ("GetParameter",)),
    ),
    refusals=(
        Code.REQUEST_INVALID,
        Code.SIGNATURE_INVALID,
        Code.BODY_TOO_LARGE,
        Code.PAYPAL_NOT_CONFIGURED,
        Code.PAYPAL_UNAVAILABLE,
    ),
)

ROUTES: Final = (
    CREATE_DISBURSEMENT,
    LIST_MERCHANT_DISBURSEMENTS,
    LIST_DISBURSEMENTS,
    GET_DISBURSEMENT,
    CANCEL_DISBURSEMENT,
    RECEIVE_PAYPAL_EVENT,
)
