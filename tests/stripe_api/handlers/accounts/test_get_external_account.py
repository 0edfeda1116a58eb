"""GET /v1/accounts/{id}/external_accounts/{external_account}, and whom all routes of external accounts refuse."""

from typing import Final

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.accounts.connected import NO_ACCESS, account, add
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, missing, wrong

CREATE_EXTERNAL_ACCOUNT: Final = RESOURCE["create_external_account"]
DELETE_EXTERNAL_ACCOUNT: Final = RESOURCE["delete_external_account"]
GET_EXTERNAL_ACCOUNT: Final = RESOURCE["get_external_account"]
LIST_EXTERNAL_ACCOUNTS: Final = RESOURCE["list_external_accounts"]
UPDATE_EXTERNAL_ACCOUNT: Final = RESOURCE["update_external_account"]


@pytest.mark.parametrize(
    "route",
    [LIST_EXTERNAL_ACCOUNTS, CREATE_EXTERNAL_ACCOUNT, GET_EXTERNAL_ACCOUNT, UPDATE_EXTERNAL_ACCOUNT,
     DELETE_EXTERNAL_ACCOUNT],
    ids=lambda route: route.name,
)  # fmt: skip
def test_another_platforms_account_is_refused(route: Route) -> None:
    name = account()
    params = {"external_account": "btok_us_verified"} if route is CREATE_EXTERNAL_ACCOUNT else {}
    made = add(name)["id"]
    assert wrong(StripeMerchant(OTHER_MERCHANT).ask(route, (name, made), params)) == NO_ACCESS
    assert wrong(StripeMerchant().ask(route, ("acct_unknown", made), params)) == NO_ACCESS
    if "external_account}" in route.path:
        assert wrong(StripeMerchant().ask(route, (account(), made), params)) == missing("id")
