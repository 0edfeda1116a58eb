"""The CPU time of a local payment by process and by thread of the engine, and payments a second with their webhooks.

    make bench ARGS=budget                          this checkout
    make bench ARGS="budget REV"                    and an earlier commit, which takes turns with it
    make bench ARGS="budget REV --most 1.05"        and fails if a payment has become more than 5 % dearer

Each version runs as `make up` starts it, an earlier one from a checkout in a temporary folder. Each payment has an
event, which is delivered to a receiver in a process of its own. A round's payments are counted until the last event has
arrived: a rate with work left to do is none. If that takes more than two seconds after the last response, the benchmark
fails. CPU time is read when the engine is quiet again. It is that of all its processes, so what is done after the
response counts too. Nothing is stored.

Last, each payment is made alone: after the event of the one before, and a pause. Work may be gathered under load, but
no such event may wait for others, so the benchmark fails if its median is 25 ms later than that of the earlier commit.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.before_and_after import checkout
from benchmarks.deployed import payment_intent
from benchmarks.measuring.cpu import ENGINE, TICKS_PER_S, busy_ticks, until_quiet, usage
from benchmarks.measuring.hooks_receiver import SeparateHooks, separate_hooks
from benchmarks.measuring.http_load import Request, load, percentile
from benchmarks.measuring.local_sandbox import OWN, authorization, sandbox
from benchmarks.measuring.rounds import alternate, machine, spread
from cli.sandbox import engine
from cli.state.state_dir import StateDir

ROUNDS: Final = 5
PAYMENTS: Final = 400
DELIVERED_WITHIN_S: Final = 2.0
LONE_LATER_MS: Final = 25
"""How much later than before the event of a lone payment may arrive (median). An engine that gathers it takes more."""

AFTER: Final = "this checkout"

_EVENT: Final = "payment_authorized"
_WAIT_S: Final = 30.0
_INSTALLED_WITHIN_S: Final = 900
# Before a lone payment, the engine is idle for one of these times in turn, so that no timer of it is always in step.
_PAUSES_S: Final = (0.06, 0.12, 0.18, 0.24, 0.3)
_LONE_SHARE: Final = 4
"""One lone payment is made for this many of a round."""


@dataclass(frozen=True, slots=True)
class Case:
    """Payments over this many connections, a multiple of `PAYMENTS` of them a round."""

    name: str
    make: Callable[[str], Request]
    connections: int
    times: int = 1


CASES: Final = (
    Case("authorize, one connection", authorization, 1),
    Case("authorize, 8 connections", authorization, 8, times=2),
    Case("payment intent created and confirmed, one connection", payment_intent, 1),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One version's payments of one round. `others` is the cores that other programs kept busy meanwhile."""

    per_s: float
    p50_ms: float
    p95_ms: float
    not_200: int
    last_event_after_s: float
    cpu_us: Mapping[str, float]
    others: float

    @property
    def all_us(self) -> float:
        """The CPU time of a payment in all processes of the sandbox (µs)."""
        return sum(self.cpu_us.values())

    @property
    def engine_us(self) -> float:
        """The CPU time of a payment in the engine's own process and its snapshots (µs)."""
        return sum(self.cpu_us.get(name, 0.0) for name in ENGINE)


