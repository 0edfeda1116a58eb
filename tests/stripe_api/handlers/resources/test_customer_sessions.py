"""POST /v1/customer_sessions: what Stripe's components may do with a customer's cards, for half an hour."""

from typing import Any

import pytest

from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import customer
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong

CREATE = RESOURCE["create_customer_session"]
ON: dict[str, Any] = {"enabled": True}
OFF: dict[str, Any] = {"enabled": False}


def test_a_session_has_every_component_and_a_secret_for_half_an_hour() -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    element = {"enabled": True, "features": {"payment_method_save": "enabled", "payment_method_redisplay_limit": 10}}
    body = done(shop.post(CREATE, customer=jenny, components={"payment_element": element, "customer_sheet": ON}))

    assert "id" not in body
    assert (body["customer"], body["customer_account"]) == (jenny, None)
    assert body["expires_at"] - body["created"] == 30 * 60
    assert body["client_secret"].startswith("cuss_secret_")
    assert body["components"] == {
        **dict.fromkeys(("active_entitlements", "buy_button", "customer_portal", "pricing_table"), OFF),
        "customer_sheet": ON
        | {"features": {"payment_method_allow_redisplay_filters": ["always"], "payment_method_remove": None}},
        "mobile_payment_element": OFF | {"features": None},
        "payment_element": {
            "enabled": True,
            "features": {
                "payment_method_allow_redisplay_filters": ["always"],
                "payment_method_redisplay": "disabled",
                "payment_method_redisplay_limit": 10,
                "payment_method_remove": "disabled",
                "payment_method_save": "enabled",
                "payment_method_save_usage": None,
            },
        },
    }


def test_a_key_gets_its_secret_again_and_another_key_another_one() -> None:
    shop = StripeMerchant()
    sent: dict[str, Any] = {"customer": customer(shop), "components": {"buy_button": ON}}
    first = shop.post(CREATE, key="k", **sent)
    done(shop.ask(RESOURCE["delete_stripe_customer"], sent["customer"]))

    assert shop.post(CREATE, key="k", **sent).text == first.text, "although the customer is deleted"
    other = shop.post(CREATE, customer=customer(shop), components={"buy_button": ON})
    assert done(other)["client_secret"] != done(first)["client_secret"]


@pytest.mark.parametrize(
    "components, param",
    [
        ({"buy_button": OFF}, "components"),
        ({"payment_element": {"enabled": True, "features": {"payment_method_redisplay_limit": 11}}},
         "components[payment_element][features][payment_method_redisplay_limit]"),
        ({"buy_button": {"enabled": True, "features": {"a": "b"}}}, "components[buy_button][features]"),
        ({"payment_element": {"features": {"payment_method_save": "enabled"}}}, "components[payment_element][enabled]"),
    ],
)  # fmt: skip
def test_components_are_checked(components: dict[str, Any], param: str) -> None:
    shop = StripeMerchant()
    reply = shop.post(CREATE, customer=customer(shop), components=components)
    assert (reply.status, reply.error["param"]) == (400, param)


def test_the_customer_must_exist() -> None:
    shop = StripeMerchant()
    theirs, deleted = customer(StripeMerchant(OTHER_MERCHANT)), customer(shop)
    done(shop.ask(RESOURCE["delete_stripe_customer"], deleted))
    for name in (theirs, deleted):
        reply = shop.post(CREATE, customer=name, components={"buy_button": ON})
        assert wrong(reply) == (400, "invalid_request_error", "resource_missing", "customer")
    account = shop.post(CREATE, customer_account="acct_1", components={"buy_button": ON})
    assert (account.status, account.error["param"]) == (400, "customer_account")
    assert "simulate" in account.error["message"]
