"""Products: the routes of a declared resource, with a real table."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.http.route import Route
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.handlers import Clock
from tests.support.stripe_merchant import StripeMerchant, done, missing, wrong


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


def test_a_deleted_product_is_a_tombstone() -> None:
    shop, name = StripeMerchant(), product()["id"]
    tombstone = {"id": name, "object": "product", "deleted": True}

    for _ in range(2):
        assert done(shop.ask(ROUTE["delete_product"], name)) == tombstone
    assert done(shop.get(ROUTE["get_product"], name)) == tombstone
    assert done(shop.get(ROUTE["list_products"]))["data"] == []
    assert wrong(shop.post(ROUTE["update_product"], name, active=True)) == missing("id")


@pytest.mark.parametrize("route", [route for route in ROUTE.values() if "{id}" in route.path])
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
