"""Holds every AWS call of a test to botocore's model of it, whatever its client validates itself.

The functions' clients leave parameter validation out, since it costs a third of a call's CPU time, so a call that AWS
would refuse shows here or on AWS. Beyond what botocore checks (names, types, required members, minima), a value of an
enumeration and the longest length are checked too. Patterns are not: the models write them for other engines.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore import serialize
from botocore.validate import ParamValidator, ValidationErrors


class _Strict(ParamValidator):
    """botocore's validator, which also knows the choices of a text and the longest length of a text or list."""

    def _validate_string(self, param: Any, shape: Any, errors: ValidationErrors, name: str) -> None:
        super()._validate_string(param, shape, errors, name)  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
        if shape.enum and param not in shape.enum:
            raise AssertionError(f"AWS knows no such {shape.name}: {param!r}")
        _bounded(param, shape)

    def _validate_list(self, param: Any, shape: Any, errors: ValidationErrors, name: str) -> None:
        super()._validate_list(param, shape, errors, name)  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
        _bounded(param, shape)


def _bounded(param: Any, shape: Any) -> None:
    longest = shape.metadata.get("max")
    if longest is not None and len(param) > longest:
        raise AssertionError(f"AWS takes {longest} of {shape.name} at most, not {len(param)}")


class _Held:
    """A serializer that refuses what the model does not allow, with an error that no handler catches."""

    def __init__(self, serializer: Any) -> None:
        self._serializer = serializer
        self._validator = _Strict()

    def serialize_to_request(self, parameters: Any, operation_model: Any) -> Any:
        if operation_model.input_shape is not None:
            report = self._validator.validate(parameters, operation_model.input_shape)
            if report.has_errors():
                raise AssertionError(f"AWS would refuse {operation_model.name}: {report.generate_report()}")
        return self._serializer.serialize_to_request(parameters, operation_model)


@contextmanager
def held() -> Iterator[None]:
    """Every client made inside is held to the models."""
    plain = serialize.create_serializer

    def create(protocol_name: str, include_validation: bool = True, **options: Any) -> Any:
        made = plain(protocol_name, include_validation, **options)
        # A client that validates itself raises botocore's own error, as its caller expects.
        return made if include_validation else _Held(made)

    with patch.object(serialize, "create_serializer", create):
        yield
