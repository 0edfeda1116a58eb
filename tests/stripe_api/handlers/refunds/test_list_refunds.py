"""GET /v1/refunds: list all refunds, or those of one charge or intent, newest first."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_REFUND, LIST_REFUNDS
from tests.stripe_api.handlers.pages import listed, made_apart, walked
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, told, wrong
from tests.support.worlds.handlers import Clock

INVALID = "invalid_request_error"


def refunded(times: int = 1) -> tuple[dict[str, Any], list[str]]:
    """Return an intent refunded `times` times, and the ids of its refunds, newest first."""
    intent = StripeMerchant().paid()
    return intent, [done(StripeMerchant().refund(intent["id"], amount=1_00))["id"] for _ in range(times)][::-1]


def test_an_empty_list() -> None:
    assert done(StripeMerchant().get(LIST_REFUNDS)) == {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": "/v1/refunds",
    }


def test_newest_first_as_they_are_shown(demo: Merchant) -> None:
    native = demo.refunded(demo.captured(10_00), 4_00).replace("ref_", "re_")
    _, refunds = refunded(2)
    theirs = StripeMerchant(OTHER_MERCHANT)
    theirs.refund(theirs.paid()["id"])
    told()
    assert listed(LIST_REFUNDS) == [done(StripeMerchant().get(GET_REFUND, one)) for one in (*refunds, native)]
    (newest, *_) = listed(LIST_REFUNDS, expand=["data.charge", "data.payment_intent"])
    assert (newest["charge"]["amount_refunded"], newest["payment_intent"]["object"]) == (2_00, "payment_intent")


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 3, 25])
def test_pages_list_each_item_once(limit: int) -> None:
    every: list[str] = []
    for times in (3, 1, 4):
        every = refunded(times)[1] + every
    told()
    assert walked(LIST_REFUNDS, limit=limit) == every
    assert walked(LIST_REFUNDS, limit=limit, backwards_from=every[-1]) == every[:-1]


@pytest.mark.full
def test_pages_continue_past_events_without_a_refund() -> None:
    """Sixty events of unrefunded payments lie between two refunds."""
    _, first = refunded()
    for _ in range(20):
        StripeMerchant().paid()
    _, last = refunded()
    told()
    assert walked(LIST_REFUNDS, limit=1) == [*last, *first]
    assert walked(LIST_REFUNDS, limit=1, backwards_from=first[0]) == last


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_of_one_payment_at_once(limit: int) -> None:
    """The list does not depend on a published event."""
    refunded()
    intent, refunds = refunded(3)
    assert walked(LIST_REFUNDS, limit=limit, payment_intent=intent["id"]) == refunds
    assert walked(LIST_REFUNDS, limit=limit, charge=intent["latest_charge"]) == refunds


@pytest.mark.full
def test_before_basil_releases_are_listed_as_refunds() -> None:
    earlier = StripeMerchant(version=BEFORE_BASIL)
    partly = StripeMerchant().held()
    StripeMerchant().capture(partly["id"], amount_to_capture=4_00)
    StripeMerchant().capture(StripeMerchant().held()["id"])
    StripeMerchant().capture(StripeMerchant().held()["id"], amount_to_capture=4_00, final_capture=False)
    StripeMerchant().cancel(StripeMerchant().opened()["id"])
    back = done(StripeMerchant().refund(partly["id"]))
    held = StripeMerchant().held()
    StripeMerchant().cancel(held["id"])
    told()
    of_partly = [back, *listed(LIST_REFUNDS, shop=earlier, charge=partly["latest_charge"])[1:]]
    cancelled = listed(LIST_REFUNDS, shop=earlier, payment_intent=held["id"])
    assert [one["amount"] for one in (*cancelled, *of_partly)] == [10_00, 4_00, 6_00]
    every = [one["id"] for one in (*cancelled, *of_partly)]
    assert listed(LIST_REFUNDS, shop=earlier) == [*cancelled, *of_partly]
    assert walked(LIST_REFUNDS, shop=earlier, limit=1) == every
    assert walked(LIST_REFUNDS, shop=earlier, limit=1, backwards_from=every[-1]) == every[:-1]
    # The same payments in the current version.
    assert walked(LIST_REFUNDS, limit=1) == [back["id"]]
    assert listed(LIST_REFUNDS, charge=partly["latest_charge"]) == [back]
    assert listed(LIST_REFUNDS, payment_intent=held["id"]) == []
    assert wrong(StripeMerchant().get(LIST_REFUNDS, starting_after=cancelled[0]["id"])) == missing("starting_after")


def test_a_charge_that_was_declined_has_none() -> None:
    intent = StripeMerchant().declined()
    StripeMerchant().confirm(intent["id"], payment_method="pm_card_visa")
    StripeMerchant().refund(intent["id"])
    assert listed(LIST_REFUNDS, charge=intent["latest_charge"]) == []
    assert len(listed(LIST_REFUNDS, payment_intent=intent["id"])) == 1


def test_only_objects_created_in_the_time_range(clock: Clock) -> None:
    intent = StripeMerchant().paid()["id"]
    newest, middle, oldest = made_apart(3, clock, lambda: done(StripeMerchant().refund(intent, amount=1_00)))
    told()
    at = middle["created"]
    for named in ({}, {"payment_intent": intent}):
        for span, expected in (
            ({"gt": at}, [newest]),
            ({"gte": at}, [newest, middle]),
            ({"lt": at}, [oldest]),
            ({"lte": at}, [middle, oldest]),
            (at, [middle]),
        ):
            assert listed(LIST_REFUNDS, created=span, **named) == expected, (named, span)


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"limit": -1}, (400, INVALID, "parameter_invalid_integer", "limit")),
        ({"status": "succeeded"}, (400, INVALID, "parameter_unknown", "status")),
        ({"expand": ["charge"]}, (400, INVALID, None, "expand")),
        ({"expand": ["data.metadata"]}, (400, INVALID, None, "expand")),
        ({"payment_intent": PAYMENT_ID.replace("auth_", "pi_")}, missing("payment_intent")),
        ({"charge": PAYMENT_ID.replace("auth_", "ch_")}, missing("charge")),
        ({"charge": "ch_x"}, missing("charge")),
        ({"starting_after": f"re_{PAYMENT_ID[5:]}{'q' * 10}"}, missing("starting_after")),
        ({"starting_after": f"re_{PAYMENT_ID[5:]}{'q' * 10}c"}, missing("starting_after")),
        ({"ending_before": "re_x"}, missing("ending_before")),
    ],
)
def test_invalid_parameters_are_refused(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    assert wrong(StripeMerchant().get(LIST_REFUNDS, **params)) == expected


def test_another_merchants_are_not_there() -> None:
    theirs = StripeMerchant(OTHER_MERCHANT)
    intent = theirs.paid()
    refund = done(theirs.refund(intent["id"]))["id"]
    told()
    assert wrong(StripeMerchant().get(LIST_REFUNDS, payment_intent=intent["id"])) == missing("payment_intent")
    assert wrong(StripeMerchant().get(LIST_REFUNDS, charge=intent["latest_charge"])) == missing("charge")
    assert wrong(StripeMerchant().get(LIST_REFUNDS, starting_after=refund)) == missing("starting_after")
