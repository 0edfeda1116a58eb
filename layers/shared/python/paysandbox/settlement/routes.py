"""Routes of settlements, with the batches of each night and their reports."""

from typing import Final

from paysandbox.aws.resources import REPORTS, SETTLEMENT_BATCHES, Grant
from paysandbox.aws.schema import BATCHES_BY_MERCHANT
from paysandbox.core.errors import Code
from paysandbox.http.route import Access, Route
from paysandbox.settlement import schemas as contract

# One function serves all routes, since they need similar permissions.
READ_SETTLEMENTS: Final = "read_settlements"

LIST_SETTLEMENTS: Final = Route(
    name="list_settlements",
    group="settlement",
    function=READ_SETTLEMENTS,
    method="GET",
    path="/settlements",
    summary="List settlements",
    access=Access.API_KEY,
    query=contract.ListSettlements,
    answer=contract.SettlementList,
    grants=(Grant(SETTLEMENT_BATCHES, ("BatchGetItem",)), Grant(SETTLEMENT_BATCHES, ("Query",), BATCHES_BY_MERCHANT)),
    refusals=(Code.CURSOR_INVALID,),
)

GET_SETTLEMENT: Final = Route(
    name="get_settlement",
    group="settlement",
    function=READ_SETTLEMENTS,
    method="GET",
    path="/settlements/{batch}",
    summary="Get a settlement with its totals, balances, excluded payments and report links",
    access=Access.API_KEY,
    answer=contract.SettlementBody,
    grants=(Grant(SETTLEMENT_BATCHES, ("GetItem", "Query")), Grant(REPORTS, ("GetObject",))),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

LIST_SETTLEMENT_LINES: Final = Route(
    name="list_settlement_lines",
    group="settlement",
    function=READ_SETTLEMENTS,
    method="GET",
    path="/settlements/{batch}/lines",
    summary="List the lines of a settlement",
    access=Access.API_KEY,
    query=contract.ListSettlementLines,
    answer=contract.SettlementLineList,
    grants=(Grant(SETTLEMENT_BATCHES, ("GetItem",)), Grant(REPORTS, ("GetObject",))),
    refusals=(Code.CURSOR_INVALID, Code.RESOURCE_NOT_FOUND),
)

ROUTES: Final = (LIST_SETTLEMENTS, GET_SETTLEMENT, LIST_SETTLEMENT_LINES)
