"""What one merchant's requests cost another merchant's payments.

    make bench ARGS=fairness
    python -m benchmarks.fairness --payments 2000      with fewer payments, printed only

Both are on one sandbox. The noisy merchant has stored payments, and sends each kind of request (`KINDS`) over a few
connections, as fast as they are answered. The quiet one authorizes payments at a fixed rate over one connection:
before the noise, and during it. The noise comes from a process of its own.
"""

import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from benchmarks.deployed import payment_intent
from benchmarks.measuring.command import command
from benchmarks.measuring.http_load import Request, load, paced, percentile
from benchmarks.measuring.local_sandbox import authorization, new_key, sandbox
from benchmarks.measuring.rounds import machine

PAYMENTS: Final = 20_000
RATIO_MAX: Final = 2.0
"""Of the quiet merchant's median during the noise to that before."""

_NOISY: Final = 4
_STORE_S: Final = 3_600.0
_SECONDS: Final = 8.0
_BEGINS_S: Final = 1.5
_PER_S: Final = 10.0


@dataclass(frozen=True)
class Kind:
    """A kind of request: its name, and the path of a GET."""

    name: str
    path: str


KINDS: Final = (
    Kind("authorizations", ""),
    Kind("payment intents, created and confirmed", ""),
    Kind("lists of 100 payments", "/payments?limit=100"),
    Kind("lists of 100 events", "/events?limit=100"),
    Kind("lists of 100 requests", "/requests?limit=100"),
    Kind("lists of 100 charges, expanded", "/v1/charges?limit=100&expand[]=data.payment_intent"),
    Kind("balances", "/v1/balance"),
    Kind("lists of 100 balance transactions", "/v1/balance_transactions?limit=100"),
    Kind("searches without a match", f"/v1/charges/search?limit=10&query={quote('amount>99999999')}"),
    Kind("finds of an unknown e-mail address", f"/search?q={quote('nobody@example.com')}"),
)


def measure(payments: int = PAYMENTS, *, seconds: float = _SECONDS, begins_s: float = _BEGINS_S) -> dict[str, Any]:
    """Return the quiet merchant's times (ms) before and during each kind of noise, and the ratio of the medians."""
    cases: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder,
        sandbox(Path(folder)) as (port, noisy),
        ProcessPoolExecutor(1, get_context("spawn")) as apart,
    ):
        quiet = new_key(Path(folder), "quiet")
        load(port, lambda _: authorization(noisy), connections=_NOISY, count=payments, seconds=_STORE_S)
        _quiet(port, quiet, 1.0)
        for kind in KINDS:
            before = _quiet(port, quiet, seconds)
            noise = apart.submit(make_noise, port, noisy, kind, seconds + 2 * begins_s)
            time.sleep(begins_s)
            during = _quiet(port, quiet, seconds)
            cases.append(
                {
                    "noise": kind.name,
                    "noise_per_s": noise.result()["per_s"],
                    "noise_not_200": noise.result()["not_200"],
                    "before": before,
                    "during": during,
                    "ratio": round(during["p50"] / before["p50"], 2),
                }
            )
    return {
        "machine": machine(),
        "payments": payments,
        "connections": _NOISY,
        "quiet_per_s": _PER_S,
        "ratio_max": RATIO_MAX,
        "cases": cases,
    }


def make_noise(port: int, key: str, kind: Kind, seconds: float) -> dict[str, Any]:
    """Send requests of a kind for a time. Return what `load` does."""

    def make(_: int) -> Request:
        if kind.path:
            return Request(kind.path, {"X-Api-Key": key, "Authorization": f"Bearer {key}"}, b"", "GET")
        return payment_intent(key) if "intents" in kind.name else authorization(key)

    return load(port, make, connections=_NOISY, seconds=seconds)


def _quiet(port: int, key: str, seconds: float) -> dict[str, float]:
    answers = paced(port, lambda _: authorization(key), per_s=_PER_S, seconds=seconds, connections=1)
    if refused := [answer.status for answer in answers if answer.status != 200]:
        raise RuntimeError(f"{len(refused)} of {len(answers)} authorizations were refused: {refused[0]}")
    taken = [answer.ms for answer in answers]
    return {"p50": round(statistics.median(taken), 2), "p95": round(percentile(taken, 95), 2)}


if __name__ == "__main__":
    command("fairness", measure, __doc__, payments=PAYMENTS)
