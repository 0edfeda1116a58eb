"""PATCH /webhooks/endpoints/{endpoint_id}: change a webhook endpoint, disable or enable it."""

from typing import Any

import pytest

from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoint import DisabledBecause
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from tests.support.builders import build
from tests.support.builders.build import HOUR, MONDAY
from tests.support.clients.endpoints import Subscriber


@pytest.mark.parametrize(
    "body, shown",
    [
        ({"url": "https://Example.org"}, {"url": "https://example.org/"}),
        ({"events": ["payment_voided"]}, {"events": ["payment_voided"]}),
        ({"description": "new"}, {"description": "new"}),
        ({"description": None}, {"description": None}),
        ({"url": None, "description": "new"}, {"description": "new"}),
        ({"url": "https://example.org/", "events": ["*"], "description": None}, {"description": None}),
    ],
)
def test_only_the_fields_sent_are_changed(body: dict[str, Any], shown: dict[str, Any], acme: Subscriber) -> None:
    before = acme.get(acme.created(events=["payment_captured"], description="old")).json
    changed = acme.update(before["endpoint_id"], **body).json
    expected = before | {name: value for name, value in body.items() if value is not None} | shown
    assert changed == {name: value for name, value in expected.items() if value is not None}
    assert acme.get(before["endpoint_id"]).json == changed
    assert acme.update(before["endpoint_id"], **body).json == changed, "again makes no difference"


@pytest.mark.parametrize(
    "body, code, param",
    [
        ({}, "parameter_invalid", None),
        ({"url": None}, "parameter_invalid", None),
        ({"url": "https://10.0.0.1/"}, "url_not_allowed", "url"),
        ({"url": 1}, "parameter_invalid", "url"),
        ({"events": []}, "parameter_invalid", "events"),
        ({"events": ["payment_paid"]}, "parameter_invalid", "events.0"),
        ({"status": "paused"}, "parameter_invalid", "status"),
        ({"secret": "whsec_mine"}, "parameter_unknown", "secret"),
        ({"description": "new", "created_at": "2026"}, "parameter_unknown", "created_at"),
    ],
)
def test_a_refused_update_changes_nothing(body: dict[str, Any], code: str, param: str | None, acme: Subscriber) -> None:
    before = acme.get(acme.created()).json
    reply = acme.update(before["endpoint_id"], **body)
    assert (reply.status, reply.code, reply.json.get("param")) == (400, code, param)
    assert acme.get(before["endpoint_id"]).json == before


def test_one_is_disabled_and_enabled_again(acme: Subscriber) -> None:
    created = acme.at(MONDAY).create().json
    later, much_later = acme.at(MONDAY + HOUR), acme.at(MONDAY + 2 * HOUR)
    disabled = later.update(created["endpoint_id"], status="disabled").json
    assert (disabled["status"], disabled["disabled_reason"]) == ("disabled", "asked")
    assert disabled["disabled_at"] == format_timestamp(MONDAY + HOUR)
    assert much_later.update(created["endpoint_id"], status="disabled").json == disabled
    assert _generation(created) == 1
    enabled = much_later.update(created["endpoint_id"], status="enabled").json
    assert (enabled["status"], enabled["listens_since"]) == ("enabled", format_timestamp(MONDAY + 2 * HOUR))
    assert (enabled["created_at"], _generation(created)) == (created["created_at"], 2)
    assert acme.at(MONDAY + 3 * HOUR).update(created["endpoint_id"], status="enabled").json == enabled
    assert _generation(created) == 2, "one that is enabled is not enabled again"


def test_a_requested_change_publishes_no_event(acme: Subscriber) -> None:
    created = acme.create().json
    acme.update(created["endpoint_id"], status="disabled")
    disabled = _kept(created).disabled
    assert disabled is not None
    assert disabled.published


def test_an_endpoint_disabled_for_failures_keeps_the_reason(acme: Subscriber) -> None:
    endpoint_id = acme.created()
    acme.fails(endpoint_id, MONDAY, because=DisabledBecause.FAILING)
    shown = acme.update(endpoint_id, status="disabled").json
    assert (shown["disabled_reason"], shown["disabled_at"]) == ("failing", format_timestamp(MONDAY))


@pytest.mark.parametrize("disabled", [True, False])
def test_enabling_and_changing_at_once(disabled: bool, acme: Subscriber) -> None:
    """Whether or not the endpoint is disabled."""
    created = acme.create(description="old").json
    if disabled:
        acme.fails(created["endpoint_id"], MONDAY, because=DisabledBecause.GONE)
    body = {"status": "enabled", "url": "https://example.org/", "events": ["*"], "description": None}
    shown = acme.update(created["endpoint_id"], **body).json
    assert (shown["status"], shown["url"]) == ("enabled", "https://example.org/")
    assert not shown.keys() & {"description", "disabled_reason", "failing_since"}
    assert _generation(created) == (2 if disabled else 1)


@pytest.mark.parametrize(
    "body, healthy",
    [({"url": "https://example.org"}, True), ({"events": ["*"]}, False), ({"status": "disabled"}, False)],
)
def test_a_new_address_has_not_failed_yet(body: dict[str, Any], healthy: bool, acme: Subscriber) -> None:
    created = acme.create().json
    acme.fails(created["endpoint_id"], MONDAY)
    acme.update(created["endpoint_id"], **body)
    kept = _kept(created)
    assert (kept.failing is None, kept.unhealthy_since is None) == (healthy, healthy)


@pytest.mark.parametrize("more", [{}, {"description": "new"}, {"events": ["payment_voided"], "status": "disabled"}])
def test_the_same_address_has_failed_before(more: dict[str, Any], acme: Subscriber) -> None:
    """Otherwise a slow endpoint could return to the queue of healthy ones as often as it is updated."""
    created = acme.create().json
    acme.fails(created["endpoint_id"], MONDAY)
    before = _kept(created)
    reply = acme.update(created["endpoint_id"], url=created["url"], **more)
    assert (reply.status, reply.json["url"]) == (200, created["url"])
    assert {name: reply.json[name] for name in more} == more
    kept = _kept(created)
    assert (kept.failing, kept.unhealthy_since) == (before.failing, before.unhealthy_since)


def _kept(created: dict[str, Any]) -> Any:
    return get_endpoints(webhook_tables.endpoints(), build.MERCHANT)[created["endpoint_id"]]


def _generation(created: dict[str, Any]) -> int:
    return _kept(created).generation
