"""GET /v1/payment_intents: list the merchant's payments as intents, newest first."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import LIST_PAYMENT_INTENTS
from tests.stripe_api.handlers.pages import ids_of, listed, made_apart, walked
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock

pytestmark = pytest.mark.usefixtures("either_shards")

INVALID = "invalid_request_error"


def test_an_empty_list() -> None:
    page = done(StripeMerchant().get(LIST_PAYMENT_INTENTS))
    assert page == {"object": "list", "data": [], "has_more": False, "url": "/v1/payment_intents"}


def test_newest_first_as_they_are_shown(demo: Merchant) -> None:
    native = demo.authorized(10_00).replace("auth_", "pi_")
    intents = [StripeMerchant().opened(), StripeMerchant().declined(), StripeMerchant().paid()]
    StripeMerchant(OTHER_MERCHANT).paid()
    assert listed(LIST_PAYMENT_INTENTS) == [*intents[::-1], StripeMerchant().shown(native)]


def test_expanded_fields_are_in_each_object() -> None:
    StripeMerchant().declined()
    StripeMerchant().paid()
    paid, declined = listed(LIST_PAYMENT_INTENTS, expand=["data.latest_charge", "data.payment_method"])
    assert (paid["latest_charge"]["status"], declined["latest_charge"]["status"]) == ("succeeded", "failed")
    assert paid["payment_method"]["card"]["brand"] == "visa"


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 7, 25])
def test_pages_list_each_item_once_in_both_directions(limit: int) -> None:
    made = [done(StripeMerchant().create())["id"] for _ in range(25)][::-1]
    assert walked(LIST_PAYMENT_INTENTS, limit=limit) == made
    assert walked(LIST_PAYMENT_INTENTS, limit=limit, backwards_from=made[-1]) == made[:-1]


@pytest.mark.full
def test_has_more() -> None:
    third, second, first = [done(StripeMerchant().create())["id"] for _ in range(3)][::-1]
    ask = StripeMerchant().get
    cases: list[tuple[dict[str, Any], tuple[list[str], bool]]] = [
        ({"limit": 3}, ([third, second, first], False)),
        ({"limit": 2}, ([third, second], True)),
        ({"limit": 1, "starting_after": third}, ([second], True)),
        ({"limit": 1, "starting_after": second}, ([first], False)),
        ({"starting_after": first}, ([], False)),
        ({"limit": 1, "ending_before": first}, ([second], True)),
        ({"limit": 1, "ending_before": second}, ([third], False)),
        ({"ending_before": third}, ([], False)),
    ]
    for params, expected in cases:
        page = done(ask(LIST_PAYMENT_INTENTS, **params))
        assert (ids_of(page["data"]), page["has_more"]) == expected, params


@pytest.mark.full
def test_only_objects_created_in_the_time_range(clock: Clock) -> None:
    made = made_apart(3, clock, lambda: done(StripeMerchant().create()))
    newest, middle, oldest = made
    at = middle["created"]
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"created": {"gt": at}}, [newest]),
        ({"created": {"gte": at}}, [newest, middle]),
        ({"created": {"lt": at}}, [oldest]),
        ({"created": {"lte": at}}, [middle, oldest]),
        ({"created": {"gt": oldest["created"], "lt": newest["created"]}}, [middle]),
        ({"created": at}, [middle]),
        ({"created": {"gt": newest["created"]}}, []),
        ({"created": {"gt": at, "lt": at}}, []),
        ({"created": {"gte": 999_999_999_999_999_999}}, []),
        ({"created": {"lte": 999_999_999_999_999_999}}, made),
        ({"created": {"gte": at}, "starting_after": newest["id"]}, [middle]),
        ({"created": {"gte": at}, "starting_after": oldest["id"]}, []),
        ({"created": {"lte": at}, "ending_before": oldest["id"]}, [middle]),
        ({"created": {"lt": at}, "ending_before": middle["id"]}, []),
        ({"created": {"gt": at}, "ending_before": oldest["id"]}, [newest]),
        ({"created": {"lt": at}, "starting_after": newest["id"]}, [oldest]),
    ]
    for params, expected in cases:
        assert listed(LIST_PAYMENT_INTENTS, **params) == expected, params


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"limit": -1}, (400, INVALID, "parameter_invalid_integer", "limit")),
        ({"limit": 101}, (400, INVALID, "parameter_invalid_integer", "limit")),
        ({"limit": "ten"}, (400, INVALID, "parameter_invalid_integer", "limit")),
        ({"created": "yesterday"}, (400, INVALID, "parameter_invalid_integer", None)),
        ({"created": {"since": 1}}, (400, INVALID, "parameter_unknown", "created[since]")),
        ({"customer": "cus_1"}, missing("customer")),
        ({"expand": ["latest_charge"]}, (400, INVALID, None, "expand")),
        ({"expand": ["data.metadata"]}, (400, INVALID, None, "expand")),
        ({"starting_after": PAYMENT_ID.replace("auth_", "pi_")}, missing("starting_after")),
        ({"ending_before": "pi_x"}, missing("ending_before")),
    ],
)
def test_invalid_parameters_are_refused(
    params: dict[str, Any], expected: tuple[int, str, str | None, str | None]
) -> None:
    status, kind, code, param = wrong(StripeMerchant().get(LIST_PAYMENT_INTENTS, **params))
    assert (status, kind, code, param if expected[3] else None) == expected


def test_a_cursor_must_be_an_intent_of_the_merchant() -> None:
    mine, theirs = StripeMerchant().opened()["id"], StripeMerchant(OTHER_MERCHANT).opened()["id"]
    assert wrong(StripeMerchant().get(LIST_PAYMENT_INTENTS, starting_after=theirs)) == missing("starting_after")
    unknown = StripeMerchant().get(LIST_PAYMENT_INTENTS, ending_before=theirs)
    assert wrong(unknown) == missing("ending_before")
    assert unknown.error["message"] == f"No such payment_intent: '{theirs}'"
    for other in (mine, theirs):
        both = StripeMerchant().get(LIST_PAYMENT_INTENTS, starting_after=mine, ending_before=other)
        assert wrong(both) == (400, INVALID, None, None)
