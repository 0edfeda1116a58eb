"""Asks the engine's tables many things, and prints the answers. Run with the engine's Python by test_table_store.py.

PYTHON asked_tables.py ROOT SEED ROUNDS PASS…

A pass starts with empty tables and asks the same as the others: `ministack` as it is, then with items `compressed` and
indexes in order, then `answered` by our own operations. A line is an answer, or what was stored in the end.
"""

import asyncio
import atexit
import json
import random
import sys
import zlib
from collections.abc import Callable
from typing import Any

sys.path.insert(0, sys.argv[1])
sys.path.insert(1, f"{sys.argv[1]}/layers/shared/python")

from ministack.services import dynamodb  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only

from engine.corrections.key_conditions import read_once
from engine.dynamodb.refusals import UnusualRequestError
from engine.ministack import view
from engine.state import table_store
from engine.state.packed_items import pack_items
from engine.state.table_indexes import TableIndexes

CHANCE = random.Random()
TYPES = {"id": "S", "entry": "S", "nr": "N", "octets": "B", "card": "S", "listed_at": "S", "amount": "N"}
TABLES = {"plain": ("id",), "sorted": ("id", "entry"), "numbered": ("id", "nr"), "binary": ("id", "octets")}
INDEXES = (("card", "listed_at"), ("card",), ("card", "amount"))
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
WRITTEN_IF = (
    "attribute_not_exists(id)",
    "attribute_exists(id) AND card = :a",
    "attribute_not_exists(seen) OR seen < :n",
    "seen BETWEEN :n AND :m AND NOT contains(card, :a)",
    "begins_with(listed_at, :x) OR size(listed_at) > :n",
    "card IN (:a, :x)",
)
UPDATES = (
    "SET card = :a, seen = :n",
    "SET seen = if_not_exists(seen, :n) + :m REMOVE listed_at",
    "ADD seen :m DELETE tags :t",
    "SET tags = :t, nested = :map",
    "SET steps = list_append(if_not_exists(steps, :none), :list)",
    "REMOVE card",
)
UPDATES_IF = {
    "SET nested.part = :a": "attribute_exists(nested.part)",
    "REMOVE card, steps[0]": "attribute_exists(steps)",
}
"""Updates of a part of an item, and what they need: AWS refuses them without it, and ministack does not."""
VALUES: dict[str, Any] = {
    ":a": {"S": "a"},
    ":x": {"S": "1"},
    ":n": {"N": "2"},
    ":m": {"N": "5"},
    ":t": {"SS": ["a", "b"]},
    ":none": {"L": []},
    ":list": {"L": [{"N": "1"}]},
    ":map": {"M": {"part": {"S": "x"}, "é": {"NULL": True}}},
}


def text(value: object) -> dict[str, str]:
    return {"S": str(value)}


def number(value: object) -> dict[str, str]:
    return {"N": str(value)}


def answer_to(action: str, data: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any]]:
    asked = {"x-amz-target": f"DynamoDB_20120810.{action}"}
    status, headers, body = asyncio.run(dynamodb.handle_request("POST", "/", asked, json.dumps(data).encode(), {}))
    assert headers["x-amz-crc32"] == str(zlib.crc32(body))
    return status, headers, json.loads(body)


def ask(action: str, **data: Any) -> dict[str, Any]:
    status, headers, answer = answer_to(action, data)
    if action != "CreateTable":  # its answer has the time
        said = comparable(status, headers, answer, is_unordered=action == "Scan" and "IndexName" in data)
        sys.stdout.write(f"{action} {status} {headers['Content-Type']} {said}\n")
    return answer


