"""moto's DynamoDB as a store. Reads and changes its tables directly, bypassing botocore.

moto ignores the tokens of transactions; this keeps them. DynamoDB executes a transaction once for each
`ClientRequestToken` and the same parameters. A token that comes with others is refused with
IdempotentParameterMismatchException for ten minutes, here until `forget_tokens` ("Amazon DynamoDB Transactions: How it
works", AWS). A transaction that was canceled does not bind its token.
"""

import copy
import json
from collections.abc import Mapping
from typing import Any, Final

import boto3
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.parse import JSONParser
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from tests.support.worlds import moto_shortcuts
from tests.support.worlds.stores import CONTENT_TYPE, Answer, Item

REGION: Final = "us-east-1"
_MISMATCH: Final = "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException"

_execute: Final = DynamoHandler.transact_write_items
_executed: Final[dict[str, str]] = {}


class _MotoStore:
    """The tables of the region."""

    def __init__(self) -> None:
        self._validated: set[str] = set()

    def create(self, definition: Mapping[str, Any]) -> None:
        """Create a table with a call the first time, which validates it, and later in a tenth of the time."""
        text = json.dumps(definition, sort_keys=True)
        if text not in self._validated:
            boto3.client("dynamodb", region_name=REGION).create_table(**definition)
            self._validated.add(text)
            return
        # A copy, because moto keeps and changes these objects.
        parts = copy.deepcopy({**definition})
        _backend().create_table(
            parts["TableName"],
            schema=parts["KeySchema"],
            throughput=None,
            attr=parts["AttributeDefinitions"],
            global_indexes=parts.get("GlobalSecondaryIndexes", []),
            indexes=[],
            streams=None,
            billing_mode=parts["BillingMode"],
            sse_specification=None,
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )

    def has(self, name: str) -> bool:
        return name in _backend().tables

    def delete(self, name: str) -> None:
        _backend().delete_table(name)

    def items(self, name: str) -> list[Item]:
        return [copy.deepcopy(held.to_json()["Attributes"]) for held in _table(name).all_items()]

    def item(self, name: str, key: Mapping[str, Any]) -> Item | None:
        table = _table(name)
        sort = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
        held = table.get_item(DynamoType(key[table.hash_key_attr]), sort)
        return copy.deepcopy(held.to_json()["Attributes"]) if held is not None else None

    def take(self, name: str) -> Any:
        return copy.deepcopy(dict(_table(name).items))

    def put_back(self, name: str, taken: Any = None) -> None:
        kept = _table(name).items
        kept.clear()
        kept.update(copy.deepcopy(taken or {}))

    def forget_tables(self) -> None:
        _backend().tables.clear()
        self.forget_tokens()

    def forget_tokens(self) -> None:
        _executed.clear()

    def answer(self, operation: str, url: str, body: Any, /) -> Answer:
        """Answer without moto's search for the service of a URL, and without the WSGI request that it makes."""
        model = get_service_model("dynamodb").operation_model(operation)
        handler: Any = DynamoHandler()
        handler.headers = {"x-amz-target": f"DynamoDB_20120810.{operation}", "Content-Type": CONTENT_TYPE}
        handler.response_headers = {"server": "amazon.com"}
        handler.method, handler.querystring, handler.uri_match = "POST", {}, {}
        match = handler.region_regex.search(url)
        handler.region, handler.partition = match[1] if match else handler.default_region, "aws"
        handler.current_account = DEFAULT_ACCOUNT_ID
        parser = JSONParser(model, map_type=handler.PROTOCOL_PARSER_MAP_TYPE)
        handler.params = parser.parse({"body": body})  # pyright: ignore[reportArgumentType] - it reads no other
        return handler.call_action()


MOTO: Final = _MotoStore()


def _backend() -> DynamoDBBackend:
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION]


def _table(name: str) -> Table:
    return _backend().get_table(name)


def _transact(self: DynamoHandler) -> ActionResult:
    token, writes = self.body.get("ClientRequestToken"), json.dumps(self.body["TransactItems"], sort_keys=True)
    if token is None or token not in _executed:
        answer = _execute(self)
        if token is not None:
            _executed[token] = writes
        return answer
    if _executed[token] != writes:
        raise DynamodbException(_MISMATCH, "The token was used with other parameters.")
    return ActionResult({})


moto_shortcuts.take()
DynamoHandler.transact_write_items = _transact
