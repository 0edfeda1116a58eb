"""Shortcuts through botocore and moto that change no answer.

On the way of every test's calls:

- boto3 reads the model of a service again for each session, and `mock_aws` begins with a new one.
- `mock_aws` compiles its routes for the library `requests` each time that it starts, although they never change.
- Coverage traces every call of a traced test, and most of them are botocore's and moto's. Tracing pauses there, except
  in the tests of `paysandbox.aws`, some of whose functions are called by botocore.
- botocore copies each value of an item by the service model, member by member. Unless it has bytes, which JSON has as
  Base64, or is none, it is the JSON that it is read from.
- botocore signs each call, and moto reads no signature of one whose target is in its headers: its URL has the Region.
  Where coverage traces botocore, it signs.
- botocore writes the sixteen parts of the header User-Agent anew, and twice, for each call.
- botocore finds out the aliases of its events' names again for each session and client, and copies what listens to
  them with `copy.copy`, which takes four times as long as to make the lists and tuples.

In moto's DynamoDB, for the tests that still run on it (handlers.py), whose CPU time they almost halve:

- moto looks up each of the ten members of a DynamoDB value by every alias that its serializer knows (55 look-ups for
  one string). A value that is a dict with names of members only has no alias to find.
- moto copies each value of an item, and of a whole table before each transaction. Only lists, maps and sets are ever
  changed in place: the other values of a copy are those of the original.
- moto parses an update twice for each call, and lists the methods of its class of responses. The tests use a few
  hundred updates, whose parts moto does not change: it copies an update's tree first, which pickle does faster.
- moto compiles six patterns for each word of a condition, and reads the same few hundred conditions again. Its parser
  does not change their words.
- moto finds out what a value is by five methods before it compares it. A text is compared as it is.
- moto lists the kinds of nodes that a step of an update reads anew for each node.
- moto chooses each of the 52 characters of a request's ID by itself, and finds an operation's method by its name anew.

In tests with stacks alone, moto reads a template as YAML, which takes thirty times as long as JSON. Ours are JSON.
"""

import copy
import json
import pickle
import string
import sys
from collections import deque
from collections.abc import Mapping
from functools import cache
from threading import Event
from typing import Any, Final

from botocore import hooks, parsers
from botocore.client import BaseClient
from botocore.hooks import EventAliaser, NodeList
from botocore.loaders import JSONFileLoader, Loader, create_loader
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentComponent
from moto.core import custom_responses_mock, models, responses, serialize
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.moto_api._internal.moto_random import MotoRandom

VALUE: Final = "AttributeValue"
"""DynamoDB's name for a value with its type, such as {"S": "text"}."""

SCALARS: Final[Mapping[str, type]] = {"S": str, "N": str, "BOOL": bool, "NULL": bool}
"""The types of the members of a value that hold neither bytes nor other values."""

SIGN: Final = RequestSigner.handler
"""What signs a call in botocore."""

traces_botocore: Final = Event()
"""Set while coverage traces what botocore does."""

_serialize_structure: Final = serialize.BaseJSONSerializer._serialize_type_structure
_Route: Final = custom_responses_mock.CallbackResponse
_load_file: Final = cache(JSONFileLoader().load_file)
_services: Final = cache(create_loader().list_available_services)
_make_api_call: Final = BaseClient._make_api_call  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
_handle_structure: Final = parsers.BaseJSONParser._handle_structure  # pyright: ignore[reportAttributeAccessIssue] - the same
_write_component: Final = UserAgentComponent.to_string
_written: Final = cache(_write_component)
_make_aliaser: Final = EventAliaser.__init__
_copy_aliaser: Final = EventAliaser.__copy__
_names: Final[dict[str, str]] = {}
_read_words: Final = ConditionExpressionParser._lex_condition_expression
_cast: Final[Any] = DynamoType.cast_value
_list_kinds: Final = DepthFirstTraverser.nodes_to_be_processed


def is_json(value: Any) -> bool:
    """Return whether this is a DynamoDB value of one member, and JSON as it is."""
    if type(value) is not dict or len(value) != 1:
        return False
    [(member, held)] = value.items()
    if member in SCALARS:
        return type(held) is SCALARS[member]
    if member == "M":
        return type(held) is dict and all(map(is_json, held.values()))
    return member == "L" and type(held) is list and all(map(is_json, held))


def _handle_value(self: Any, shape: Any, value: Any) -> Any:
    """Parse an answer's structure."""
    return value if shape.name == VALUE and is_json(value) else _handle_structure(self, shape, value)


