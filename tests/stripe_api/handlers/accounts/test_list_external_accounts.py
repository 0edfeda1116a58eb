"""GET /v1/accounts/{id}/external_accounts: the external accounts of a connected account."""

from typing import Any

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.accounts.connected import account, add
from tests.support.clients.stripe_merchant import StripeMerchant, done


def test_lists_have_pages() -> None:
    name = account()
    names = [add(name)["id"] for _ in range(3)][::-1]

    def ids(**params: Any) -> list[str]:
        return [
            each["id"]
            for each in done(StripeMerchant().get(RESOURCE["list_external_accounts"], name, **params))["data"]
        ]

    assert (ids(limit=2), ids(starting_after=names[0]), ids(object="bank_account")) == (names[:2], names[1:], names)
    assert ids(object="card") == []
