"""The rules of an object's events: which writes have one, and what it says."""

import json
from typing import Any, Final

import pytest

from api_reference.events import EVENTS
from paysandbox.aws.events.topic import BATCH, MAX_BATCH_BYTES, Message, batches
from paysandbox.core.event_type import EventType
from paysandbox.core.record import replace
from paysandbox.stripe_api.events.object_event import render_object_event
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    changed,
    deleted,
    mark_in_use,
    touched,
)
from paysandbox.stripe_api.resource_kit.declaration import METADATA, Events, Field, Happening, Resource, text
from paysandbox.stripe_api.resource_kit.events import object_messages
from paysandbox.stripe_api.resources.payment_methods import PAYMENT_METHODS
from paysandbox.stripe_api.resources.promotion_codes import PROMOTION_CODES
from paysandbox.stripe_api.resources.sources import SOURCE_OBJECTS, SOURCES
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.support.builders.build import MONDAY

PAINT: Final = Resource(
    object="paint",
    prefix="paint",
    path="/paints",
    noun="paint",
    fields=(Field(name="name", type=text(10)), Field(name="color", type=text(10)), METADATA),
    events=Events(ends=("created", "updated", "deleted")),
)
BY: Final = Cause(operation_id="op", request_id="8a6e0804", at=MONDAY)


def stored(attributes: Attributes) -> StoredObject:
    return StoredObject(
        object="paint", id="paint_1", merchant="demo", attributes=attributes, created_by=BY, updated_at=MONDAY
    )


RED: Final = stored({"name": "Red", "metadata": {"a": "1", "b": "2"}})


def events_of(before: StoredObject | None, after: StoredObject, resource: Resource = PAINT) -> list[dict[str, Any]]:
    """Return Stripe's events of a write."""
    messages = object_messages(resource, before, after)
    for message in messages:
        EVENTS[EventType.STRIPE_OBJECT_CHANGED].model_validate_json(message.body)
    return [render_object_event(json.loads(message.body), STRIPE_VERSION) for message in messages]


def event_of(before: StoredObject | None, after: StoredObject, resource: Resource = PAINT) -> dict[str, Any] | None:
    """Return Stripe's event of a write that has at most one."""
    events = events_of(before, after, resource)
    assert len(events) <= 1
    return events[0] if events else None


@pytest.mark.parametrize(
    "before, after, kind, previous",
    [
        (None, RED, "paint.created", None),
        (RED, changed(RED, {"color": "blue"}, BY), "paint.updated", {"name": "Red", "color": None,
                                                                    "metadata": {"a": "1", "b": "2"}}),
        (RED, changed(RED, {**RED.attributes, "metadata": {"a": "1", "b": "3", "c": "4"}}, BY), "paint.updated",
         {"metadata": {"b": "2", "c": None}}),
        (RED, deleted(RED, RED.attributes, BY), "paint.deleted", None),
        (RED, changed(RED, RED.attributes, BY), None, None),
        (RED, touched(RED), None, None),
        (RED, mark_in_use(RED), None, None),
        (deleted(RED, {}, BY), touched(deleted(RED, {}, BY)), None, None),
    ],
)  # fmt: skip
def test_a_write_has_an_event_if_it_changes_what_is_shown(
    before: StoredObject | None, after: StoredObject, kind: str | None, previous: Any
) -> None:
    event = event_of(before, after)
    assert (event and event["type"], event and event["data"].get("previous_attributes")) == (kind, previous)
    if event:
        assert event["data"]["object"]["object"] == "paint", "a deleted one is shown whole"


@pytest.mark.parametrize(
    "version, shown",
    [
        ("2025-08-27.basil", {"coupon": {"id": "SUMMER", "object": "coupon", "valid": True}}),
        ("2025-09-30.clover", {"promotion": {"type": "coupon", "coupon": "SUMMER"}}),
    ],
)
def test_an_event_has_what_earlier_versions_show_besides(version: str, shown: Any) -> None:
    attributes = {
        "code": "SUMMER",
        "coupon": "SUMMER",
        "coupon_shown": {"id": "SUMMER", "object": "coupon", "valid": True},
    }
    code = replace(RED, object="promotion_code", id="promo_1", attributes=attributes)
    inactive = changed(code, {**attributes, "active": False}, BY)
    for before, after, previous in ((None, code, None), (code, inactive, {"active": True})):
        (message,) = object_messages(PROMOTION_CODES, before, after)
        event = render_object_event(json.loads(message.body), version)
        assert {
            name: value for name, value in event["data"]["object"].items() if name in ("coupon", "promotion")
        } == shown
        assert event["data"].get("previous_attributes") == previous