class Version:
    """A running sandbox of one version, with an endpoint for one event of each payment."""

    def __init__(self, home: Path, port: int, key: str, receiver: SeparateHooks) -> None:
        running = engine.running(StateDir(home))
        if running is None:
            raise RuntimeError("the engine has ended")
        self._pid, self._port, self._key, self._receiver = running.pid, port, key, receiver

    def turn(self, case: Case, payments: int) -> Turn:
        """Send a round's payments of a case, and wait for their events and for the end of all work."""
        count = payments * case.times
        expected = self._receiver.arrivals().events + count
        before, busy, began = usage(self._pid), busy_ticks(), time.time()
        own = time.process_time()
        done = load(
            self._port, lambda _: case.make(self._key), connections=case.connections, count=count, seconds=_WAIT_S * 10
        )
        answered = time.time()
        arrived = self._receiver.wait_for(expected, _WAIT_S)
        own = time.process_time() - own
        until_quiet(self._pid)
        spent, ended = usage(self._pid).since(before), time.time()
        others = (busy_ticks() - busy - sum(spent.values())) / TICKS_PER_S - own
        late_s = arrived.last_at - answered if arrived.events >= expected else float("inf")
        return Turn(
            per_s=done["requests"] / (max(answered, arrived.last_at) - began),
            p50_ms=done["p50"],
            p95_ms=done["p95"],
            not_200=done["not_200"],
            last_event_after_s=round(max(0.0, late_s), 2),
            cpu_us={name: ticks / TICKS_PER_S / count * 1e6 for name, ticks in spent.items()},
            others=round(max(0.0, others) / (ended - began), 2),
        )

    def lone_events_ms(self, payments: int) -> list[float]:
        """Send payments one at a time. Return for each how long after the response its event arrived (ms)."""
        taken_ms: list[float] = []
        with httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=_WAIT_S) as http:
            for pause_s in islice(cycle(_PAUSES_S), payments):
                expected = self._receiver.arrivals().events + 1
                request = authorization(self._key)
                answer = http.post(request.path, headers=dict(request.headers), content=request.body)
                answered = time.time()
                answer.raise_for_status()
                arrived = self._receiver.wait_for(expected, _WAIT_S)
                in_time = arrived.events >= expected
                taken_ms.append((arrived.last_at - answered) * 1_000 if in_time else float("inf"))
                time.sleep(pause_s)
        return taken_ms


