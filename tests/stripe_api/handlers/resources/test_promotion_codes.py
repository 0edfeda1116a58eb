"""Promotion codes: objects that end with others, and have a name while they are active, with a real table."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.http.route import Route
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong
from tests.support.worlds.handlers import Clock

INVALID = (400, "invalid_request_error")
MISSING = (404, "invalid_request_error", "resource_missing", "promotion_code")
BEFORE_CLOVER = "2025-08-27.basil"


def coupon(**params: Any) -> str:
    return done(StripeMerchant().post(ROUTE["create_coupon"], **{"percent_off": 25, **params}))["id"]


def of(name: str) -> dict[str, Any]:
    return {"type": "coupon", "coupon": name}


def send(name: str | None = None, **params: Any) -> StripeReply:
    return StripeMerchant().post(ROUTE["create_promotion_code"], promotion=of(name or coupon()), **params)


def create(name: str | None = None, **params: Any) -> dict[str, Any]:
    return done(send(name, **params))


def update(name: str, **params: Any) -> StripeReply:
    return StripeMerchant().post(ROUTE["update_promotion_code"], name, **params)


def get(name: str, **params: Any) -> dict[str, Any]:
    return done(StripeMerchant().get(ROUTE["get_promotion_code"], name, **params))


def customer() -> str:
    return done(StripeMerchant().post(ROUTE["create_stripe_customer"]))["id"]


def test_a_promotion_code_has_what_it_was_created_with() -> None:
    name, jenny = coupon(), customer()
    plain = create(name)
    assert plain["promotion"] == of(name)
    assert plain["restrictions"] == {
        "first_time_transaction": False,
        "minimum_amount": None,
        "minimum_amount_currency": None,
    }
    assert (len(plain["code"]), plain["code"].isupper(), plain["code"].isalnum()) == (8, True, True)
    assert "coupon" not in plain
    minimum = {"minimum_amount": 10_00, "minimum_amount_currency": "usd"}
    sent = {"code": "Summer-1", "customer": jenny, "max_redemptions": 3, "active": False, "metadata": {"a": "1"}}
    created = create(name, **sent, restrictions={"first_time_transaction": True, **minimum})
    assert created.items() >= sent.items()
    assert created["restrictions"] == {"first_time_transaction": True, **minimum}
    assert get(created["id"]) == created


@pytest.mark.parametrize(
    "sent, message, refused",
    [
        ({"promotion": {"type": "coupon"}}, "You must pass promotion.coupon when passing promotion",
         (None, "promotion[coupon]")),
        ({"promotion": None}, "Missing required param: promotion.", ("parameter_missing", "promotion")),
        ({"promotion": of("unknown")}, "No such coupon: 'unknown'", ("resource_missing", "promotion[coupon]")),
        ({"promotion": None, "coupon": "unknown"}, "Received unknown parameter: coupon",
         ("parameter_unknown", "coupon")),
        ({"code": "has spaces!"},
         r"This value must match the regex pattern. (/\A[a-zA-Z0-9\-_]+\z/ does not match for the value has spaces!).",
         (None, "code")),
        ({"customer": "cus_unknown"}, "No such customer: 'cus_unknown'", ("resource_missing", "customer")),
        ({"expires_at": 4_102_444_800}, "Invalid timestamp: can be no more than five years in the future.",
         (None, "expires_at")),
        ({"max_redemptions": 6}, "`max_redemptions` cannot be greater than the coupon's `max_redemptions` (5).",
         (None, "max_redemptions")),
        ({"restrictions": {"minimum_amount": 5}}, "You must pass minimum_amount_currency when passing minimum_amount",
         (None, "restrictions[minimum_amount_currency]")),
        ({"restrictions": {"currency_options": {"eur": {"minimum_amount": 5}}}},
         "You must pass minimum_amount when passing currency_options", (None, "restrictions[minimum_amount]")),
        ({"restrictions": {"minimum_amount": 5, "minimum_amount_currency": "usd",
                           "currency_options": {"usd": {"minimum_amount": 5}}}},
         "`restrictions[currency_options]` must not have the currency of the object itself (usd).",
         (None, "restrictions[currency_options]")),
    ],
)  # fmt: skip
def test_a_promotion_code_that_is_refused(sent: Any, message: str, refused: Any) -> None:
    params = {"promotion": of(coupon(max_redemptions=5)), **sent}
    params = {name: value for name, value in params.items() if value is not None}
    reply = StripeMerchant().post(ROUTE["create_promotion_code"], **params)
    assert (reply.error["message"], wrong(reply)) == (message, (*INVALID, *refused))


def test_a_coupon_that_cannot_be_redeemed_has_no_new_code(clock: Clock) -> None:
    until = int((runtime.now() + timedelta(hours=1)).timestamp())
    hour, deleted = coupon(redeem_by=until), coupon()
    done(StripeMerchant().ask(ROUTE["delete_coupon"], deleted))
    late = send(hour, expires_at=until + 1)
    assert wrong(late) == (*INVALID, None, "expires_at")
    assert wrong(send(deleted)) == (*INVALID, "resource_missing", "promotion[coupon]")
    clock.advance(timedelta(hours=2))
    assert wrong(send(hour)) == (*INVALID, "coupon_expired", "promotion[coupon]")


def test_an_active_code_is_unique_in_any_case(clock: Clock) -> None:
    jenny, until = customer(), int((runtime.now() + timedelta(hours=1)).timestamp())
    first = create(code="Summer", expires_at=until)
    refused = send(code="SUMMER")
    assert refused.error["message"] == "An active promotion code with `code: SUMMER` already exists."
    assert create(code="SUMMER", active=False)["active"] is False
    assert create(code="SUMMER", customer=jenny)["active"] is True, "each customer has codes of its own"

    # Given up, it can be taken; then it cannot be taken back.
    done(update(first["id"], active=False))
    second = create(code="summer", expires_at=until)
    assert wrong(update(first["id"], active=True)) == (*INVALID, None, "code")
    # An expired one has lost it, although nothing was written.
    clock.advance(timedelta(hours=2))
    third = create(code="SuMmEr")
    assert [get(each["id"])["active"] for each in (second, third)] == [False, True]
    done(update(second["id"], active=False))
    assert wrong(send(code="summer")) == (*INVALID, None, "code"), "the expired one had nothing to give up"


def test_of_codes_at_once_one_is_active() -> None:
    name = coupon()

    def take(number: int) -> int:
        return send(name, code="SUMMER", key=f"key-{number}").status

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == [200, 400, 400, 400]


@pytest.mark.parametrize("ends", ["deleted", "redeemed by"])
def test_a_code_ends_with_its_coupon(ends: str, clock: Clock) -> None:
    shop, until = StripeMerchant(), int((runtime.now() + timedelta(hours=1)).timestamp())
    name = coupon(redeem_by=until)
    first = send(name, code="SUMMER", key="made")
    assert done(first)["active"] is True
    if ends == "deleted":
        done(shop.ask(ROUTE["delete_coupon"], name))
    else:
        clock.advance(timedelta(hours=2))
    code = first.json["id"]
    assert get(code)["active"] is False
    expanded = get(code, expand=["promotion.coupon"])["promotion"]["coupon"]
    assert (expanded["id"], expanded["valid"]) == (name, False)
    listed = [done(shop.get(ROUTE["list_promotion_codes"], active=active))["data"] for active in (True, False)]
    assert [[each["id"] for each in data] for data in listed] == [[], [code]]
    assert wrong(update(code, active=True)) == (*INVALID, None, "active")
    assert done(update(code, metadata={"a": "1"}))["active"] is False
    assert send(name, code="SUMMER", key="made").text == first.text


def test_an_update_changes_what_it_names() -> None:
    minimum = {"minimum_amount": 10_00, "minimum_amount_currency": "usd"}
    option = {"currency_options": {"eur": {"minimum_amount": 9_00}}}
    created = create(restrictions={"first_time_transaction": True, **minimum, **option}, metadata={"a": "1"})
    changed = done(
        update(created["id"], metadata="", restrictions={"currency_options": {"gbp": {"minimum_amount": 8_00}}})
    )
    assert changed == created | {"metadata": {}}
    options = {"eur": 9_00, "gbp": 8_00, "usd": 10_00}
    expanded = get(created["id"], expand=["restrictions.currency_options", "customer"])
    assert expanded["restrictions"] == created["restrictions"] | {
        "currency_options": {name: {"minimum_amount": amount} for name, amount in options.items()}
    }
    first_time = update(created["id"], restrictions={"first_time_transaction": False})
    assert wrong(first_time) == (*INVALID, "parameter_unknown", "restrictions[first_time_transaction]")


def test_a_list_is_filtered(clock: Clock) -> None:
    shop, (one, two), jenny = StripeMerchant(), (coupon(), coupon()), customer()
    codes = []
    for params in ({"name": one, "code": "Summer"}, {"name": two, "customer": jenny}, {"name": one, "active": False}):
        codes.append(create(**params)["id"])
        clock.advance(timedelta(seconds=1))

    def listed(**params: Any) -> list[int]:
        return [codes.index(each["id"]) for each in done(shop.get(ROUTE["list_promotion_codes"], **params))["data"]]

    assert listed() == [2, 1, 0]
    assert listed(coupon=one) == [2, 0]
    assert listed(coupon=one, active=True) == [0]
    assert listed(code="SUMMER") == [0]
    assert listed(customer=jenny) == [1]
    unknown = shop.get(ROUTE["list_promotion_codes"], coupon="unknown")
    assert (unknown.error["message"], wrong(unknown)) == (
        "No such coupon: 'unknown'",
        (*INVALID, "resource_missing", "coupon"),
    )


def test_before_clover_a_code_has_its_coupon_itself() -> None:
    shop, name = StripeMerchant(version=BEFORE_CLOVER), coupon(amount_off=5_00, currency="usd", percent_off=None)
    created = done(shop.post(ROUTE["create_promotion_code"], coupon=name, code="SUMMER"))
    assert "promotion" not in created
    assert created["coupon"] == done(shop.get(ROUTE["get_coupon"], name))
    assert get(created["id"])["promotion"] == of(name)
    (listed,) = done(shop.get(ROUTE["list_promotion_codes"], coupon=name, expand=["data.coupon.currency_options"]))[
        "data"
    ]
    assert listed["coupon"]["currency_options"] == {"usd": {"amount_off": 5_00}}
    done(shop.ask(ROUTE["delete_coupon"], name))
    shown = done(shop.get(ROUTE["get_promotion_code"], created["id"]))
    assert (shown["active"], shown["coupon"]) == (False, created["coupon"] | {"valid": False})

    cases: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"promotion": of(name)}, ("parameter_unknown", "promotion")),
        ({"code": "WINTER"}, ("parameter_missing", "coupon")),
        ({"coupon": "unknown"}, ("resource_missing", "coupon")),
    ]
    for params, refused in cases:
        assert wrong(shop.post(ROUTE["create_promotion_code"], **params)) == (*INVALID, *refused)
    unknown = shop.get(ROUTE["get_promotion_code"], created["id"], expand=["promotion.coupon"])
    assert wrong(unknown) == (*INVALID, None, "expand")


@pytest.mark.parametrize("route", [route for route in ROUTE.values() if route.path == "/promotion_codes/{id}"])
def test_another_merchants_promotion_code_does_not_exist(route: Route) -> None:
    name = create()["id"]
    for shop, named in ((StripeMerchant("globex"), name), (StripeMerchant(), "promo_unknown")):
        reply = shop.ask(route, named, {})
        assert (reply.error["message"], wrong(reply)) == (f"No such promotion code: '{named}'", MISSING)
