"""Prices: a resource whose objects are stored with others, with a real table."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.http.route import Route
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock

AMOUNT: dict[str, Any] = {"currency": "usd", "unit_amount": 5_00}
INVALID = (400, "invalid_request_error")
MADE: dict[str, Any] = {"product_data": {"name": "Gold"}}


def create(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(ROUTE["create_price"], **AMOUNT | params))


def update(name: str, **params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(ROUTE["update_price"], name, **params))


def get(name: str) -> dict[str, Any]:
    return done(StripeMerchant().get(ROUTE["get_price"], name))


def product() -> str:
    return done(StripeMerchant().post(ROUTE["create_product"], name="Gold"))["id"]


@pytest.mark.parametrize(
    "sent, shown",
    [
        ({}, {"type": "one_time", "recurring": None, "tax_behavior": "unspecified", "unit_amount_decimal": "500"}),
        ({"unit_amount": 0}, {"unit_amount": 0, "unit_amount_decimal": "0"}),
        ({"unit_amount": None, "unit_amount_decimal": "12.50"}, {"unit_amount": None, "unit_amount_decimal": "12.5"}),
        ({"unit_amount": None, "unit_amount_decimal": "12.00"}, {"unit_amount": 12, "unit_amount_decimal": "12"}),
        (
            {"recurring": {"interval": "month"}},
            {
                "type": "recurring",
                "recurring": {
                    "interval": "month",
                    "interval_count": 1,
                    "meter": None,
                    "trial_period_days": None,
                    "usage_type": "licensed",
                },
            },
        ),
    ],
)
def test_a_price_has_its_amount_and_period(sent: Any, shown: Any) -> None:
    params = {name: value for name, value in (AMOUNT | MADE | sent).items() if value is not None}
    price = done(StripeMerchant().post(ROUTE["create_price"], **params))

    assert price.items() >= shown.items()
    assert get(price["id"]) == price


@pytest.mark.parametrize(
    "sent, refused",
    [
        ({"currency": "usd", **MADE}, (*INVALID, None, "unit_amount")),
        (AMOUNT, (*INVALID, None, "product")),
        ({**AMOUNT, **MADE, "unit_amount_decimal": "1"}, (*INVALID, None, "unit_amount")),
        ({**AMOUNT, **MADE, "product": "prod_1"}, (*INVALID, None, "product")),
        ({**AMOUNT, "product": "prod_unknown"}, (*INVALID, "resource_missing", "product")),
        ({**AMOUNT, **MADE, "recurring": {"interval": "year", "interval_count": 4}},
         (*INVALID, None, "recurring[interval_count]")),
    ],
)  # fmt: skip
def test_a_price_that_is_refused(sent: Any, refused: Any) -> None:
    assert wrong(StripeMerchant().post(ROUTE["create_price"], **sent)) == refused


def test_a_product_with_a_price_cannot_be_deleted() -> None:
    shop, names = StripeMerchant(), (product(), create(**MADE)["product"])
    for _ in range(2):
        create(product=names[0])

    for name in names:
        refused = shop.ask(ROUTE["delete_product"], name).json["error"]
        assert refused["message"] == "This product cannot be deleted because it has one or more user-created prices."
    deleted = product()
    done(shop.ask(ROUTE["delete_product"], deleted))
    assert wrong(shop.post(ROUTE["create_price"], product=deleted, **AMOUNT)) == (
        *INVALID,
        "resource_missing",
        "product",
    )


def test_a_lookup_key_is_of_one_price_and_can_be_transferred() -> None:
    shop = StripeMerchant()
    first = create(**MADE, lookup_key="gold")
    refused = shop.post(ROUTE["create_price"], **AMOUNT, **MADE, lookup_key="gold").json["error"]
    assert refused["message"] == f"A price (`{first['id']}`) already uses that lookup key."

    second = shop.post(
        ROUTE["create_price"], key="second", **AMOUNT, **MADE, lookup_key="gold", transfer_lookup_key=True
    )
    assert (done(second)["lookup_key"], get(first["id"])["lookup_key"]) == ("gold", None)
    listed = done(shop.get(ROUTE["list_prices"], lookup_keys=["gold"]))["data"]
    assert [each["id"] for each in listed] == [second.json["id"]]

    # Given up, it can be taken; and taken back.
    update(second.json["id"], lookup_key="")
    update(first["id"], lookup_key="gold")
    update(second.json["id"], lookup_key="gold", transfer_lookup_key=True)
    update(second.json["id"], lookup_key="silver")
    assert create(**MADE, lookup_key="gold")["lookup_key"] == "gold"
    again = shop.post(
        ROUTE["create_price"], key="second", **AMOUNT, **MADE, lookup_key="gold", transfer_lookup_key=True
    )
    assert again.text == second.text


def test_a_list_is_filtered_and_expanded(clock: Clock) -> None:
    shop, prices = StripeMerchant(), []
    for params in (MADE, {"recurring": {"interval": "month"}}, {"recurring": {"interval": "year"}, "currency": "eur"}):
        prices.append(create(**({"product": prices[0]["product"]} if prices else {}), **params))
        clock.advance(timedelta(seconds=1))
    names = [price["id"] for price in prices]

    def listed(**params: Any) -> list[int]:
        return [names.index(each["id"]) for each in done(shop.get(ROUTE["list_prices"], **params))["data"]]

    assert listed(product=prices[0]["product"]) == [2, 1, 0]
    assert listed(type="one_time") == [0]
    assert listed(currency="eur") == [2]
    assert listed(recurring={"interval": "month"}) == [1]
    assert listed(active=False) == []
    unknown = shop.get(ROUTE["list_prices"], product="prod_unknown")
    assert wrong(unknown) == (*INVALID, "resource_missing", "product")
    found = done(
        shop.get(
            ROUTE["search_prices"],
            query=f"product:'{prices[0]['product']}' AND type:'one_time'",
            expand=["data.product"],
        )
    )
    assert [(each["id"], each["product"]["name"]) for each in found["data"]] == [(names[0], "Gold")]


def test_a_tax_behavior_is_decided_once() -> None:
    name = create(**MADE)["id"]
    assert update(name, tax_behavior="inclusive")["tax_behavior"] == "inclusive"
    assert update(name, tax_behavior="inclusive", nickname="a")["nickname"] == "a"
    refused = StripeMerchant().post(ROUTE["update_price"], name, tax_behavior="exclusive")
    assert wrong(refused) == (*INVALID, None, "tax_behavior")


@pytest.mark.parametrize("route", [route for route in ROUTE.values() if route.path == "/prices/{id}"])
def test_another_merchants_price_does_not_exist(route: Route) -> None:
    name = create(**MADE)["id"]
    for shop, named in ((StripeMerchant("globex"), name), (StripeMerchant(), "price_unknown")):
        assert wrong(shop.ask(route, named, {})) == missing("price")


def test_of_prices_at_once_one_has_the_lookup_key() -> None:
    """Whichever order the transactions have, each price that gave the key away has none."""

    def take(number: int) -> int:
        params = AMOUNT | MADE | {"lookup_key": "gold", "transfer_lookup_key": True}
        return StripeMerchant().post(ROUTE["create_price"], key=f"key-{number}", **params).status

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(take, range(4))] == [200] * 4
    prices = done(StripeMerchant().get(ROUTE["list_prices"]))["data"]
    assert sorted(price["lookup_key"] or "" for price in prices) == ["", "", "", "gold"]


def test_a_product_is_deleted_or_has_a_price() -> None:
    name = product()
    with ThreadPoolExecutor(2) as pool:
        priced = pool.submit(StripeMerchant().post, ROUTE["create_price"], product=name, **AMOUNT)
        deleted = pool.submit(StripeMerchant().ask, ROUTE["delete_product"], name)
    assert sorted((priced.result().status, deleted.result().status)) == [200, 400]
