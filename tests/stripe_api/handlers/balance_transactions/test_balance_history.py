"""GET /v1/balance/history: the older path of balance transactions."""

from paysandbox.stripe_api.routes import (
    GET_BALANCE_HISTORY,
    GET_BALANCE_TRANSACTION,
    LIST_BALANCE_HISTORY,
    LIST_BALANCE_TRANSACTIONS,
)
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, told, wrong


def test_it_has_what_the_newer_path_has() -> None:
    shop = StripeMerchant()
    charge = shop.paid()["latest_charge"]
    told()
    for params in ({}, {"source": charge}, {"type": "refund"}):
        older, newer = (done(shop.get(route, **params)) for route in (LIST_BALANCE_HISTORY, LIST_BALANCE_TRANSACTIONS))
        assert (older["url"], older["data"]) == ("/v1/balance/history", newer["data"])
    name = done(shop.get(LIST_BALANCE_HISTORY))["data"][0]["id"]
    assert done(shop.get(GET_BALANCE_HISTORY, name)) == done(shop.get(GET_BALANCE_TRANSACTION, name))
    assert wrong(shop.get(GET_BALANCE_HISTORY, "txn_1")) == missing("id")
