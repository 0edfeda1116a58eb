"""The worker that plans: each event is kept, and each endpoint that is to hear it gets one delivery, queued once."""

import json
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws import effects
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause
from tests.support import build
from tests.support.aws_transport import Wire, refused_with
from tests.support.post_office import HEALTHY, PARKED, SUSPECTS, PostOffice, happened, stored

URL = "https://example.com/hooks"
EVENT = happened()
CAPTURED = stored(None, build.lived(10_00, captures=[4_00]))[1]


def test_an_event_is_kept_and_planned_for_all_who_hear_it(office: PostOffice) -> None:
    every, captures = office.endpoint(1, URL), office.endpoint(2, URL, events=("payment_captured",))
    office.endpoint(3, URL, merchant=build.OTHER_MERCHANT)
    assert office.plan(EVENT, CAPTURED) == {"batchItemFailures": []}
    assert office.events() == {EVENT.id: EVENT, CAPTURED.id: CAPTURED}
    planned = {(one.event_id, one.endpoint_id) for one in office.deliveries().values()}
    assert planned == {(EVENT.id, every.id), (CAPTURED.id, every.id), (CAPTURED.id, captures.id)}
    assert {(one["event_id"], one["endpoint_id"]) for one in office.bodies(HEALTHY)} == planned
    assert office.waiting(SUSPECTS) == []


def test_what_nobody_hears_is_kept_all_the_same(office: PostOffice) -> None:
    office.plan(EVENT)
    assert (office.events(), office.deliveries()) == ({EVENT.id: EVENT}, {})


@pytest.mark.parametrize(
    "parts",
    [
        {"disabled": Disabled(build.MONDAY, DisabledBecause.ASKED)},
        {"listens_since": EVENT.at + timedelta(microseconds=1)},
        {"events": ("payment_captured",)},
    ],
    ids=["disabled", "later", "of another type"],
)
def test_who_does_not_hear_it_gets_none(parts: dict[str, Any], office: PostOffice) -> None:
    office.endpoint(1, URL, **parts)
    office.plan(EVENT)
    assert office.deliveries() == {}


def test_a_suspects_delivery_goes_the_other_way(office: PostOffice) -> None:
    office.endpoint(1, URL, trouble_at=effects.now())
    office.plan(EVENT)
    assert (len(office.waiting(HEALTHY)), len(office.waiting(SUSPECTS))) == (0, 1)


def test_a_batch_reads_all_endpoints_at_once_and_queues_all_at_once(office: PostOffice, wire: Wire) -> None:
    office.endpoint(1, URL)
    office.endpoint(1, URL, merchant=build.OTHER_MERCHANT)
    with wire.record() as sent:
        office.plan(*[happened(number, merchant=["demo", "globex"][number % 2]) for number in range(10)])
    assert sorted(one.operation for one in sent) == ["BatchGetItem"] + ["PutItem"] * 20 + ["SendMessageBatch"]


def test_an_event_that_comes_again_is_queued_again_only_while_nobody_tried(office: PostOffice) -> None:
    """Whoever planned it may have died before it was queued."""
    endpoint = office.endpoint(1, "http://127.0.0.1:1/")
    office.plan(EVENT)
    office.plan(EVENT)
    messages = office.waiting(HEALTHY)
    assert len(messages) == 2
    office.deliver(messages[0])
    before = office.delivery(EVENT, endpoint)
    assert before.tries == 1
    office.plan(EVENT)
    assert office.waiting(HEALTHY) == []
    assert office.delivery(EVENT, endpoint) == before


@pytest.mark.parametrize(
    "spoiled",
    [
        {"body": "{"},
        {"body": "7"},
        {"body": "[]"},
        {"body": "{}"},
        {"body": json.dumps({"id": "", "type": "x", "timestamp": "2026-11-16T09:30:00.000000Z"})},
        {"body": json.dumps({"id": "e" * 200, "type": "x", "timestamp": "2026-11-16T09:30:00.000000Z"})},
        {"body": json.dumps({"id": "evt_1", "type": "x", "timestamp": "yesterday"})},
        {"body": json.dumps({"id": "evt_1", "type": "x", "timestamp": "2026-11-16T09:30:00"})},
        {"body": json.dumps({"id": "evt_1", "type": "x", "timestamp": 7})},
        {"messageAttributes": {}},
        {"messageAttributes": {"merchant": {"stringValue": 7}}},
    ],
)
def test_poison_is_put_aside_at_once_and_holds_nobody_up(spoiled: dict[str, Any], office: PostOffice) -> None:
    from webhooks import plan_deliveries

    office.endpoint(1, URL)
    records = [office.told(EVENT) | spoiled, office.told(happened(2))]
    assert plan_deliveries.handler({"Records": records}, None) == {"batchItemFailures": []}
    assert [one["body"] for one in office.waiting(PARKED)] == [records[0]["body"]]
    assert len(office.waiting(HEALTHY)) == 1


def test_a_batch_of_nothing_but_poison_asks_nothing(office: PostOffice, wire: Wire) -> None:
    from webhooks import plan_deliveries

    with wire.record() as sent:
        plan_deliveries.handler({"Records": [office.record("-", "events-to-plan")]}, None)
    assert [one.operation for one in sent] == ["SendMessage"]


def test_only_the_event_that_could_not_be_kept_comes_again(office: PostOffice, wire: Wire) -> None:
    office.endpoint(1, URL)

    def is_second(sent: Any) -> bool:
        return sent.operation == "PutItem" and CAPTURED.id in str(sent.parameters["Item"].get("event_id"))

    with wire.broken(refused_with(500, "InternalServerError"), when=is_second):
        failed = office.plan(EVENT, CAPTURED)["batchItemFailures"]
    assert len(failed) == 1
    assert [one["event_id"] for one in office.bodies(HEALTHY)] == [EVENT.id]
