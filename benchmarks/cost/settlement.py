"""The AWS usage of a nightly settlement: the real workers, called as the state machine's definition says.

Counted, not timed, against moto. The difference between a larger and a smaller night is the cost per capture. The rest
is the fixed cost of shards and merchants.

The units of a write follow from its item before and after (`write_units`). A write in a transaction is billed twice,
and a write whose condition fails is billed too.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import count
from threading import Lock
from typing import Any, Final

from benchmarks.cost.write_units import index_units, item_size_bytes, units_of
from benchmarks.measuring.stubbed_aws import lines_to
from paysandbox.aws import runtime
from paysandbox.aws.schema import BATCHES_BY_MERCHANT, DUE_SHARDS, INDEXES, RECENT_DONATIONS, Index
from paysandbox.aws.settings import ReportsSettings, TopicSettings
from paysandbox.core import ids
from paysandbox.payments import expiry
from paysandbox.payments.bank.response import Check, Checks, Response
from paysandbox.payments.ledger.items import payment_item
from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.batch import BatchStatus
from paysandbox.settlement.batches import latest_batch
from paysandbox.settlement.business_day import cutoff_of
from tests.support.builders import build
from tests.support.fakes.state_machine import Json, Machine, Worker, definition
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.settlement_scenario import PATIENT, WORKERS

MERCHANTS: Final = 10
# Each merchant has payments in each due shard, as in a large night: what a merchant costs per shard is no cost per
# capture. With fewer captures, the additional ones of the larger night would be the first ones of their shard.
SIZES: Final = (DUE_SHARDS * MERCHANTS, DUE_SHARDS * MERCHANTS * 3 // 2)

DAY: Final = datetime(2026, 11, 16, tzinfo=UTC)
# As long as the gateway's, and what the bank says of a card whose security code was sent.
_REQUEST_ID: Final = "833d9cca-367d-4bf4-8424-99145ff3285b"
_RESPONSE: Final = Response(checks=Checks(cvc=Check.PASS))
CUTOFF: Final = cutoff_of(DAY.date())

WHOLE: Final = (RECENT_DONATIONS,)
"""Indexes that project all attributes; the others project only keys."""

_SINGLE_WRITES: Final = ("PutItem", "UpdateItem", "DeleteItem")


@dataclass(frozen=True, slots=True)
class Change:
    """An item of a table before and after a write."""

    table: str
    before: Json | None
    after: Json | None


@dataclass(slots=True)
class Counted:
    """AWS calls by operation, and DynamoDB write units."""

    calls: Counter[str] = field(default_factory=Counter[str])
    write_units: int = 0
    by_table: Counter[str] = field(default_factory=Counter[str])
    """The units by table, and by index of a table: `StripeObjects by_merchant`."""
    changes: list[Change] = field(default_factory=list[Change])
    """What was written, in order; of a write that was refused, nothing."""

    def __sub__(self, before: "Counted") -> "Counted":
        return Counted(self.calls - before.calls, self.write_units - before.write_units)

    def copy(self) -> "Counted":
        """Return a copy of the current counts."""
        return Counted(self.calls.copy(), self.write_units)


def measure(sizes: tuple[int, int] = SIZES, merchants: int = MERCHANTS) -> dict[str, Any]:
    """Return two nights with this many captures, and the usage per additional capture."""
    few, more = (night(size, merchants) for size in sizes)
    return {
        "merchants": merchants,
        "nights": [few, more],
        "each_capture": _each_capture(few, more),
        "order": [name for name in WORKERS if name in more["workers"]],
    }


def night(size: int, merchants: int) -> dict[str, Any]:
    """Settle a day of captures. Return each worker's calls and write units, and the number of state transitions."""
    with tables.sandbox(clock_offset_s=_ahead_s()) as ledger, lines_to(StringIO()):
        expiry.forget()
        for item in captures(size, merchants):
            ledger.client.put_item(TableName=ledger.table, Item=item)
        runtime.s3().create_bucket(Bucket=runtime.settings_of(ReportsSettings).reports_bucket)
        runtime.sns().create_topic(Name=runtime.settings_of(TopicSettings).webhook_topic.rpartition(":")[2])
        batches = settlement_tables.batches()
        indexes = {ledger.table: INDEXES, batches.table: (BATCHES_BY_MERCHANT,)}
        clients = (ledger.client, batches.client, runtime.s3(), runtime.sns())
        with counting(*clients, indexes=indexes) as counted:
            spent = {name: Counted() for name in WORKERS}
            workers = {name: _counted(worker, counted, spent[name]) for name, worker in WORKERS.items()}
            machine = Machine(definition(), workers, PATIENT)
            outcome = machine.run({"cutoff": CUTOFF.isoformat()}, name="benchmark")
        last = latest_batch(batches)
        if outcome.status != "SUCCEEDED" or last is None or last.status is not BatchStatus.CLOSED or last.set_aside:
            raise AssertionError(f"the night was not settled: {outcome}, {last}")
    invocations = [name for name, _ in machine.called]
    return {
        "captures": size,
        "transitions": machine.entered.total(),
        "largest_state_bytes": max(len(json.dumps(state)) for _, state in machine.called),
        "workers": {
            name: {
                "invocations": invocations.count(name),
                "calls": dict(sorted(one.calls.items())),
                "write_units": one.write_units,
            }
            for name, one in spent.items()
            if name in invocations
        },
    }