def comparable(status: int, headers: dict[str, str], answer: dict[str, Any], *, is_unordered: bool) -> str:
    """Return an answer with what has no order sorted. A refusal's texts are behind a bar: AWS documents none."""
    if status == 200:
        if answer.get("Attributes") == {}:
            del answer["Attributes"]
        for value in values_in(answer):
            value.get("SS", []).sort()
        if is_unordered:
            answer["Items"].sort(key=lambda one: json.dumps(one, sort_keys=True))
        return json.dumps(answer, sort_keys=True)
    kind = answer["__type"].rpartition("#")[2]
    assert kind == headers["x-amzn-errortype"]
    assert isinstance(answer.get("message", answer.get("Message")), str)
    reasons = [
        {name: value for name, value in reason.items() if name != "Message"}
        for reason in answer.get("CancellationReasons", [])
    ]
    return f"{json.dumps([kind, answer.get('Item'), reasons], sort_keys=True)} | {json.dumps(answer)}"


def values_in(answer: Any) -> list[dict[str, Any]]:
    below = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ()
    return [
        *([answer] if isinstance(answer, dict) and "SS" in answer else []),
        *(v for b in below for v in values_in(b)),
    ]


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
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        GlobalSecondaryIndexes=[
            {"IndexName": "_".join(names), "KeySchema": schema(names), "Projection": {"ProjectionType": "KEYS_ONLY"}}
            for names in INDEXES
        ],
    )


def key(table: str) -> dict[str, Any]:
    chosen = {
        "id": text(f"id {CHANCE.randrange(12)}"),
        "entry": text(CHANCE.randrange(9)),
        "nr": number(CHANCE.choice([-3, 0, 2, 10, "1.5", 100])),
        "octets": {"B": CHANCE.choice(["AA==", "AAE=", "/w==", "fn8="])},
    }
    return {name: chosen[name] for name in TABLES[table]}


def item(table: str) -> dict[str, Any]:
    optional = {
        "card": text(CHANCE.choice("ab")),
        "listed_at": text(f"{CHANCE.randrange(20):02}"),
        "amount": number(CHANCE.randrange(200)),
        "seen": number(CHANCE.randrange(4)),
        "nested": {"M": {"part": text("é"), "list": {"L": [number("1.50"), {"BOOL": True}]}}},
        "tags": {"SS": ["b", "c"]},
    }
    return key(table) | {name: value for name, value in optional.items() if CHANCE.random() < 0.8}


