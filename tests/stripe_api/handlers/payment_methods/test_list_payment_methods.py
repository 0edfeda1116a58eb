"""GET /v1/payment_methods: those of a customer, or all of a merchant."""

from typing import Any

from paysandbox.stripe_api.routes import (
    DETACH_PAYMENT_METHOD,
    GET_CUSTOMER_PAYMENT_METHOD,
    GET_PAYMENT_METHOD,
    LIST_PAYMENT_METHODS,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import attached, customer, listed, saved
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

GET_CUSTOMER, UPDATE_CUSTOMER = RESOURCE["get_stripe_customer"], RESOURCE["update_stripe_customer"]


def test_only_cards_are_listed_in_pages(shop: StripeMerchant, jenny: str) -> None:
    names = [attached(shop, jenny) for _ in range(3)]
    every = listed(shop, jenny)
    assert sorted(every) == sorted(names)
    assert (listed(shop, jenny, type="card"), listed(shop, jenny, type="sepa_debit")) == (every, [])
    assert listed(shop, jenny, allow_redisplay="always") == []
    assert listed(shop, jenny, limit=1, starting_after=every[0]) == every[1:2]
    assert wrong(shop.get(GET_CUSTOMER_PAYMENT_METHOD, (customer(shop), names[0]))) == missing("id")


def test_all_of_a_merchant_are_listed_in_pages(shop: StripeMerchant, jenny: str) -> None:
    """Stripe: "Returns a list of all PaymentMethods" (SDKs)."""
    kept, source, detached, of_deleted, unused = (
        attached(shop, jenny), saved(shop, jenny), attached(shop, jenny), attached(shop, gone := customer(shop)),
        shop.card()["id"],
    )  # fmt: skip
    done(shop.post(DETACH_PAYMENT_METHOD, detached))
    done(shop.ask(RESOURCE["delete_stripe_customer"], gone))
    StripeMerchant(OTHER_MERCHANT).card()

    def page(**params: Any) -> list[dict[str, Any]]:
        return done(shop.get(LIST_PAYMENT_METHODS, **params))["data"]

    owners = {each["id"]: each["customer"] for each in page()}
    assert owners == {kept: jenny, source: jenny, detached: None, of_deleted: None, unused: None}
    assert all(done(shop.get(GET_PAYMENT_METHOD, each["id"])) == each for each in page())
    names = [each["id"] for each in page()]
    assert [each["id"] for each in page(limit=2, starting_after=names[1])] == names[2:4]
    assert [each["id"] for each in page(limit=2, ending_before=names[3])] == names[1:3]
    assert [len(page(type=kind)) for kind in ("card", "sepa_debit")] == [5, 0]
    assert page(allow_redisplay="always") == []
    expanded = {each["id"]: each["customer"] for each in page(expand=["data.customer"])}
    assert expanded[kept]["id"] == jenny
    assert wrong(shop.get(LIST_PAYMENT_METHODS, starting_after="pm_x")) == missing("starting_after")
