"""Tables that answer a DynamoDB client from SQLite, and count what AWS would ask for: for runs over 10^5 items.

moto looks through a whole table for each query, and copies all tables for each transaction, so its time grows with the
square of what it holds. This one finds items by their keys. It knows the expressions that settlement and donations send
and refuses every other one; a test holds it and moto together. Items lie in memory that Python does not count, so that
the memory of a worker can be told from that of its tables. Indexes are up to date at once, which AWS's are not.
"""

import io
import json
import re
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from benchmarks.write_units import UNIT_BYTES, index_units, item_size_bytes
from paysandbox.table.schema import Index

READ_UNIT_BYTES: Final = 4_096
PAGE_BYTES: Final = 1_000_000
"""After so many bytes of items DynamoDB ends a query's page."""

Json = dict[str, Any]

_LAST: Final = "\U0010ffff"
"""Behind every sort key of ours."""

_CLAUSE: Final = re.compile(r"(SET|REMOVE|ADD) (.+?) ?(?=SET |REMOVE |ADD |$)")
_COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda left, right: left == right,
    "<>": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@dataclass(frozen=True, slots=True)
class Keys:
    """A table's keys: partition, sort (None: no sort key), its indexes, which of those is looked into, and which hold
    whole items (the others hold keys)."""

    partition: str
    sort: str | None = None
    indexes: tuple[Index, ...] = ()
    queried: Index | None = None
    whole: tuple[Index, ...] = ()


@dataclass(slots=True)
class Used:
    """What was asked for: calls by their operation, request units, and the CPU time that answering took here (s)."""

    calls: Counter[str] = field(default_factory=Counter[str])
    write_units: float = 0
    read_units: float = 0
    answering_s: float = 0


