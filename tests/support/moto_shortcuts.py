"""Shortcuts through moto that change no answer. They save a third of the CPU time of tests on moto.

- moto looks up each of the ten members of a DynamoDB value by every alias that its serializer knows (55 look-ups for
  one string). A value that is a dict with names of members only has no alias to find.
- `mock_aws` compiles its routes for the library `requests` each time that it starts, although they never change.
- moto parses a condition once and an update twice for each call, and lists the methods of its class of responses. The
  tests use a few hundred expressions, whose parts moto does not change: it copies an update's tree first.
- boto3 reads the model of a service again for each session, and `mock_aws` begins with a new one.
"""

from collections import deque
from functools import cache
from typing import Any, Final

from botocore.loaders import JSONFileLoader, Loader, create_loader
from moto.core import custom_responses_mock, models, responses, serialize
from moto.core.utils import method_names_from_class
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.parsing.expressions import UpdateExpressionParser

VALUE: Final = "AttributeValue"
"""DynamoDB's name for a value with its type, such as {"S": "text"}."""

_serialize_structure: Final = serialize.BaseJSONSerializer._serialize_type_structure
_Route: Final = custom_responses_mock.CallbackResponse
_load_file: Final = cache(JSONFileLoader().load_file)
_services: Final = cache(create_loader().list_available_services)


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


def _load_model(_: JSONFileLoader, path: str) -> Any:
    return _load_file(path)


def _list_services(_: Loader, type_name: str) -> Any:
    return _services(type_name)


@cache
def _words(condition: str) -> tuple[Any, ...]:
    return tuple(_split_condition(ConditionExpressionParser(condition, {}, {})))


_split_condition: Final = ConditionExpressionParser._lex_condition_expression


def take() -> None:
    """Use the shortcuts in this process from now on."""
    ConditionExpressionParser._lex_condition_expression = lambda self: deque(_words(self.condition_expression))
    UpdateExpressionParser.make = cache(UpdateExpressionParser.make)
    JSONFileLoader.load_file = _load_model  # pyright: ignore[reportAttributeAccessIssue] - other names of parameters
    Loader.list_available_services = _list_services  # pyright: ignore[reportAttributeAccessIssue] - the same
    serialize.BaseJSONSerializer._serialize_type_structure = _serialize_value
    models.CallbackResponse = _route  # pyright: ignore[reportPrivateImportUsage] - where moto looks it up
    responses.method_names_from_class = cache(method_names_from_class)  # pyright: ignore[reportPrivateImportUsage] - the same
