"""Shipping rates: the routes of a declared resource without events, with a real table."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.http.route import Route
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong
from tests.support.worlds.handlers import Clock

INVALID = (400, "invalid_request_error")
MISSING = (404, "invalid_request_error", "resource_missing", "shipping_rate_token")
FIVE: dict[str, Any] = {"amount": 5_00, "currency": "usd"}
GROUND: dict[str, Any] = {"display_name": "Ground shipping", "fixed_amount": FIVE}
OPTIONS = "fixed_amount.currency_options"


def create(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(ROUTE["create_shipping_rate"], **GROUND | params))


def update(name: str, **params: Any) -> StripeReply:
    return StripeMerchant().post(ROUTE["update_shipping_rate"], name, **params)


def get(name: str, **params: Any) -> dict[str, Any]:
    return done(StripeMerchant().get(ROUTE["get_shipping_rate"], name, **params))


@pytest.mark.parametrize(
    "sent, shown",
    [
        ({}, {**GROUND, "active": True, "delivery_estimate": None, "metadata": {}, "tax_behavior": "unspecified",
              "tax_code": None, "type": "fixed_amount"}),
        ({"fixed_amount": {"amount": 0, "currency": "EUR"}}, {"fixed_amount": {"amount": 0, "currency": "eur"}}),
        ({"tax_behavior": "inclusive", "tax_code": "txcd_92010001", "type": "fixed_amount"},
         {"tax_behavior": "inclusive", "tax_code": "txcd_92010001"}),
        ({"delivery_estimate": {"minimum": {"unit": "day", "value": 2}}},
         {"delivery_estimate": {"maximum": None, "minimum": {"unit": "day", "value": 2}}}),
    ],
)  # fmt: skip
def test_a_shipping_rate_has_what_it_was_created_with(sent: Any, shown: Any) -> None:
    created = create(**sent)
    assert created.items() >= shown.items()
    assert get(created["id"]) == created


@pytest.mark.parametrize(
    "sent, refused",
    [
        ({"display_name": None}, ("parameter_missing", "display_name")),
        ({"display_name": "x" * 101}, (None, "display_name")),
        ({"fixed_amount": None}, ("parameter_missing", "fixed_amount")),
        ({"fixed_amount": {"amount": 5_00}}, ("parameter_missing", "fixed_amount[currency]")),
        ({"fixed_amount": {**FIVE, "amount": -1}}, ("parameter_invalid_integer", "fixed_amount[amount]")),
        ({"fixed_amount": {**FIVE, "currency_options": {"usd": {"amount": 4_00}}}},
         (None, "fixed_amount[currency_options]")),
        ({"fixed_amount": {**FIVE, "currency_options": {"eur": {"tax_behavior": "inclusive"}}}},
         ("parameter_missing", "fixed_amount[currency_options][eur][amount]")),
        ({"delivery_estimate": {"maximum": {"unit": "year", "value": 2}}},
         (None, "delivery_estimate[maximum][unit]")),
        ({"delivery_estimate": {"maximum": {"unit": "day", "value": 0}}},
         ("parameter_invalid_integer", "delivery_estimate[maximum][value]")),
        ({"active": False}, ("parameter_unknown", "active")),
    ],
)  # fmt: skip
def test_a_shipping_rate_that_is_refused(sent: Any, refused: Any) -> None:
    params = {name: value for name, value in (GROUND | sent).items() if value is not None}
    assert wrong(StripeMerchant().post(ROUTE["create_shipping_rate"], **params)) == (*INVALID, *refused)


def test_an_update_changes_what_it_names() -> None:
    created = create(fixed_amount={**FIVE, "currency_options": {"eur": {"amount": 4_00}}}, tax_behavior="exclusive")
    changed = done(
        update(
            created["id"],
            active=False,
            metadata={"a": "1"},
            fixed_amount={"currency_options": {"eur": {"tax_behavior": "inclusive"}, "gbp": {"amount": 3_00}}},
        )
    )
    assert changed == created | {"active": False, "metadata": {"a": "1"}}
    assert get(created["id"], expand=[OPTIONS])["fixed_amount"]["currency_options"] == {
        "eur": {"amount": 4_00, "tax_behavior": "inclusive"},
        "gbp": {"amount": 3_00, "tax_behavior": "unspecified"},
        "usd": {"amount": 5_00, "tax_behavior": "exclusive"},
    }
    for sent, refused in (
        ({"fixed_amount": {"amount": 6_00}}, ("parameter_unknown", "fixed_amount[amount]")),
        ({"fixed_amount": {"currency_options": {"jpy": {"tax_behavior": "inclusive"}}}},
         ("parameter_missing", "fixed_amount[currency_options][jpy][amount]")),
        ({"display_name": "Air"}, ("parameter_unknown", "display_name")),
    ):  # fmt: skip
        assert wrong(update(created["id"], **sent)) == (*INVALID, *refused)


def test_a_list_is_filtered(clock: Clock) -> None:
    shop, names = StripeMerchant(), list[str]()
    for currency in ("usd", "eur", "usd"):
        names.append(create(fixed_amount={"amount": 5_00, "currency": currency})["id"])
        clock.advance(timedelta(seconds=1))
    done(update(names[0], active=False))

    def listed(**params: Any) -> list[int]:
        return [names.index(each["id"]) for each in done(shop.get(ROUTE["list_shipping_rates"], **params))["data"]]

    assert listed() == [2, 1, 0]
    assert listed(currency="usd") == [2, 0]
    assert listed(currency="usd", active=True) == [2]
    assert listed(active=False) == [0]


@pytest.mark.parametrize("route", [route for route in ROUTE.values() if route.path == "/shipping_rates/{id}"])
def test_another_merchants_shipping_rate_does_not_exist(route: Route) -> None:
    name = create()["id"]
    for shop, named in ((StripeMerchant("globex"), name), (StripeMerchant(), "shr_unknown")):
        reply = shop.ask(route, named, {})
        assert (reply.error["message"], wrong(reply)) == (f"No such shipping rate: '{named}'", MISSING)