class Tables:
    """Some tables. `answer(client)` puts them behind a boto3 client, in the place of AWS."""

    def __init__(self, tables: Mapping[str, Keys]) -> None:
        self._tables, self.used = tables, Used()
        self._lock = threading.Lock()
        self._kept = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._kept.execute(
            "CREATE TABLE items (tbl TEXT, pk TEXT, sk TEXT, item TEXT, size INTEGER, ipk TEXT, isk TEXT,"
            " PRIMARY KEY (tbl, pk, sk)) WITHOUT ROWID"
        )
        self._kept.execute("CREATE INDEX by_index ON items (tbl, ipk, isk, pk) WHERE ipk IS NOT NULL")

    def answer(self, client: Any) -> None:
        """Answer every call of this client."""
        client.meta.events.register_first("before-send.dynamodb", self._before_send)

    def close(self) -> None:
        """Give the memory back."""
        self._kept.close()

    def put(self, table: str, items: Iterable[Json]) -> None:
        """Put items past the wire, uncounted: what was there before."""
        for item in items:
            self._store(table, item)

    def items(self, table: str) -> list[Json]:
        """All items of a table, by their keys."""
        rows = self._kept.execute("SELECT item FROM items WHERE tbl = ? ORDER BY pk, sk", (table,))
        return [json.loads(row[0]) for row in rows]

    def _before_send(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        operation, body = event_name.rpartition(".")[2], request.body
        with self._lock:
            started = time.thread_time()
            self.used.calls[operation] += 1
            try:
                told = _OPERATIONS[operation](self, json.loads(body if isinstance(body, str | bytes) else b""))
                status = 200
            except _RefusedError as refused:
                told, status = json.dumps(refused.body), 400
            self.used.answering_s += time.thread_time() - started
        headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
        return AWSResponse(request.url, status, headers, Raw(told.encode()))

    # --- operations: each answers with JSON ---------------------------------------------------------------------------

    def get_item(self, asked: Json) -> str:
        """GetItem."""
        row = self._row(asked["TableName"], asked["Key"])
        self.used.read_units += _read_units(row[1] if row else 0, consistent=asked.get("ConsistentRead", False))
        return f'{{"Item": {row[0]}}}' if row else "{}"

    def batch_get_item(self, asked: Json) -> str:
        """BatchGetItem, of which nothing is left over."""
        told: list[str] = []
        for table, wanted in asked["RequestItems"].items():
            rows = [row for key in wanted["Keys"] if (row := self._row(table, key))]
            for _, size in rows:
                self.used.read_units += _read_units(size, consistent=wanted.get("ConsistentRead", False))
            told.append(f"{json.dumps(table)}: [{', '.join(item for item, _ in rows)}]")
        return f'{{"Responses": {{{", ".join(told)}}}, "UnprocessedKeys": {{}}}}'

    def query(self, asked: Json) -> str:
        """Query of a table or of the index that is looked into, a page at most."""
        table = asked["TableName"]
        keys, names, values = self._tables[table], asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
        index = keys.queried if "IndexName" in asked else None
        found = re.fullmatch(r"#0 = :0( AND #1 (<= :1|BETWEEN :1 AND :2))?", asked["KeyConditionExpression"])
        if found is None or _places(keys, index) != (names["#0"], names.get("#1", _places(keys, index)[1])):
            raise AssertionError(f"{asked} is not answered here")
        first = values[":1"]["S"] if ":2" in values else ""
        last = (values.get(":2") or values.get(":1") or {"S": _LAST})["S"]
        rows = self._range(asked, index, values[":0"]["S"], first, last)
        keys_only = index is not None and index not in keys.whole
        told: list[str] = []
        read_bytes, last_key = 0, None
        for item, size, row_keys in rows:
            told.append(json.dumps(row_keys) if keys_only else item)
            read_bytes += item_size_bytes(row_keys) if keys_only else size
            if len(told) == asked.get("Limit") or read_bytes >= PAGE_BYTES:
                last_key = row_keys
                break
        self.used.read_units += _read_units(read_bytes, consistent=asked.get("ConsistentRead", False))
        more = f', "LastEvaluatedKey": {json.dumps(last_key)}' if last_key else ""
        return f'{{"Items": [{", ".join(told)}], "Count": {len(told)}{more}}}'

    def put_item(self, asked: Json) -> str:
        """PutItem."""
        self._write(asked["TableName"], asked["Item"], asked, lambda _: asked["Item"])
        return "{}"

    def update_item(self, asked: Json) -> str:
        """UpdateItem, of an item that is there or is made."""
        new = self._write(asked["TableName"], asked["Key"], asked, lambda old: _updated(old or asked["Key"], asked))
        return json.dumps({"Attributes": new} if asked.get("ReturnValues") == "ALL_NEW" else {})

    def delete_item(self, asked: Json) -> str:
        """DeleteItem."""
        self._write(asked["TableName"], asked["Key"], asked, lambda _: None)
        return "{}"

    def transact_write_items(self, asked: Json) -> str:
        """TransactWriteItems: conditions first, then all or nothing. Each write is paid for twice."""
        writes = [(kind, write) for one in asked["TransactItems"] for kind, write in one.items()]
        olds = [self._held(write["TableName"], write.get("Key") or write["Item"]) for _, write in writes]
        reasons = [_reason(old, write) for old, (_, write) in zip(olds, writes, strict=True)]
        if any(reason["Code"] != "None" for reason in reasons):
            self.used.write_units += 2 * len(writes)
            raise _RefusedError("TransactionCanceledException", CancellationReasons=reasons)
        for old, (kind, write) in zip(olds, writes, strict=True):
            if kind == "ConditionCheck":
                self.used.write_units += 2 * _write_units(old, None)
            else:
                new = _updated(old or write["Key"], write) if kind == "Update" else write.get("Item")
                self._replace(write["TableName"], old, new, times=2)
        return "{}"

    # --- items --------------------------------------------------------------------------------------------------------

    def _write(self, table: str, key: Json, asked: Json, new: Callable[[Json | None], Json | None]) -> Json | None:
        old = self._held(table, key)
        if not _allowed(old, asked):
            self.used.write_units += _write_units(old, None)
            raise _RefusedError("ConditionalCheckFailedException", **_met(old, asked))
        written = new(old)
        self._replace(table, old, written)
        return written

    def _replace(self, table: str, old: Json | None, new: Json | None, *, times: int = 1) -> None:
        self.used.write_units += times * _write_units(old, new)
        if new is not None:
            keys = self._tables[table]
            self.used.write_units += sum(units for *_, units in index_units(old, new, keys.indexes, keys.whole))
            self._store(table, new)
        elif old is not None:
            self._kept.execute("DELETE FROM items WHERE tbl = ? AND pk = ? AND sk = ?", (table, *self._key(table, old)))

    def _store(self, table: str, item: Json) -> None:
        index = self._tables[table].queried
        place = [item[name]["S"] for name in (index.partition_key, index.sort_key) if name in item] if index else []
        row = (table, *self._key(table, item), json.dumps(item), item_size_bytes(item))
        indexed = place if len(place) == 2 else [None, None]
        self._kept.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, *indexed))

    def _held(self, table: str, key: Json) -> Json | None:
        row = self._row(table, key)
        return json.loads(row[0]) if row else None

    def _row(self, table: str, key: Json) -> tuple[str, int] | None:
        where = (table, *self._key(table, key))
        return self._kept.execute("SELECT item, size FROM items WHERE tbl = ? AND pk = ? AND sk = ?", where).fetchone()

    def _key(self, table: str, item: Json) -> tuple[str, str]:
        keys = self._tables[table]
        return item[keys.partition]["S"], item[keys.sort]["S"] if keys.sort else ""

    def _range(
        self, asked: Json, index: Index | None, partition: str, first: str, last: str
    ) -> Iterator[tuple[str, int, Json]]:
        """Items from one sort key to another or back, with their sizes and keys, behind the page before."""
        keys, start = self._tables[asked["TableName"]], asked.get("ExclusiveStartKey")
        behind, way = (">", "") if asked.get("ScanIndexForward", True) else ("<", " DESC")
        names = [keys.partition, keys.sort]
        if index is None:
            columns, order = "pk, sk", ["sk"]
            where = "tbl = ? AND pk = ? AND sk BETWEEN ? AND ?"
            after = [start[keys.sort]["S"]] if start and keys.sort else []
        else:
            # In one place of an index, items follow each other by the table's key.
            columns, order = "pk, sk, ipk, isk", ["isk", "pk", "sk"]
            where = "tbl = ? AND ipk = ? AND isk BETWEEN ? AND ?"
            sort = start[keys.sort]["S"] if start and keys.sort else ""
            after = [start[index.sort_key]["S"], start[keys.partition]["S"], sort] if start else []
            names += [index.partition_key, index.sort_key]
        if after:
            where += f" AND ({', '.join(order)}) {behind} ({', '.join('?' * len(order))})"
        ways = ", ".join(f"{one}{way}" for one in order)
        rows = self._kept.execute(
            f"SELECT item, size, {columns} FROM items WHERE {where} ORDER BY {ways}",  # noqa: S608 - texts of this file alone
            (asked["TableName"], partition, first, last, *after),
        )
        for item, size, *places in rows:
            yield item, size, {name: {"S": place} for name, place in zip(names, places, strict=True) if name}


