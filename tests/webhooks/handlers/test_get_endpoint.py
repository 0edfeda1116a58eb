"""GET /webhooks/endpoints/{endpoint_id}: a webhook endpoint, without its secret."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.webhooks.endpoint import DisabledBecause
from tests.support.builders import build
from tests.support.builders.build import DAY, MICROSECOND, MONDAY
from tests.support.clients.call import Reply
from tests.support.clients.endpoints import Subscriber


def test_a_failing_endpoint_shows_since_when(acme: Subscriber) -> None:
    endpoint_id = acme.created()
    acme.fails(endpoint_id, MONDAY)
    shown = acme.get(endpoint_id).json
    assert (shown["status"], shown["failing_since"]) == ("enabled", format_timestamp(MONDAY))
    assert "disabled_at" not in shown


@pytest.mark.parametrize("because", [DisabledBecause.GONE, DisabledBecause.FAILING])
def test_a_disabled_endpoint_shows_the_reason(because: DisabledBecause, acme: Subscriber) -> None:
    endpoint_id = acme.created()
    acme.fails(endpoint_id, MONDAY, because=because)
    shown = acme.get(endpoint_id).json
    assert (shown["status"], shown["disabled_reason"], shown["disabled_at"]) == (
        "disabled",
        str(because),
        format_timestamp(MONDAY),
    )


@pytest.mark.parametrize("after, both", [(DAY - MICROSECOND, True), (DAY, False)])
def test_a_rotation_shows_when_the_previous_secret_expires(after: timedelta, both: bool, acme: Subscriber) -> None:
    until = parse_timestamp(acme.rotate(acme.created()).json["previous_secret_valid_until"])
    (endpoint_id,) = (one["endpoint_id"] for one in acme.all())
    shown = acme.at(until - DAY + after).get(endpoint_id).json
    assert shown.get("previous_secret_valid_until") == (format_timestamp(until) if both else None)


ASKS: list[Callable[[Subscriber, str], Reply]] = [
    Subscriber.get,
    Subscriber.delete,
    Subscriber.rotate,
    Subscriber.ping,
    Subscriber.enable,
    lambda acme, endpoint_id: acme.update(endpoint_id, description="mine"),
    lambda acme, endpoint_id: acme.update(endpoint_id, status="enabled"),
]


@pytest.mark.full
@pytest.mark.parametrize("ask", ASKS)
def test_foreign_and_unknown_ids_get_the_same_response_on_every_route(
    ask: Callable[[Subscriber, str], Reply], acme: Subscriber, queues: object
) -> None:
    """Unknown, malformed, foreign, deleted where it never existed; also for a merchant without any endpoint."""
    theirs = Subscriber("globex")
    foreign = theirs.created()
    before = theirs.get(foreign).json
    details: set[str] = set()
    for has_some in (False, True):
        if has_some:
            acme.created()
        for endpoint_id in ("we_" + "a" * 26, "no-id", build.PAYMENT_ID, "a.b", foreign):
            reply = ask(acme, endpoint_id)
            assert (reply.status, reply.code) == (404, "resource_not_found")
            details.add(reply.json["detail"])
    assert len(details) == 1
    assert theirs.get(foreign).json == before
