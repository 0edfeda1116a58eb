"""GET /v1/charges: list the attempts at the merchant's payments or at one intent, newest first."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_CHARGE, LIST_CHARGES
from tests.stripe_api.handlers.pages import ids_of, listed, made_apart, walked
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_merchant import DECLINED, VISA, StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock

INVALID = "invalid_request_error"


def tried_three_times() -> tuple[str, list[str]]:
    """Return an intent's id and its charges' ids, newest first."""
    intent = StripeMerchant().declined()
    second = StripeMerchant().confirm(intent["id"], payment_method=DECLINED).error["payment_intent"]
    third = done(StripeMerchant().confirm(intent["id"], payment_method=VISA))
    return intent["id"], [one["latest_charge"] for one in (third, second, intent)]


def test_an_empty_list() -> None:
    assert done(StripeMerchant().get(LIST_CHARGES)) == {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": "/v1/charges",
    }


def test_each_attempt_as_it_is_shown(demo: Merchant) -> None:
    native = demo.authorized(10_00).replace("auth_", "ch_")
    _, charges = tried_three_times()
    StripeMerchant().opened()
    StripeMerchant(OTHER_MERCHANT).paid()
    assert listed(LIST_CHARGES) == [done(StripeMerchant().get(GET_CHARGE, one)) for one in (*charges, native)]
    (newest, *_) = listed(LIST_CHARGES, expand=["data.payment_intent"])
    assert newest["payment_intent"]["status"] == "succeeded"


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 2, 25])
def test_pages_that_split_an_intent_list_each_item_once(limit: int) -> None:
    every: list[str] = []
    for _ in range(3):
        every = tried_three_times()[1] + every
        every = [StripeMerchant().paid()["latest_charge"], *every]
    assert walked(LIST_CHARGES, limit=limit) == every
    assert walked(LIST_CHARGES, limit=limit, backwards_from=every[-1]) == every[:-1]


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 10])
def test_intents_without_charges_end_no_list(limit: int) -> None:
    """Seventy unconfirmed intents lie between two charges: more than one page reads."""
    first = StripeMerchant().paid()["latest_charge"]
    for _ in range(70):
        StripeMerchant().create()
    last = StripeMerchant().paid()["latest_charge"]
    StripeMerchant().create()
    assert walked(LIST_CHARGES, limit=limit) == [last, first]
    assert walked(LIST_CHARGES, limit=limit, backwards_from=first) == [last]
    assert walked(LIST_CHARGES, limit=limit, backwards_from=last) == []


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_of_one_intent(limit: int) -> None:
    StripeMerchant().paid()
    intent, charges = tried_three_times()
    StripeMerchant().paid()
    assert walked(LIST_CHARGES, limit=limit, payment_intent=intent) == charges
    back = walked(LIST_CHARGES, limit=limit, payment_intent=intent, backwards_from=charges[-1])
    assert back == charges[:-1]
    assert listed(LIST_CHARGES, payment_intent=StripeMerchant().opened()["id"]) == []


def test_only_objects_created_in_the_time_range(clock: Clock) -> None:
    """A charge is created at the time of the attempt, which may be long after the intent's creation."""
    intent = StripeMerchant().opened()["id"]
    _, middle, oldest = made_apart(
        3, clock, lambda: done(StripeMerchant().get(GET_CHARGE, StripeMerchant().paid()["latest_charge"]))
    )
    late = done(StripeMerchant().confirm(intent, expand=["latest_charge"]))["latest_charge"]
    at = middle["created"]
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"created": {"gt": late["created"] - 1}}, [late["id"]]),
        ({"created": {"lte": at}}, [middle["id"], oldest["id"]]),
        ({"created": at}, [middle["id"]]),
        ({"created": {"lt": oldest["created"]}}, []),
        ({"created": {"gte": late["created"]}, "payment_intent": intent}, [late["id"]]),
        ({"created": {"lt": late["created"]}, "payment_intent": intent}, []),
        ({"created": {"gt": at}, "starting_after": middle["id"]}, [late["id"]]),
    ]
    for params, expected in cases:
        assert ids_of(listed(LIST_CHARGES, **params)) == expected, params


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"limit": 101}, (400, INVALID, "parameter_invalid_integer", "limit")),
        ({"customer": "cus_1"}, missing("customer")),
        ({"expand": ["data.metadata"]}, (400, INVALID, None, "expand")),
        ({"payment_intent": PAYMENT_ID.replace("auth_", "pi_")}, missing("payment_intent")),
        ({"payment_intent": "pi_x"}, missing("payment_intent")),
        ({"starting_after": PAYMENT_ID.replace("auth_", "ch_")}, missing("starting_after")),
        ({"ending_before": "ch_x"}, missing("ending_before")),
        ({"ending_before": "ch_x", "starting_after": "ch_x"}, (400, INVALID, None, None)),
    ],
)
def test_invalid_parameters_are_refused(
    params: dict[str, Any], expected: tuple[int, str, str | None, str | None]
) -> None:
    assert wrong(StripeMerchant().get(LIST_CHARGES, **params)) == expected


def test_another_merchants_are_not_there() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT).paid()
    assert wrong(StripeMerchant().get(LIST_CHARGES, payment_intent=theirs["id"])) == missing("payment_intent")
    assert wrong(StripeMerchant().get(LIST_CHARGES, starting_after=theirs["latest_charge"])) == missing(
        "starting_after"
    )


def test_ids_that_are_no_attempt_of_an_intent_are_not_found() -> None:
    intent = StripeMerchant().paid()["id"]
    for name in (intent.replace("pi_", "ch_"), intent.replace("pi_", "ch_") + "q" * 10):
        assert wrong(StripeMerchant().get(LIST_CHARGES, starting_after=name)) == missing("starting_after")
        of_one = StripeMerchant().get(LIST_CHARGES, starting_after=name, payment_intent=intent)
        assert wrong(of_one) == missing("starting_after")
