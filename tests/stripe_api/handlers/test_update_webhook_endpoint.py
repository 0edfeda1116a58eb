"""POST /v1/webhook_endpoints/{endpoint}: change a webhook endpoint, disable or enable it."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_WEBHOOK_ENDPOINT, UPDATE_WEBHOOK_ENDPOINT
from tests.support.build import OTHER_MERCHANT
from tests.support.endpoints import Subscriber
from tests.support.stripe_call import StripeReply
from tests.support.stripe_merchant import StripeMerchant, done, missing, wrong

INVALID = "invalid_request_error"


def update(name: str, **params: Any) -> StripeReply:
    return StripeMerchant().post(UPDATE_WEBHOOK_ENDPOINT, name, **params)


@pytest.mark.parametrize(
    "params, shown",
    [
        ({"url": "https://example.org/new"}, {"url": "https://example.org/new"}),
        ({"enabled_events": ["charge.refunded"]}, {"enabled_events": ["charge.refunded"]}),
        ({"description": "new"}, {"description": "new"}),
        ({"description": ""}, {"description": None}),
        ({"disabled": True}, {"status": "disabled"}),
        ({"disabled": False}, {"status": "enabled"}),
        ({"disabled": True, "url": "https://example.org/"}, {"status": "disabled", "url": "https://example.org/"}),
        ({}, {}),
    ],
)
def test_what_is_named_changes_and_the_rest_stays(params: dict[str, Any], shown: dict[str, Any]) -> None:
    made = done(StripeMerchant().endpoint(description="old", metadata={"a": "1"}))
    before = done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made["id"]))
    changed = done(update(made["id"], **params))
    assert changed == before | shown == done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made["id"]))


def test_again_it_says_the_same() -> None:
    made = done(StripeMerchant().endpoint())["id"]
    first, again = (update(made, key="k", disabled=True) for _ in range(2))
    assert (first.status, again.text) == (200, first.text)
    assert done(update(made, disabled=False))["status"] == "enabled"


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"url": "ftp://example.com"}, (400, INVALID, "url_invalid", "url")),
        ({"enabled_events": ["payment_captured"]}, (400, INVALID, None, "enabled_events[0]")),
        ({"disabled": "yes"}, (400, INVALID, None, "disabled")),
        ({"api_version": "2020-01-01"}, (400, INVALID, "parameter_unknown", "api_version")),
        ({"expand": ["metadata"]}, (400, INVALID, None, "expand")),
    ],
)
def test_what_is_refused_changes_nothing(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    made = done(StripeMerchant().endpoint())["id"]
    before = done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made))
    assert wrong(update(made, **params)) == expected
    assert done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made)) == before


def test_what_is_not_there_native_or_another_merchants() -> None:
    theirs = done(StripeMerchant(OTHER_MERCHANT).endpoint())["id"]
    for name in ("we_" + "q" * 26, "we_x", theirs, Subscriber().created()):
        assert wrong(update(name, disabled=True)) == missing("id")
    assert done(StripeMerchant(OTHER_MERCHANT).get(GET_WEBHOOK_ENDPOINT, theirs))["status"] == "enabled"
