"""DELETE /v1/accounts/{id}/external_accounts/{external_account}: all but the one that is needed."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.accounts.connected import BY_NUMBER, INVALID, account, add, shown
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_a_default_is_deleted_last() -> None:
    name, shop = account(), StripeMerchant()
    first, euro, second = add(name), add(name, BY_NUMBER | {"currency": "eur"}), add(name)

    assert wrong(shop.ask(RESOURCE["delete_external_account"], (name, first["id"]))) == (*INVALID, None, None)
    for each, currency in ((second, "usd"), (euro, "eur")):
        gone = done(shop.ask(RESOURCE["delete_external_account"], (name, each["id"])))
        assert gone == {"id": each["id"], "object": "bank_account", "currency": currency, "deleted": True}
        assert wrong(shop.get(RESOURCE["get_external_account"], (name, each["id"]))) == missing("id")
    assert [each["id"] for each in shown(name)["external_accounts"]["data"]] == [first["id"]]


def test_what_is_no_external_account_of_the_account() -> None:
    name = account()
    add(name)
    assert wrong(StripeMerchant().ask(RESOURCE["delete_external_account"], (name, "ba_1"))) == missing("id")
