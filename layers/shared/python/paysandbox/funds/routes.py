"""Routes of funds: what a merchant has for disbursements."""

from typing import Final

from paysandbox.aws.resources import BIND_KEY, MERCHANT_FUNDS, READ_HASHING_KEYS, Grant
from paysandbox.funds import requests, schemas
from paysandbox.http.route import Access, Idempotency, Route

FUND_MERCHANT: Final = Route(
    name="fund_merchant",
    group="funds",
    method="POST",
    path="/sandbox/fund",
    summary="Add funds to what the merchant has available",
    access=Access.API_KEY,
    body=requests.FundMerchant,
    answer=schemas.FundingBody,
    idempotency=Idempotency(key_optional=True),
    # A transaction needs the right to each of its operations.
    grants=(Grant(MERCHANT_FUNDS, ("GetItem", "PutItem", "UpdateItem")), BIND_KEY, READ_HASHING_KEYS),
)

GET_FUNDS: Final = Route(
    name="get_funds",
    group="funds",
    method="GET",
    path="/sandbox/fund",
    summary="Get what the merchant has available",
    access=Access.API_KEY,
    answer=schemas.FundsBody,
    grants=(Grant(MERCHANT_FUNDS, ("GetItem",)),),
)

ROUTES: Final = (FUND_MERCHANT, GET_FUNDS)
