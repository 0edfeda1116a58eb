"""What the nights of `settlement` would take on AWS: time, money, and which quotas come near. Modelled: nothing of it
ran there.

Calls, units and bytes are counted, CPU time is measured here and stretched to the share of a processor that a function
of that memory has. The time of a call is assumed. Beyond the largest night that was run, figures lie on the line
through the smallest and the largest; how far the ones in between lie off it is told.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from benchmarks.modelled import SOCKET_CPU_MS, VCPU_MB
from paysandbox.table.schema import DUE_SHARDS, ENTRY_SHARDS
from stacks.functions import MEMORY_MB
from stacks.payments_stack import EXPIRE_PAYMENTS, EXPIRE_TIMEOUT_S
from stacks.prices import AS_OF, BYTES_OF_A_GB, PRICES, REGION, Item
from stacks.settlement_stack import TIMEOUT_S

MILLION: Final = 1_000_000
FAR: Final = 10_000_000

Result = Mapping[str, Any]

# Assumed: milliseconds of a call within the Region, warm, with as many items as we send or read at once.
ASSUMED_MS: Final[Mapping[str, float]] = {
    "GetItem": 4,
    "BatchGetItem": 15,
    "Query": 8,
    "PutItem": 5,
    "UpdateItem": 6,
    "DeleteItem": 5,
    "TransactWriteItems": 50,
    "PutObject": 60,
    "CreateMultipartUpload": 30,
    "UploadPart": 120,
    "CompleteMultipartUpload": 60,
    "PublishBatch": 30,
}
OTHERS: Final = ("PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "PublishBatch")
"""Calls that are not DynamoDB's."""

# Calls of one function that wait side by side: `runtime.expiring`, `runtime.announcing`.
SIDE_BY_SIDE: Final[Mapping[str, int]] = {EXPIRE_PAYMENTS: 8, "announce": 8}
# Calls of the machine that a map makes at once, and how many things it maps over: `stacks.settlement_machine`.
AT_ONCE: Final = 4
MAPPED: Final[Mapping[str, int]] = {
    "collect_entries": DUE_SHARDS,
    "write_reports": ENTRY_SHARDS,
    "announce": ENTRY_SHARDS,
}
# Of a call's time, what a worker keeps for what is under way (`lambdas/settlement`); it goes on in another call.
USABLE_S: Final[Mapping[str, float]] = {
    EXPIRE_PAYMENTS: EXPIRE_TIMEOUT_S - 15,
    "collect_entries": TIMEOUT_S - 20,
    "announce": TIMEOUT_S - 20,
    "close_books": TIMEOUT_S - 150,
    "write_reports": TIMEOUT_S - 150,
}
ONE_MERCHANT_S: Final = 150
ONE_AT_A_TIME: Final = ("close_books", "write_reports")
"""Who takes a merchant at a time, and what they keep of their time for the one under way."""

# Lambda's own three lines of a run, and the disk that a function has unless it asks for more.
RUN_LOG_BYTES: Final = 400
DISK_MB: Final = 512

# Step Functions developer guide, "Quotas"; DynamoDB developer guide, "Quotas" and "On-demand capacity mode"; Lambda
# developer guide, "Quotas"; of an account that never asked for more.
MAX_HISTORY: Final = 25_000
MAX_STATE_BYTES: Final = 262_144
FIRST_TABLE_UNITS_PER_S: Final = 4_000
PARTITION_UNITS_PER_S: Final = 1_000

# Events in an execution's history: a task is entered, scheduled, started, succeeded and exited.
_EVENTS: Final[Mapping[str, int]] = {"Task": 5, "Map": 4, "Choice": 2, "Pass": 2, "Succeed": 2, "Fail": 1}
_EVENTS_OF_AN_ITEM: Final = 2
_EVENTS_OF_AN_EXECUTION: Final = 2
# Called again, a worker is a task and a choice more.
_STATES_OF_AGAIN: Final = 2

LINEAR: Final = ("cpu_s", "modelled_s", "dynamodb_calls", "write_units", "read_units", "usd")


def run_ms(worker: str, cpu_s: float, calls: Mapping[str, int]) -> float:
    """How long a worker's call would take on AWS, by its CPU time here and the calls that it makes."""
    waiting = sum(ASSUMED_MS[name] * count for name, count in calls.items()) / SIDE_BY_SIDE.get(worker, 1)
    own = 1_000 * cpu_s + SOCKET_CPU_MS * sum(calls.values())
    return own * VCPU_MB / MEMORY_MB + waiting


def history_events(entered: Mapping[str, int]) -> int:
    """Events of an execution that entered these states (by type). Each item of a map ends in a `Pass`."""
    items = entered.get("Pass", 0)
    return (
        sum(_EVENTS[kind] * count for kind, count in entered.items())
        + _EVENTS_OF_AN_ITEM * items
        + _EVENTS_OF_AN_EXECUTION
    )


def priced(night: dict[str, Any]) -> dict[str, Any]:
    """A night's figures and what AWS would ask for them, in US dollars."""
    used = {
        Item.FUNCTION_REQUEST: night["invocations"],
        Item.FUNCTION_GB_S: night["modelled_s"] * MEMORY_MB / 1_024,
        Item.WRITE_UNIT: night["write_units"],
        Item.READ_UNIT: night["read_units"],
        Item.STATE_TRANSITION: night["transitions"],
        Item.TOPIC_REQUEST: night["published"],
        Item.LOG_GB: (night["log_bytes"] + RUN_LOG_BYTES * night["invocations"]) / BYTES_OF_A_GB,
    }
    lines = {str(item): round(amount * PRICES[item].usd, 6) for item, amount in used.items()}
    whole = sum(lines.values())
    return {
        **night,
        "usd_by_item": lines,
        "usd": round(whole, 6),
        "usd_per_million": round(whole / night["captures"] * MILLION, 2),
    }


