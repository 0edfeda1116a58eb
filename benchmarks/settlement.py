"""How settlement grows: a night of N captures by the real workers, run by the state machine's own definition.

    make bench ARGS=settlement

The workers' functions and boto3 are those that are deployed; in the place of DynamoDB are tables that count what AWS
would ask for (`tables_in_sqlite`), and S3 and SNS take everything. Each night is run twice: once on the clock, and once
with Python's memory traced. What it would take on AWS is modelled (`settlement_model`).
"""

import gc
import io
import json
import os
import random
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from benchmarks import settlement_model
from benchmarks.rounds import machine as ran_on
from benchmarks.stubbed_aws import ENVIRONMENT, lines_to
from benchmarks.tables_in_sqlite import Keys, Raw, Tables, Used
from payments import expire_payments
from paysandbox.domain import identity
from paysandbox.domain.business_day import cutoff_of
from paysandbox.domain.settlement_batch import BatchStatus
from paysandbox.runtime import effects, expiring, settlement_tables
from paysandbox.table import schema
from paysandbox.table.items import payment_item
from paysandbox.table.schema import ENTRY_SHARDS, shard_of_text
from paysandbox.table.settlement_batches import latest_batch
from settlement import announce, close_batch, close_books, collect_entries, fail_batch, open_batch, write_reports
from stacks.payments_stack import EXPIRE_PAYMENTS, EXPIRE_TIMEOUT_S
from stacks.settlement_stack import TIMEOUT_S
from tests.support import build, tables
from tests.support.state_machine import Json, Machine, Worker, definition

SIZES: Final = (1_000, 10_000, 100_000)
MERCHANTS: Final = 100
ZIPF: Final = 1.1
TRACED: Final = 2
"""Of a worker that is called for each shard, so many calls are traced: they are alike, and tracing takes its time."""

DAY: Final = datetime(2026, 11, 16, tzinfo=UTC)
CUTOFF: Final = cutoff_of(DAY.date())

LEDGER: Final = "paysandbox-benchmark-PaymentsLedger"
ENTRIES: Final = "paysandbox-benchmark-SettlementEntries"
BATCHES: Final = "paysandbox-benchmark-SettlementBatches"
KEYS: Final[Mapping[str, Keys]] = {
    LEDGER: Keys(schema.PARTITION_KEY, indexes=schema.INDEXES, queried=schema.BY_DUE),
    ENTRIES: Keys(schema.ENTRIES_KEY, schema.ENTRIES_SORT),
    BATCHES: Keys(schema.BATCHES_KEY, schema.BATCHES_SORT, (schema.BATCHES_BY_MERCHANT,)),
}
WORKERS: Final[Mapping[str, Worker]] = {
    EXPIRE_PAYMENTS: expire_payments.handler,
    "open_batch": open_batch.handler,
    "collect_entries": collect_entries.handler,
    "close_books": close_books.handler,
    "write_reports": write_reports.handler,
    "announce": announce.handler,
    "close_batch": close_batch.handler,
    "fail_batch": fail_batch.handler,
}
_NOTHING_FOLLOWS: Final = ("write_reports", "announce")
"""What the steps behind do not wait for: where memory is traced, only the calls of these that are traced are made."""

_FOREIGN: Final = ("AWS_", "PAYSANDBOX_", "POWERTOOLS_")
_ANSWERS: Final = {
    "PublishBatch": "<PublishBatchResponse><PublishBatchResult/></PublishBatchResponse>",
    "CreateMultipartUpload": "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>",
    "CompleteMultipartUpload": "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>",
}
# What S3 says of a part, and a file in parts is completed with.
_PART: Final = {"etag": "1", "x-amz-checksum-crc32": "AAAAAA=="}


@dataclass(slots=True)
class Spent:
    """What the calls of a worker took: CPU time without that of the tables (s), its time on AWS (modelled, ms), calls
    of AWS by operation, request units, and the most memory that one of its calls held (bytes; 0 where none was traced).
    """

    invocations: int = 0
    cpu_s: float = 0
    modelled_ms: float = 0
    write_units: float = 0
    read_units: float = 0
    peak_bytes: int = 0
    calls: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(slots=True)
class Night:
    """What a night took. `seconds` are wall time here; `entered` are states by type, `largest_state` is in bytes."""

    seconds: float = 0
    log_bytes: int = 0
    largest_state: int = 0
    entered: dict[str, int] = field(default_factory=dict[str, int])
    workers: dict[str, Spent] = field(default_factory=lambda: {name: Spent() for name in WORKERS})


