"""POST /v1/webhook_endpoints: register a URL that receives events in Stripe's shape."""

from typing import Any

import pytest

from paysandbox.stripe_api.events import STRIPE_EVENT_TYPES
from paysandbox.stripe_api.routes import GET_WEBHOOK_ENDPOINT, UPDATE_WEBHOOK_ENDPOINT
from paysandbox.webhooks.endpoint import MAX_ENDPOINTS
from tests.support import table_snapshot
from tests.support.build import OTHER_MERCHANT
from tests.support.endpoints import Subscriber
from tests.support.stripe_merchant import URL, StripeMerchant, done, wrong

INVALID = "invalid_request_error"


def test_it_is_made_and_its_secret_shown_once() -> None:
    made = done(StripeMerchant().endpoint(description="shop", metadata={"a": "1"}, api_version="2026-10-28.endive"))
    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["enabled_events"], made["status"]) == (URL, ["*"], "enabled")
    assert (made["description"], made["metadata"], made["livemode"]) == ("shop", {"a": "1"}, False)
    shown = done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made["id"]))
    assert shown == {name: value for name, value in made.items() if name != "secret"}


@pytest.mark.parametrize("events", [["*"], [*STRIPE_EVENT_TYPES], ["charge.refunded", "payment_intent.created"]])
def test_what_it_is_to_hear(events: list[str]) -> None:
    assert done(StripeMerchant().endpoint(enabled_events=events))["enabled_events"] == events


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"url": "http://example.com"}, (400, INVALID, "url_invalid", "url")),
        ({"url": "https://169.254.169.254/latest"}, (400, INVALID, "url_invalid", "url")),
        ({"url": "https://example.com/" + "x" * 2048}, (400, INVALID, None, "url")),
        ({"enabled_events": ["customer.created"]}, (400, INVALID, None, "enabled_events[0]")),
        ({"enabled_events": ["payment_captured"]}, (400, INVALID, None, "enabled_events[0]")),
        ({"enabled_events": ["*", "*"]}, (400, INVALID, None, "enabled_events[1]")),
        ({"connect": True}, (400, INVALID, "parameter_unknown", "connect")),
        ({"expand": ["metadata"]}, (400, INVALID, None, "expand")),
    ],
)
def test_what_is_refused_makes_nothing(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    assert wrong(StripeMerchant().endpoint(**params)) == expected
    assert (table_snapshot.items(), table_snapshot.webhook_items()) == ([], [])


def test_so_many_and_no_more_of_both_kinds_together() -> None:
    Subscriber().created()
    for _ in range(MAX_ENDPOINTS - 1):
        done(StripeMerchant().endpoint())
    assert wrong(StripeMerchant().endpoint())[:2] == (400, INVALID)
    assert StripeMerchant(OTHER_MERCHANT).endpoint().status == 200


def test_the_same_again_is_answered_as_then() -> None:
    first = StripeMerchant().endpoint(key="k", description="shop")
    StripeMerchant().post(UPDATE_WEBHOOK_ENDPOINT, first.json["id"], url="https://example.org/other", disabled=True)
    again = StripeMerchant().endpoint(key="k", description="shop")
    assert (again.status, again.text, again.replayed, first.replayed) == (200, first.text, True, False)
    assert wrong(StripeMerchant().endpoint(key="k"))[:2] == (400, "idempotency_error")


def test_natively_it_is_listed_and_a_native_one_is_none_here() -> None:
    made = done(StripeMerchant().endpoint())["id"]
    native = Subscriber().created()
    assert wrong(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, native))[0] == 404
    assert made in {one["endpoint_id"] for one in Subscriber().all()}
