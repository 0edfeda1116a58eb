"""`limit=0`: no objects and no refusal, as Spree checks a key. Stripe's own response to it is unpublished."""

from typing import Any

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import (
    LIST_CHARGES,
    LIST_EARLY_FRAUD_WARNINGS,
    LIST_PAYMENT_INTENTS,
    LIST_REFUNDS,
    LIST_STRIPE_DISPUTES,
    LIST_STRIPE_EVENTS,
    LIST_WEBHOOK_ENDPOINTS,
    SEARCH_PAYMENT_INTENTS,
)
from tests.support.clients.stripe_merchant import StripeMerchant, done, told

SHOP = StripeMerchant()
LISTS = (LIST_CHARGES, LIST_PAYMENT_INTENTS, LIST_REFUNDS, LIST_STRIPE_EVENTS, LIST_WEBHOOK_ENDPOINTS)


def page(route: Route, **params: Any) -> tuple[list[Any], bool]:
    shown = done(SHOP.get(route, limit=0, **params))
    return shown["data"], shown["has_more"]


def test_a_limit_of_zero_returns_no_objects(subtests: pytest.Subtests) -> None:
    for route in (*LISTS, LIST_STRIPE_DISPUTES, LIST_EARLY_FRAUD_WARNINGS):
        with subtests.test(f"{route.name} of none"):
            assert page(route) == ([], False)
    intent = SHOP.paid()
    done(SHOP.refund(intent["id"]))
    done(SHOP.endpoint())
    told()
    for route in LISTS:
        with subtests.test(str(route.name)):
            assert page(route) == ([], True)
    assert page(LIST_CHARGES, payment_intent=intent["id"]) == ([], True)
    newest = SHOP.paid()["id"]
    assert page(LIST_PAYMENT_INTENTS, starting_after=newest) == ([], True)
    assert page(LIST_PAYMENT_INTENTS, ending_before=newest) == ([], False)
    assert page(LIST_PAYMENT_INTENTS, ending_before=intent["id"]) == ([], True)


def test_a_search_of_none_leads_to_the_page_that_was_asked_for() -> None:
    made = [SHOP.paid()["id"] for _ in range(2)]
    query = "amount>0"
    assert page(SEARCH_PAYMENT_INTENTS, query=query) == ([], False)
    following = done(SHOP.get(SEARCH_PAYMENT_INTENTS, query=query, limit=1))["next_page"]
    none = done(SHOP.get(SEARCH_PAYMENT_INTENTS, query=query, limit=0, page=following))
    assert (none["data"], none["has_more"]) == ([], True)
    last = done(SHOP.get(SEARCH_PAYMENT_INTENTS, query=query, limit=1, page=none["next_page"]))
    assert [one["id"] for one in last["data"]] == [made[0]]
    counted = done(SHOP.get(SEARCH_PAYMENT_INTENTS, query=query, limit=0, expand=["total_count"]))
    assert (counted["data"], counted["total_count"]) == ([], 2)