def ratios(nights: Mapping[str, Result]) -> dict[str, dict[str, float]]:
    """By how much each figure grows from a night to the next larger one."""
    every = [*nights.values()]
    names = ("captures", "seconds", *LINEAR, "invocations", "transitions", "largest_merchant")
    return {
        f"{more['captures']}/{fewer['captures']}": {
            **{name: round(more[name] / fewer[name], 2) for name in names},
            **{
                f"memory of {worker}": round(more["workers"][worker]["peak_kb"] / of["peak_kb"], 2)
                for worker, of in fewer["workers"].items()
            },
        }
        for fewer, more in pairwise(every)
    }


def extrapolated(nights: Mapping[str, Result], captures: int = FAR) -> dict[str, Any]:
    """A night of that many captures, of as many merchants, and what stands in its way."""
    small, *between, large = nights.values()
    figures = {name: _line(small, large, name, captures) for name in LINEAR}
    seconds = {name: _worker_line(small, large, name, captures) for name in large["workers"]}
    calls = {name: _invocations(name, s) for name, s in seconds.items()}
    again = sum(calls.values()) - sum(of["invocations"] for of in large["workers"].values())
    share = large["largest_merchant"] / large["captures"]
    return {
        "modelled": True,
        "prices": f"{REGION}, prices written down from memory on {AS_OF}",
        "memory_mb": MEMORY_MB,
        "assumed_ms": dict(ASSUMED_MS),
        "captures": captures,
        **{name: round(value, 2) for name, value in figures.items()},
        "usd_per_million": round(figures["usd"] / captures * MILLION, 2),
        "off_the_line": {
            f"{one['captures']}": {
                name: round(one[name] / _line(small, large, name, one["captures"]) - 1, 3) for name in LINEAR
            }
            for one in between
        },
        "invocations": calls,
        "hours": {name: round(s / _at_once(name) / 3_600, 2) for name, s in seconds.items()},
        "transitions": large["transitions"] + _STATES_OF_AGAIN * again,
        "history_events": large["history_events"] + (_EVENTS["Task"] + _EVENTS["Choice"]) * again,
        "max_history": MAX_HISTORY,
        "largest_state_bytes": large["largest_state_bytes"],
        "max_state_bytes": MAX_STATE_BYTES,
        "one_merchant": _one_merchant(small, large, round(share * captures)),
        "writes": _writes(large, share),
    }


def _line(small: Result, large: Result, name: str, captures: int) -> float:
    return large[name] + _slope([small["captures"], large["captures"]], [small[name], large[name]]) * (
        captures - large["captures"]
    )


def _worker_line(small: Result, large: Result, worker: str, captures: int) -> float:
    """Its seconds on AWS, all calls together."""
    first, last = (_modelled_s(night, worker) for night in (small, large))
    more = _slope([small["captures"], large["captures"]], [first, last]) * (captures - large["captures"])
    return last + max(more, 0)


def _invocations(worker: str, seconds: float) -> int:
    """Into how many calls that much work falls."""
    parts = MAPPED.get(worker, 1)
    return parts * max(1, math.ceil(seconds / parts / USABLE_S.get(worker, TIMEOUT_S)))


def _at_once(worker: str) -> int:
    return AT_ONCE if worker in MAPPED else 1


def _one_merchant(small: Result, large: Result, far: int) -> dict[str, Any]:
    """What a further entry takes of the two workers that take a merchant at a time, and how many they get through."""
    both = (small, large)
    captures = [night["captures"] for night in both]
    ms = {name: 1_000 * _growth(captures, [_modelled_s(night, name) for night in both]) for name in ONE_AT_A_TIME}
    return {
        "entries": far,
        "ms_per_entry": {name: round(each, 3) for name, each in ms.items()},
        "entries_in_time": {name: _thousands(1_000 * ONE_MERCHANT_S / each) for name, each in ms.items()},
    }


def entries_on_disk(days: Mapping[str, Result]) -> tuple[int, int]:
    """What an entry takes of the disk on which it is sorted (bytes), and how many fit there."""
    entries, largest = max((int(count), of) for count, of in days.items())
    bytes_each = largest["line_bytes"] / entries
    return round(bytes_each), _thousands(DISK_MB * 2**20 / bytes_each)


def _growth(places: Sequence[float], values: Sequence[float]) -> float:
    """The slope, which in nights of a handful may be nothing."""
    return max(_slope(places, values), 1e-6)


def _slope(places: Sequence[float], values: Sequence[float]) -> float:
    return (values[-1] - values[0]) / (places[-1] - places[0])


def _modelled_s(night: Result, worker: str) -> float:
    return night["workers"][worker]["modelled_s"]


def _thousands(count: float) -> int:
    """No better known than that."""
    return round(count / 1_000) * 1_000


def _writes(large: Result, share: float) -> dict[str, Any]:
    """Write units a second while entries are put and while payments are told; of the busiest partition of entries."""
    rates = {
        name: AT_ONCE * large["workers"][name]["write_units"] / max(large["workers"][name]["modelled_s"], 0.01)
        for name in ("collect_entries", "announce")
    }
    return {
        "units_per_s": {name: round(rate) for name, rate in rates.items()},
        "busiest_partition": round(rates["collect_entries"] * share / ENTRY_SHARDS, 1),
        "first_table_units_per_s": FIRST_TABLE_UNITS_PER_S,
        "partition_units_per_s": PARTITION_UNITS_PER_S,
    }
