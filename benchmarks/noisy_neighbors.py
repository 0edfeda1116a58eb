"""The effect of some merchants' slow receivers on another merchant's webhooks, on a sandbox run by `paysandbox up`.

    make bench ARGS=noisy_neighbors

Each noisy merchant has ten endpoints that respond after 1.9 s, just below the threshold for slow endpoints, and makes
as many payments as the ordinary plan allows. The quiet merchant has one endpoint that responds at once. In each case
the same sandbox gets the same traffic twice: first all endpoints respond at once, then the noisy ones are slow. All
receivers run on this machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.measuring.command import command
from benchmarks.measuring.hooks_receiver import Hooks, hooks
from benchmarks.measuring.http_load import percentile
from benchmarks.measuring.local_sandbox import sandbox
from benchmarks.measuring.rounds import machine
from benchmarks.webhooks import pay
from stacks.environments import ENVIRONMENTS

NOISY_MERCHANTS: Final = (1, 3, 10)
SECONDS: Final = 300
CALM_SECONDS: Final = 60
ENDPOINTS: Final = 10
ANSWERS_AFTER_S: Final = 1.9
QUIET_PER_S: Final = 2.0

RATIO_MAX: Final = 2.0
P95_MS_MAX: Final = 1_000
PARTS: Final = 5
"""Number of parts of the time that are also reported separately, to show growth over time."""

QUIET: Final = "quiet"
WARM_UP_SECONDS: Final = 10
WAIT_S: Final = 30


def measure(
    seconds: float = SECONDS, calm_seconds: float = CALM_SECONDS, merchants: Sequence[int] = NOISY_MERCHANTS
) -> dict[str, Any]:
    """Return the quiet merchant's latencies (ms) without and with noise, by number of noisy merchants."""
    return {
        "machine": machine(),
        "endpoints": ENDPOINTS,
        "answers_after_s": ANSWERS_AFTER_S,
        "noisy_per_s": round(_ordinary_per_s(), 2),
        "quiet_per_s": QUIET_PER_S,
        "ratio_max": RATIO_MAX,
        "p95_ms_max": P95_MS_MAX,
        "wanted": {"noisy_merchants": [*NOISY_MERCHANTS], "seconds": SECONDS},
        "cases": [_case(count, seconds, calm_seconds) for count in merchants],
    }


def _ordinary_per_s() -> float:
    return ENVIRONMENTS["local"].sandbox_requests_per_minute / 60


def _case(count: int, seconds: float, calm_seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder, sandbox(Path(folder)) as (port, _):
        keys = {name: _key(Path(folder), name) for name in (QUIET, *(f"noisy-{n}" for n in range(count)))}
        with ExitStack() as stack:
            receivers = {
                name: stack.enter_context(_merchant(port, key, 1 if name == QUIET else ENDPOINTS))
                for name, key in keys.items()
            }
            _log(f"{count} noisy merchants, calm")
            # Cold starts happen before the measurement.
            _wait(receivers, _pay(port, keys, WARM_UP_SECONDS))
            paid = _pay(port, keys, calm_seconds)
            _wait(receivers, paid)
            calm = latencies(paid[QUIET], receivers[QUIET].of("/0"), calm_seconds)
            noisy = [one for name, one in receivers.items() if name != QUIET]
            for one in noisy:
                one.answers_after_s, one.most_at_once = ANSWERS_AFTER_S, 0
            _log(f"{count} noisy merchants, noisy")
            paid = _pay(port, keys, seconds)
            _wait({QUIET: receivers[QUIET]}, paid)
            noise = latencies(paid[QUIET], receivers[QUIET].of("/0"), seconds)
            peak = max(one.most_at_once for one in noisy)
    ratio = round(noise["p95_ms"] / calm["p95_ms"], 2)
    _log(f"{count}: p95 {calm['p95_ms']} ms, then {noise['p95_ms']} ms, {ratio} ×; {noise['parts_p95_ms']}")
    return {
        "noisy_merchants": count,
        "calm_seconds": calm_seconds,
        "seconds": seconds,
        "calm": calm,
        "noisy": noise,
        "ratio": ratio,
        "most_slots": peak,
        "load": machine()["load"],
    }


def _key(folder: Path, merchant: str) -> str:
    program = str(Path(sys.executable).with_name("paysandbox"))
    words = [program, "keys", "create", "--merchant", merchant, "--plan", "load", "--json"]
    environment = os.environ | {"PAYSANDBOX_HOME": str(folder / "home")}
    return json.loads(subprocess.run(words, env=environment, check=True, capture_output=True).stdout)["api_key"]


@contextmanager
def _merchant(port: int, key: str, endpoints: int) -> Iterator[Hooks]:
    with hooks(endpoints) as receiver:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"X-Api-Key": key}, timeout=60) as http:
            for url in receiver.urls:
                http.post(
                    "/webhooks/endpoints", json={"url": url, "events": ["*"]}, headers={"X-Idempotency-Key": url}
                ).raise_for_status()
        yield receiver


def _pay(port: int, keys: Mapping[str, str], seconds: float) -> dict[str, dict[str, float]]:
    """Send all merchants' payments at their rates. Return when each got its response, by merchant and event id."""

    def one(name: str) -> dict[str, float]:
        per_s = QUIET_PER_S if name == QUIET else _ordinary_per_s()
        return pay(port, keys[name], max(1, round(seconds * per_s)), per_s)

    with ThreadPoolExecutor(len(keys)) as merchants:
        return dict(zip(keys, merchants.map(one, keys), strict=True))


def _wait(receivers: Mapping[str, Hooks], paid: Mapping[str, Mapping[str, float]]) -> None:
    """Wait until these receivers have the events of these payments, or until no more events arrive."""
    for name, receiver in receivers.items():
        paths = range(1 if name == QUIET else ENDPOINTS)
        wanted = {(f"/{path}", event) for path in paths for event in paid[name]}
        receiver.wait_for(len(receiver.first_at.keys() | wanted), WAIT_S)


def latencies(answered: Mapping[str, float], received: Mapping[str, float], seconds: float) -> dict[str, Any]:
    """Return the milliseconds from response to receipt, in total and by part, and the number of missing events."""
    began = min(answered.values())
    latencies_ms = {event: (received[event] - at) * 1_000 for event, at in answered.items() if event in received}
    by_part: list[list[float]] = [[] for _ in range(PARTS)]
    for event, ms in latencies_ms.items():
        by_part[min(PARTS - 1, int((answered[event] - began) / seconds * PARTS))].append(ms)
    return {
        "events": len(answered),
        "missing": len(answered) - len(latencies_ms),
        **{f"p{share}_ms": round(percentile([*latencies_ms.values()], share), 1) for share in (50, 95, 99)},
        "max_ms": round(max(latencies_ms.values()), 1),
        "parts_p95_ms": [round(percentile(part, 95), 1) if part else None for part in by_part],
    }


def _log(text: str) -> None:
    sys.stderr.write(f"  {time.strftime('%H:%M:%S')} {text}\n")


if __name__ == "__main__":
    command("noisy_neighbors", measure, __doc__)
