"""The shapes of bodies that API Gateway checks: against a JSON Schema validator, and against the models."""

import json
from typing import Any

import pytest
from jsonschema import Draft4Validator
from pydantic import BaseModel, ValidationError

from api_reference.examples import EXAMPLES
from api_reference.routes import ROUTES
from paysandbox.core.errors import Code, Fault, Refused
from paysandbox.http.body_shape import WRONG_SHAPE, fits, shape_of, wrong_shape
from paysandbox.http.reading import refusal
from paysandbox.http.route import BodyFormat

VALIDATED = [route for route in ROUTES if route.body_format is BodyFormat.CHECKED_JSON]
VALUES: tuple[Any, ...] = ("text", "", 12, 12.5, 0, -1, True, False, None, [], ["text"], {}, {"a": 1})


class Order(BaseModel):
    """A body with a parameter of each kind."""

    name: str
    count: int
    price: float
    gift: bool
    lines: list[str]
    address: dict[str, str]
    note: str | None = None
    reference: str | int = ""


ORDER = {"name": "a", "count": 1, "price": 0.5, "gift": True, "lines": [], "address": {}}


def test_shape_has_names_types_and_required_parameters() -> None:
    shape = shape_of(Order)
    assert shape == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            # An integer is a number: validators disagree on whether 1.0 is an integer.
            "count": {"type": "number"},
            "price": {"type": "number"},
            "gift": {"type": "boolean"},
            "lines": {"type": "array"},
            "address": {"type": "object"},
            # OpenAPI 3.0 has no list of types.
            "note": {},
            "reference": {},
        },
        "additionalProperties": False,
        "required": ["name", "count", "price", "gift", "lines", "address"],
    }
    Draft4Validator.check_schema(shape)


def test_a_shape_without_required_parameters_has_no_empty_list() -> None:
    """Draft 4 does not allow one."""

    class Nothing(BaseModel):
        pass

    Draft4Validator.check_schema(shape_of(Nothing))


@pytest.mark.parametrize(
    "change, fitting",
    [
        ({}, True),
        ({"note": None, "reference": 5}, True),
        ({"name": 1}, False),
        ({"name": None}, False),
        ({"count": "1"}, False),
        ({"count": True}, False),
        ({"gift": 1}, False),
        ({"lines": {}}, False),
        ({"address": []}, False),
        ({"other": 1}, False),
    ],
)
def test_bodies_that_match(change: dict[str, Any], fitting: bool) -> None:
    assert fits(shape_of(Order), {**ORDER, **change}) is fitting


@pytest.mark.parametrize("missing", ORDER)
def test_a_required_parameter_must_be_there(missing: str) -> None:
    assert not fits(shape_of(Order), {name: value for name, value in ORDER.items() if name != missing})


@pytest.mark.parametrize(
    "model", [Order, *(route.body_shape for route in VALIDATED if route.body_shape)], ids=lambda m: m.__name__
)
def test_the_handlers_and_a_validator_agree(model: type[BaseModel]) -> None:
    """Each parameter in turn with each kind of value, beside parameters that are right."""
    shape = shape_of(model)
    right: dict[str, Any] = {name: {"string": "a", "number": 1}.get(field.get("type", ""), "a")
                             for name, field in shape["properties"].items()}  # fmt: skip
    if model is Order:
        right = ORDER
    validator = Draft4Validator(shape)
    for name in [*shape["properties"], "unknown"]:
        for value in VALUES:
            body = {**right, name: value}
            assert fits(shape, body) is validator.is_valid(body), body
    for name in right:
        body = {other: value for other, value in right.items() if other != name}
        assert fits(shape, body) is validator.is_valid(body), body


@pytest.mark.parametrize("route", VALIDATED, ids=lambda route: route.name)
def test_the_gateway_refuses_only_bodies_that_the_model_refuses(route: Any) -> None:
    shape = shape_of(route.body_shape)
    (example, *_) = EXAMPLES[route.name].bodies.values()
    assert fits(shape, example)
    for name in [*shape["properties"], "unknown"]:
        for value in VALUES:
            body = json.loads(json.dumps({**example, name: value}))
            if not fits(shape, body):
                with pytest.raises(ValidationError):
                    route.body_shape.model_validate(body)


def test_a_refusal_lists_every_fault() -> None:
    with pytest.raises(ValidationError) as caught:
        Order.model_validate({**ORDER, "count": "x", "price": "y"})
    refused = wrong_shape(refusal(caught.value))
    assert (refused.code, refused.detail, refused.param) == (Code.REQUEST_INVALID, WRONG_SHAPE, None)
    assert [fault.param for fault in refused.errors] == ["count", "price"]


def test_a_single_fault_is_listed_too() -> None:
    refused = wrong_shape(Refused(Code.PARAMETER_MISSING, "This parameter is required.", "amount"))
    assert refused.errors == (Fault(Code.PARAMETER_MISSING, "This parameter is required.", "amount"),)


def test_two_routes_are_validated() -> None:
    assert {route.name for route in VALIDATED} == {"create_customer", "create_disbursement"}
