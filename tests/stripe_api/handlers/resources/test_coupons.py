"""Coupons: the routes of a declared resource whose objects end, with a real table."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.http.route import Route
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong
from tests.support.worlds.handlers import Clock

INVALID = (400, "invalid_request_error")
FIVE: dict[str, Any] = {"amount_off": 5_00, "currency": "usd"}
PAST = (
    "The parameter `redeem_by` expects a unix timestamp representing a date and time in the future. You specified the "
    "value `1000` which is in the past."
)
MISSING = (404, "invalid_request_error", "resource_missing", "coupon")


def create(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(ROUTE["create_coupon"], **params))


def get(name: str, **params: Any) -> dict[str, Any]:
    return done(StripeMerchant().get(ROUTE["get_coupon"], name, **params))


def product() -> str:
    return done(StripeMerchant().post(ROUTE["create_product"], name="Gold"))["id"]


@pytest.mark.parametrize(
    "sent, shown",
    [
        ({"percent_off": 22.5}, {"percent_off": 22.5, "amount_off": None, "currency": None, "duration": "once"}),
        ({"percent_off": 100}, {"percent_off": 100.0, "valid": True, "times_redeemed": 0, "max_redemptions": None}),
        ({**FIVE, "currency": "USD"}, {**FIVE, "percent_off": None, "metadata": {}, "name": None, "redeem_by": None}),
        ({"percent_off": 5, "duration": "repeating", "duration_in_months": 3}, {"duration_in_months": 3}),
        ({**FIVE, "duration": "forever", "name": "Five off"}, {"duration": "forever", "name": "Five off"}),
    ],
)
def test_a_coupon_has_what_it_was_created_with(sent: Any, shown: Any) -> None:
    created = create(**sent)
    assert created.items() >= shown.items()
    assert {"applies_to", "currency_options"}.isdisjoint(created)
    assert get(created["id"]) == created
    assert (len(created["id"]), created["id"].isalnum()) == (8, True)


@pytest.mark.parametrize(
    "sent, message, refused",
    [
        ({}, "Must provide percent_off or amount_off.", ("parameter_missing", None)),
        ({**FIVE, "percent_off": 5}, "Received both percent_off and amount_off parameters. Please pass in only one.",
         (None, None)),
        ({"amount_off": 5_00}, "You must pass currency when passing amount_off", (None, "currency")),
        ({"percent_off": 0}, "This value must be greater than or equal to 0.01 (it currently is '0.0').",
         (None, "percent_off")),
        ({"percent_off": 101}, "This value must be less than or equal to 100 (it currently is '101.0').",
         (None, "percent_off")),
        ({"percent_off": "half"}, "Invalid decimal: half (percent_off)", (None, "percent_off")),
        ({"percent_off": 5, "currency": "usd"}, "You may only specify one of these parameters: currency, percent_off.",
         (None, "currency")),
        ({"percent_off": 5, "currency_options": {"eur": {"amount_off": 4}}},
         "You may only specify one of these parameters: currency_options, percent_off.", (None, "currency_options")),
        ({"percent_off": 5, "duration": "repeating"},
         "The duration_in_months param must be set when creating a coupon with a repeating duration",
         (None, "duration")),
        ({**FIVE, "duration_in_months": 3}, "Only a coupon with a repeating duration has duration_in_months.",
         (None, "duration_in_months")),
        ({**FIVE, "currency_options": {"EUR": {"amount_off": 4}}},
         "Currencies must be lowercase when used as keys in a map. Use `eur` instead of `EUR`.",
         (None, "currency_options")),
        ({**FIVE, "currency_options": {"usd": {"amount_off": 4}}},
         "`currency_options` must not have the currency of the object itself (usd).", (None, "currency_options")),
        ({**FIVE, "redeem_by": 1000},
         PAST, (None, "redeem_by")),
        ({**FIVE, "redeem_by": 4_102_444_800}, "Invalid timestamp: can be no more than five years in the future.",
         (None, "redeem_by")),
        ({**FIVE, "applies_to": {"products": ["prod_unknown"]}}, "No such product: 'prod_unknown'",
         ("resource_missing", "applies_to[products][0]")),
        ({**FIVE, "max_redemptions": 0}, "This value must be greater than or equal to 1.",
         ("parameter_invalid_integer", "max_redemptions")),
    ],
)  # fmt: skip
def test_a_coupon_that_is_refused(sent: Any, message: str, refused: Any) -> None:
    reply = StripeMerchant().post(ROUTE["create_coupon"], **sent)
    assert (reply.error["message"], wrong(reply)) == (message, (*INVALID, *refused))


def test_what_is_no_currency_is_refused_with_those_that_are() -> None:
    reply = StripeMerchant().post(ROUTE["create_coupon"], **FIVE, currency_options={"xyz": {"amount_off": 4}})
    assert reply.error["message"].startswith("Invalid currency: xyz. Stripe currently supports these currencies: usd, ")


def test_products_and_other_currencies_are_shown_if_they_are_expanded() -> None:
    name = product()
    sent = {**FIVE, "applies_to": {"products": [name]}, "currency_options": {"eur": {"amount_off": 4_00}}}
    coupon = create(**sent)
    changed = done(
        StripeMerchant().post(
            ROUTE["update_coupon"], coupon["id"], currency_options={"gbp": {"amount_off": 3_00}}, name="Five"
        )
    )
    assert changed == coupon | {"name": "Five"}
    expanded = get(coupon["id"], expand=["applies_to", "currency_options"])
    options = {"eur": {"amount_off": 4_00}, "gbp": {"amount_off": 3_00}, "usd": {"amount_off": 5_00}}
    assert expanded == changed | {"applies_to": {"products": [name]}, "currency_options": options}
    (listed,) = done(StripeMerchant().get(ROUTE["list_coupons"], expand=["data.currency_options"]))["data"]
    assert listed == changed | {"currency_options": options}
    percent = create(percent_off=5)["id"]
    assert get(percent, expand=["applies_to", "currency_options"]) == get(percent)


def test_an_update_changes_name_metadata_and_currencies_only() -> None:
    shop, coupon = StripeMerchant(), create(percent_off=5, name="Five", metadata={"a": "1", "b": "2"})
    changed = done(shop.post(ROUTE["update_coupon"], coupon["id"], name="", metadata={"a": ""}))
    assert changed == coupon | {"name": None, "metadata": {"b": "2"}}
    refused = shop.post(ROUTE["update_coupon"], coupon["id"], percent_off=6)
    assert wrong(refused) == (*INVALID, "parameter_unknown", "percent_off")
    options = shop.post(ROUTE["update_coupon"], coupon["id"], currency_options={"eur": {"amount_off": 4}})
    assert wrong(options) == (*INVALID, None, "currency_options")


def test_a_coupon_is_valid_until_redeem_by(clock: Clock) -> None:
    shop = StripeMerchant()
    until = int((runtime.now() + timedelta(hours=1)).timestamp())
    sent: dict[str, Any] = {"id": "HOUR", "percent_off": 5, "redeem_by": until}
    first = shop.post(ROUTE["create_coupon"], key="made", **sent)
    named = shop.post(ROUTE["update_coupon"], "HOUR", key="named", name="An hour")
    clock.advance(timedelta(minutes=50))
    assert get("HOUR")["valid"] is True
    clock.advance(timedelta(minutes=20))
    assert get("HOUR")["valid"] is False
    assert [each["valid"] for each in done(shop.get(ROUTE["list_coupons"]))["data"]] == [False]
    late = shop.post(ROUTE["update_coupon"], "HOUR", key="late", metadata={"a": "1"})
    assert done(late)["valid"] is False
    # Each key gets its answer again.
    assert shop.post(ROUTE["create_coupon"], key="made", **sent).text == first.text
    assert shop.post(ROUTE["update_coupon"], "HOUR", key="named", name="An hour").text == named.text
    assert shop.post(ROUTE["update_coupon"], "HOUR", key="late", metadata={"a": "1"}).text == late.text


def test_a_chosen_id_is_of_one_coupon() -> None:
    shop = StripeMerchant()
    first = shop.post(ROUTE["create_coupon"], key="made", id="TENOFF", percent_off=10)
    assert done(first)["id"] == "TENOFF"
    assert shop.post(ROUTE["create_coupon"], key="made", id="TENOFF", percent_off=10).text == first.text
    error = shop.post(ROUTE["create_coupon"], id="TENOFF", percent_off=10).error
    assert (error["code"], error["message"]) == ("resource_already_exists", "Coupon already exists.")


def test_a_deleted_coupon_is_a_tombstone() -> None:
    shop, name = StripeMerchant(), create(percent_off=5)["id"]
    assert done(shop.ask(ROUTE["delete_coupon"], name)) == {"id": name, "object": "coupon", "deleted": True}
    assert wrong(shop.get(ROUTE["get_coupon"], name)) == MISSING
    assert done(shop.get(ROUTE["list_coupons"]))["data"] == []
    assert wrong(shop.post(ROUTE["update_coupon"], name, name="Five")) == MISSING


@pytest.mark.parametrize("route", [route for route in ROUTE.values() if route.path == "/coupons/{id}"])
def test_another_merchants_coupon_does_not_exist(route: Route) -> None:
    name = create(percent_off=5)["id"]
    for shop, named in ((StripeMerchant("globex"), name), (StripeMerchant(), "unknown")):
        assert wrong(shop.ask(route, named, {})) == MISSING