def measure(before: str | None = None, rounds: int = ROUNDS, payments: int = PAYMENTS) -> dict[str, Any]:
    """Return the figures of each case in this checkout and in the commit `before`, and their ratios by round."""
    with ExitStack() as stack:
        versions = {} if before is None else {before: stack.enter_context(_earlier(before))}
        versions[AFTER] = stack.enter_context(_running(OWN))
        for version in versions.values():  # cold starts happen before the measurement
            for case in CASES:
                version.turn(case, 4 * case.connections)
        results = [_compared(case, versions, before, rounds, payments) for case in CASES]
        lone = _lone_events(versions, rounds, payments // _LONE_SHARE)
    return {
        "machine": machine(),
        "rounds": rounds,
        "payments": payments,
        "before": before,
        "cases": results,
        "lone_events_ms": lone,
    }


def _lone_events(versions: Mapping[str, Version], rounds: int, payments: int) -> dict[str, dict[str, float]]:
    taken_ms: dict[str, list[float]] = {name: [] for name in versions}

    def once(name: str) -> float:
        of_round = versions[name].lone_events_ms(payments)
        taken_ms[name] += of_round
        _log(f"event of a lone payment, {name}: {statistics.median(of_round):.1f} ms")
        return statistics.median(of_round)

    alternate({name: lambda name=name: once(name) for name in versions}, rounds)
    return {name: lone_figures(of) for name, of in taken_ms.items()}


def _compared(
    case: Case, versions: Mapping[str, Version], before: str | None, rounds: int, payments: int
) -> dict[str, Any]:
    turns: dict[str, list[Turn]] = {name: [] for name in versions}

    def once(name: str) -> float:
        turns[name].append(versions[name].turn(case, payments))
        _log(f"{case.name}, {name}: {turns[name][-1].all_us:.0f} µs, {turns[name][-1].per_s:.0f}/s")
        return turns[name][-1].all_us

    alternate({name: lambda name=name: once(name) for name in versions}, rounds)
    result: dict[str, Any] = {"case": case.name, **{name: figures(of) for name, of in turns.items()}}
    if before is not None:
        result["ratio"] = ratio(turns[AFTER], turns[before])
    return result


def figures(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return the spread of the rounds, and the median CPU time of a payment in each process and thread (µs)."""
    parts = {name for turn in turns for name in turn.cpu_us}
    medians = {name: statistics.median(turn.cpu_us.get(name, 0.0) for turn in turns) for name in parts}
    return {
        "cpu_us": spread([turn.all_us for turn in turns], 0),
        "engine_us": spread([turn.engine_us for turn in turns], 0),
        "per_s": spread([turn.per_s for turn in turns], 1),
        "p50_ms": spread([turn.p50_ms for turn in turns], 2),
        "p95_ms": spread([turn.p95_ms for turn in turns], 2),
        "not_200": sum(turn.not_200 for turn in turns),
        "last_event_after_s": max(turn.last_event_after_s for turn in turns),
        "cores_of_others": spread([turn.others for turn in turns], 2),
        "parts_us": {name: round(us) for name, us in sorted(medians.items(), key=lambda part: -part[1]) if us >= 1},
    }


def lone_figures(taken_ms: Sequence[float]) -> dict[str, float]:
    """Return the number of lone payments, and the percentiles of the time until their events (ms)."""
    percentiles = {f"p{share}": round(percentile(taken_ms, share), 1) for share in (50, 95)}
    return {"events": len(taken_ms), **percentiles}


def ratio(after: Sequence[Turn], before: Sequence[Turn]) -> dict[str, Any]:
    """Return the spread of after/before in each round."""
    return {
        name: spread([getattr(mine, name) / getattr(theirs, name) for mine, theirs in zip(after, before, strict=True)])
        for name in ("all_us", "engine_us", "per_s", "p50_ms", "p95_ms")
    }


def failures(result: Mapping[str, Any], most: float | None) -> Iterator[str]:
    """Yield why this checkout may not be released: late events, failed requests, or a payment that is too dear.

    `most` is the largest ratio of CPU time to that of the earlier commit.
    """
    for case in result["cases"]:
        of = case[AFTER]
        if of["last_event_after_s"] > DELIVERED_WITHIN_S:
            yield f"{case['case']}: the last event arrived {of['last_event_after_s']} s after the last response."
        if of["not_200"]:
            yield f"{case['case']}: {of['not_200']} requests failed."
        if most is not None and case["ratio"]["all_us"]["median"] > most:
            yield f"{case['case']}: a payment takes {case['ratio']['all_us']['median']} times the CPU time of before."
    lone = result["lone_events_ms"]
    before_ms, after_ms = lone.get(result["before"], lone[AFTER])["p50"], lone[AFTER]["p50"]
    if after_ms > before_ms + LONE_LATER_MS:
        yield f"The event of a lone payment arrives after {after_ms} ms instead of {before_ms} (median)."


@contextmanager
def _earlier(commit: str) -> Iterator[Version]:
    """Install and run a commit."""
    with checkout(commit) as tree:
        _log(f"installing {commit}")
        subprocess.run(
            ["make", "setup", "INSTALL_FLAGS=--to-run"],  # noqa: S607 - the one on the PATH, as in the README
            cwd=tree,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=_INSTALLED_WITHIN_S,
        )
        with _running(tree / ".venv" / "bin" / OWN.name) as version:
            yield version


@contextmanager
def _running(program: Path) -> Iterator[Version]:
    """Run a sandbox of this version with a receiver."""
    with (
        tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder,
        separate_hooks() as receiver,
        sandbox(Path(folder), program) as (port, key),
    ):
        answer = httpx.post(
            f"http://127.0.0.1:{port}/webhooks/endpoints",
            json={"url": receiver.url, "events": [_EVENT]},
            headers={"X-Api-Key": key, "X-Idempotency-Key": receiver.url},
            timeout=60,
        )
        answer.raise_for_status()
        yield Version(Path(folder) / "home", port, key, receiver)


def _log(text: str) -> None:
    sys.stderr.write(f"  {text}\n")


def main(words: Sequence[str] | None = None) -> int:
    """Print the figures. Return 1 if events were late, requests failed or a payment has become too dear."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.budget",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("before", metavar="REV", nargs="?", help="the commit to compare with")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    parser.add_argument("--payments", type=int, default=PAYMENTS, help=f"per round (default: {PAYMENTS})")
    parser.add_argument("--most", type=float, help="largest ratio of CPU time to that of REV, over all rounds")
    given = parser.parse_args(words)
    if given.most is not None and given.before is None:
        parser.error("--most needs a commit to compare with")
    if sys.platform != "linux":
        parser.error("CPU time by process and thread is read from /proc, which only Linux has")
    result = measure(given.before, given.rounds, given.payments)
    print(json.dumps(result, indent=1))
    found = [*failures(result, given.most)]
    for text in found:
        _log(text)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
