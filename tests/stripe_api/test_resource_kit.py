"""The rules of declared resources: what parameters make of an object, how it is shown, and its earlier states."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from pydantic import ValidationError

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.stripe_api.objects.stored_object import (
    CHANGE_RETENTION,
    Cause,
    StoredObject,
    as_created,
    as_of,
    change_of,
    changed,
    deleted,
)
from paysandbox.stripe_api.requests import Yes
from paysandbox.stripe_api.resource_kit.declaration import Field, Resource, Shown, text
from paysandbox.stripe_api.resource_kit.objects_table import MAX_OBJECT_BYTES, ObjectsTable, put_objects
from paysandbox.stripe_api.resource_kit.parameters import Operation, attributes_after, shape_of
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.customers import CUSTOMER
from paysandbox.stripe_api.resources.products.price_resource import PRICE
from paysandbox.stripe_api.resources.products.product_resource import PRODUCT
from paysandbox.stripe_api.resources.shipping_rates import SHIPPING_RATE

NOON: Final = datetime(2026, 11, 25, 12, tzinfo=UTC)
EVERY: Final = (PRODUCT, PRICE, CUSTOMER)


def by(operation_id: str, request_id: str = "r", at: datetime = NOON) -> Cause:
    return Cause(operation_id=operation_id, request_id=request_id, at=at)


def stored(attributes: dict[str, Any] | None = None) -> StoredObject:
    return StoredObject(
        object="product",
        id="prod_1",
        merchant="demo",
        attributes=attributes or {"name": "Gold"},
        created_by=by("prod_1"),
        updated_at=NOON,
    )


@pytest.mark.parametrize(
    "before, sent, after",
    [
        ({}, {"name": "Gold", "active": "true"}, {"name": "Gold"}),
        ({}, {"name": "Gold", "active": "false"}, {"name": "Gold", "active": False}),
        ({"active": False}, {"active": "true"}, {}),
        ({"description": "old"}, {"description": ""}, {}),
        ({"images": ["a"]}, {"images": ""}, {}),
        ({"images": ["a"]}, {"images": ["b", "c"]}, {"images": ["b", "c"]}),
        ({"metadata": {"a": "1", "b": "2"}}, {"metadata": {"a": "", "c": "3"}}, {"metadata": {"b": "2", "c": "3"}}),
        ({"metadata": {"a": "1"}}, {"metadata": {"a": ""}}, {}),
        ({"metadata": {"a": "1"}}, {"metadata": ""}, {}),
        ({"metadata": {"a": "1"}}, {"name": "Silver"}, {"metadata": {"a": "1"}, "name": "Silver"}),
    ],
)
def test_an_update_merges_its_parameters(before: Any, sent: Any, after: Any) -> None:
    body = shape_of(PRODUCT, "update").shape().model_validate(sent)
    assert attributes_after(PRODUCT, before, body) == after


@pytest.mark.parametrize(
    "before, sent, after",
    [
        ({}, {"footer": "Thanks", "custom_fields": ""}, {"footer": "Thanks"}),
        ({"footer": "Thanks"}, {"rendering_options": {"amount_tax_display": "exclude_tax"}},
         {"footer": "Thanks", "rendering_options": {"amount_tax_display": "exclude_tax"}}),
        ({"footer": "Thanks"}, {"footer": ""}, None),
    ],
)  # fmt: skip
def test_an_update_changes_only_the_entries_that_it_names(before: Any, sent: Any, after: Any) -> None:
    body = shape_of(CUSTOMER, "update").shape().model_validate({"invoice_settings": sent})
    assert attributes_after(CUSTOMER, {"invoice_settings": before}, body).get("invoice_settings") == after


@pytest.mark.parametrize(
    "before, sent, after",
    [
        ({}, {"eur": {"amount": "4"}}, {"eur": {"amount": 4}}),
        ({"eur": {"amount": 4}}, {"eur": {"tax_behavior": "inclusive"}},
         {"eur": {"amount": 4, "tax_behavior": "inclusive"}}),
        ({"eur": {"amount": 4}}, {"gbp": {"amount": "3"}}, {"eur": {"amount": 4}, "gbp": {"amount": 3}}),
    ],
)  # fmt: skip
def test_an_update_can_also_change_entries_within_those(before: Any, sent: Any, after: Any) -> None:
    body = shape_of(SHIPPING_RATE, "update").shape().model_validate({"fixed_amount": {"currency_options": sent}})
    fixed = {"amount": 5, "currency": "usd"}
    stored_before = {"fixed_amount": {**fixed, "currency_options": before}}
    changed_to = attributes_after(SHIPPING_RATE, stored_before, body)
    assert changed_to == {"fixed_amount": {**fixed, "currency_options": after}}


@pytest.mark.parametrize(
    "tree, shown",
    [
        ({}, {"kept": 1}),
        ({"inner": {}}, {"kept": 1}),
        ({"inner": {"part": {}}}, {"kept": 1, "part": 2}),
    ],
)
def test_what_is_includable_is_shown_if_it_is_expanded(tree: Any, shown: Any) -> None:
    paint = Resource(
        object="paint",
        prefix="paint",
        path="/paints",
        noun="paint",
        fields=(),
        shown=Shown(
            derived=lambda _: {"inner": {"kept": 1, "part": 2}, "gone": 3},
            includable=("inner.part", "gone", "none"),
        ),
    )
    body = render(paint, stored(), tree=tree)
    assert (body["inner"], "gone" in body) == (shown, False)
    assert "gone" in render(paint, stored(), tree={"gone": {}})


@pytest.mark.parametrize(
    "operation, sent, fault",
    [
        ("create", {}, "missing"),
        ("create", {"name": ""}, "string_too_short"),
        ("create", {"name": "Gold", "description": ""}, "string_too_short"),
        ("create", {"name": "Gold", "images": ["a"] * 9}, "too_long"),
        ("create", {"name": "Gold", "unit_label": "x" * 13}, "string_too_long"),
        ("create", {"name": "Gold", "created": "1"}, "extra_forbidden"),
        ("create", {"name": "Gold", "active": "maybe"}, "boolean_invalid"),
        ("update", {"name": "x" * 5001}, "string_too_long"),
        ("list", {"name": "Gold"}, "extra_forbidden"),
    ],
)
def test_a_parameter_that_is_refused(operation: Any, sent: Any, fault: str) -> None:
    with pytest.raises(ValidationError) as refused:
        shape_of(PRODUCT, operation).shape().model_validate(sent)
    assert refused.value.errors()[0]["type"] == fault


def test_metadata_has_at_most_fifty_entries() -> None:
    body = shape_of(PRODUCT, "update").shape().model_validate({"metadata": {"one": "more"}})
    with pytest.raises(Refused) as refused:
        attributes_after(PRODUCT, {"metadata": {str(number): "x" for number in range(50)}}, body)
    assert (refused.value.code, refused.value.param) == (Code.PARAMETER_INVALID, "metadata")


@pytest.mark.parametrize("resource", EVERY, ids=lambda resource: resource.object)
def test_an_object_has_every_field_that_is_shown(resource: Resource) -> None:
    body = render(resource, stored({"name": "Gold", "unit_amount": 1}))

    assert {field.name for field in resource.fields if field.shown and not field.optional} <= body.keys()
    assert body["created"] == int(NOON.timestamp())
    assert body["livemode"] is False


def test_each_earlier_state_follows_from_the_current_object() -> None:
    states = [stored()]
    updates: list[dict[str, Any]] = [
        {"name": "Gold", "description": "new"},
        {"name": "Silver", "description": "new"},
        {"name": "Silver"},
        {"name": "Silver"},
    ]
    for number, attributes in enumerate(updates):
        at = NOON + timedelta(hours=number)
        states.append(changed(states[-1], attributes, by(f"op{number}", f"r{number}", at)))
    last = states[-1]

    assert last.version == len(states)
    for number, state in enumerate(states[1:]):
        change = change_of(last, f"op{number}")
        assert change is not None
        assert (change.cause.request_id, render(PRODUCT, as_of(last, change))) == (f"r{number}", render(PRODUCT, state))
    assert change_of(last, "another") is None


def test_an_earlier_state_had_ended_if_its_change_says_so() -> None:
    first = changed(stored(), {"name": "A"}, by("a"))
    ended = changed(replace(first, ended=True), {"name": "B"}, by("b"))
    gone = deleted(ended, {"name": "B"}, by("c"))

    assert [change.ended for change in gone.changes] == [False, True, True]
    assert [as_of(gone, change).ended for change in gone.changes] == [False, True, True]
    assert as_created(gone).ended is False


def test_changes_are_kept_for_longer_than_their_keys() -> None:
    first = changed(stored(), {"name": "A"}, by("a"))
    just = changed(first, {"name": "B"}, by("b", at=NOON + CHANGE_RETENTION - timedelta(seconds=1)))
    later = changed(first, {"name": "B"}, by("b", at=NOON + CHANGE_RETENTION))

    assert [change.cause.operation_id for change in just.changes] == ["a", "b"]
    assert [change.cause.operation_id for change in later.changes] == ["b"]


@pytest.mark.parametrize(
    "updates, code",
    [
        ([{"name": "x" * MAX_OBJECT_BYTES}], Code.PARAMETER_INVALID),
        ([{"name": letter * (MAX_OBJECT_BYTES - 20)} for letter in "abcde"], Code.TOO_MANY_CHANGES),
    ],
)
def test_an_object_that_is_too_large_is_not_written(updates: list[dict[str, Any]], code: Code) -> None:
    large = stored()
    for attributes in updates:
        large = changed(large, attributes, by("a"))
    with pytest.raises(Refused) as refused:
        put_objects(ObjectsTable(None, "none"), [large])  # pyright: ignore[reportArgumentType] - refused before any call
    assert refused.value.code is code


@pytest.mark.parametrize(
    "operation, required, optional",
    [
        ("create", {"name"}, {"active", "color", "expand"}),
        ("update", set[str](), {"active", "color", "name", "expand"}),
        ("list", set[str](), {"active", "created", "limit", "starting_after", "ending_before", "expand"}),
    ],
)
def test_parameters_follow_from_the_fields(operation: Operation, required: set[str], optional: set[str]) -> None:
    paint = Resource(
        object=f"paint_to_{operation}",
        prefix="paint",
        path="/paints",
        noun="paint",
        fields=(
            Field(name="name", type=text(10), required=True),
            Field(name="active", type=Yes, default=True, filters=True),
            Field(name="color", type=text(10), clearable=True),
            Field(name="coats", type=int, create=False, update=False),
        ),
    )
    fields = shape_of(paint, operation).shape().model_fields
    assert {name for name, field in fields.items() if field.is_required()} == required
    assert {name for name, field in fields.items() if not field.is_required()} == optional
