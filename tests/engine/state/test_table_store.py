"""Our own operations on the engine's tables: answers and tables are as with ministack's, which gets the unusual."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.deploy.installation import ROOT, installation
from engine.ministack import view
from engine.state.packed_items import ONLY, PackedItems
from engine.state.payment_limit import limit_payments
from engine.state.table_indexes import Retention, TableIndexes
from engine.state.table_store import OPERATIONS, answer_usual_requests
from paysandbox.aws.schema import BY_MERCHANT, LEDGER, LEDGER_IS_FULL, TTL_ATTRIBUTE
from tests.support.tools.tiers import seeds

PROGRAM = Path(__file__).with_name("asked_tables.py")
ROUNDS = 60
TEXTS = " | "
"""What separates an answer from the texts of a refusal, which AWS does not document."""


@pytest.mark.parametrize("seed", seeds(20, fast=1))
def test_the_engine_answers_the_same_as_without(seed: int) -> None:
    words = (installation().engine_python, "-I", PROGRAM, ROOT, str(seed), str(ROUNDS))
    asked = subprocess.run(
        [*words, "ministack", "compressed", "answered"], check=True, capture_output=True, text=True, timeout=60
    )
    ministack, compressed, answered = (one.splitlines()[1:] for one in asked.stdout.split("pass ")[1:])
    assert compressed == ministack
    for number, (one, other) in enumerate(zip(compressed, answered, strict=True)):
        assert one.split(TEXTS)[0] == other.split(TEXTS)[0], number
    counts = json.loads(asked.stderr)
    assert counts.keys() == OPERATIONS.keys()
    assert all(requests > handed_on for requests, handed_on in counts.values()), counts
    assert sum(handed_on for _, handed_on in counts.values()) >= 4


TABLE = f"paysandbox-local-{LEDGER}"


class Service(SimpleNamespace):
    """The part of ministack's DynamoDB that our operations use, with a table. It answers each request by its number.

    `scope` is the account and the Region of a request.
    """

    _INDEX_MEMBERS = "members"

    def __init__(self, retention: Retention | None = None) -> None:
        self.table: dict[str, Any] = {
            "TableName": TABLE,
            "TableArn": f"arn:aws:dynamodb:us-east-1:000000000000:table/{TABLE}",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": "S"}
                for name in ("id", BY_MERCHANT.partition_key, BY_MERCHANT.sort_key)
            ],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": BY_MERCHANT.name,
                    "KeySchema": [
                        {"AttributeName": BY_MERCHANT.partition_key, "KeyType": "HASH"},
                        {"AttributeName": BY_MERCHANT.sort_key, "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
            "items": PackedItems(),
        }
        self.scope: tuple[str, str] = ("000000000000", "us-east-1")
        self.get_account_id = lambda: self.scope[0]
        self.get_region = lambda: self.scope[1]
        self.handed_on: list[Any] = []
        self.changes: list[tuple[Any, ...]] = []
        self.tokens_of_ministack: set[str] = set()
        self._lock = threading.Lock()
        self._tables = {TABLE: self.table}
        self._ttl_settings = SimpleNamespace(get_scoped=lambda *_: {})
        self._index_key_schemas = lambda _: [(BY_MERCHANT.name, [BY_MERCHANT.partition_key], [BY_MERCHANT.sort_key])]
        self._emit_stream_event = lambda *change: self.changes.append(change)
        self._txn_token_lookup = lambda token: {} if token in self.tokens_of_ministack else None
        self.error_response_json = lambda code, _message, status: (status, {}, json.dumps({"__type": code}).encode())
        for function in OPERATIONS.values():
            setattr(self, f"_{function}", self._hand_on)
        self.indexes = TableIndexes(view("dynamodb", self), {} if retention is None else {LEDGER: retention})
        self._set_item, self._remove_item = self.indexes.set_item, self.indexes.remove_item
        answer_usual_requests(view("dynamodb", self), self.indexes)

    def _hand_on(self, request: Any) -> Any:
        self.handed_on.append(request)
        return 200, {}, b'{"by": "ministack"}'

    def ask(self, operation: str, **request: Any) -> tuple[int, Any]:
        status, _, body = getattr(self, f"_{OPERATIONS[operation]}")(request)
        return status, json.loads(body)

    @property
    def stored(self) -> list[str]:
        return [*self.table["items"]]


@pytest.fixture
def service() -> Service:
    return Service()


def item(key: object, **attributes: dict[str, Any]) -> dict[str, Any]:
    return {"id": {"S": str(key)}, **attributes}


def put(key: object, **attributes: dict[str, Any]) -> dict[str, Any]:
    return {"TableName": TABLE, "Item": item(key, **attributes)}


BY_MINISTACK = {"by": "ministack"}


@pytest.mark.parametrize(
    "operation, request_of",
    [
        ("PutItem", {**put("one"), "Expected": {"id": {"Exists": False}}}),
        ("PutItem", {**put("one"), "TableName": f"arn:aws:dynamodb:us-east-1:000000000000:table/{TABLE}"}),
        ("GetItem", {"TableName": TABLE, "Key": item("one"), "AttributesToGet": ["id"]}),
        ("BatchWriteItem", {"RequestItems": {TABLE: [{"PutRequest": put("one")}]}, "ReturnConsumedCapacity": "TOTAL"}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {**put("one"), "Expected": {}}}]}),
    ],
)
def test_an_unusual_request_is_ministacks(service: Service, operation: str, request_of: dict[str, Any]) -> None:
    assert service.ask(operation, **request_of) == (200, BY_MINISTACK)
    assert service.handed_on == [request_of]
    assert service.stored == service.changes == []


@pytest.mark.parametrize("body", [[], None, "text"])
def test_a_request_that_is_no_object_is_ministacks(service: Service, body: Any) -> None:
    assert service._put_item(body)[2] == b'{"by": "ministack"}'


@pytest.mark.parametrize(
    "changed",
    [
        {"VectorIndexes": [{"IndexName": "near"}]},
        {"_index_key_schemas": [("both", ["card", "merchant"], ["at"])]},
    ],
    ids=["a vector index", "an index with two partition keys"],
)
def test_a_table_with_what_only_ministack_knows_is_ministacks(service: Service, changed: dict[str, Any]) -> None:
    if "VectorIndexes" in changed:
        service.table |= changed
    else:
        service._index_key_schemas = lambda _: changed["_index_key_schemas"]
    assert service.ask("PutItem", **put("one")) == (200, BY_MINISTACK)


def test_a_change_of_a_tables_indexes_is_seen(service: Service) -> None:
    by_merchant = {
        "TableName": TABLE,
        "IndexName": BY_MERCHANT.name,
        "KeyConditionExpression": "merchant_key = :m",
        "ExpressionAttributeValues": {":m": {"S": "acme"}},
    }
    assert service.ask("Query", **by_merchant)[0] == 200
    service.table["GlobalSecondaryIndexes"] = []
    service._index_key_schemas = lambda _: []
    del service.table["members"]  # as UpdateTable does
    assert service.ask("Query", **by_merchant)[0] == 400


TRANSACTION = {"TransactItems": [{"Put": put("one")}], "ClientRequestToken": "a token"}
UNUSUAL = {**TRANSACTION, "ReturnConsumedCapacity": "TOTAL"}


def test_the_token_of_a_transaction_is_no_other_ones(service: Service) -> None:
    assert service.ask("TransactWriteItems", **TRANSACTION) == (200, {})
    status, refusal = service.ask("TransactWriteItems", **UNUSUAL)
    assert (status, refusal["__type"].rpartition("#")[2]) == (400, "IdempotentParameterMismatchException")
    assert service.handed_on == []
    service.scope = ("111111111111", "us-east-1")  # tokens are an account's
    assert service.ask("TransactWriteItems", **UNUSUAL) == (200, BY_MINISTACK)


def test_what_ministack_answered_is_repeated_by_ministack(service: Service) -> None:
    service.tokens_of_ministack.add("a token")
    assert service.ask("TransactWriteItems", **TRANSACTION) == (200, BY_MINISTACK)
    assert service.stored == []


def payment(key: str) -> dict[str, Any]:
    return put(key, merchant={"S": "acme"}, merchant_key={"S": "acme#1"}, listed_at={"S": "2030"})


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem"])
def test_a_payment_beyond_the_maximum_is_rejected(service: Service, operation: str) -> None:
    limit_payments(view("dynamodb", service), service.indexes, 1)
    second = payment("two")
    if operation == "UpdateItem":
        values = {f":{name}": value for name, value in second.pop("Item").items() if name != "id"}
        assignments = ", ".join(f"{name[1:]} = {name}" for name in values)
        second |= {"Key": item("two"), "UpdateExpression": f"SET {assignments}", "ExpressionAttributeValues": values}
    assert service.ask("PutItem", **payment("one")) == (200, {})
    assert service.ask(operation, **second) == (400, {"__type": LEDGER_IS_FULL})
    assert service.ask("PutItem", **put("a record", body_hash={"S": "…"})) == (200, {})
    assert service.stored == ["one", "a record"]
    assert [new["id"]["S"] for *_, new in service.changes] == service.stored


def test_a_batch_removes_the_oldest_items_beyond_a_tables_number() -> None:
    service = Service(Retention(3, TTL_ATTRIBUTE))
    puts = [{"PutRequest": {"Item": item(number, **{TTL_ATTRIBUTE: {"N": "9"}})}} for number in range(5)]
    assert service.ask("BatchWriteItem", RequestItems={TABLE: puts}) == (200, {"UnprocessedItems": {}})
    assert service.stored == ["2", "3", "4"]
    assert service.table["ItemCount"] == 3


@contextmanager
def reads_of(items: PackedItems, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    keys: list[str] = []
    read: Callable[..., Any] = items.read
    with monkeypatch.context() as patched:
        patched.setattr(items, "read", lambda key, sort_key: (keys.append(key), read(key, sort_key))[1])
        yield keys


@pytest.mark.parametrize(
    "operation, asked, keys",
    [
        ("PutItem", {**put("new"), "ConditionExpression": "attribute_not_exists(id)"}, ["new", "new"]),
        ("Scan", {"Limit": 2}, ["00", "01"]),
        (
            "Query",
            {
                "IndexName": BY_MERCHANT.name,
                "KeyConditionExpression": "merchant_key = :m",
                "ExpressionAttributeValues": {":m": {"S": "acme#1"}},
                "ScanIndexForward": False,
                "Limit": 3,
            },
            ["39", "38", "37"],
        ),
    ],
)
def test_only_items_that_are_asked_for_are_read(
    service: Service, monkeypatch: pytest.MonkeyPatch, operation: str, asked: dict[str, Any], keys: list[str]
) -> None:
    for number in range(40):
        service.ask("PutItem", **payment(f"{number:02}"))
    with reads_of(service.table["items"], monkeypatch) as read:
        assert service.ask(operation, **{"TableName": TABLE, **asked})[0] == 200
    assert read == keys


def test_threads_lose_no_update(service: Service) -> None:
    """State machines write in threads of their own, beside the server's."""
    counting = {
        "TableName": TABLE,
        "Key": item("counter"),
        "UpdateExpression": "SET seen = if_not_exists(seen, :none) + :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":none": {"N": "0"}},
    }

    def count() -> None:
        for _ in range(100):
            service.ask("UpdateItem", **counting)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert service.table["items"].read("counter", ONLY) == item("counter", seen={"N": "400"})