def query(table: str) -> None:
    # AWS documents no order of items with the same keys in an index.
    names = CHANCE.choice([None, *(INDEXES if TYPES[TABLES[table][-1]] == "S" else ())])
    hash_name, range_name = (TABLES[table][0], TABLES[table][-1]) if names is None else (names[0], names[-1])
    low, high = sorted(CHANCE.randrange(20) for _ in range(2))
    expression, aliases = CHANCE.choice(CONDITIONS)
    expression = expression.format(hash=hash_name, range=range_name)

    def bound(value: int) -> dict[str, str]:
        kind = TYPES[range_name]
        if kind == "B":
            return {"B": ["AA==", "fn8="][value % 2]}
        return number(value) if kind == "N" else text(f"{value:02}" if range_name == "listed_at" else value % 9)

    values = {
        ":h": text(f"id {CHANCE.randrange(12)}" if names is None else CHANCE.choice("abc")),
        ":x": bound(low),
        ":y": bound(high),
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
    if CHANCE.random() < 0.2 and names is None:
        data |= {"FilterExpression": "attribute_exists(seen)", "ProjectionExpression": "id, nested.part"}
    if CHANCE.random() < 0.1:
        data |= {"Select": "COUNT"}
        data.pop("ProjectionExpression", None)
    while "LastEvaluatedKey" in (answer := ask("Query", **data)):
        data["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def scan(table: str) -> None:
    data: dict[str, Any] = {"TableName": table, "Limit": CHANCE.choice([3, 7])}
    if CHANCE.random() < 0.3:
        data |= {"FilterExpression": "card = :a", "ExpressionAttributeValues": {":a": VALUES[":a"]}}
    if CHANCE.random() < 0.5:
        scan_in_segments(data)
        return
    while "LastEvaluatedKey" in (answer := ask("Scan", **data)):
        data["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        if CHANCE.random() < 0.2:
            ask("DeleteItem", TableName=table, Key=answer["LastEvaluatedKey"])


def scan_in_segments(data: dict[str, Any]) -> None:
    """Print the items of all segments, since AWS documents no rule by which they are divided."""
    items: list[Any] = []
    for segment in range(3):
        page = {**data, "TotalSegments": 3, "Segment": segment}
        while "LastEvaluatedKey" in (answer := answer_to("Scan", page)[2]):
            items += answer["Items"]
            page["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        items += answer["Items"]
    sys.stdout.write(f"segments {json.dumps(sorted(json.dumps(one, sort_keys=True) for one in items))}\n")


def conditional(*, always: bool = False) -> dict[str, Any]:
    if not always and CHANCE.random() < 0.4:
        return {}
    data: dict[str, Any] = {"ConditionExpression": CHANCE.choice(WRITTEN_IF)}
    if CHANCE.random() < 0.5:
        data["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return data


def update() -> dict[str, Any]:
    chosen = CHANCE.choice([*UPDATES, *UPDATES_IF])
    needed = {"ConditionExpression": UPDATES_IF[chosen]} if chosen in UPDATES_IF else {}
    return with_values({**conditional(), **needed, "UpdateExpression": chosen})


def with_values(data: dict[str, Any]) -> dict[str, Any]:
    words = f"{data.get('ConditionExpression', '')} {data.get('UpdateExpression', '')} ".replace(",", " ")
    words = words.replace(")", " ").replace("(", " ")
    values = {name: value for name, value in VALUES.items() if f"{name} " in words}
    return data | ({"ExpressionAttributeValues": values} if values else {})


def change(table: str) -> None:
    written = {"TableName": table}
    ask(
        "PutItem",
        **written,
        Item=item(table),
        ReturnValues=CHANCE.choice(["ALL_OLD", "NONE"]),
        **with_values(conditional()),
    )
    ask("GetItem", **written, Key=key(table), ConsistentRead=CHANCE.choice([True, False]))
    if CHANCE.random() < 0.3:
        ask(
            "GetItem",
            **written,
            Key=key(table),
            ProjectionExpression="#c, nested.part",
            ExpressionAttributeNames={"#c": "card"},
        )
    if CHANCE.random() < 0.4:
        ask("DeleteItem", **written, Key=key(table), ReturnValues="ALL_OLD", **with_values(conditional()))
    if CHANCE.random() < 0.6:
        changed = update()
        returned = CHANCE.choice(["NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"])
        if "[" in changed["UpdateExpression"]:  # AWS does not document what of a list has been updated
            returned = "ALL_NEW"
        ask("UpdateItem", **written, Key=key(table), ReturnValues=returned, **changed)
    if CHANCE.random() < 0.2:
        batch(table)
    if CHANCE.random() < 0.3:
        transact(table)
    if CHANCE.random() < 0.1:
        unusual(table)


def batch(table: str) -> None:
    keys = [key(table) for _ in range(3)]
    ask(
        "BatchWriteItem",
        RequestItems={
            table: [{"PutRequest": {"Item": item(table)}}, *({"DeleteRequest": {"Key": k}} for k in keys[:2])],
            "plain" if table != "plain" else "sorted": [
                {"PutRequest": {"Item": item("plain" if table != "plain" else "sorted")}}
            ],
        },
    )
    ask("BatchGetItem", RequestItems={table: {"Keys": keys, "ProjectionExpression": "id, card"}})
    ask("BatchGetItem", RequestItems={table: {"Keys": keys[:1], "ConsistentRead": True}})


def transact(table: str) -> None:
    keys: list[dict[str, Any]] = []
    while len(keys) < 4:
        keys += [one for one in [key(table)] if one not in keys]
    # ministack compares a repeated transaction with one whose numbers it has changed into another form.
    put = json.loads(json.dumps(item(table)).replace("1.50", "1.5"))
    actions = [
        {"Put": {"TableName": table, "Item": put | keys[0], **with_values(conditional())}},
        {"Update": {"TableName": table, "Key": keys[1], **update()}},
        {"Delete": {"TableName": table, "Key": keys[2], **with_values(conditional())}},
        {"ConditionCheck": {"TableName": table, "Key": keys[3], **with_values(conditional(always=True))}},
    ]
    data: dict[str, Any] = {"TransactItems": CHANCE.sample(actions, CHANCE.choice([1, 2, 3]))}
    if CHANCE.random() < 0.5:
        data["ClientRequestToken"] = f"token {CHANCE.randrange(10)}"
    ask("TransactWriteItems", **data)
    if CHANCE.random() < 0.3:
        ask("TransactWriteItems", **data)


def unusual(table: str) -> None:
    """Ask what only ministack answers."""
    written = {"TableName": table}
    expected = {"seen": {"ComparisonOperator": "EQ", "AttributeValueList": [number(1)]}}
    statement = "UPDATE plain SET seen = 2 WHERE id = 'id 1'"
    for action, data in (
        ("PutItem", {**written, "Item": item(table), "Expected": expected}),
        ("GetItem", {**written, "Key": key(table), "AttributesToGet": ["id"]}),
        ("Scan", {**written, "IndexName": "card_listed_at", "ScanFilter": expected}),
        ("ExecuteTransaction", {"TransactStatements": [{"Statement": statement}]}),
        ("GetItem", {"TableName": f"arn:aws:dynamodb:us-east-1:000000000000:table/{table}", "Key": key(table)}),
    ):
        ask(action, **data)


def stored() -> None:
    for table in TABLES:
        kept = dynamodb._tables.get(table)
        items = {name: dict(of) for name, of in kept["items"].items()}
        sys.stdout.write(f"{table} {kept['ItemCount']} {kept['TableSizeBytes']} {json.dumps(items, sort_keys=True)}\n")
        ask("Scan", TableName=table, IndexName="card_listed_at")
        records = dynamodb._stream_records.get(table)
        sequence = [record["dynamodb"]["SequenceNumber"] for record in records]
        assert sequence == sorted(set(sequence))
        assert len({record["eventID"] for record in records}) == len(records)
        for record in records:
            kept_of = {name: value for name, value in record["dynamodb"].items() if name[:5] not in {"Appro", "Seque"}}
            shown = {**record, "eventID": "", "eventSourceARN": "", "dynamodb": kept_of}
            sys.stdout.write(f"record {json.dumps(shown, sort_keys=True)}\n")


def compress() -> TableIndexes:
    pack_items(dynamodb)
    read_once(view("dynamodb", dynamodb))
    indexes = TableIndexes(view("dynamodb", dynamodb), {})
    indexes.install()
    return indexes


def answer_usual() -> None:
    """Count the requests of each operation, and those of them that are handed on."""
    answer, counts = table_store.answer, {operation: [0, 0] for operation in table_store.OPERATIONS}

    def counted(operation: str, *asked: Any) -> dict[str, Any]:
        counts[operation][0] += 1
        try:
            return answer(operation, *asked)
        except UnusualRequestError:
            counts[operation][1] += 1
            raise

    table_store.answer = counted
    table_store.answer_usual_requests(view("dynamodb", dynamodb), compress())
    atexit.register(lambda: sys.stderr.write(json.dumps(counts)))


PASSES: dict[str, Callable[[], object]] = {
    "ministack": lambda: None,
    "compressed": compress,
    "answered": answer_usual,
}


def main() -> None:
    seed, rounds = map(int, sys.argv[2:4])
    for name in sys.argv[4:]:
        dynamodb.reset()
        PASSES[name]()
        CHANCE.seed(seed)
        sys.stdout.write(f"pass {name}\n")
        for table in TABLES:
            create(table)
        for _ in range(rounds):
            table = CHANCE.choice([*TABLES])
            change(table)
            query(table)
            if CHANCE.random() < 0.1:
                scan(table)
        stored()


if __name__ == "__main__":
    main()