def captures(count: int, merchants: int = MERCHANTS) -> Iterator[Json]:
    """Items of that many captured payments of one day, their merchants by Zipf's law; the same each time."""
    dice, names = random.Random(7), merchant_names(merchants)
    weights = [1 / rank**ZIPF for rank in range(1, merchants + 1)]
    for number, merchant in enumerate(dice.choices(names, weights, k=count)):
        amount = dice.randrange(1_00, 200_00)
        payment = build.lived(
            amount,
            captures=[amount],
            merchant=merchant,
            reference=f"order-{number}",
            payment_id=identity.payment_id("settlement", str(number)),
            now=DAY + timedelta(seconds=dice.randrange(86_400)),
        )
        yield payment_item(payment)


def merchant_names(count: int) -> list[str]:
    """Merchants, the largest first."""
    return [f"merchant-{number:03}" for number in range(count)]


@contextmanager
def day_of(count: int, merchants: int = MERCHANTS) -> Iterator[Tables]:
    """Tables that hold a day's captures, and nothing else."""
    made = Tables(KEYS)
    made.put(LEDGER, captures(count, merchants))
    try:
        yield made
    finally:
        made.close()


@contextmanager
def deployed(kept: Tables) -> Iterator["_Sink"]:
    """Workers of this process find these tables, an S3 and an SNS that take everything. It is the night after the day.

    Log lines are counted and go nowhere.
    """
    told = build.function_environment(
        ledger_table=LEDGER, entries_table=ENTRIES, batches_table=BATCHES, clock_offset_s=ahead_s()
    )
    kept_variables = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    with patch.dict(os.environ, kept_variables | dict(ENVIRONMENT) | told, clear=True), lines_to(_Sink()) as lines:
        tables.forget()
        expiring.forget()
        kept.answer(effects.ledger().client)
        kept.answer(effects.dynamodb())
        accept(effects.s3(), kept.used)
        accept(effects.sns(), kept.used)
        try:
            yield lines
        finally:
            tables.forget()
            expiring.forget()


def ahead_s() -> int:
    """By how much the sandbox's clock goes ahead, so that it is two in the morning after the day."""
    return int((CUTOFF + timedelta(hours=2, minutes=1) - datetime.now(UTC)).total_seconds())


