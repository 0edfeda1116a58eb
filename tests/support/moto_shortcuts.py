"""Shortcuts through moto that change no answer. They save a third of the CPU time of tests on moto.

- moto looks up each of the ten members of a DynamoDB value by every alias that its serializer knows (55 look-ups for
  one string). A value that is a dict with names of members only has no alias to find.
- `mock_aws` compiles its routes for the library `requests` each time that it starts, although they never change.
"""

from functools import cache
from typing import Any, Final

from moto.core import custom_responses_mock, models, serialize

VALUE: Final = "AttributeValue"
"""DynamoDB's name for a value with its type, such as {"S": "text"}."""

_serialize_structure: Final = serialize.BaseJSONSerializer._serialize_type_structure
_Route: Final = custom_responses_mock.CallbackResponse


def _serialize_value(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """Serialize a DynamoDB value by the members that it has, and everything else as moto does."""
    if shape.name != VALUE or not key or type(value) is not dict or not value.keys() <= shape.members.keys():
        _serialize_structure(self, serialized, value, shape, key)
        return
    members: dict[str, Any] = {}
    for name, held in value.items():
        if held is not None:
            self._serialize(members, held, shape.members[name], name)
    self._default_serialize(serialized, members, shape, key)


@cache
def _route(**options: Any) -> Any:
    return _Route(**options)


def take() -> None:
    """Use the shortcuts in this process from now on."""
    serialize.BaseJSONSerializer._serialize_type_structure = _serialize_value
    models.CallbackResponse = _route  # pyright: ignore[reportPrivateImportUsage] - where moto looks it up
