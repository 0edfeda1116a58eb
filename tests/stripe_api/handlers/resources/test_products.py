"""Products: the routes of a declared resource, with a real table."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.http.route import Route
from tests.stripe_api.handlers.pages import searched, walked
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock


def product(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(ROUTE["create_product"], name="Gold", **params))


def test_a_product_has_what_it_was_created_with() -> None:
    created = product(metadata={"a": "1"}, images=["https://example.com/1.png"], marketing_features=[{"name": "fast"}])

    assert created["name"] == "Gold"
    assert created["active"] is True
    assert done(StripeMerchant().get(ROUTE["get_product"], created["id"])) == created


def test_an_update_changes_what_it_names() -> None:
    created = product(metadata={"a": "1", "b": "2"}, description="old", url="https://example.com")
    changed = done(
        StripeMerchant().post(
            ROUTE["update_product"], created["id"], active=False, description="", metadata={"a": "", "c": "3"}
        )
    )

    expected = {"active": False, "description": None, "metadata": {"b": "2", "c": "3"}, "updated": changed["updated"]}
    assert changed == created | expected
    assert done(StripeMerchant().get(ROUTE["get_product"], created["id"])) == changed


def test_a_key_gets_its_answer_again_after_other_changes() -> None:
    shop = StripeMerchant()
    first = shop.post(ROUTE["create_product"], key="made", name="Gold")
    changed = shop.post(ROUTE["update_product"], first.json["id"], key="changed", description="new")
    done(shop.post(ROUTE["update_product"], first.json["id"], description="newer", active=False))
    again = shop.post(ROUTE["create_product"], key="made", name="Gold")
    changed_again = shop.post(ROUTE["update_product"], first.json["id"], key="changed", description="new")

    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
    assert (changed_again.text, changed_again.headers["Idempotent-Replayed"]) == (changed.text, "true")
    assert changed_again.headers["Original-Request"] == changed.headers["Request-Id"]


@pytest.mark.full
def test_a_page_of_long_products_is_shorter() -> None:
    every = [
        product(description='"' * 5_000, metadata={f"{key}": '"' * 500 for key in range(50)})["id"] for _ in range(60)
    ]
    listed, found = ROUTE["list_products"], ROUTE["search_products"]

    first = done(StripeMerchant().get(listed, limit=100))
    assert (0 < len(first["data"]) < 60, first["has_more"]) == (True, True)
    newest = walked(listed, limit=100)
    assert sorted(newest) == sorted(every)
    assert walked(listed, limit=100, backwards_from=newest[-1]) == newest[:-1]
    assert searched(found, "active:'true'", limit=100) == newest


def test_a_deleted_product_is_a_tombstone() -> None:
    shop, name = StripeMerchant(), product()["id"]
    tombstone = {"id": name, "object": "product", "deleted": True}

    assert done(shop.ask(ROUTE["delete_product"], name)) == tombstone
    assert wrong(shop.get(ROUTE["get_product"], name)) == missing("id")
    assert done(shop.get(ROUTE["list_products"]))["data"] == []
    assert wrong(shop.post(ROUTE["update_product"], name, active=True)) == missing("id")


@pytest.mark.parametrize("route", [route for route in ROUTE.values() if route.path == "/products/{id}"])
def test_another_merchants_product_does_not_exist(route: Route) -> None:
    name = product()["id"]
    for shop, named in ((StripeMerchant("globex"), name), (StripeMerchant(), "prod_unknown")):
        assert wrong(shop.ask(route, named, {})) == missing("id")


def test_a_list_is_newest_first_and_filtered(clock: Clock) -> None:
    shop, names = StripeMerchant(), []
    for number in range(5):
        names.append(product(active=number != 3, url=f"https://example.com/{number}")["id"])
        clock.advance(timedelta(seconds=1))

    def listed(**params: Any) -> list[int]:
        return [names.index(each["id"]) for each in done(shop.get(ROUTE["list_products"], **params))["data"]]

    assert listed() == [4, 3, 2, 1, 0]
    assert listed(limit=2, starting_after=names[3]) == [2, 1]
    assert listed(limit=2, ending_before=names[1]) == [3, 2]
    assert listed(active=False) == [3]
    assert listed(active=True, limit=1) == [4]
    assert listed(url="https://example.com/0") == [0]


def test_a_chosen_id_is_of_one_product() -> None:
    shop = StripeMerchant()
    first = shop.post(ROUTE["create_product"], key="made", id="gold", name="Gold")

    assert done(first)["id"] == "gold"
    assert shop.post(ROUTE["create_product"], key="made", id="gold", name="Gold").text == first.text
    refused = shop.post(ROUTE["create_product"], id="gold", name="Gold").json["error"]
    assert (refused["code"], refused["param"], refused["message"]) == (
        "resource_already_exists",
        "id",
        "Product already exists.",
    )


def test_a_product_is_created_with_its_default_price() -> None:
    shop = StripeMerchant()
    body = {"name": "Gold", "default_price_data": {"currency": "usd", "unit_amount": 5_00}}
    made = shop.post(ROUTE["create_product"], key="made", expand=["default_price"], **body)
    price = done(made)["default_price"]

    assert (price["product"], price["unit_amount"]) == (made.json["id"], 5_00)
    assert done(shop.get(ROUTE["get_price"], price["id"])) == price
    archived = wrong(shop.post(ROUTE["update_price"], price["id"], active=False))
    assert archived == (400, "invalid_request_error", None, "active")
    done(shop.post(ROUTE["update_product"], made.json["id"], default_price=""))
    done(shop.post(ROUTE["update_price"], price["id"], active=False))
    inactive = wrong(shop.post(ROUTE["update_product"], made.json["id"], default_price=price["id"]))
    assert inactive == (400, "invalid_request_error", None, "default_price")
    again = shop.post(ROUTE["create_product"], key="made", **body, expand=["default_price"]).json
    assert again["default_price"]["id"] == price["id"]


def test_products_are_found_by_a_part_of_their_name() -> None:
    names = [product(description=text)["id"] for text in ("for one", "for two")]

    def found(query: str) -> list[int]:
        data = done(StripeMerchant().get(ROUTE["search_products"], query=query))["data"]
        return [names.index(each["id"]) for each in data]

    assert found("active:'true' AND description~'one'") == [0]
    assert found("name:'gold'") == [1, 0]
    assert found("name~'silver'") == []
