"""Settlements: the batches of each night, and their reports."""

from typing import Final

from paysandbox.contract import settlements as contract
from paysandbox.errors import Code
from paysandbox.routes.route import Access, Route
from paysandbox.settings import ClockSettings, ReportsSettings, SettlementTablesSettings
from paysandbox.table.schema import BATCHES_BY_MERCHANT, SETTLEMENT_BATCHES

_EVERY: Final = (ClockSettings, SettlementTablesSettings)

LIST_SETTLEMENTS: Final = Route(
    name="list_settlements",
    group="settlements",
    method="GET",
    path="/settlements",
    summary="The batches that settled something of the merchant, newest first",
    access=Access.API_KEY,
    query=contract.ListSettlements,
    answer=contract.SettlementsListed,
    needs=_EVERY,
    settlement_tables={
        SETTLEMENT_BATCHES: ("BatchGetItem",),
        f"{SETTLEMENT_BATCHES}/{BATCHES_BY_MERCHANT.name}": ("Query",),
    },
    refusals=(Code.CURSOR_INVALID,),
)

GET_SETTLEMENT: Final = Route(
    name="get_settlement",
    group="settlements",
    method="GET",
    path="/settlements/{batch}",
    summary="A batch: totals, balances, what it left out, and links to its reports",
    access=Access.API_KEY,
    answer=contract.SettlementShown,
    needs=(*_EVERY, ReportsSettings),
    settlement_tables={SETTLEMENT_BATCHES: ("GetItem", "Query")},
    reads_reports=True,
    refusals=(Code.RESOURCE_NOT_FOUND,),
)

ROUTES: Final = (LIST_SETTLEMENTS, GET_SETTLEMENT)
