"""POST /v1/payment_methods/{id}/detach: for ever. A detached payment method never pays."""

from typing import Any

import pytest

from paysandbox.stripe_api.payment_methods.attaching import NOT_ATTACHED
from paysandbox.stripe_api.payment_methods.refusals import USED_BEFORE
from paysandbox.stripe_api.routes import (
    DETACH_PAYMENT_METHOD,
    GET_PAYMENT_METHOD,
    LIST_CUSTOMER_PAYMENT_METHODS,
    LIST_PAYMENT_METHODS,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.saved_cards import INVALID, attached, listed, refusal
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

GET_CUSTOMER, UPDATE_CUSTOMER = RESOURCE["get_stripe_customer"], RESOURCE["update_stripe_customer"]


def test_detaching_is_for_ever(shop: StripeMerchant, jenny: str) -> None:
    method = attached(shop, jenny)
    opened = shop.opened(customer=jenny, payment_method=method)["id"]
    first, again = (shop.post(DETACH_PAYMENT_METHOD, method, key="k") for _ in range(2))
    assert (done(first)["customer"], again.json, again.replayed) == (None, first.json, True)
    assert refusal(shop.post(DETACH_PAYMENT_METHOD, method)) == (*INVALID, None, NOT_ATTACHED)
    assert listed(shop, jenny) == []
    used = (*INVALID, "payment_method", USED_BEFORE)
    assert refusal(shop.create(customer=jenny, payment_method=method, confirm=True)) == used
    assert refusal(shop.create(customer=jenny, payment_method=method)) == used
    assert refusal(shop.confirm(opened)) == used


@pytest.mark.parametrize("make", [lambda shop: shop.card()["id"], lambda shop: shop.paid()["payment_method"]])
def test_what_is_not_attached_cannot_be_detached(shop: StripeMerchant, make: Any) -> None:
    assert refusal(shop.post(DETACH_PAYMENT_METHOD, make(shop))) == (*INVALID, None, NOT_ATTACHED)


def test_a_deleted_customer_has_no_payment_methods(shop: StripeMerchant, jenny: str) -> None:
    method = attached(shop, jenny)
    opened = shop.opened(customer=jenny, payment_method=method)["id"]
    done(shop.ask(RESOURCE["delete_stripe_customer"], jenny))
    assert done(shop.get(GET_PAYMENT_METHOD, method))["customer"] is None
    assert wrong(shop.get(LIST_CUSTOMER_PAYMENT_METHODS, jenny)) == missing("id")
    assert wrong(shop.get(LIST_PAYMENT_METHODS, customer=jenny)) == missing("customer")
    assert refusal(shop.confirm(opened)) == (*INVALID, "payment_method", USED_BEFORE)
    assert refusal(shop.post(DETACH_PAYMENT_METHOD, method)) == (*INVALID, None, NOT_ATTACHED)


def test_a_repeated_payment_is_answered_although_its_card_was_detached(shop: StripeMerchant, jenny: str) -> None:
    method = attached(shop, jenny)
    first = shop.create(key="k", customer=jenny, payment_method=method, confirm=True)
    intent = shop.opened(customer=jenny, payment_method=method)["id"]
    confirmed = shop.confirm(intent, key="c")
    done(shop.post(DETACH_PAYMENT_METHOD, method))
    again = shop.create(key="k", customer=jenny, payment_method=method, confirm=True)
    assert (again.json, again.replayed) == (first.json, True)
    again = shop.confirm(intent, key="c")
    assert (again.json, again.replayed) == (confirmed.json, True)
