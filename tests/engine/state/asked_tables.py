"""Asks the engine's tables many things, and prints the answers. Run with the engine's Python by test_table_indexes.py.

PYTHON asked_tables.py ROOT [compressed]
"""

import asyncio
import json
import random
import sys
from typing import Any

sys.path.insert(0, sys.argv[1])

from ministack.services import dynamodb  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only

CHANCE = random.Random(5)
TYPES = {"id": "S", "entry": "S", "card": "S", "listed_at": "S", "amount": "N"}
TABLES = {"plain": ("id",), "sorted": ("id", "entry")}
INDEXES = (("card", "listed_at"), ("card",), ("card", "amount"))
STATEMENTS = {
    "plain": ("UPDATE plain SET seen = 2 WHERE id = 'id 1'", "UPDATE plain SET seen = 2 WHERE id = 'none'"),
    "sorted": (
        "UPDATE sorted SET seen = 2 WHERE id = 'id 1' AND entry = '1'",
        "UPDATE sorted SET seen = 2 WHERE id = 'none' AND entry = '1'",
    ),
}
CONDITIONS: list[tuple[str, dict[str, str]]] = [
    ("{hash} = :h", {}),
    ("{hash} = :h AND {range} < :x", {}),
    ("{hash} = :h AND {range} <= :x", {}),
    ("{hash} = :h AND {range} > :x", {}),
    ("{hash} = :h AND #r >= :x", {"#r": "{range}"}),
    ("{hash} = :h AND {range} = :x", {}),
    ("{hash} = :h AND {range} BETWEEN :x AND :y", {}),
    ("{hash} = :h AND begins_with({range}, :x)", {}),
    ("{range} = :x AND {hash} = :h", {}),
    ("{hash} = :h AND other = :x", {}),
    ("{range} = :x", {}),
]


def compress() -> None:
    from engine.corrections.key_conditions import read_once
    from engine.ministack import view
    from engine.state.packed_items import pack_items
    from engine.state.table_indexes import TableIndexes

    pack_items(dynamodb)
    read_once(view("dynamodb", dynamodb))
    TableIndexes(view("dynamodb", dynamodb), {}).install()


def ask(action: str, **data: Any) -> dict[str, Any]:
    headers = {"x-amz-target": f"DynamoDB_20120810.{action}"}
    status, _, body = asyncio.run(dynamodb.handle_request("POST", "/", headers, json.dumps(data).encode(), {}))
    answer = json.loads(body)
    if action != "CreateTable":  # its answer has the time
        sys.stdout.write(f"{action} {status} {json.dumps(answer, sort_keys=True)}\n")
    return answer


def text(value: object) -> dict[str, str]:
    return {"S": str(value)}


def number(value: object) -> dict[str, str]:
    return {"N": str(value)}


def schema(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": "RANGE" if place else "HASH"} for place, name in enumerate(names)]


def create(table: str) -> None:
    used = sorted({*TABLES[table], "card", "listed_at", "amount"})
    ask(
        "CreateTable",
        TableName=table,
        KeySchema=schema(TABLES[table]),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": TYPES[name]} for name in used],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {"IndexName": "_".join(names), "KeySchema": schema(names), "Projection": {"ProjectionType": "KEYS_ONLY"}}
            for names in INDEXES
        ],
    )


def key(table: str) -> dict[str, Any]:
    chosen = {"id": text(f"id {CHANCE.randrange(12)}"), "entry": text(CHANCE.randrange(9))}
    return {name: chosen[name] for name in TABLES[table]}


def item(table: str) -> dict[str, Any]:
    optional = {
        "card": text(CHANCE.choice("ab")),
        "listed_at": text(f"{CHANCE.randrange(20):02}"),
        "amount": number(CHANCE.randrange(200)),
    }
    return key(table) | {name: value for name, value in optional.items() if CHANCE.random() < 0.9}


def query(table: str) -> None:
    names = CHANCE.choice([None, *INDEXES])
    hash_name, range_name = ("id", "entry") if names is None else (names[0], names[-1])
    low, high = sorted(CHANCE.randrange(20) for _ in range(2))
    expression, aliases = CHANCE.choice(CONDITIONS)
    expression = expression.format(hash=hash_name, range=range_name)
    values = {
        ":h": text(f"id {CHANCE.randrange(12)}" if names is None else CHANCE.choice("abc")),
        ":x": number(low) if range_name == "amount" else text(f"{low:02}" if range_name == "listed_at" else low % 9),
        ":y": number(high) if range_name == "amount" else text(f"{high:02}" if range_name == "listed_at" else 9),
    }
    data: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": expression,
        "ExpressionAttributeValues": {name: value for name, value in values.items() if name in expression},
        "ScanIndexForward": CHANCE.choice([True, False]),
    }
    if aliases:
        data["ExpressionAttributeNames"] = {name: value.format(range=range_name) for name, value in aliases.items()}
    if names is not None:
        data["IndexName"] = "_".join(names)
    if CHANCE.random() < 0.6:
        data["Limit"] = CHANCE.choice([1, 2, 5])
    while "LastEvaluatedKey" in (answer := ask("Query", **data)):
        data["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def change(table: str) -> None:
    ask("PutItem", TableName=table, Item=item(table), ReturnValues="ALL_OLD")
    if CHANCE.random() < 0.4:
        ask("DeleteItem", TableName=table, Key=key(table), ReturnValues="ALL_OLD")
    if CHANCE.random() < 0.4:
        ask(
            "UpdateItem",
            TableName=table,
            Key=key(table),
            UpdateExpression="SET card = :s, seen = :n",
            ReturnValues="ALL_NEW",
            ExpressionAttributeValues={":s": text(CHANCE.choice("ab")), ":n": number(1)},
        )
    if CHANCE.random() < 0.1:
        ask("ExecuteTransaction", TransactStatements=[{"Statement": one} for one in STATEMENTS[table]])


def main() -> None:
    if sys.argv[2:] == ["compressed"]:
        compress()
    for table in TABLES:
        create(table)
    for _ in range(400):
        table = CHANCE.choice([*TABLES])
        change(table)
        query(table)
        if CHANCE.random() < 0.1:
            ask("Scan", TableName=table, Limit=7)
            ask("Scan", TableName=table, IndexName="card_listed_at")
    for table in TABLES:
        found = dynamodb._tables.get(table)
        sys.stdout.write(f"{found['ItemCount']} {len(found['items'])}\n")


if __name__ == "__main__":
    main()
