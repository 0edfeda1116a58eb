"""The pydantic model of a declared body (`parameters.py`), for documents, the gateway's schema and refusals."""

from collections.abc import Callable
from dataclasses import MISSING
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, create_model
from pydantic_core import PydanticCustomError

from paysandbox.http.parameters import Choice, Entries, Flag, Kind, Nested, Text, Whole, parameters_of

_Value = TypeVar("_Value")


class Shape(BaseModel):
    """Base class of all request bodies. Unknown fields are rejected; no types are coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


@cache
def model_of(declared: type[Any]) -> type[Shape]:
    """Return the model of a declared class, with its name, documentation and order of fields."""
    shown: dict[str, Any] = {}
    for name, (given, each) in parameters_of(declared).items():
        kind = _annotation_of(given.kind)
        documented = _field(repr=each.repr, **_documented(given.description, given.example))
        annotation = Annotated[kind | None if each.default is None else kind, documented]
        shown[name] = (annotation, ... if each.default is MISSING else each.default)
    return create_model(
        declared.__name__, __base__=Shape, __module__=declared.__module__, __doc__=declared.__doc__, **shown
    )


def constraints(kind: Text | Whole) -> tuple[Any, ...]:
    """Return the constraints of a kind, for `Annotated[str, *constraints(kind)]`."""
    documented = _documented(kind.description, kind.example)
    if isinstance(kind, Whole):
        return (_field(gt=kind.above, ge=kind.least, le=kind.most, **documented),)
    pattern = [StringConstraints(pattern=f"^{kind.pattern}$")] if kind.pattern else []
    extra = {"pattern": kind.openapi_pattern} if kind.openapi_pattern else None
    length = _field(min_length=kind.least, max_length=kind.most, json_schema_extra=extra, **documented)
    upper = [AfterValidator(str.upper)] if kind.upper else []
    return (*pattern, length, *(AfterValidator(refusing(fault)) for fault in kind.faults), *upper)


def _documented(description: str | None, example: Any) -> dict[str, Any]:
    return {"description": description, "examples": None if example is None else [example]}


def _field(**given: Any) -> Any:
    """Return a field with what is given and not None, which would replace what a nested field says."""
    return Field(**{name: value for name, value in given.items() if value is not None})


def refusing(fault: Callable[[_Value], str | None]) -> Callable[[_Value], _Value]:
    """Return a validator that refuses values with a fault, which is a sentence."""

    def validate(value: _Value) -> _Value:
        wrong = fault(value)
        if wrong is not None:
            raise PydanticCustomError("fault", "{fault}", {"fault": wrong})
        return value

    return validate


def _annotation_of(kind: Kind) -> Any:
    match kind:
        case Text():
            return Annotated[str, *constraints(kind)]
        case Whole():
            return Annotated[int, *constraints(kind)]
        case Choice():
            return Literal[kind.words]
        case Flag():
            return bool
        case Entries():
            entries = dict[_annotation_of(kind.key), _annotation_of(kind.value)]
            return Annotated[entries, Field(max_length=kind.most), AfterValidator(refusing(kind.fault))]
        case Nested():
            return model_of(kind.declared)