class Raw(io.BytesIO):
    """A body as urllib3 hands it over."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The bytes."""
        yield self.read()


class _RefusedError(Exception):
    """What DynamoDB answers instead."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, "Message": code, **more}


_OPERATIONS: Final[Mapping[str, Callable[[Tables, Json], str]]] = {
    "GetItem": Tables.get_item,
    "BatchGetItem": Tables.batch_get_item,
    "Query": Tables.query,
    "PutItem": Tables.put_item,
    "UpdateItem": Tables.update_item,
    "DeleteItem": Tables.delete_item,
    "TransactWriteItems": Tables.transact_write_items,
}


def _places(keys: Keys, index: Index | None) -> tuple[str, str | None]:
    return (index.partition_key, index.sort_key) if index else (keys.partition, keys.sort)


def _read_units(size_bytes: int, *, consistent: bool) -> float:
    units = max(1, -(-size_bytes // READ_UNIT_BYTES))
    return units if consistent else units / 2


def _write_units(old: Json | None, new: Json | None) -> int:
    size = max((item_size_bytes(item) for item in (old, new) if item), default=0)
    return max(1, -(-size // UNIT_BYTES))


# --- expressions ------------------------------------------------------------------------------------------------------


def _allowed(old: Json | None, asked: Json) -> bool:
    """Whether a write's condition holds: terms that all have to, or one of several such."""
    condition = asked.get("ConditionExpression")
    return condition is None or any(
        all(_holds(old, term, asked) for term in terms.split(" AND ")) for terms in condition.split(" OR ")
    )


