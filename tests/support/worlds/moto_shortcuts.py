"""Shortcuts through moto that change no answer. Together they save half of what a test spends in moto.

- moto looks up each of the ten members of a DynamoDB value by every alias that its serializer knows (55 look-ups for
  one string). A value that is a dict with names of members only has no alias to find.
- `mock_aws` compiles its routes for the library `requests` each time that it starts, although they never change.
- moto parses a condition once and an update twice for each call, and lists the methods of its class of responses. The
  tests use a few hundred expressions, whose parts moto does not change: it copies an update's tree first, which pickle
  does faster. Each check of an update makes the list of the nodes that it wants anew for each node.
- boto3 reads the model of a service again for each session, and `mock_aws` begins with a new one.
- Coverage traces every call of a traced test, and most of them are botocore's and moto's. Tracing pauses there, except
  in the tests of `paysandbox.aws`, some of whose functions are called by botocore.
- moto measures a new item again for each attribute that it sets, and makes an object of each value of a map for that.
- moto copies each value of an item, and of a whole table before each transaction. Only lists, maps and sets are ever
  changed in place: the other values of a copy are those of the original.
- moto and botocore copy each value of an item by the service model, member by member. Unless it has bytes, which JSON
  has as Base64, or is none, it is the JSON that it is read from and written to.
- moto asks for the kind of each node of an update's tree with `isinstance`, which is slow for abstract classes.
- moto reads a template as YAML, which takes thirty times as long as JSON. Ours are JSON. (Only for tests with stacks.)
- moto chooses each of the 52 characters of a request's ID by itself, and finds an operation's method by its name anew.
- botocore signs each call, and moto reads no signature of one to DynamoDB. Where coverage traces botocore, it signs.
- botocore writes the sixteen parts of the header User-Agent anew, and twice, for each call.
- botocore finds out the aliases of its events' names again for each client, and copies what listens to them with
  `copy.copy`, which takes four times as long as to make the lists and tuples.
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
from moto.core.parse import BaseJSONParser
from moto.core.utils import camelcase_to_underscores, method_names_from_class
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Expression, Node, UpdateExpressionFunction
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.moto_api._internal.moto_random import MotoRandom

VALUE: Final = "AttributeValue"
"""DynamoDB's name for a value with its type, such as {"S": "text"}."""

_MAX_ITEM_BYTES: Final = 405_000
"""moto's limit, between the 400 KB of the documentation and what AWS takes."""

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
_parse_structure: Final = BaseJSONParser._parse_structure
_handle_structure: Final = parsers.BaseJSONParser._handle_structure  # pyright: ignore[reportAttributeAccessIssue] - the same
_measure: Final = DynamoType.size
_regular_json: Final = DynamoType.to_regular_json
_write_component: Final = UserAgentComponent.to_string
_written: Final = cache(_write_component)
_copy_aliaser: Final = EventAliaser.__copy__


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


def _parse_value(self: BaseJSONParser, shape: Any, value: Any) -> Any:
    """Parse a request's structure."""
    return value if shape.name == VALUE and is_json(value) else _parse_structure(self, shape, value)


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


@cache
def _words(condition: str) -> tuple[Any, ...]:
    return tuple(_split_condition(ConditionExpressionParser(condition, {}, {})))


_split_condition: Final = ConditionExpressionParser._lex_condition_expression


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


