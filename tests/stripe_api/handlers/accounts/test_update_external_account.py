"""POST /v1/accounts/{id}/external_accounts/{external_account}: which is the default, and its notes."""

from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.stripe_api.handlers.accounts.connected import BY_NUMBER, account, add, shown
from tests.support.clients.stripe_merchant import StripeMerchant, done


def test_one_account_of_a_currency_is_its_default() -> None:
    name = account()
    first, euro, second = add(name), add(name, BY_NUMBER | {"currency": "eur"}), add(name, default_for_currency=True)

    held = {each["id"]: each["default_for_currency"] for each in shown(name)["external_accounts"]["data"]}
    assert held == {first["id"]: False, euro["id"]: True, second["id"]: True}
    again = {"default_for_currency": True, "account_holder_name": "Jenny", "metadata": {"b": "2"}}
    updated = done(StripeMerchant().post(RESOURCE["update_external_account"], (name, first["id"]), **again))
    assert updated == first | again
    cleared = done(
        StripeMerchant().post(
            RESOURCE["update_external_account"], (name, first["id"]), account_holder_name="", metadata=""
        )
    )
    assert cleared == first | {"account_holder_name": None}
