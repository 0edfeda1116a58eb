"""POST /webhooks/endpoints/{endpoint_id}/rotate: rotate an endpoint's signing secret."""

import pytest

from paysandbox.core.signature import secret_of
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoint import MAX_ROTATIONS
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.endpoints.secrets import secrets_signing
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, MONDAY
from tests.support.clients.endpoints import Subscriber
from tests.support.worlds import tables


def test_for_a_day_both_secrets_sign(acme: Subscriber) -> None:
    created = acme.at(MONDAY).create().json
    rotated = acme.at(MONDAY + HOUR).rotate(created["endpoint_id"]).json
    assert rotated["secret"] != created["secret"]
    assert rotated["previous_secret_valid_until"] == format_timestamp(MONDAY + HOUR + DAY)
    endpoint = get_endpoints(webhook_tables.endpoints(), build.MERCHANT)[created["endpoint_id"]]
    assert secrets_signing(endpoint, MONDAY + 2 * HOUR) == (rotated["secret"], created["secret"])
    assert secrets_signing(endpoint, MONDAY + HOUR + DAY) == (rotated["secret"],)


def test_a_repeated_rotation_is_the_same_one(acme: Subscriber) -> None:
    """Even after later rotations."""
    endpoint_id = acme.created()
    first = acme.rotate(endpoint_id, "a-key")
    again = acme.rotate(endpoint_id, "a-key")
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
    second = acme.rotate(endpoint_id, "b-key").json
    assert second["secret"] not in (first.json["secret"], acme.create().json["secret"])
    later = acme.rotate(endpoint_id, "a-key").json
    assert (later["secret"], later["previous_secret_valid_until"]) == (
        first.json["secret"],
        first.json["previous_secret_valid_until"],
    )


def test_each_rotation_makes_the_next_version_regardless_of_the_clock(acme: Subscriber) -> None:
    """With a clock moved back or stopped, rotations are still ordered by their versions."""
    endpoint_id = acme.at(MONDAY).created()
    for version, now in enumerate((MONDAY, MONDAY - HOUR, MONDAY - HOUR, MONDAY + HOUR), start=2):
        key = f"key-{version}"
        secret = acme.at(now).rotate(endpoint_id, key).json["secret"]
        assert secret == secret_of(tables.WEBHOOK_SECRET, endpoint_id, version)
    for version in range(2, 6):
        again = acme.at(MONDAY + HOUR).rotate(endpoint_id, f"key-{version}").json
        assert again["secret"] == secret_of(tables.WEBHOOK_SECRET, endpoint_id, version)


def test_a_key_is_bound_to_one_endpoint(acme: Subscriber) -> None:
    one, other = acme.created(), acme.created()
    acme.rotate(one, "a-key")
    assert acme.rotate(other, "a-key").code == "idempotency_key_reused"
    assert "previous_secret_valid_until" not in acme.get(other).json


@pytest.mark.full
def test_the_number_is_limited(acme: Subscriber) -> None:
    created = acme.at(MONDAY).create().json
    endpoint_id = created["endpoint_id"]
    replies = [acme.at(MONDAY).rotate(endpoint_id, f"key-{number}") for number in range(MAX_ROTATIONS)]
    assert {reply.status for reply in replies} == {200}
    assert len({reply.json["secret"] for reply in replies} | {created["secret"]}) == MAX_ROTATIONS + 1
    refused = acme.at(MONDAY).rotate(endpoint_id, "one-more")
    assert (refused.status, refused.code, refused.json["limit"]) == (409, "too_many_rotations", MAX_ROTATIONS)
    assert acme.at(MONDAY).rotate(endpoint_id, "key-7").text == replies[7].text
    last = get_endpoints(webhook_tables.endpoints(), build.MERCHANT)[endpoint_id].rotated_at
    assert last is not None
    assert last > parse_timestamp(created["created_at"])
