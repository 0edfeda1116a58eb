"""GET /v1/accounts/{id}/capabilities, and whom all routes of capabilities refuse."""

from typing import Any

import pytest

from paysandbox.http.route import Route
from tests.stripe_api.handlers.accounts.connected import NO_ACCESS
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong


def account(outcome: str = "", **params: Any) -> str:
    return done(StripeMerchant().post(ROUTE["create_account"], metadata={"sandbox_outcome": outcome}, **params))["id"]


@pytest.mark.parametrize(
    "route",
    [ROUTE["list_capabilities"], ROUTE["get_capability"], ROUTE["update_capability"]],
    ids=lambda route: route.name,
)
def test_another_platforms_account_is_refused(route: Route) -> None:
    assert wrong(StripeMerchant(OTHER_MERCHANT).ask(route, (account(), "transfers"), {})) == NO_ACCESS