def _serialize_value(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
    """Serialize a DynamoDB value by the members that it has, and everything else as moto does."""
    if shape.name == VALUE and key and is_json(value):
        self._default_serialize(serialized, value, shape, key)
        return
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


def _call(self: BaseClient, *operation: Any) -> Any:
    """Call AWS without tracing it."""
    if traces_botocore.is_set():
        return _make_api_call(self, *operation)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return _make_api_call(self, *operation)
    finally:
        sys.settrace(tracer)


def _copy_value(self: DynamoType, _: Any = None) -> DynamoType:
    """Copy a list, a map or a set with what it holds. Any other value never changes."""
    value = self.value
    if type(value) is dict:
        value = {name: _copy_value(held) for name, held in value.items()}
    elif type(value) is list:
        value = [_copy_value(held) if type(held) is DynamoType else held for held in value]
    else:
        return self
    copied = DynamoType.__new__(DynamoType)
    copied.type, copied.value = self.type, value
    return copied


def _copy_item(self: Item, _: Any) -> Item:
    copied: Any = Item.__new__(Item)
    copied.hash_key, copied.range_key = self.hash_key, self.range_key
    copied.attrs = LimitedSizeDict((name, _copy_value(value)) for name, value in self.attrs.items())
    return copied


@cache
def _words_of(condition: str) -> tuple[Any, ...]:
    return tuple(_read_words(ConditionExpressionParser(condition, None, None)))


def _words(self: ConditionExpressionParser) -> deque[Any]:
    return deque(_words_of(self.condition_expression or ""))


def _cast_value(self: DynamoType) -> Any:
    return self.value if self.type == "S" else _cast.fget(self)


def _kinds(self: Any) -> tuple[type[Node], ...]:
    """Return the kinds of nodes that a step reads, which it lists once."""
    if "kinds" not in vars(self):
        self.kinds = _list_kinds(self)
    return self.kinds


def _make_with_names(self: Any, event_emitter: Any, event_aliases: Any = None) -> None:
    _make_aliaser(self, event_emitter, event_aliases)
    if event_aliases is None:
        self._alias_name_cache = _names


def _copy_with_names(self: Any) -> Any:
    copied: Any = _copy_aliaser(self)
    copied._alias_name_cache = self._alias_name_cache
    return copied


def _copy_listeners(self: Any, node: dict[str, Any]) -> dict[str, Any]:
    return {key: _copy_node(self, held) for key, held in node.items()}


def _copy_node(self: Any, held: Any) -> Any:
    if type(held) is NodeList:
        return NodeList(held.first.copy(), held.middle.copy(), held.last.copy())
    return _copy_listeners(self, held) if isinstance(held, dict) else held


@cache
def _pickled(tree: Node) -> bytes:
    return pickle.dumps(tree)


def _copy(value: Any) -> Any:
    return pickle.loads(_pickled(value)) if isinstance(value, Node) else copy.deepcopy(value)  # noqa: S301 - our own


def _sign_for_others(self: RequestSigner, operation_name: Any = None, request: Any = None, **about: Any) -> Any:
    """Sign a call, unless moto answers it by its target. moto finds other services' Regions in their signatures."""
    is_read = "X-Amz-Target" not in request.headers or ".amazonaws.com" not in request.url
    return SIGN(self, operation_name, request, **about) if is_read or traces_botocore.is_set() else None


def _write_part(self: UserAgentComponent) -> str:
    """Write a part of User-Agent. One with a limit has an object of its own in each call."""
    return _written(self) if self.size_config is None else _write_component(self)


def _random_string(self: MotoRandom, length: int = 20, include_digits: bool = True, lower_case: bool = False) -> str:
    """Choose all characters at once."""
    text = "".join(self.choices(string.ascii_letters + string.digits * include_digits, k=length))
    return text.lower() if lower_case else text


def take() -> None:
    """Use the shortcuts in this process from now on."""
    UpdateExpressionParser.make = cache(UpdateExpressionParser.make)
    JSONFileLoader.load_file = _load_model  # pyright: ignore[reportAttributeAccessIssue] - other names of parameters
    Loader.list_available_services = _list_services  # pyright: ignore[reportAttributeAccessIssue] - the same
    serialize.BaseJSONSerializer._serialize_type_structure = _serialize_value
    models.CallbackResponse = _route  # pyright: ignore[reportPrivateImportUsage] - where moto looks it up
    responses.method_names_from_class = cache(method_names_from_class)  # pyright: ignore[reportPrivateImportUsage] - the same
    responses.camelcase_to_underscores = cache(camelcase_to_underscores)  # pyright: ignore[reportPrivateImportUsage] - the same
    MotoRandom.get_random_string = _random_string
    BaseClient._make_api_call = _call  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
    DynamoType.__deepcopy__ = _copy_value  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
    Item.__deepcopy__ = _copy_item  # pyright: ignore[reportAttributeAccessIssue] - the same
    ConditionExpressionParser._lex_condition_expression = _words
    DynamoType.cast_value = property(_cast_value)  # pyright: ignore[reportAttributeAccessIssue] - it has no setter
    DepthFirstTraverser.nodes_to_be_processed = _kinds
    validators.deepcopy = _copy  # pyright: ignore[reportPrivateImportUsage] - the same
    parsers.BaseJSONParser._handle_structure = _handle_value  # pyright: ignore[reportAttributeAccessIssue] - the same
    EventAliaser.__init__ = _make_with_names
    EventAliaser.__copy__ = _copy_with_names
    RequestSigner.handler = _sign_for_others
    UserAgentComponent.to_string = _write_part
    hooks._PrefixTrie._recursive_copy = _copy_listeners  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it


@cache
def take_for_stacks() -> None:
    """Use the shortcut for templates too. moto's CloudFormation takes two seconds to import, so few tests want it."""
    from moto.cloudformation.models import Stack

    parse = Stack.parse_template
    Stack.parse_template = staticmethod(
        lambda template: json.loads(template) if template.startswith("{") else parse(template)
    )
