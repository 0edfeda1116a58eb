"""POST /v1/webhook_endpoints/{endpoint}: change a webhook endpoint, disable or enable it."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_WEBHOOK_ENDPOINT, UPDATE_WEBHOOK_ENDPOINT
from paysandbox.stripe_api.sent_events import NEVER_SENT
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.endpoints import Subscriber
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds.aws_transport import Wire

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
        ({"metadata": {"b": "2"}}, {"metadata": {"a": "1", "b": "2"}}),
        ({"metadata": {"a": "3"}}, {"metadata": {"a": "3"}}),
        ({"metadata": {"a": "", "b": "2"}}, {"metadata": {"b": "2"}}),
        ({"metadata": {"a": ""}}, {"metadata": {}}),
        ({"metadata": ""}, {"metadata": {}}),
        ({"metadata": {"b": "2"}, "disabled": True}, {"metadata": {"a": "1", "b": "2"}, "status": "disabled"}),
        (
            {"metadata": {"b": "2"}, "disabled": False, "url": "https://example.com/hooks"},
            {"metadata": {"a": "1", "b": "2"}},
        ),
        ({"disabled": True}, {"status": "disabled"}),
        ({"disabled": False}, {"status": "enabled"}),
        ({"disabled": True, "url": "https://example.org/"}, {"status": "disabled", "url": "https://example.org/"}),
        ({}, {}),
    ],
)
def test_only_the_parameters_sent_are_changed(params: dict[str, Any], shown: dict[str, Any]) -> None:
    made = done(StripeMerchant().endpoint(description="old", metadata={"a": "1"}))
    before = done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made["id"]))
    changed = done(update(made["id"], **params))
    assert changed == before | shown == done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made["id"]))


def test_metadata_and_status_are_changed_together() -> None:
    made = done(StripeMerchant().endpoint())["id"]
    for before in (True, False):
        for after in (True, False):
            done(update(made, disabled=before, metadata=""))
            changed = done(update(made, disabled=after, metadata={"a": "1"}))
            assert (changed["status"], changed["metadata"]) == ("disabled" if after else "enabled", {"a": "1"})


def test_two_that_change_metadata_at_once_lose_nothing(wire: Wire) -> None:
    made = done(StripeMerchant().endpoint())["id"]

    def change_first(_: Any, deliver: Any) -> Any:
        with wire.broken(lambda _, deliver: deliver(), when=lambda _: False):
            done(update(made, metadata={"theirs": "1"}))
        return deliver()

    first = iter([True])
    with wire.broken(change_first, when=lambda sent: sent.operation == "UpdateItem" and next(first, False)):
        changed = done(update(made, metadata={"ours": "2"}))
    assert changed["metadata"] == {"theirs": "1", "ours": "2"}
    assert done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made)) == changed


def test_the_total_size_of_metadata_is_limited() -> None:
    made = done(StripeMerchant().endpoint(metadata={f"k{n}": "x" * 500 for n in range(12)}))["id"]
    assert wrong(update(made, metadata={f"more{n}": "x" * 500 for n in range(8)})) == (400, INVALID, None, "metadata")
    assert len(done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made))["metadata"]) == 12


def test_new_events_that_are_never_sent() -> None:
    made = done(StripeMerchant().endpoint(enabled_events=["payout.paid"]))["id"]
    changed = update(made, enabled_events=["charge.refunded", "file.created"])
    assert changed.headers[NEVER_SENT] == "file.created"
    assert NEVER_SENT not in update(made, enabled_events=["*"]).headers


def test_a_repeated_update_gets_the_same_answer() -> None:
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
def test_a_refused_update_changes_nothing(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    made = done(StripeMerchant().endpoint())["id"]
    before = done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made))
    assert wrong(update(made, **params)) == expected
    assert done(StripeMerchant().get(GET_WEBHOOK_ENDPOINT, made)) == before


def test_unknown_and_native_endpoints_and_those_of_other_merchants_are_not_found() -> None:
    theirs = done(StripeMerchant(OTHER_MERCHANT).endpoint())["id"]
    for name in ("we_" + "q" * 26, "we_x", theirs, Subscriber().created()):
        assert wrong(update(name, disabled=True)) == missing("id")
    assert done(StripeMerchant(OTHER_MERCHANT).get(GET_WEBHOOK_ENDPOINT, theirs))["status"] == "enabled"
