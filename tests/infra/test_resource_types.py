"""docs/pages/resource_types.py against the templates: no type without a row, and no row without a type."""

import pytest

from docs.pages.resource_types import RESOURCE_TYPES, Locally
from tests.infra.templates import EVERY_TYPE, names, templates_for


@pytest.fixture(scope="module")
def on_aws() -> set[str]:
    """The types of the environments on AWS, with and without the settings that add some."""
    synthesized = [templates_for(env=name) for name in names() if name != "local"]
    return {resource.type for one in [*synthesized, templates_for(**EVERY_TYPE)] for resource in one.all()}


@pytest.fixture(scope="module")
def locally() -> set[str]:
    return {resource.type for resource in templates_for(env="local").all()}


@pytest.mark.full
def test_table_lists_every_resource_type(on_aws: set[str], locally: set[str]) -> None:
    assert set(RESOURCE_TYPES) == on_aws | locally


def test_unsupported_types_are_not_in_the_local_templates(locally: set[str]) -> None:
    absent = {type_ for type_, (where, _) in RESOURCE_TYPES.items() if where is Locally.ABSENT}
    assert absent == set(RESOURCE_TYPES) - locally


def test_every_type_without_a_local_test_has_a_reason() -> None:
    assert all(reason.endswith(".") for _, reason in RESOURCE_TYPES.values())
