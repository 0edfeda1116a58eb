"""Settlements: the batches of each night, and their reports."""

from typing import Final

from paysandbox.aws.resources import REPORTS, SETTLEMENT_BATCHES, Grant
from paysandbox.aws.schema import BATCHES_BY_MERCHANT
from paysandbox.core.errors import Code
from paysandbox.http.route import Access, Route
from paysandbox.settlement import schemas as contract

# Functions that several routes share: their rights are alike.
READ_SETTLEMENTS: Final = "read_settlements"

LIST_SETTLEMENTS: Final = Route(
    name="list_settlements",
    group="settlement",
    function=READ_SETTLEMENTS,
    method="GET",
    path="/settlements",
    summary="The batches that settled something of the merchant, newest first",
    access=Access.API_KEY,
    query=contract.ListSettlements,
    answer=contract.SettlementsListed,
    grants=(Grant(SETTLEMENT_BATCHES, ("BatchGetItem",)), Grant(SETTLEMENT_BATCHES, ("Query",), BATCHES_BY_MERCHANT)),
    refusals=(Code.CURSOR_INVALID,),
)

GET_SETTLEMENT: Final = Route(
    name="get_settlement",
    group="settlement",
    function=READ_SETTLEMENTS,
    method="GET",
    path="/settlements/{batch}",
    summary="A batch: totals, balances, what it left out, and links to its reports",
    access=Access.API_KEY,
    answer=contract.SettlementShown,
    grants=(Grant(SETTLEMENT_BATCHES, ("GetItem", "Query")), Grant(REPORTS, ("GetObject",))),
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

ROUTES: Final = (LIST_SETTLEMENTS, GET_SETTLEMENT)
