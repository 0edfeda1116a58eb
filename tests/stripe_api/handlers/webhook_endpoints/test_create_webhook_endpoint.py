"""POST /v1/webhook_endpoints: register a URL that receives events in Stripe's shape."""

import json
from typing import Any

import pytest

from paysandbox.stripe_api.catalog.event_types import event_types
from paysandbox.stripe_api.routes import CREATE_WEBHOOK_ENDPOINT, GET_WEBHOOK_ENDPOINT, UPDATE_WEBHOOK_ENDPOINT
from paysandbox.stripe_api.sent_events import MAX_NEVER_SENT, NEVER_SENT, SENT_TYPES
from paysandbox.stripe_api.version import STRIPE_VERSION
from paysandbox.webhooks.endpoint import MAX_DELETED, MAX_ENDPOINTS, MAX_METADATA_BYTES, MAX_ROTATIONS
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.endpoints import Subscriber
from tests.support.clients.stripe_merchant import URL, StripeMerchant, done, wrong
from tests.support.worlds import table_snapshot
from tests.support.worlds.tables import MAX_ITEM_BYTES

INVALID = "invalid_request_error"


def test_it_is_made_and_its_secret_shown_once() -> None:
    made = done(StripeMerchant().endpoint(description="shop", metadata={"a": "1"}, connect=False))
    assert made["secret"].startswith("whsec_")
    assert made["api_version"] is None
    assert (made["url"], made["enabled_events"], made["status"]) == (URL, ["*"], "enabled")
    assert (made["description"], made["metadata"], made["livemode"]) == ("shop", {"a": "1"}, False)
    shown = done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made["id"]))
    assert shown == {name: value for name, value in made.items() if name != "secret"}


@pytest.mark.parametrize("version", [STRIPE_VERSION, "2011-01-01", "2020-08-27", "2024-09-30.acacia", None])
def test_its_version_is_shown_if_it_was_asked_for(version: str | None) -> None:
    made = done(StripeMerchant().endpoint(key="k", **({"api_version": version} if version else {})))
    assert made["api_version"] == version
    assert done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made["id"]))["api_version"] == version


@pytest.mark.parametrize(
    "events, never_sent",
    [
        (["*"], None),
        ([*SENT_TYPES], None),
        (["charge.refunded", "payment_intent.created"], None),
        (["file.created", "charge.refunded", "plan.created"], "file.created, plan.created"),
        (["*", "file.created"], "file.created"),
    ],
)
def test_enabled_events_and_those_that_are_never_sent(events: list[str], never_sent: str | None) -> None:
    for key in ("k", "k"):  # the second is a replay
        reply = StripeMerchant().endpoint(key=key, enabled_events=events)
        assert (done(reply)["enabled_events"], reply.headers.get(NEVER_SENT)) == (events, never_sent)


def test_every_type_of_stripes_can_be_subscribed_to_and_the_header_stays_short() -> None:
    reply = StripeMerchant().endpoint(enabled_events=sorted(event_types()))
    assert done(reply)["enabled_events"] == sorted(event_types())
    header = reply.headers[NEVER_SENT]
    *named, rest = header.split(", ")
    assert len(header) < MAX_NEVER_SENT + len(rest) + 2
    assert set(named) < event_types() - set(SENT_TYPES)
    assert rest == f"and {len(event_types()) - len(SENT_TYPES) - len(named)} more"


