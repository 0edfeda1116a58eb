"""The modelled latency of an authorization on AWS by traffic, including cold starts and new connections.

The warm model is only right for a steady rate. With little traffic, an execution environment or its connection to
DynamoDB is closed before the next request. In a burst, requests without a free environment wait for a new one.

Random requests are assigned to simulated environments. Nothing ran on AWS. The numbers in `Assumed` are not published
by AWS: replace them with CloudWatch's figures once there are some.
"""

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.http_load import percentile
from benchmarks.modelled import ASSUMED_MS, SOCKET_CPU_MS, VCPU_MB
from stacks.functions import PAYMENT_MEMORY_MB

PROMISED_P95_MS: Final = 50
REQUESTS: Final = 20_000
BURST: Final = 50
BURST_MS: Final = 100
"""Time within which the requests of a burst arrive."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """Values that AWS does not publish. Times are (p50, p95) in milliseconds, lognormal."""

    environment_ms: tuple[float, float] = (150, 400)
    """Start of a new environment, until it has its code and layers and Python runs."""
    connection_ms: tuple[float, float] = (6, 20)
    """A new TLS connection to an AWS service, without its CPU time."""
    connection_cpu_ms: float = 4
    """CPU time of a TLS handshake, on a whole vCPU."""
    idle_environment_s: tuple[float, float] = (300, 900)
    """An idle environment ends after a time in this range, uniformly distributed."""
    idle_connection_s: float = 60
    """An idle connection is closed after this time."""


@dataclass(slots=True)
class _Environment:
    busy_until_ms: float
    ends_after_ms: float


TRAFFIC: Final[Mapping[str, float]] = {
    "ten per second": 0.1,
    "one per second": 1,
    "one per minute": 60,
    "one per ten minutes": 600,
}
"""Mean seconds between two requests, which arrive independently of each other."""


def measure(init_cpu_ms: float, cpu_ms: float, *, requests: int = REQUESTS, seed: int = 7) -> dict[str, Any]:
    """Return the modelled latency for each kind of traffic.

    `init_cpu_ms` is the measured CPU time of a cold import of the function with its client, `cpu_ms` that of a warm
    request. Initialization has a whole vCPU, as AWS's own measurements suggest; a request has the share of its memory.
    """
    model = _Model(random.Random(seed), Assumed(), init_cpu_ms, cpu_ms)
    traffic = {name: model.steady(gap_s, requests) for name, gap_s in TRAFFIC.items()}
    traffic[f"a burst of {BURST}, all cold"] = model.bursts(requests // BURST)
    return {
        "assumed": {name: getattr(model.assumed, name) for name in Assumed.__slots__},
        "memory_mb": PAYMENT_MEMORY_MB,
        "promised_p95_ms": PROMISED_P95_MS,
        "traffic": traffic,
    }


class _Model:
    def __init__(self, chance: random.Random, assumed: Assumed, init_cpu_ms: float, cpu_ms: float) -> None:
        self.assumed = assumed
        self._chance = chance
        self._init_cpu_ms = init_cpu_ms
        self._cpu_ms = cpu_ms

    def steady(self, gap_s: float, requests: int) -> dict[str, float]:
        """Simulate independent random requests."""
        return _summary(list(self._answers(_arrivals(self._chance, gap_s, requests))))

    def bursts(self, count: int) -> dict[str, float]:
        """Simulate bursts that each start without an environment."""
        found: list[tuple[float, bool, bool]] = []
        for _ in range(count):
            at_once = sorted(self._chance.uniform(0, BURST_MS) for _ in range(BURST))
            found += self._answers(iter(at_once))
        return _summary(found)

    def _answers(self, arrivals: Iterator[float]) -> Iterator[tuple[float, bool, bool]]:
        """Yield each request's milliseconds, and whether it waited for an environment or a connection."""
        environments: list[_Environment] = []
        for at in arrivals:
            environments = [one for one in environments if one.busy_until_ms + one.ends_after_ms > at]
            free = [one for one in environments if one.busy_until_ms <= at]
            # Lambda reuses the most recently used environment.
            environment = max(free, key=lambda one: one.busy_until_ms, default=None)
            cold = environment is None
            idle_ms = math.inf if environment is None else at - environment.busy_until_ms
            connects = idle_ms > self.assumed.idle_connection_s * 1_000
            in_function = (self._initialization() if cold else 0) + self._request(connects=connects)
            if environment is None:
                environment = _Environment(0, 0)
                environments.append(environment)
            environment.busy_until_ms = at + in_function
            environment.ends_after_ms = self._chance.uniform(*self.assumed.idle_environment_s) * 1_000
            yield in_function + self._draw(ASSUMED_MS["API Gateway"]) + self._draw(ASSUMED_MS["Lambda"]), cold, connects

    def _initialization(self) -> float:
        """Return the time until a new environment is ready; it reads one parameter over a connection of its own."""
        reading = self._draw(self.assumed.connection_ms) + self._draw(ASSUMED_MS["one write"])
        return self._draw(self.assumed.environment_ms) + self._init_cpu_ms + self.assumed.connection_cpu_ms + reading

    def _request(self, *, connects: bool) -> float:
        slower = VCPU_MB / PAYMENT_MEMORY_MB
        cpu = self._cpu_ms + SOCKET_CPU_MS + (self.assumed.connection_cpu_ms if connects else 0)
        connecting = self._draw(self.assumed.connection_ms) if connects else 0
        return cpu * slower + connecting + self._draw(ASSUMED_MS["one write"])

    def _draw(self, spread: tuple[float, float]) -> float:
        median, p95 = spread
        return self._chance.lognormvariate(math.log(median), math.log(p95 / median) / 1.645)


def _arrivals(chance: random.Random, gap_s: float, requests: int) -> Iterator[float]:
    """Yield the times of requests in milliseconds."""
    at = 0.0
    for _ in range(requests):
        at += chance.expovariate(1 / (gap_s * 1_000))
        yield at


def _summary(answers: list[tuple[float, bool, bool]]) -> dict[str, float]:
    times = [ms for ms, *_ in answers]
    count = len(answers)
    return {f"p{share}": round(percentile(times, share), 1) for share in (50, 95, 99)} | {
        "cold_percent": round(100 * sum(cold for _, cold, _ in answers) / count, 2),
        "connecting_percent": round(100 * sum(connects for *_, connects in answers) / count, 2),
    }
