"""Redemptions of coupons and promotion codes: never too many, and given back."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.core.errors import Refused
from paysandbox.http.request import Request as HttpRequest
from paysandbox.stripe_api.call import StripeCall
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.discounts.redemption import recounted
from paysandbox.stripe_api.resource_kit.objects_table import get_object, put_objects
from paysandbox.stripe_api.resource_kit.operations import Request
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.resources.coupons import COUPON
from paysandbox.stripe_api.resources.promotion_codes import active_code
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.builders.build import MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done

REDEEMED, REFUSED = "redeemed", "refused"
PARAM = "discounts[0][promotion_code]"

_requests = count()


def request() -> Request:
    """A request that redeems: what a fulfilment is a part of."""
    call = StripeCall[Any, Any](
        route=ROUTE["update_coupon"],
        request=HttpRequest({}, {}, None),
        request_id=f"request-{next(_requests)}",
        now=runtime.now(),
        merchant=MERCHANT,
        body=None,
        query=None,
        path={},
        sent={},
        key="",
        outcome=None,
        publishable=False,
        stripe_version=STRIPE_VERSION,
        caller_key=None,
    )
    return Request(RESOURCES, COUPON, call)


def redeem(coupon: str, code: str | None = None, *, back: bool = False) -> str:
    """Redeem, or give `back`, as a payment does: again, as long as others are in the way."""
    now = request()
    cause = now.cause(now.call.request_id, now.call.now)
    wanted = {("coupon", coupon)} | ({("promotion_code", code)} if code else set[tuple[str, str]]())
    before, after = (wanted, set[tuple[str, str]]()) if back else (set[tuple[str, str]](), wanted)
    while True:
        try:
            objects = recounted(now.read, before, after, cause, param=PARAM)
        except Refused:
            return REFUSED
        if put_objects(objects_table(), objects) is objects[0]:
            return REDEEMED


def coupon(**params: Any) -> str:
    return done(StripeMerchant().post(ROUTE["create_coupon"], percent_off=25, **params))["id"]


def code(of: str, **params: Any) -> str:
    sent = {"promotion": {"type": "coupon", "coupon": of}, **params}
    return done(StripeMerchant().post(ROUTE["create_promotion_code"], **sent))["id"]


def coupon_now(name: str) -> tuple[int, bool]:
    body = done(StripeMerchant().get(ROUTE["get_coupon"], name))
    return body["times_redeemed"], body["valid"]


def code_now(name: str) -> tuple[int, bool]:
    body = done(StripeMerchant().get(ROUTE["get_promotion_code"], name))
    return body["times_redeemed"], body["active"]


@pytest.mark.parametrize(
    "of_coupon, of_code, results, coupon_at_last, code_at_last",
    [
        ({}, {}, [REDEEMED, REDEEMED], (2, True), (2, True)),
        ({"max_redemptions": 1}, {}, [REDEEMED, REFUSED], (1, False), (1, False)),
        ({"max_redemptions": 2}, {"max_redemptions": 1}, [REDEEMED, REFUSED], (1, True), (1, False)),
        ({"max_redemptions": 2}, {}, [REDEEMED, REDEEMED], (2, False), (2, False)),
    ],
)
def test_what_is_used_up_is_not_redeemed_until_it_is_given_back(
    of_coupon: Any, of_code: Any, results: list[str], coupon_at_last: Any, code_at_last: Any
) -> None:
    name = coupon(**of_coupon)
    promotion = code(name, **of_code)
    assert [redeem(name, promotion) for _ in range(2)] == results
    assert (coupon_now(name), code_now(promotion)) == (coupon_at_last, code_at_last)
    for _ in range(results.count(REDEEMED)):
        redeem(name, promotion, back=True)
    assert (coupon_now(name), code_now(promotion)) == ((0, True), (0, True))
    assert redeem(name, promotion) == REDEEMED


def test_a_code_can_be_redeemed_again_once_its_coupon_can() -> None:
    name = coupon(max_redemptions=1)
    promotion = code(name)
    redeem(name)
    done(StripeMerchant().post(ROUTE["update_promotion_code"], promotion, metadata={"a": "b"}))
    assert code_now(promotion) == (0, False)
    redeem(name, back=True)
    assert (coupon_now(name), code_now(promotion)) == ((0, True), (0, True))


def test_a_code_that_is_entered_is_the_customers_own_or_one_of_all() -> None:
    name, jenny = coupon(), done(StripeMerchant().post(ROUTE["create_stripe_customer"]))["id"]
    of_all, own = code(name, code="Summer"), code(name, code="SUMMER", customer=jenny)
    once = code(name, code="Once", max_redemptions=1)

    def entered(text: str, customer: str | None = None) -> str | None:
        found = active_code(request().read, text, customer)
        return found and found.id

    assert [entered("summer"), entered("sUMMER", jenny), entered("summer", "cus_1")] == [of_all, own, of_all]
    assert [entered("once"), redeem(name, once), entered("once")] == [once, REDEEMED, None]
    done(StripeMerchant().post(ROUTE["update_promotion_code"], own, active=False))
    assert [entered("summer", jenny), entered("winter", jenny)] == [of_all, None]


def test_a_coupon_is_redeemed_without_a_code() -> None:
    name = coupon(max_redemptions=1)
    promotion = code(name)
    assert [redeem(name), redeem(name)] == [REDEEMED, REFUSED]
    assert (coupon_now(name), code_now(promotion)) == ((1, False), (0, False))


def test_what_was_deleted_or_deactivated_since_it_was_added_counts_to_its_maximum() -> None:
    deleted = coupon(max_redemptions=1)
    inactive = code(coupon(), max_redemptions=1, active=False)
    of = done(StripeMerchant().get(ROUTE["get_promotion_code"], inactive))["promotion"]["coupon"]
    done(StripeMerchant().ask(ROUTE["delete_coupon"], deleted))
    assert [redeem(deleted) for _ in range(2)] == [REDEEMED, REFUSED]
    assert [redeem(of, inactive) for _ in range(2)] == [REDEEMED, REFUSED]
    assert redeem("unknown") == REFUSED
    stored = get_object(objects_table(), "coupon", MERCHANT, deleted)
    assert stored is not None
    assert stored.deleted


def test_of_redemptions_at_once_no_more_than_the_maximum_are_counted() -> None:
    name = coupon(max_redemptions=3)
    promotion = code(name)

    with ThreadPoolExecutor(6) as pool:
        results = [*pool.map(lambda _: redeem(name, promotion), range(12))]
    assert results.count(REDEEMED) == 3
    assert (coupon_now(name), code_now(promotion)) == ((3, False), (3, False))


def test_redemptions_are_one_change_and_answers_stay_the_same() -> None:
    shop, name = StripeMerchant(), coupon()
    assert [redeem(name) for _ in range(3)] == [REDEEMED] * 3
    named = shop.post(ROUTE["update_coupon"], name, key="named", name="Summer")
    assert done(named)["times_redeemed"] == 3
    assert [redeem(name) for _ in range(3)] == [REDEEMED] * 3
    assert shop.post(ROUTE["update_coupon"], name, key="named", name="Summer").text == named.text
    stored = get_object(objects_table(), "coupon", MERCHANT, name)
    assert stored is not None
    assert [dict(change.before) for change in stored.changes] == [
        {"times_redeemed": None},
        {"name": None},
        {"times_redeemed": 3},
    ]