def accept(client: Any, used: Used, body: str = "") -> None:
    """Answer every call of a client as done, with this body where nothing else is known of the operation."""

    def reply(request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        used.calls[operation] += 1
        headers = {"content-type": "text/xml"} | (_PART if operation == "UploadPart" else {})
        said = _ANSWERS.get(operation, body)
        return AWSResponse(request.url, 200, HTTPHeaders.from_dict(headers), Raw(said.encode()))

    client.meta.events.register_first("before-send", reply)


class _Sink(io.TextIOBase):
    """Counts what is written."""

    written = 0

    def write(self, text: str) -> int:
        self.written += len(text.encode())
        return len(text)


class Context:
    """Lambda's context of one call, whose time passes as it would on AWS (modelled)."""

    def __init__(self, worker: str, used: Used) -> None:
        self._worker, self._used, self._before = worker, used, dict.copy(used.calls)
        self._units = (used.write_units, used.read_units)
        self._started_s = time.process_time() - used.answering_s

    def calls(self) -> dict[str, int]:
        """What it has asked of AWS so far."""
        # Copied at once: threads of the worker may be asking.
        return {name: count - self._before.get(name, 0) for name, count in dict.copy(self._used.calls).items()}

    def units(self) -> tuple[float, float]:
        """Write and read units so far."""
        return self._used.write_units - self._units[0], self._used.read_units - self._units[1]

    def cpu_s(self) -> float:
        """Its own CPU time so far."""
        return time.process_time() - self._used.answering_s - self._started_s

    def modelled_ms(self) -> float:
        """How long it would have been at it on AWS."""
        return settlement_model.run_ms(self._worker, self.cpu_s(), self.calls())

    def get_remaining_time_in_millis(self) -> float:
        """As Lambda's."""
        return 1_000 * (EXPIRE_TIMEOUT_S if self._worker == EXPIRE_PAYMENTS else TIMEOUT_S) - self.modelled_ms()


def settle(kept: Tables, *, traced: bool = False) -> Night:
    """Settle what these tables hold, once, from the first state to the last."""
    night = Night()
    workers = {name: _metered(name, worker, kept.used, night, traced=traced) for name, worker in WORKERS.items()}
    with deployed(kept) as lines:
        machine = Machine(definition(), workers, None)
        started = time.perf_counter()
        outcome = machine.run({"cutoff": CUTOFF.isoformat()}, name="benchmark")
        night.seconds = time.perf_counter() - started
        last = latest_batch(settlement_tables.batches())
        if outcome.status != "SUCCEEDED" or last is None or last.status is not BatchStatus.CLOSED or last.set_aside:
            raise AssertionError(f"the night was not settled: {outcome}, {last}")
        night.log_bytes = lines.written
    night.entered = dict(machine.entered)
    night.largest_state = max(len(json.dumps(given)) for _, given in machine.called)
    return night


def _metered(name: str, worker: Worker, used: Used, night: Night, *, traced: bool) -> Worker:
    largest = shard_of_text(merchant_names(1)[0], ENTRY_SHARDS)

    def answer(event: Json, _: Any) -> Json:
        spent, context = night.workers[name], Context(name, used)
        trace = traced and (spent.invocations < TRACED or (name == "write_reports" and event["slice"] == largest))
        if traced and not trace and name in _NOTHING_FOLLOWS:
            return {**event, "status": "done"}
        with peak(spent) if trace else _nothing():
            told = worker(event, context)
        spent.invocations += 1
        spent.cpu_s += context.cpu_s()
        spent.modelled_ms += context.modelled_ms()
        written, read = context.units()
        spent.write_units, spent.read_units = spent.write_units + written, spent.read_units + read
        for operation, count in context.calls().items():
            spent.calls[operation] = spent.calls.get(operation, 0) + count
        return told

    return answer


@contextmanager
def peak(spent: Spent) -> Iterator[None]:
    """Note the most memory that was held meanwhile, beyond what was held before."""
    tracemalloc.start()
    try:
        yield
        spent.peak_bytes = max(spent.peak_bytes, tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def measure(sizes: tuple[int, ...] = SIZES, merchants: int = MERCHANTS) -> dict[str, Any]:
    """Figures of nights of these sizes, their ratios, and what a night of 10^7 would be on AWS."""
    # What the CDK brings along is none of the workers': it would be looked through at each collection of garbage.
    gc.collect()
    gc.freeze()
    definition()
    nights = {str(size): _figures(size, merchants) for size in sizes}
    gc.unfreeze()
    return {
        "machine": ran_on(),
        "merchants": merchants,
        "zipf": ZIPF,
        "nights": nights,
        "ratios": settlement_model.ratios(nights),
        "model": settlement_model.extrapolated(nights),
    }


def _figures(size: int, merchants: int) -> dict[str, Any]:
    """A night by its figures; the time from one run, the memory from another over the same captures."""
    return figures(timed(size, merchants), peaks(size, merchants))


def peaks(size: int, merchants: int) -> dict[str, int]:
    """The most memory that a call of each worker held in such a night, in bytes."""
    with day_of(size, merchants) as kept:
        return {name: spent.peak_bytes for name, spent in settle(kept, traced=True).workers.items()}


def timed(size: int, merchants: int) -> tuple[Night, Used, Mapping[str, int]]:
    """Such a night on the clock, what was asked of AWS, and how many entries each merchant has."""
    with day_of(size, merchants) as kept:
        night = settle(kept)
        by_merchant = Counter(entry["merchant"]["S"] for entry in kept.items(ENTRIES))
        if by_merchant.total() != size:
            raise AssertionError(f"{size} captures, {by_merchant.total()} entries")
        return night, kept.used, by_merchant


def figures(found: tuple[Night, Used, Mapping[str, int]], held: Mapping[str, int]) -> dict[str, Any]:
    """What is kept of both runs."""
    night, used, by_merchant = found
    workers = {
        name: {
            "invocations": spent.invocations,
            "cpu_s": round(spent.cpu_s, 3),
            "modelled_s": round(spent.modelled_ms / 1_000, 2),
            "write_units": round(spent.write_units),
            "read_units": round(spent.read_units),
            "peak_kb": round(held[name] / 1_024),
            "calls": {call: count for call, count in sorted(spent.calls.items()) if count},
        }
        for name, spent in night.workers.items()
        if spent.invocations
    }
    return settlement_model.priced({
        "captures": sum(by_merchant.values()),
        "merchants": len(by_merchant),
        "largest_merchant": max(by_merchant.values()),
        "seconds": round(night.seconds, 2),
        "cpu_s": round(sum(spent.cpu_s for spent in night.workers.values()), 2),
        "modelled_s": round(sum(spent.modelled_ms for spent in night.workers.values()) / 1_000, 2),
        # All that it queries is the index of what is due, a page at a time.
        "pages": night.workers["collect_entries"].calls["Query"],
        "invocations": sum(spent.invocations for spent in night.workers.values()),
        "transitions": sum(night.entered.values()),
        "history_events": settlement_model.history_events(night.entered),
        "largest_state_bytes": night.largest_state,
        "dynamodb_calls": sum(count for name, count in used.calls.items() if name not in settlement_model.OTHERS),
        "write_units": round(used.write_units),
        "read_units": round(used.read_units),
        "published": used.calls["PublishBatch"],
        "files": used.calls["PutObject"] + used.calls["CompleteMultipartUpload"],
        "log_bytes": night.log_bytes,
        "peak_kb": max(of["peak_kb"] for of in workers.values()),
        "workers": workers,
    })  # fmt: skip