def test_a_type_that_is_not_stripes_is_refused_in_its_words() -> None:
    message = StripeMerchant().endpoint(enabled_events=["*", "payment_captured"]).error["message"]
    assert message.startswith("Invalid enabled_events[1]: must be one of account.application.authorized, ")
    assert message.endswith(", or *")
    assert set(event_types()) <= set(message.split(" of ")[1].split(", "))


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"url": "http://example.com"}, (400, INVALID, "url_invalid", "url")),
        ({"url": "https://169.254.169.254/latest"}, (400, INVALID, "url_invalid", "url")),
        ({"url": "https://example.com/" + "x" * 2048}, (400, INVALID, None, "url")),
        ({"enabled_events": ["customer.invented"]}, (400, INVALID, None, "enabled_events[0]")),
        ({"enabled_events": ["payment_captured"]}, (400, INVALID, None, "enabled_events[0]")),
        ({"enabled_events": ["*", "*"]}, (400, INVALID, None, "enabled_events[1]")),
        ({"api_version": "2023-10-17"}, (400, INVALID, None, "api_version")),
        ({"api_version": "2025-03-31"}, (400, INVALID, None, "api_version")),
        ({"api_version": f"{STRIPE_VERSION}; a_beta=v1"}, (400, INVALID, None, "api_version")),
        ({"api_version": "nonsense"}, (400, INVALID, None, "api_version")),
        ({"api_version": ""}, (400, INVALID, None, "api_version")),
        ({"metadata": {f"k{n}": "x" * 500 for n in range(20)}}, (400, INVALID, None, "metadata")),
        ({"expand": ["metadata"]}, (400, INVALID, None, "expand")),
    ],
)
def test_a_refused_request_creates_nothing(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    assert wrong(StripeMerchant().endpoint(**params)) == expected
    assert (table_snapshot.items(), table_snapshot.webhook_items()) == ([], [])


@pytest.mark.full
def test_the_largest_fit_into_their_item() -> None:
    """The item of a merchant holds at most 400 KB, with fifty rotations of each secret and the deleted endpoints."""
    rest = {f"k{n}": "ä" * 240 for n in range(11)}
    metadata = rest | {"last": "ä" * ((MAX_METADATA_BYTES - len(str(rest).encode()) - 20) // 2)}
    for n in range(MAX_ENDPOINTS):
        done(
            StripeMerchant().endpoint(
                url=f"https://example.com/{n}/".ljust(2048, "x"),
                enabled_events=sorted(event_types()),
                description="ä" * 500,
                metadata=metadata,
            )
        )
    (item,) = table_snapshot.webhook_items()
    assert len(json.dumps(item)) > 200_000  # ASCII escapes count "ä" as six
    size = len(json.dumps(item, ensure_ascii=False).encode())
    assert size + (MAX_ROTATIONS * MAX_ENDPOINTS + MAX_DELETED) * 64 < MAX_ITEM_BYTES


def test_the_number_of_both_kinds_together_is_limited() -> None:
    Subscriber().created()
    for _ in range(MAX_ENDPOINTS - 1):
        done(StripeMerchant().endpoint())
    one_more = StripeMerchant().endpoint()
    assert wrong(one_more) == (400, INVALID, None, None)
    assert one_more.error["message"] == "You have reached the maximum of 16 test webhook endpoints."
    assert StripeMerchant(OTHER_MERCHANT).endpoint().status == 200


def test_a_repetition_gets_the_first_response() -> None:
    first = StripeMerchant().endpoint(key="k", description="shop")
    StripeMerchant().post(UPDATE_WEBHOOK_ENDPOINT, first.json["id"], url="https://example.org/other", disabled=True)
    again = StripeMerchant().endpoint(key="k", description="shop")
    assert (again.status, again.text, again.replayed, first.replayed) == (200, first.text, True, False)
    assert wrong(StripeMerchant().endpoint(key="k"))[:2] == (400, "idempotency_error")


def test_the_native_api_lists_it_but_native_endpoints_are_not_found_here() -> None:
    made = done(StripeMerchant().endpoint())["id"]
    native = Subscriber().created()
    assert wrong(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, native))[0] == 404
    assert made in {one["endpoint_id"] for one in Subscriber().all()}


def test_an_endpoint_for_the_events_of_connected_accounts() -> None:
    made, other = done(StripeMerchant().endpoint(connect=True)), done(StripeMerchant().endpoint())
    assert (made["application"] or "")[:3] == "ca_"
    assert other["application"] is None
    assert done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made["id"]))["application"] == made["application"]


def test_a_connected_account_has_no_connected_accounts_to_receive_events_of() -> None:
    account = done(StripeMerchant().post(RESOURCE["create_account"]))["id"]
    params = {"url": URL, "enabled_events": ["*"], "connect": "true"}
    refused = StripeMerchant().ask(CREATE_WEBHOOK_ENDPOINT, None, params, headers={"Stripe-Account": account})
    assert wrong(refused) == (400, INVALID, None, "connect")
