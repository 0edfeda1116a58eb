"""Times requests to DynamoDB, as ministack's functions and as ours answer them. Run with the engine's Python.

PYTHON dynamodb_requests.py ROOT ROUNDS TIMES prints the CPU microseconds per request of each round, by case:
`PutItem, ministack`, `PutItem, ours`, …. Both work on the same tables, with the engine's indexes and packed items.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

sys.path.insert(0, sys.argv[1])
sys.path.insert(0, f"{sys.argv[1]}/layers/shared/python")

from ministack.services import dynamodb  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only

from benchmarks.measuring.rounds import alternate
from engine.corrections.key_conditions import read_once
from engine.ministack import view
from engine.state.packed_items import pack_items
from engine.state.table_indexes import TableIndexes
from engine.state.table_store import OPERATIONS, answer_usual_requests

LEDGER: Final = "Ledger"
PAYMENTS: Final = 200
"""Those of the merchant whose payments are read and updated."""
PAGE: Final = 20

NEW: Final = itertools.count(PAYMENTS)


def payment(number: int, merchant: str = "merchant") -> dict[str, Any]:
    """Return an item like a payment's: 20 attributes with a list and a map, and in two indexes."""
    created_at = {"S": f"2026-01-01T00:00:00.{number:06}Z"}
    operation = {
        "kind": {"S": "authorize"},
        "amount": {"N": "1999"},
        "at": created_at,
        "request": {"S": f"req_{number}"},
    }
    details = {f"detail_{count}": {"S": f"value {count}"} for count in range(10)}
    return {
        "id": {"S": f"pay_{number:09}"},
        "merchant_key": {"S": merchant},
        "listed_at": created_at,
        "due_key": {"S": "open"},
        "due_at": created_at,
        "remaining": {"N": "1999"},
        "version": {"N": "1"},
        "operations": {"L": [{"M": operation}]},
        "captures": {"M": {}},
        "card": {"M": {"brand": {"S": "visa"}, "last4": {"S": "4242"}}},
        **details,
    }


def key(number: int) -> dict[str, Any]:
    """Return the key of a payment."""
    return {"id": {"S": f"pay_{number:09}"}}


def put() -> dict[str, Any]:
    """Return a request that creates a payment."""
    item = payment(next(NEW), "another")
    return {"TableName": LEDGER, "Item": item, "ConditionExpression": "attribute_not_exists(id)"}


def update(number: int) -> dict[str, Any]:
    """Return a request that changes a payment, and returns it."""
    return {
        "TableName": LEDGER,
        "Key": key(number),
        "UpdateExpression": "SET #v = #v + :one, #r = :amount, #c.#id = :capture, #d = :at REMOVE #x",
        "ConditionExpression": "#m = :merchant AND attribute_not_exists(#c.#y) AND attribute_not_exists(#x)",
        "ExpressionAttributeNames": {
            "#v": "version", "#r": "remaining", "#c": "captures", "#id": "cap_1", "#d": "due_at", "#x": "expired",
            "#m": "merchant_key", "#y": "cap_2",
        },
        "ExpressionAttributeValues": {
            ":one": {"N": "1"},
            ":amount": {"N": "999"},
            ":capture": {"M": {"amount": {"N": "1000"}}},
            ":at": {"S": "2026-01-02T00:00:00Z"},
            ":merchant": {"S": "merchant"},
        },
        "ReturnValues": "ALL_NEW",
    }  # fmt: skip


def query() -> dict[str, Any]:
    """Return a request for the newest payments of a merchant."""
    return {
        "TableName": LEDGER,
        "IndexName": "by_merchant",
        "KeyConditionExpression": "merchant_key = :merchant AND listed_at <= :at",
        "ExpressionAttributeValues": {":merchant": {"S": "merchant"}, ":at": {"S": "2026-01-02"}},
        "ScanIndexForward": False,
        "Limit": PAGE,
    }


def transact(number: int) -> dict[str, Any]:
    """Return a request that creates a payment and changes another one."""
    change = update(number)
    del change["ReturnValues"]
    return {"TransactItems": [{"Put": put()}, {"Update": change}]}


REQUESTS: Final[Mapping[str, Callable[[int], dict[str, Any]]]] = {
    "PutItem": lambda _number: put(),
    "UpdateItem": update,
    "GetItem": lambda number: {"TableName": LEDGER, "Key": key(number)},
    "Query": lambda _number: query(),
    "BatchGetItem": lambda _number: {"RequestItems": {LEDGER: {"Keys": [*map(key, range(PAGE))]}}},
    "TransactWriteItems": transact,
}


def timer(answer: Callable[[Any], tuple[int, Any, bytes]], request: Callable[[int], Any], times: int) -> float:
    """Return the CPU microseconds of an answer. Requests are made before, since a store may keep parts of them."""
    requests = [json.loads(json.dumps(request(number % PAYMENTS))) for number in range(times)]
    before = time.process_time_ns()
    statuses = {answer(sent)[0] for sent in requests}
    elapsed = time.process_time_ns() - before
    if statuses != {200}:
        raise RuntimeError(f"answered with {statuses}")
    return elapsed / times / 1_000


def create() -> None:
    """Create the table, and the merchant's payments."""
    names = ("id", "merchant_key", "listed_at", "due_key", "due_at")
    indexes = {"by_merchant": ("merchant_key", "listed_at"), "by_due": ("due_key", "due_at")}
    table = {
        "TableName": LEDGER,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in names],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": name,
                "KeySchema": [
                    {"AttributeName": partition, "KeyType": "HASH"},
                    {"AttributeName": sort, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for name, (partition, sort) in indexes.items()
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    send("CreateTable", table)
    for number in range(PAYMENTS):
        send("PutItem", {"TableName": LEDGER, "Item": payment(number)})


def send(operation: str, request: dict[str, Any]) -> None:
    """Send a request that is not timed. Raises RuntimeError if it is refused."""
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    status, _, body = asyncio.run(dynamodb.handle_request("POST", "/", headers, json.dumps(request).encode(), {}))
    if status != 200:
        raise RuntimeError(f"{operation} was answered with {status}: {body}")


def main() -> None:
    """Print the samples."""
    rounds, times = map(int, sys.argv[2:])
    pack_items(dynamodb)
    tables = view("dynamodb", dynamodb)
    read_once(tables)
    indexes = TableIndexes(tables, {})
    indexes.install()
    by_ministack = {operation: getattr(tables, OPERATIONS[operation]) for operation in REQUESTS}
    answer_usual_requests(tables, indexes)
    create()
    cases: dict[str, Callable[[], float]] = {}
    for operation, request in REQUESTS.items():
        for name, answer in (("ministack", by_ministack[operation]), ("ours", getattr(tables, OPERATIONS[operation]))):
            cases[f"{operation}, {name}"] = lambda answer=answer, request=request: timer(answer, request, times)
    sys.stdout.write(json.dumps(alternate(cases, rounds)))


main()
