"""POST /v1/accounts/{id}/capabilities/{capability}: request a capability, or no longer."""

from typing import Any

from paysandbox.stripe_api.routes import GET_OWN_ACCOUNT
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done


def account(outcome: str = "", **params: Any) -> str:
    return done(StripeMerchant().post(ROUTE["create_account"], metadata={"sandbox_outcome": outcome}, **params))["id"]


def test_a_capability_is_requested_and_no_longer() -> None:
    name, shop = account(type="express"), StripeMerchant()
    on = done(shop.post(ROUTE["update_capability"], (name, "card_payments"), requested=True))
    assert (on["requested"], on["status"]) == (True, "active")
    assert done(shop.get(GET_OWN_ACCOUNT, name))["capabilities"] == {"card_payments": "active"}
    off = done(shop.post(ROUTE["update_capability"], (name, "card_payments"), requested=False))
    assert (off["requested"], off["status"], off["requested_at"]) == (False, "unrequested", None)
    assert done(shop.post(ROUTE["update_capability"], (name, "card_payments"))) == off
