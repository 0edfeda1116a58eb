"""GET /v1/balance/history/{balance_transaction}: the older path of a balance transaction."""

from paysandbox.stripe_api.routes import GET_BALANCE_HISTORY, GET_BALANCE_TRANSACTION, GET_CHARGE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_it_is_the_balance_transaction() -> None:
    shop = StripeMerchant()
    name = done(shop.get(GET_CHARGE, shop.paid()["latest_charge"]))["balance_transaction"]
    assert done(shop.get(GET_BALANCE_HISTORY, name)) == done(shop.get(GET_BALANCE_TRANSACTION, name))
    for shop, unknown in ((StripeMerchant(), "txn_1"), (StripeMerchant("globex"), name)):
        assert wrong(shop.get(GET_BALANCE_HISTORY, unknown)) == missing("id")
