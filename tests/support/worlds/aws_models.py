"""Validate every AWS call of a test against botocore's model, even if its client does not validate parameters.

The functions' clients disable parameter validation, since it takes a third of a call's CPU time. Without this check, a
call that AWS would reject fails only on AWS. Besides botocore's checks (names, types, required members, minima), enum
values and maximum lengths are checked. Patterns are not, since the models write them for other regex engines.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore import serialize
from botocore.validate import ParamValidator, ValidationErrors

from paysandbox.aws.dynamodb import dynamodb_json
from tests.support.worlds.moto_shortcuts import VALUE, is_json


class _Strict(ParamValidator):
    """botocore's validator, extended with enum values and the maximum length of strings and lists."""

    def _validate_structure(self, params: Any, shape: Any, errors: ValidationErrors, name: str) -> None:
        if shape.name == VALUE and is_json(params):  # then it is valid
            return
        super()._validate_structure(params, shape, errors, name)  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it

    def _validate_map(self, params: Any, shape: Any, errors: ValidationErrors, name: str) -> None:
        # An item: only attributes that may be invalid.
        if shape.value.name == VALUE and type(params) is dict:
            longest = shape.key.metadata.get("max", math.inf)
            params = {
                key: held
                for key, held in params.items()
                if not (type(key) is str and len(key) <= longest and is_json(held))
            }
        super()._validate_map(params, shape, errors, name)  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it

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
    """A serializer that rejects invalid parameters with an error that no handler catches."""

    def __init__(self, serializer: Any) -> None:
        self._serializer = serializer
        self._validator = _Strict()

    def serialize_to_request(self, parameters: Any, operation_model: Any) -> Any:
        # A client that encodes its parameters at once has taken them out of the request: `held` has validated them.
        if parameters or operation_model.service_model.service_name != "dynamodb":
            self.validate(parameters, operation_model)
        return self._serializer.serialize_to_request(parameters, operation_model)

    def validate(self, parameters: Any, operation_model: Any) -> None:
        """Raise AssertionError if the parameters are invalid."""
        if operation_model.input_shape is not None:
            report = self._validator.validate(parameters, operation_model.input_shape)
            if report.has_errors():
                raise AssertionError(f"AWS would refuse {operation_model.name}: {report.generate_report()}")


@contextmanager
def held() -> Iterator[None]:
    """Validate the calls of every client created in the block."""
    plain = serialize.create_serializer

    def create(protocol_name: str, include_validation: bool = True, **options: Any) -> Any:
        made = plain(protocol_name, include_validation, **options)
        # A client with its own validation raises botocore's error, as its caller expects.
        return made if include_validation else _Held(made)

    take, validate = dynamodb_json.take, _Held(None).validate

    def take_valid(*, params: Any, model: Any, **more: Any) -> Any:
        validate(params, model)
        return take(params=params, model=model, **more)

    with patch.object(serialize, "create_serializer", create), patch.object(dynamodb_json, "take", take_valid):
        yield
