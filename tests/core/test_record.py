"""Records behave as frozen dataclasses, which they replace."""

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields
from typing import Any

import pytest

from paysandbox.core.record import record, replace


@record
class Point:
    """A record whose fields are given by position or by name."""

    x: int
    y: int = 0


@record(kw_only=True)
class Named:
    """A record whose fields are given by name."""

    name: str
    secret: str = field(default="s", repr=False)
    marks: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)


@record(kw_only=True)
class NamedPoint(Named):
    """A record that extends another."""

    point: Point | None = None

    @property
    def title(self) -> str:
        """The name with its point."""
        return f"{self.name} {self.point}"


@dataclass(frozen=True, slots=True)
class Compiled:
    """What `Point` would be as a dataclass."""

    x: int
    y: int = 0


UNCHECKED: Any = Point
"""The class, for calls that a type checker refuses."""


def test_fields_are_given_by_position_or_by_name_and_have_defaults() -> None:
    assert Point(1) == Point(x=1, y=0) == Point(1, y=0)
    assert (Point(1, 2).x, Point(1, 2).y) == (1, 2)


@pytest.mark.parametrize(
    "make",
    [
        UNCHECKED,
        lambda: UNCHECKED(1, 2, 3),
        lambda: UNCHECKED(1, z=2),
        lambda: UNCHECKED(1, x=1),
        lambda: UNCHECKED(y=1, z=1),
    ],
    ids=["missing", "too many", "unknown", "twice", "missing and unknown"],
)
def test_other_fields_than_those_of_the_class_are_a_type_error(make: Any) -> None:
    with pytest.raises(TypeError, match="Point"):
        make()


def test_a_field_that_is_given_by_name_only_is_not_taken_by_position() -> None:
    make: Any = Named
    with pytest.raises(TypeError, match="Named"):
        make("shop")


def test_a_record_cannot_be_changed_and_takes_no_other_attribute() -> None:
    point: Any = Point(1)
    for name in ("x", "z"):
        with pytest.raises(FrozenInstanceError):
            setattr(point, name, 2)
    with pytest.raises(FrozenInstanceError):
        del point.x


def test_records_of_one_class_with_equal_fields_are_equal_and_have_one_hash() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(2, 1)
    assert Point(1, 2) != Compiled(1, 2)
    assert Named(name="a") != NamedPoint(name="a")
    assert len({Point(1), Point(1), Point(2)}) == 2
    assert hash(Named(name="a", marks={"b": "c"})) == hash(Named(name="a"))


def test_a_record_is_shown_as_a_dataclass_is_without_hidden_fields() -> None:
    assert repr(Point(1)) == repr(Compiled(1)).replace("Compiled", "Point")
    assert repr(NamedPoint(name="a")) == "NamedPoint(name='a', marks={}, point=None)"


def test_each_record_has_a_default_of_its_own_from_a_factory() -> None:
    assert Named(name="a").marks is not Named(name="a").marks


def test_the_functions_of_dataclasses_and_patterns_take_records() -> None:
    assert dataclasses.replace(Point(1, 2), y=3) == Point(1, 3)
    assert asdict(Point(1, 2)) == {"x": 1, "y": 2}
    assert [each.name for each in fields(NamedPoint)] == ["name", "secret", "marks", "point"]
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_replace_changes_fields_of_a_copy() -> None:
    original = NamedPoint(name="a", point=Point(1))
    assert replace(original, name="b") == NamedPoint(name="b", point=Point(1))
    assert type(replace(original)) is NamedPoint
    assert original.name == "a"


def test_replace_refuses_a_field_that_does_not_exist() -> None:
    with pytest.raises(TypeError, match=r"^Point has no such field: z$"):
        replace(Point(1), z=3)


def test_a_record_is_copied_with_all_its_fields() -> None:
    named = NamedPoint(name="a", marks={"b": "c"}, point=Point(1))
    assert copy.deepcopy(named) == named
    assert named.title == "a Point(x=1, y=0)"
