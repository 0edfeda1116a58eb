"""The difference between an object before and after an operation, as events tell it."""

from typing import Any

import pytest

from paysandbox.stripe_api.events.previous_attributes import previous_attributes


@pytest.mark.parametrize(
    "before, after, previous",
    [
        ({}, {}, {}),
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, {"b": 2}),
        ({"a": None}, {"a": 1}, {"a": None}),
        ({"a": 1}, {"a": None}, {"a": 1}),
        # A field that was added was null, one that was removed was what it was.
        ({}, {"a": 1}, {"a": None}),
        ({}, {"a": {"b": 1}}, {"a": None}),
        ({"a": 1}, {}, {"a": 1}),
        ({"a": {"b": 1}}, {"a": None}, {"a": {"b": 1}}),
        ({"a": None}, {"a": {"b": 1}}, {"a": None}),
        # Of a map only what differs, at any depth.
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, {"a": {"c": 2}}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": None}}),
        ({"a": {}}, {"a": {"b": 1}}, {"a": {"b": None}}),
        ({"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"c": 1, "d": 3}}}, {"a": {"b": {"d": 2}}}),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, {}),
        # Of a list all, whatever differs in it.
        ({"a": [1, 2]}, {"a": [1, 3]}, {"a": [1, 2]}),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1, "c": 3}]}, {"a": [{"b": 1, "c": 2}]}),
        ({"a": []}, {"a": [1]}, {"a": []}),
        ({"a": [1]}, {"a": [1]}, {}),
        # An ID that was replaced by its object, or back.
        ({"a": "x"}, {"a": {"id": "x"}}, {"a": "x"}),
    ],
)
def test_only_changed_attributes_are_shown(
    before: dict[str, Any], after: dict[str, Any], previous: dict[str, Any]
) -> None:
    assert previous_attributes(before, after) == previous