@pytest.mark.parametrize("events", [(), ("updated",), ("created", "deleted")])
def test_a_resource_has_the_events_that_it_declares(events: tuple[Happening, ...]) -> None:
    update = changed(RED, {"name": "Blue"}, BY)
    writes = ((None, RED), (RED, update), (update, deleted(update, {}, BY)))
    kinds = [
        event["type"] for write in writes if (event := event_of(*write, replace(PAINT, events=Events(ends=events))))
    ]
    assert kinds == [f"paint.{happening}" for happening in events]


def test_a_resource_can_name_its_events() -> None:
    """Several events of one write have the same object and IDs of their own. Those it does not declare are not sent."""

    def named(before: StoredObject | None, after: StoredObject) -> tuple[str, ...]:
        return ("dried", "sold") if before else ("created", "mixed", "dried")

    own = replace(PAINT, events=Events(ends=("created", "dried"), of=named))
    first, second = events_of(None, RED, own)
    assert [first["type"], second["type"]] == ["paint.created", "paint.dried"]
    assert first["data"] == second["data"]
    assert first["id"] == (event_of(None, RED) or {})["id"] != second["id"]
    later = event_of(RED, changed(RED, {"name": "Blue"}, BY), own)
    assert later
    assert (later["type"], "previous_attributes" in later["data"]) == ("paint.dried", False)


def test_an_event_names_its_request() -> None:
    event = event_of(RED, changed(RED, {}, replace(BY, request_id="b-1", idempotency_key="key")))
    assert event
    assert event["request"] == {"id": "req_b1", "idempotency_key": "key"}
    assert (event["created"], event["api_version"]) == (int(MONDAY.timestamp()), STRIPE_VERSION)


def test_ids_follow_from_the_object_and_its_version() -> None:
    others = (RED, touched(RED), replace(RED, id="paint_2"), replace(RED, merchant="globex"))
    assert len({event["id"] for each in others if (event := event_of(None, each))}) == len(others)
    assert event_of(None, RED) == event_of(None, RED)


@pytest.mark.parametrize(
    "sizes, expected",
    [
        ([], []),
        ([1] * (BATCH + 1), [BATCH, 1]),
        ([MAX_BATCH_BYTES], [1]),
        ([MAX_BATCH_BYTES - 1, 1, 1], [2, 1]),
        ([1, MAX_BATCH_BYTES, 1], [1, 1, 1]),
        ([MAX_BATCH_BYTES + 1, 1], [1, 1]),
    ],
)
def test_a_batch_has_ten_messages_and_the_bytes_that_are_accepted(sizes: list[int], expected: list[int]) -> None:
    messages = [
        Message(id=str(place), merchant="demo", type=EventType.STRIPE_OBJECT_CHANGED, body="x" * size)
        for place, size in enumerate(sizes)
    ]
    split = [*batches(messages)]
    assert [len(batch) for batch in split] == expected
    assert [message for batch in split for message in batch] == messages


@pytest.mark.parametrize("name, was_of, is_of, of_method, of_source", [
    ("pm_1", None, "cus_1", ("attached",), ()),
    ("card_1", None, "cus_1", ("attached",), ("created",)),
    ("card_1", "cus_1", "cus_1", ("updated",), ("updated",)),
    ("card_1", "cus_1", None, ("detached",), ("deleted",)),
    ("card_1", None, None, (), ()),
    ("src_1", None, "cus_1", ("attached",), ("created",)),
    ("src_1", "cus_1", "cus_1", ("updated",), ()),
    ("src_1", "cus_1", None, ("detached",), ("deleted",)),
])  # fmt: skip
def test_a_source_has_the_events_of_both_its_forms(
    name: str, was_of: str | None, is_of: str | None, of_method: tuple[str, ...], of_source: tuple[str, ...]
) -> None:
    before, after = (replace(stored({"customer": customer}), id=name) for customer in (was_of, is_of))
    assert PAYMENT_METHODS.events.of(before, after) == of_method
    assert SOURCES.events.of(before, after) == of_source
    assert SOURCES.events.of(None, after) == (("created",) if is_of and name != "pm_1" else ())
    assert SOURCE_OBJECTS.events.of(before, after) == ()
    assert SOURCE_OBJECTS.events.of(None, after) == (("chargeable",) if name == "src_1" else ())
