"""GET /v1/webhook_endpoints: list the merchant's Stripe-compatible webhook endpoints, newest first."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import LIST_WEBHOOK_ENDPOINTS
from tests.stripe_api.handlers.pages import ids_of, listed, made_apart, walked
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.endpoints import Subscriber
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds.handlers import Clock

INVALID = "invalid_request_error"


def test_an_empty_list() -> None:
    page = done(StripeMerchant().get(LIST_WEBHOOK_ENDPOINTS))
    assert page == {"object": "list", "data": [], "has_more": False, "url": "/v1/webhook_endpoints"}


def test_newest_first_without_secrets_and_no_native_ones(clock: Clock) -> None:
    made = made_apart(3, clock, lambda: done(StripeMerchant().endpoint()))
    Subscriber().created()
    StripeMerchant(OTHER_MERCHANT).endpoint()
    shown = listed(LIST_WEBHOOK_ENDPOINTS)
    assert shown == [{name: value for name, value in one.items() if name != "secret"} for one in made]


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages_list_each_item_once_in_both_directions(limit: int) -> None:
    for _ in range(5):
        StripeMerchant().endpoint()
    every = ids_of(listed(LIST_WEBHOOK_ENDPOINTS))
    assert len(set(every)) == 5
    assert walked(LIST_WEBHOOK_ENDPOINTS, limit=limit) == every
    assert walked(LIST_WEBHOOK_ENDPOINTS, limit=limit, backwards_from=every[-1]) == every[:-1]


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"limit": -1}, (400, INVALID, "parameter_invalid_integer", "limit")),
        ({"created": {"gt": 1}}, (400, INVALID, "parameter_unknown", "created")),
        ({"expand": ["data.metadata"]}, (400, INVALID, None, "expand")),
        ({"starting_after": "we_" + "q" * 26}, missing("starting_after")),
        ({"ending_before": "x"}, missing("ending_before")),
    ],
)
def test_invalid_parameters_are_refused(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    assert wrong(StripeMerchant().get(LIST_WEBHOOK_ENDPOINTS, **params)) == expected


def test_another_merchants_are_not_there() -> None:
    theirs = done(StripeMerchant(OTHER_MERCHANT).endpoint())["id"]
    assert wrong(StripeMerchant().get(LIST_WEBHOOK_ENDPOINTS, starting_after=theirs)) == missing("starting_after")
