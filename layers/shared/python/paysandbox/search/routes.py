"""The route of the search."""

from typing import Final

from paysandbox.aws.resources import (
    CUSTOMERS,
    DELIVERIES,
    DISBURSEMENTS,
    ENDPOINTS,
    EVENTS,
    LEDGER,
    READ_HASHING_KEYS,
    REQUEST_LOG,
    SEARCH_INDEX,
    SETTLEMENT_BATCHES,
    STRIPE_OBJECTS,
    Grant,
)
from paysandbox.aws.schema import (
    BY_CARD,
    BY_MERCHANT,
    BY_REFERENCE,
    CUSTOMERS_BY_MERCHANT,
    DISBURSEMENTS_BY_ID,
    DISBURSEMENTS_BY_MERCHANT,
    REQUESTS_BY_MERCHANT,
    STRIPE_OBJECTS_BY_EMAIL,
)
from paysandbox.aws.settings import ReferenceSettings
from paysandbox.core.errors import Code
from paysandbox.http.route import Access, Route
from paysandbox.search import schemas

SEARCH_OBJECTS: Final = Route(
    name="search_objects",
    group="search",
    method="GET",
    path="/search",
    summary="Find objects by an ID, reference, metadata, name, e-mail address, card digits, idempotency key or path",
    access=Access.API_KEY,
    query=schemas.SearchObjects,
    answer=schemas.SearchResult,
    grants=(
        Grant(LEDGER, ("GetItem", "BatchGetItem")),
        *(Grant(LEDGER, ("Query",), index) for index in (BY_REFERENCE, BY_CARD, BY_MERCHANT)),
        Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),
        Grant(STRIPE_OBJECTS, ("Query",), STRIPE_OBJECTS_BY_EMAIL),
        Grant(SEARCH_INDEX, ("Query",)),
        Grant(REQUEST_LOG, ("GetItem", "BatchGetItem")),
        Grant(REQUEST_LOG, ("Query",), REQUESTS_BY_MERCHANT),
        Grant(CUSTOMERS, ("BatchGetItem",)),
        Grant(CUSTOMERS, ("Query",), CUSTOMERS_BY_MERCHANT),
        Grant(DISBURSEMENTS, ("BatchGetItem",)),
        *(Grant(DISBURSEMENTS, ("Query",), index) for index in (DISBURSEMENTS_BY_ID, DISBURSEMENTS_BY_MERCHANT)),
        *(Grant(table, ("GetItem",)) for table in (EVENTS, DELIVERIES, ENDPOINTS, SETTLEMENT_BATCHES, CUSTOMERS)),
        READ_HASHING_KEYS,
    ),
    needs=(ReferenceSettings,),
    timeout_s=20,
    refusals=(Code.PARAMETER_MISSING,),
)

ROUTES: Final = (SEARCH_OBJECTS,)
