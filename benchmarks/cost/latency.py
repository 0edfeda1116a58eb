"""The modeled latency of a payment on AWS, and the cost of a million payments. Nothing ran there.

Costs are list prices (`stacks/operations/prices.py`) times the usage counted here: write units, calls, bytes of log
lines. Latencies are assumed distributions of AWS services plus the CPU time measured here, scaled to the CPU share of
the function's memory. Replace them with CloudWatch's figures once there are some.
"""

import json
import math
import random
from collections.abc import Mapping
from typing import Any, Final

from benchmarks.http_load import percentile
from benchmarks.warm_authorize import STORED
from paysandbox.http.route import functions_of
from paysandbox.metrics.usage_cost import REQUEST_LOG_WRITES
from stacks.api.aliases import MONEY_ROUTES
from stacks.api.gateway import ACCESS_LOG
from stacks.functions import MEMORY_MB, PAYMENT_MEMORY_MB, memory_mb
from stacks.operations.prices import BYTES_OF_A_GB, DAYS_OF_A_MONTH, PRICES, PROVENANCE, Item

# Assumed: median and 95th percentile in milliseconds, lognormal; warm, and within the Region.
ASSUMED_MS: Final[Mapping[str, tuple[float, float]]] = {"API Gateway": (6, 12), "Lambda": (2, 5), "one write": (4, 9)}
WRITES: Final[Mapping[str, int]] = {"authorize": 1, "capture": 2}
# Lambda developer guide: at 1,769 MB a function has one whole vCPU.
VCPU_MB: Final = 1_769
# CPU time of botocore and urllib3 on a socket, which the stub bypasses (measured once, on the same kind of machine).
SOCKET_CPU_MS: Final = 0.26

MEMORIES_MB: Final = (MEMORY_MB, PAYMENT_MEMORY_MB, VCPU_MB)
"""Memory sizes to compare: that of other functions, that of payment functions, and one full vCPU."""

# CloudWatch Logs counts these in addition to each line ("PutLogEvents", API reference).
LINE_OVERHEAD_BYTES: Final = 26
# A line of the gateway's access log, for a successful authorization.
_ACCESS_LOG: Final[Mapping[str, str]] = {
    "request_id": "833d9cca-367d-4bf4-8424-99145ff3285b",
    "method": "POST",
    "route": "/payments/authorize",
    "status": "200",
    "latency_ms": "100",
    "integration_latency_ms": "100",
    "integration_status": "200",
    "refused_as": "-",
    "trace_id": "1-6922ffb2-bd862e3fe1be46a994272793",
    "api_key_id": "a1b2c3d4e5",
}
# Log bytes of a request besides its own line. Lambda writes no platform lines about a run that succeeded.
OTHER_LOG_BYTES: Final = len(json.dumps(_ACCESS_LOG, separators=(",", ":"))) + 2 * LINE_OVERHEAD_BYTES
if {*_ACCESS_LOG} != {*ACCESS_LOG, "api_key_id"}:
    raise AssertionError("the access log has other fields")
PAYMENTS: Final = 1_000_000
DRAWS: Final = 100_000


def latency(cpu_ms: float, writes: int, draws: int = DRAWS, memory: int = PAYMENT_MEMORY_MB) -> dict[str, float]:
    """Return the milliseconds at p50, p95 and p99, and the mean billed duration."""
    chance = random.Random(7)
    slower = VCPU_MB / memory
    whole: list[float] = []
    billed = 0.0
    for _ in range(draws):
        function = (cpu_ms + writes * SOCKET_CPU_MS) * slower + sum(_draw(chance, "one write") for _ in range(writes))
        billed += function
        whole.append(function + _draw(chance, "API Gateway") + _draw(chance, "Lambda"))
    return {f"p{share}": round(percentile(whole, share), 1) for share in (50, 95, 99)} | {
        "billed_ms": round(billed / draws, 1)
    }


def _draw(chance: random.Random, part: str) -> float:
    half, most = ASSUMED_MS[part]
    return chance.lognormvariate(math.log(half), math.log(most / half) / 1.645)


def measure(warm: Mapping[str, Any], units: Mapping[str, Any], draws: int = DRAWS) -> dict[str, Any]:
    """Compute the model from the results of `warm_authorize` and of `operations`."""
    cpu_ms = warm["cases"][STORED]["value"]["median"] / 1_000
    latencies = {name: latency(cpu_ms, writes, draws) for name, writes in WRITES.items()}
    used: dict[Item, float] = dict.fromkeys(Item, 0.0)
    for name in WRITES:
        operation = units["operations"][name]
        used[Item.GATEWAY_REQUEST] += 1
        used[Item.FUNCTION_REQUEST] += 1
        used[Item.FUNCTION_GB_S] += latencies[name]["billed_ms"] / 1_000 * PAYMENT_MEMORY_MB / 1_024
        used[Item.WRITE_UNIT] += operation["all"] + REQUEST_LOG_WRITES
        used[Item.LOG_GB] += (operation["log_bytes"] + OTHER_LOG_BYTES) / BYTES_OF_A_GB
    lines = {str(item): round(amount * PRICES[item].usd * PAYMENTS, 2) for item, amount in used.items() if amount}
    return {
        "modeled": True,
        "prices": PROVENANCE,
        "payment": "an authorization and its capture, each stored in the request log",
        "assumed_ms": {name: {"p50": half, "p95": most} for name, (half, most) in ASSUMED_MS.items()},
        "memory_mb": PAYMENT_MEMORY_MB,
        "latency_ms": latencies,
        "by_memory": {str(memory): _of_memory(cpu_ms, memory, draws) for memory in MEMORIES_MB},
        "snap_start": snap_start_usd(),
        "usd_per_million": lines,
        "usd_in_all": round(sum(lines.values()), 2),
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
