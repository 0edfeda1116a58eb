"""The modeled latency of a payment and of its webhook on AWS, and the price of memory. Nothing ran there.

Latencies are assumed distributions of AWS services plus the CPU time measured here, scaled to the CPU share of the
function's memory. Replace them with CloudWatch's figures once there are some.
"""

import math
import random
from collections.abc import Mapping
from statistics import mean
from typing import Any, Final

from benchmarks.measuring.http_load import percentile
from benchmarks.warm_authorize import STORED
from paysandbox.http.route import functions_of
from stacks.api.aliases import MONEY_ROUTES
from stacks.functions import MEMORY_MB, PAYMENT_MEMORY_MB, memory_mb
from stacks.operations.prices import DAYS_OF_A_MONTH, PRICES, Item

# Assumed: median and 95th percentile in milliseconds, lognormal; warm, and within the Region.
ASSUMED_MS: Final[Mapping[str, tuple[float, float]]] = {"API Gateway": (6, 12), "Lambda": (2, 5), "one write": (4, 9)}
WRITES: Final[Mapping[str, int]] = {"authorize": 1, "capture": 2}
# Lambda developer guide: at 1,769 MB a function has one whole vCPU.
VCPU_MB: Final = 1_769
# CPU time of botocore and urllib3 on a socket, which the stub bypasses (measured once, on the same kind of machine).
SOCKET_CPU_MS: Final = 0.26

MEMORIES_MB: Final = (MEMORY_MB, PAYMENT_MEMORY_MB, VCPU_MB)
"""Memory sizes to compare: that of other functions, that of payment functions, and one full vCPU."""

# Assumed: median and 95th percentile in milliseconds, lognormal; warm, in the Region, one event at a time.
WEBHOOK_ASSUMED_MS: Final[Mapping[str, tuple[float, float]]] = {
    "publish_event, started": (5, 15),
    "publish_event, its run with SNS": (15, 40),
    "SNS to SQS": (15, 50),
    "SQS to plan_deliveries (long poll)": (10, 35),
    "plan_deliveries, its run": (25, 60),
    "SQS to deliver_event (long poll)": (10, 35),
    "deliver_event, until it connects": (12, 30),
    "the way to a receiver, connection kept": (10, 40),
}
# Lambda developer guide, "Process DynamoDB records with Lambda": shards are polled four times a second.
POLL: Final = "stream poll"
POLL_MS: Final = 250

PAYMENTS: Final = 1_000_000
DRAWS: Final = 100_000


def latency(cpu_ms: float, writes: int, draws: int = DRAWS, memory: int = PAYMENT_MEMORY_MB) -> dict[str, float]:
    """Return the milliseconds at p50, p95 and p99, and the mean billed duration."""
    chance = random.Random(7)
    slower = VCPU_MB / memory
    whole: list[float] = []
    billed = 0.0
    for _ in range(draws):
        written = sum(_draw(chance, *ASSUMED_MS["one write"]) for _ in range(writes))
        function = (cpu_ms + writes * SOCKET_CPU_MS) * slower + written
        billed += function
        whole.append(function + _draw(chance, *ASSUMED_MS["API Gateway"]) + _draw(chance, *ASSUMED_MS["Lambda"]))
    return {f"p{share}": round(percentile(whole, share), 1) for share in (50, 95, 99)} | {
        "billed_ms": round(billed / draws, 1)
    }


def measure(warm: Mapping[str, Any], draws: int = DRAWS) -> dict[str, Any]:
    """Compute the model from the result of `warm_authorize`."""
    cpu_ms = warm["cases"][STORED]["value"]["median"] / 1_000
    return {
        "modeled": True,
        "assumed_ms": {name: {"p50": half, "p95": most} for name, (half, most) in ASSUMED_MS.items()},
        "memory_mb": PAYMENT_MEMORY_MB,
        "latency_ms": {name: latency(cpu_ms, writes, draws) for name, writes in WRITES.items()},
        "by_memory": {str(memory): _of_memory(cpu_ms, memory, draws) for memory in MEMORIES_MB},
        "snap_start": snap_start_usd(),
        "webhook": webhook(draws),
    }


def _of_memory(cpu_ms: float, memory: int, draws: int) -> dict[str, float]:
    """Return an authorization's latency, and the dollars per million payments for both functions' duration."""
    found = {name: latency(cpu_ms, writes, draws, memory) for name, writes in WRITES.items()}
    gb_s = sum(each["billed_ms"] for each in found.values()) / 1_000 * memory / 1_024
    usd = gb_s * PAYMENTS * PRICES[Item.FUNCTION_GB_S].usd
    return {"p50": found["authorize"]["p50"], "p95": found["authorize"]["p95"], "usd_per_million": round(usd, 2)}


def snap_start_usd() -> dict[str, float]:
    """Return the price of `snap_start`: a month of a snapshot of each function that moves money, and 1,000 starts."""
    with_snapshots = functions_of(MONEY_ROUTES)
    gb = sum(map(memory_mb, with_snapshots)) / 1_024
    month_s = DAYS_OF_A_MONTH * 86_400
    per_start = PAYMENT_MEMORY_MB / 1_024 * PRICES[Item.RESTORE_GB].usd
    return {
        "functions": len(with_snapshots),
        "gb": gb,
        "usd_per_month": round(gb * month_s * PRICES[Item.SNAPSHOT_GB_S].usd, 2),
        "usd_per_1000_starts": round(1_000 * per_start, 2),
    }


def webhook(draws: int = DRAWS) -> dict[str, Any]:
    """Return the milliseconds from response to receipt on AWS by part. A record waits half an interval on average."""
    chance = random.Random(7)
    drawn = {name: [_draw(chance, *spread) for _ in range(draws)] for name, spread in WEBHOOK_ASSUMED_MS.items()}
    drawn = {POLL: [chance.uniform(0, POLL_MS) for _ in range(draws)]} | drawn
    whole = [sum(parts) for parts in zip(*drawn.values(), strict=True)]
    means = {name: round(mean(values), 1) for name, values in drawn.items()}
    return {
        "mean_ms": round(mean(whole), 1),
        **{f"p{share}_ms": round(percentile(whole, share), 1) for share in (50, 95, 99)},
        "parts_ms": means,
        "largest": max(means, key=lambda name: means[name]),
    }


def _draw(chance: random.Random, half: float, most: float) -> float:
    return chance.lognormvariate(math.log(half), math.log(most / half) / 1.645)
