"""What each kind of request takes with few and with many stored payments, and a restart.

    make bench ARGS=growth                              at 1,000, 20,000 and 100,000 payments: an hour and more
    python -m benchmarks.growth --payments 20000        up to fewer, printed only

One merchant's payments are sent to a sandbox of its own over four connections. At each size, every kind of request is
sent over one connection, and its median and 95th percentile are recorded. A request that
reads all payments (`SCANS`) has a bound instead of a ratio. Then the sandbox is stopped and started again.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from benchmarks.deployed import payment_intent
from benchmarks.measuring.command import command
from benchmarks.measuring.http_load import load, percentile
from benchmarks.measuring.local_sandbox import authorization, restart, sandbox
from benchmarks.measuring.rounds import machine

PAYMENTS: Final = 100_000
SIZES: Final = (1_000, 20_000)
"""The sizes before the last one."""

RATIO_MAX: Final = 1.3
"""Of the median at the last size to that at the first."""

SCAN_MS_MAX: Final = 1_000
"""For a request that compares stored payments with what no index has."""

_CONNECTIONS: Final = 4
_STORE_S: Final = 7_200.0
_SETTLES_S: Final = 3.0
_EACH: Final = 40
_EACH_S: Final = 15.0
_WARM_UP: Final = 3


@dataclass(frozen=True)
class Kind:
    """A kind of request: a GET of a path, or the POST that `make` returns. `is_scan`: no index has what it wants."""

    name: str
    path: str = ""
    make: Callable[[str], Any] | None = None
    is_scan: bool = False


KINDS: Final = (
    Kind("authorize", make=authorization),
    Kind("payment intent, created and confirmed", make=payment_intent),
    Kind("list of 10 payments", "/payments?limit=10"),
    Kind("list of 100 payments", "/payments?limit=100"),
    Kind("list by reference", "/payments?limit=10&reference=order-1042"),
    Kind("list of 10 events", "/events?limit=10"),
    Kind("list of 10 requests", "/requests?limit=10"),
    Kind("list of 10 payment intents", "/v1/payment_intents?limit=10"),
    Kind("list of 10 charges", "/v1/charges?limit=10"),
    Kind(
        "search with a match in the first page",
        f"/v1/charges/search?limit=10&query={quote('amount>1000')}",
        is_scan=True,
    ),
    Kind("search without a match", f"/v1/charges/search?limit=10&query={quote('amount>99999999')}", is_scan=True),
    Kind("find by reference", "/search?q=order-1042"),
    Kind("find by an unknown e-mail address", f"/search?q={quote('nobody@example.com')}", is_scan=True),
)


def measure(payments: int = PAYMENTS, *, each: int = _EACH) -> dict[str, Any]:
    """Return the times (ms) of `each` requests of each kind by the number of payments, and those of a restart (s)."""
    sizes = [*(size for size in SIZES if size < payments), payments]
    points: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder, sandbox(Path(folder)) as (port, key):
        stored = 0
        for size in sizes:
            sent = load(
                port, lambda _: authorization(key), connections=_CONNECTIONS, count=size - stored, seconds=_STORE_S
            )
            stored = size
            time.sleep(_SETTLES_S)  # what is done after the last response
            points.append({"payments": size, "stored_per_s": sent["per_s"], "kinds": times(port, key, each)})
            began = time.monotonic()
            restart(Path(folder), port)
            points[-1]["restart_s"] = round(time.monotonic() - began, 2)
            sys.stderr.write(f"  {time.strftime('%H:%M:%S')} {size} payments, restart {points[-1]['restart_s']} s\n")
    return {
        "machine": machine(),
        "payments": payments,
        "ratio_max": RATIO_MAX,
        "scan_ms_max": SCAN_MS_MAX,
        "ratios": ratios(points),
        "points": points,
    }


def ratios(points: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return by kind of request the median at the last size, divided by that at the first."""
    first, last = points[0]["kinds"], points[-1]["kinds"]
    return {name: round(last[name]["p50"] / first[name]["p50"], 2) for name in last}


def times(port: int, key: str, each: int) -> dict[str, dict[str, float]]:
    """Return the times (ms) of each kind of request, over one connection. Raises RuntimeError if one is refused."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        return {kind.name: _times_of([*_sent(connection, kind, key, each)][_WARM_UP:]) for kind in KINDS}


def _sent(connection: HTTPConnection, kind: Kind, key: str, each: int) -> Iterator[float]:
    until = time.monotonic() + _EACH_S
    for number in range(each + _WARM_UP):
        if number > 2 * _WARM_UP and time.monotonic() > until:
            return
        began = time.perf_counter()
        if kind.make is None:
            connection.request("GET", kind.path, headers=_headers(kind.path, key))
        else:
            request = kind.make(key)
            connection.request("POST", request.path, request.body, dict(request.headers))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{kind.name}: {answer.status} {body[:300].decode(errors='replace')}")
        yield (time.perf_counter() - began) * 1_000


def _headers(path: str, key: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"} if path.startswith("/v1/") else {"X-Api-Key": key}


def _times_of(taken: list[float]) -> dict[str, float]:
    return {
        "requests": len(taken),
        "p50": round(statistics.median(taken), 2),
        "p95": round(percentile(taken, 95), 2),
    }


if __name__ == "__main__":
    command("growth", measure, __doc__, payments=PAYMENTS)