def captures(amount: int, merchants: int) -> Iterator[Json]:
    """Return the items of a day's captured payments, in turns of each merchant and due shard; the same each time."""
    for number in range(amount):
        shard, merchant = number % DUE_SHARDS, number // DUE_SHARDS % merchants
        payment = build.lived(
            10_00 + number,
            captures=[10_00 + number],
            merchant=f"merchant-{merchant:03}",
            reference=f"order-{number}",
            request_id=_REQUEST_ID,
            response=_RESPONSE,
            payment_id=_payment_of_shard(number, shard),
            now=DAY + timedelta(seconds=number),
        )
        yield payment_item(payment)


def _payment_of_shard(number: int, shard: int) -> str:
    tries = (ids.payment_id("settlement", f"{number}-{attempt}") for attempt in count())
    return next(one for one in tries if ids.shard_of(one, DUE_SHARDS) == shard)


def _ahead_s() -> int:
    """Return the clock offset that makes it 2 a.m. on the following day."""
    return int((CUTOFF + timedelta(hours=2, minutes=1) - datetime.now(UTC)).total_seconds())


def _counted(worker: Worker, counted: Counted, spent: Counted) -> Worker:
    """Wrap a worker so that its calls and units are added to `spent`."""

    def answer(event: Json, context: Any) -> Json:
        before = counted.copy()
        output = worker(event, context)
        taken = counted - before
        spent.calls += taken.calls
        spent.write_units += taken.write_units
        return output

    return answer


def _each_capture(few: Json, more: Json) -> dict[str, Any]:
    """Return, by worker, the calls and write units per additional capture."""
    captures = more["captures"] - few["captures"]
    return {
        name: {
            "calls": {
                call: round((count - few["workers"][name]["calls"].get(call, 0)) / captures, 2)
                for call, count in worker["calls"].items()
            },
            "write_units": round((worker["write_units"] - few["workers"][name]["write_units"]) / captures, 2),
        }
        for name, worker in more["workers"].items()
    }


# --- calls and units --------------------------------------------------------------------------------------------------


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
        changes = [Change(write["TableName"], old, _item(write)) for write, old in written]
        with lock:
            for change in changes:
                units = _units(change, indexes.get(change.table, ()), times)
                counted.write_units += units.total()
                counted.by_table += units
            counted.changes += (change for change in changes if change.before != change.after)

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
    if operation == "BatchWriteItem":
        requests = [(table, one) for table, every in parameters["RequestItems"].items() for one in every]
        return [{"TableName": table, **part} for table, request in requests for part in request.values()]
    return [parameters] if operation in _SINGLE_WRITES else []


def _item(write: Json) -> Json | None:
    """Return the current state of the item that is written."""
    return table_snapshot.item_at(write["TableName"], write.get("Key") or write["Item"])


def _units(change: Change, indexes: tuple[Index, ...], times: int) -> Counter[str]:
    size_bytes = max((item_size_bytes(item) for item in (change.before, change.after) if item), default=0)
    units = Counter({change.table: times * units_of(size_bytes)})
    for index, _, of_index in index_units(change.before, change.after, indexes, WHOLE):
        units[f"{change.table} {index.name}"] += of_index
    return units