def _init_item(self: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
    """Make an item, and measure it once it has all of its attributes."""
    self.hash_key, self.range_key = hash_key, range_key
    self.attrs = LimitedSizeDict((name, DynamoType(value)) for name, value in attrs.items())
    if self.size() > _MAX_ITEM_BYTES:
        raise ItemSizeTooLarge


def _size(self: DynamoType) -> int:
    """Return moto's measure of a value."""
    value = self.value
    if type(value) is str:  # a number has ASCII only
        return len(value) if value.isascii() else len(value.encode())
    if self.is_map():
        return sum(_size(held) + len(name.encode()) for name, held in value.items())
    return _measure(self)


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


def _to_regular_json(self: DynamoType) -> dict[str, Any]:
    """Return the value in DynamoDB's format."""
    if type(self.value) is dict:
        return {self.type: {name: _to_regular_json(held) for name, held in self.value.items()}}
    if type(self.value) is list:
        return {self.type: [_to_regular_json(held) if type(held) is DynamoType else held for held in self.value]}
    return _regular_json(self)


@cache
def _is_a(kind: type, wanted: type | tuple[type, ...]) -> bool:
    return issubclass(kind, wanted)


def _traverse(self: Any, node: Any, child_id: int = -1) -> Any:
    """Process the nodes of a tree, children first."""
    kind = type(node)
    if not _is_a(kind, Node):
        return node
    parent = node.parent
    for place, child in enumerate(node.children or ()):
        self.pre_processing_of_child(node, place)
        _traverse(self, child, place)
    if _is_a(kind, self.nodes_to_be_processed()):
        node = self.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


def _find_clauses(self: Node, wanted: list[type]) -> list[Node]:
    found: list[Node] = []
    for child in self.children or ():
        if type(child) in wanted:
            found.append(child)
        elif _is_a(type(child), (Expression, UpdateExpressionFunction)):
            found += _find_clauses(child, wanted)
    return found


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
    """Sign a call, unless moto answers it as DynamoDB."""
    is_read = not request.headers.get("X-Amz-Target", "").startswith("DynamoDB_") or ".amazonaws.com" not in request.url
    return SIGN(self, operation_name, request, **about) if is_read or traces_botocore.is_set() else None


def _write_part(self: UserAgentComponent) -> str:
    """Write a part of User-Agent. One with a limit has an object of its own in each call."""
    return _written(self) if self.size_config is None else _write_component(self)


def _wanted(self: Any) -> tuple[type, ...]:
    """Return the nodes that a check wants."""
    if "wanted" not in self.__dict__:
        self.wanted = tuple(self._processing_map())
    return self.wanted


def _random_string(self: MotoRandom, length: int = 20, include_digits: bool = True, lower_case: bool = False) -> str:
    """Choose all characters at once."""
    text = "".join(self.choices(string.ascii_letters + string.digits * include_digits, k=length))
    return text.lower() if lower_case else text


def take() -> None:
    """Use the shortcuts in this process from now on."""
    ConditionExpressionParser._lex_condition_expression = lambda self: deque(_words(self.condition_expression))
    UpdateExpressionParser.make = cache(UpdateExpressionParser.make)
    JSONFileLoader.load_file = _load_model  # pyright: ignore[reportAttributeAccessIssue] - other names of parameters
    Loader.list_available_services = _list_services  # pyright: ignore[reportAttributeAccessIssue] - the same
    serialize.BaseJSONSerializer._serialize_type_structure = _serialize_value
    models.CallbackResponse = _route  # pyright: ignore[reportPrivateImportUsage] - where moto looks it up
    responses.method_names_from_class = cache(method_names_from_class)  # pyright: ignore[reportPrivateImportUsage] - the same
    responses.camelcase_to_underscores = cache(camelcase_to_underscores)  # pyright: ignore[reportPrivateImportUsage] - the same
    MotoRandom.get_random_string = _random_string
    BaseClient._make_api_call = _call  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
    validators.deepcopy = _copy  # pyright: ignore[reportPrivateImportUsage] - the same
    Item.__init__ = _init_item
    DepthFirstTraverser.nodes_to_be_processed = _wanted
    DepthFirstTraverser.traverse_node_recursively = _traverse
    Node.find_clauses = _find_clauses  # pyright: ignore[reportAttributeAccessIssue] - other names of parameters
    DynamoType.size = _size
    DynamoType.__deepcopy__ = _copy_value  # pyright: ignore[reportAttributeAccessIssue] - the same
    DynamoType.to_regular_json = _to_regular_json
    Item.__deepcopy__ = _copy_item  # pyright: ignore[reportAttributeAccessIssue] - the same
    BaseJSONParser._parse_structure = _parse_value
    parsers.BaseJSONParser._handle_structure = _handle_value  # pyright: ignore[reportAttributeAccessIssue] - the same
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