def _reason(old: Json | None, asked: Json) -> Json:
    """What a cancelled transaction says of one of its writes."""
    return {"Code": "None"} if _allowed(old, asked) else {"Code": "ConditionalCheckFailed", **_met(old, asked)}


def _met(old: Json | None, asked: Json) -> Json:
    """The item that a refused write met, where it asked for it."""
    return {"Item": old} if old and asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else {}


def _holds(old: Json | None, term: str, asked: Json) -> bool:
    if function := re.fullmatch(r"attribute_(not_)?exists\(([#\w.]+)\)", term):
        return (_operand(old, function[2], asked) is None) == bool(function[1])
    left, comparison, right = term.split(" ")
    values = [_plain(_operand(old, side, asked)) for side in (left, right)]
    return None not in values and _COMPARED[comparison](*values)


def _updated(old: Json, asked: Json) -> Json:
    """An item after `SET … REMOVE …` or `ADD …`. The right sides read the item as it was."""
    clauses: dict[str, str] = dict(_CLAUSE.findall(asked["UpdateExpression"]))
    new: Json = json.loads(json.dumps(old))
    # A comma within parentheses is a function's own.
    for action in re.split(r", (?![^()]*\))", clauses["SET"]) if "SET" in clauses else ():
        target, right = action.split(" = ", 1)
        *above, name = _names(target, asked)
        place = new
        for one in above:
            place = place[one]["M"]
        place[name] = _right(old, right, asked)
    for target in clauses["REMOVE"].split(", ") if "REMOVE" in clauses else ():
        (name,) = _names(target, asked)
        new.pop(name, None)
    for action in clauses["ADD"].split(", ") if "ADD" in clauses else ():
        target, value = action.split(" ")
        (name,) = _names(target, asked)
        new[name] = {"N": str(int(old.get(name, {"N": "0"})["N"]) + _plain(_operand(old, value, asked)))}
    return new


def _right(old: Json, text: str, asked: Json) -> Json:
    if function := re.fullmatch(r"(list_append|if_not_exists)\((\S+), (\S+)\)", text):
        first, second = (_operand(old, side, asked) for side in (function[2], function[3]))
        if function[1] == "if_not_exists":
            return _there(first if first is not None else second)
        return {"L": [*_there(first)["L"], *_there(second)["L"]]}
    if total := re.fullmatch(r"(\S+) ([+-]) (\S+)", text):
        left, right = (int(_there(_operand(old, side, asked))["N"]) for side in (total[1], total[3]))
        return {"N": str(left + right if total[2] == "+" else left - right)}
    return _there(_operand(old, text, asked))


def _operand(old: Json | None, text: str, asked: Json) -> Json | None:
    """A value, or what an item holds at a path."""
    if text.startswith(":"):
        return asked["ExpressionAttributeValues"][text]
    *above, name = _names(text, asked)
    place = old or {}
    for one in above:
        place = place.get(one, {}).get("M", {})
    return place.get(name)


def _names(path: str, asked: Json) -> list[str]:
    return [asked["ExpressionAttributeNames"][part] for part in path.split(".")]


def _plain(value: Json | None) -> Any:
    if value is None:
        return None
    ((kind, held),) = value.items()
    return int(held) if kind == "N" else held


def _there(value: Json | None) -> Json:
    if value is None:
        raise AssertionError("an operand is not there")
    return value
