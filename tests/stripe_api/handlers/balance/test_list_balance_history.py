"""GET /v1/balance/history: the older path of balance transactions."""

from paysandbox.stripe_api.routes import LIST_BALANCE_HISTORY, LIST_BALANCE_TRANSACTIONS
from tests.support.clients.stripe_merchant import StripeMerchant, done, told


def test_it_has_what_the_newer_path_has() -> None:
    shop = StripeMerchant()
    charge = shop.paid()["latest_charge"]
    told()
    for params in ({}, {"source": charge}, {"type": "refund"}):
        older, newer = (done(shop.get(route, **params)) for route in (LIST_BALANCE_HISTORY, LIST_BALANCE_TRANSACTIONS))
        assert (older["url"], older["data"]) == ("/v1/balance/history", newer["data"])
