"""POST /webhooks/endpoints/{endpoint_id}/enable: re-enable an endpoint."""

import pytest

from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoint import DisabledBecause
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from tests.support.builders import build
from tests.support.builders.build import HOUR, MONDAY
from tests.support.clients.endpoints import Subscriber
from tests.support.worlds.aws_transport import Killed, Wire, killed_before

MONDAY_NOON = MONDAY + HOUR


@pytest.mark.parametrize("because", DisabledBecause)
def test_failures_before_it_was_enabled_do_not_count(because: DisabledBecause, acme: Subscriber) -> None:
    created = acme.at(MONDAY - HOUR).create().json
    acme.fails(created["endpoint_id"], MONDAY, because=because)
    enabled = acme.at(MONDAY_NOON).enable(created["endpoint_id"]).json
    assert enabled == {name: value for name, value in created.items() if name != "secret"} | {
        "listens_since": format_timestamp(MONDAY_NOON)
    }
    kept = get_endpoints(webhook_tables.endpoints(), build.MERCHANT)[created["endpoint_id"]]
    assert (kept.generation, kept.failing, kept.unhealthy_since) == (2, None, None)


def test_one_that_is_enabled_stays_as_it_is(acme: Subscriber) -> None:
    created = acme.create().json
    acme.fails(created["endpoint_id"], MONDAY)
    before = acme.get(created["endpoint_id"]).json
    assert acme.enable(created["endpoint_id"]).json == before


def test_a_repeated_request_does_not_undo_later_changes(acme: Subscriber) -> None:
    endpoint_id = acme.at(MONDAY - HOUR).created()
    acme.fails(endpoint_id, MONDAY - HOUR, because=DisabledBecause.GONE)
    first = acme.at(MONDAY).enable(endpoint_id, "a-key")
    acme.at(MONDAY_NOON).update(endpoint_id, status="disabled")
    again = acme.at(MONDAY_NOON + HOUR).enable(endpoint_id, "a-key")
    assert (first.json["status"], again.json["status"], again.replayed) == ("enabled", "disabled", True)
    assert acme.at(MONDAY_NOON + HOUR).enable(endpoint_id, "b-key").json["status"] == "enabled"


def test_a_retry_completes_a_request_that_was_killed(acme: Subscriber, wire: Wire) -> None:
    endpoint_id = acme.at(MONDAY - HOUR).created()
    acme.fails(endpoint_id, MONDAY - HOUR, because=DisabledBecause.GONE)
    with wire.broken(killed_before, when=lambda sent: sent.operation == "UpdateItem"), pytest.raises(Killed):
        acme.at(MONDAY).enable(endpoint_id, "a-key")
    assert acme.get(endpoint_id).json["status"] == "disabled"
    assert acme.at(MONDAY_NOON).enable(endpoint_id, "a-key").json["status"] == "enabled"


def test_an_endpoint_is_enabled_although_the_clock_was_moved_back(acme: Subscriber) -> None:
    endpoint_id = acme.created()
    acme.fails(endpoint_id, MONDAY + 9 * HOUR, because=DisabledBecause.FAILING)
    assert acme.at(MONDAY).enable(endpoint_id).json["status"] == "enabled"
