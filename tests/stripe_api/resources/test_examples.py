"""The examples of resources are what their declarations say. `verify` sends them."""

import pytest
from pydantic import BaseModel, ValidationError

from paysandbox.core.errors import Refused
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.parameters import Operation, attributes_after, shape_of
from paysandbox.stripe_api.resources.examples import EXAMPLES, Example


def body(name: str, operation: Operation, sent: dict[str, str]) -> BaseModel:
    return shape_of(RESOURCES[name], operation).shape().model_validate(sent)


@pytest.fixture(params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def example(name: str) -> Example:
    return EXAMPLES[name]


def test_its_events_are_those_of_the_resource(name: str, example: Example) -> None:
    assert example.events == RESOURCES[name].events.ends


def test_an_update_changes_what_was_created(name: str, example: Example) -> None:
    created = attributes_after(RESOURCES[name], {}, body(name, "create", {**example.created}))
    assert attributes_after(RESOURCES[name], created, body(name, "update", {**example.updated})) != created


def param_of(error: ValidationError | Refused) -> str | None:
    if isinstance(error, Refused):
        return error.param
    [fault] = error.errors()
    return ".".join(map(str, fault["loc"]))


def test_what_is_refused_is_refused_for_that_parameter(name: str, example: Example) -> None:
    with pytest.raises((ValidationError, Refused)) as refused:
        RESOURCES[name].rules.check(body(name, "create", {**example.created, **example.refused}))
    assert param_of(refused.value) == example.refused_param


def test_a_list_is_filtered_by_parameters_that_it_takes(name: str, example: Example) -> None:
    assert body(name, "list", {**example.listed}).model_fields_set == example.listed.keys()
