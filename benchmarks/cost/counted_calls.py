"""AWS calls and DynamoDB write units, counted while the real functions run against moto.

The units of a write follow from its item before and after (`write_units`). A write in a transaction is billed twice,
and a write whose condition fails is billed too.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

from benchmarks.cost.write_units import index_units, item_size_bytes, units_of
from paysandbox.aws.schema import RECENT_DONATIONS, Index
from tests.support.worlds import table_snapshot

Json = dict[str, Any]

WHOLE: Final = (RECENT_DONATIONS,)
"""Indexes that project all attributes; the others project only keys."""

_SINGLE_WRITES: Final = ("PutItem", "UpdateItem", "DeleteItem")


@dataclass(slots=True)
class Counted:
    """AWS calls by operation, and DynamoDB write units."""

    calls: Counter[str] = field(default_factory=Counter[str])
    write_units: int = 0

    def __sub__(self, before: "Counted") -> "Counted":
        return Counted(self.calls - before.calls, self.write_units - before.write_units)

    def copy(self) -> "Counted":
        """Return a copy of the current counts."""
        return Counted(self.calls.copy(), self.write_units)


@contextmanager
def counting(*clients: Any, indexes: Mapping[str, tuple[Index, ...]]) -> Iterator[Counted]:
    """Count the calls of these clients. `indexes` has the indexes of each table, by table name."""
    counted, lock = Counted(), Lock()

    def before(params: Json, event_name: str, context: Json, **_: Any) -> None:
        service, operation = event_name.split(".")[1:]
        with lock:
            counted.calls[operation] += 1
        writes = _writes(operation, json.loads(params["body"])) if service == "dynamodb" else []
        context["written"] = [(write, _item(write)) for write in writes]

    def after(event_name: str, context: Json, **_: Any) -> None:
        written: list[tuple[Json, Json | None]] = context["written"]
        times = 2 if event_name.endswith(".TransactWriteItems") else 1
        units = sum(_units(old, _item(write), indexes.get(write["TableName"], ()), times) for write, old in written)
        with lock:
            counted.write_units += units

    events = [client.meta.events for client in {id(client): client for client in clients}.values()]
    for one in events:
        one.register("before-call", before)
        one.register("after-call", after)
    try:
        yield counted
    finally:
        for one in events:
            one.unregister("before-call", before)
            one.unregister("after-call", after)


def _writes(operation: str, parameters: Json) -> list[Json]:
    if operation == "TransactWriteItems":
        return [write for part in parameters["TransactItems"] for write in part.values()]
    return [parameters] if operation in _SINGLE_WRITES else []


def _item(write: Json) -> Json | None:
    """Return the current state of the item that is written."""
    return table_snapshot.item_at(write["TableName"], write.get("Key") or write["Item"])


def _units(old: Json | None, new: Json | None, indexes: tuple[Index, ...], times: int) -> int:
    size_bytes = max((item_size_bytes(item) for item in (old, new) if item), default=0)
    return times * units_of(size_bytes) + sum(units for *_, units in index_units(old, new, indexes, WHOLE))
