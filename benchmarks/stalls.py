"""For how long the engine's event loop answers nobody, under mixed traffic and in pauses.

    make bench ARGS=stalls                                                      some minutes, printed only
    make bench ARGS="stalls --payments 60000 --minutes 60 --most-ms 30"         the run that is stored

A sandbox with an endpoint first stores payments. Then a few clients authorize, find, capture, refund and list
payments, and create payment intents that are confirmed at once, at a fixed rate. Every now and then they pause, since
an engine also does work when it becomes idle.

Meanwhile, a process of its own asks for a path that the wall answers, every ten milliseconds (`outside`): it sees what
a client would wait for, including the time for which other programs have the processors. The engine's own timer tells
the same by what the engine did (`inside`, `paysandbox_event_loop_delay_seconds` of /metrics.prom).
"""

import argparse
import itertools
import re
import sys
import tempfile
import time
import uuid
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, Final

import httpx

from benchmarks.deployed import payment_intent
from benchmarks.measuring.command import run
from benchmarks.measuring.hooks_receiver import separate_hooks
from benchmarks.measuring.http_load import Request, load, percentile
from benchmarks.measuring.local_sandbox import authorization, sandbox
from benchmarks.measuring.loop_probe import Answers, probe
from benchmarks.measuring.rounds import machine

PAYMENTS: Final = 60_000
MINUTES: Final = 60
TARGET_MS: Final = 30
"""What the stored result has, and the longest stall that is wanted."""

_FEW_PAYMENTS: Final = 1_000
_FEW_MINUTES: Final = 2

_STORED_OVER: Final = 4
_STORE_S: Final = 3_600.0
_CLIENTS: Final = 4
_PURCHASES_PER_S: Final = 3
_TRAFFIC_S: Final = 80
# Two intervals of snapshots and more: what an idle engine does begins then.
_PAUSE_S: Final = 40
_EVENTS: Final = ("payment_authorized", "payment_captured", "payment_refunded")
_EVENTS_WITHIN_S: Final = 30.0
_SCRAPED_EVERY_S: Final = 2.0

BOUNDS_MS: Final = (5, 10, 20, 30, 50, 100, 200, 500)
_LARGEST: Final = 10
_DELAY: Final = re.compile(r'paysandbox_event_loop_delay_seconds_bucket{cause="(\w+)",le="(\S+)"} (\d+)')
# Of the buckets of the engine's histogram, those below are no stalls.
_STALL_S: Final = 0.01

Delays = Mapping[str, Mapping[float, int]]
"""How many delays were no longer than each bound (seconds), by cause."""


@dataclass(frozen=True, slots=True)
class Scrape:
    """The engine's delays since its start, at a moment (seconds since 1970)."""

    at: float
    delays: Delays


def measure(payments: int = PAYMENTS, minutes: float = MINUTES) -> dict[str, Any]:
    """Return the times in which the event loop answered (ms), and the number of requests, failures and lost events."""
    with (
        tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder,
        separate_hooks() as receiver,
        sandbox(Path(folder)) as (port, key),
    ):
        shop = Shop(port, key)
        shop.receive(receiver.url)
        _log(f"storing {payments} payments")
        load(port, lambda _: authorization(key), connections=_STORED_OVER, count=payments, seconds=_STORE_S)
        shop.buy(per_s=_PURCHASES_PER_S, count=_CLIENTS)  # cold starts happen before the measurement
        events = payments + _CLIENTS * EVENTS_A_PURCHASE
        receiver.wait_for(events, _EVENTS_WITHIN_S)
        shop.requests.clear()
        with probe(port) as probed, _scraped(port) as scrapes:
            events += EVENTS_A_PURCHASE * _mixed(shop, minutes * 60)
        lost = events - receiver.wait_for(events, _EVENTS_WITHIN_S).events
    inside = since(scrapes[0].delays, scrapes[-1].delays)
    return {
        "machine": machine(),
        "payments": payments,
        "minutes": minutes,
        "target_ms": TARGET_MS,
        "requests": shop.requests.total(),
        "failed": dict(shop.failed),
        "events_lost": lost,
        "outside": outside(probed.answers, scrapes),
        "inside": {cause: _by_bucket(bounds) for cause, bounds in inside.items()},
    }


# --- the traffic ------------------------------------------------------------------------------------------------------


@dataclass
class Shop:
    """A merchant's program. `requests` and `failed` count its requests by operation."""

    port: int
    key: str
    requests: Counter[str] = field(default_factory=Counter[str])
    failed: Counter[str] = field(default_factory=Counter[str])
    _lock: Lock = field(default_factory=Lock)

    def receive(self, url: str) -> None:
        """Create an endpoint for the events of payments."""
        with self._http() as http:
            self._ask(http, "create endpoint", "POST", "/webhooks/endpoints", {"url": url, "events": [*_EVENTS]})

    def buy(self, *, per_s: float, count: int) -> None:
        """Make purchases at fixed times, over a connection of each client."""
        began, numbers = time.monotonic(), itertools.count()

        def client(_: int) -> None:
            with self._http() as http:
                while (number := next(numbers)) < count:
                    time.sleep(max(0.0, began + number / per_s - time.monotonic()))
                    self._purchase(http)

        with ThreadPoolExecutor(_CLIENTS) as clients:
            list(clients.map(client, range(_CLIENTS)))

    def _purchase(self, http: httpx.Client) -> None:
        """Authorize, find, capture, refund and list, and pay again as Stripe's SDK does."""
        payment = self._send(http, "authorize", authorization(self.key)).get("auth_id", "")
        self._ask(http, "find", "GET", f"/payments/{payment}")
        captured = self._ask(http, "capture", "POST", "/payments/capture", {"auth_id": payment})
        self._ask(http, "refund", "POST", "/payments/refund", {"transaction_id": captured.get("transaction_id", "")})
        self._ask(http, "list", "GET", "/payments?limit=20")
        self._send(http, "payment intent", payment_intent(self.key))

    def _http(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    def _ask(self, http: httpx.Client, name: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        headers = {"X-Api-Key": self.key} | ({"X-Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {})
        return self._counted(name, http.request(method, path, headers=headers, json=body))

    def _send(self, http: httpx.Client, name: str, request: Request) -> dict[str, Any]:
        return self._counted(name, http.post(request.path, headers=dict(request.headers), content=request.body))

    def _counted(self, name: str, answer: httpx.Response) -> dict[str, Any]:
        with self._lock:
            self.requests[name] += 1
            if not answer.is_success:
                self.failed[name] += 1
        return answer.json()


EVENTS_A_PURCHASE: Final = 5
"""Three of the native payment, and two of the payment intent, which is captured at once."""


def _mixed(shop: Shop, seconds: float) -> int:
    """Make purchases, with pauses, for this time. Return how many."""
    until, purchases = time.monotonic() + seconds, 0
    while (left_s := until - time.monotonic()) > 0:
        count = max(1, round(min(_TRAFFIC_S, left_s) * _PURCHASES_PER_S))
        shop.buy(per_s=_PURCHASES_PER_S, count=count)
        purchases += count
        time.sleep(max(0.0, min(_PAUSE_S, until - time.monotonic())))
        _log(f"{purchases} purchases")
    return purchases


# --- the event loop ---------------------------------------------------------------------------------------------------


@contextmanager
def _scraped(port: int) -> Iterator[list[Scrape]]:
    """Read the engine's delays during a block: at its begin, every few seconds, and at its end."""
    ended = Event()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        scrapes = [_scrape(http)]

        def repeat() -> None:
            while not ended.wait(_SCRAPED_EVERY_S):
                scrapes.append(_scrape(http))
            scrapes.append(_scrape(http))

        thread = Thread(target=repeat)
        thread.start()
        try:
            yield scrapes
        finally:
            ended.set()
            thread.join()


def _scrape(http: httpx.Client) -> Scrape:
    return Scrape(time.time(), delays(http.get("/metrics.prom").raise_for_status().text))


def delays(document: str) -> Delays:
    """Return the delays of the event loop from /metrics.prom."""
    counts: dict[str, dict[float, int]] = {}
    for cause, bound, count in _DELAY.findall(document):
        counts.setdefault(cause, {})[float(bound)] = int(count)
    return counts


def since(before: Delays, after: Delays) -> Delays:
    """Return the delays between two moments."""
    return {
        cause: {bound: count - before[cause][bound] for bound, count in bounds.items()}
        for cause, bounds in after.items()
    }


def causes(scrapes: Sequence[Scrape], at: float, ms: float) -> list[str]:
    """Return what the engine did in the stalls around a moment, the most frequent first."""
    times = [scrape.at for scrape in scrapes]
    first = max(0, bisect_right(times, at) - 1)
    last = min(len(scrapes) - 1, bisect_left(times, at + ms / 1_000))
    stalls = {
        cause: max(bounds.values()) - max(count for bound, count in bounds.items() if bound <= _STALL_S)
        for cause, bounds in since(scrapes[first].delays, scrapes[last].delays).items()
    }
    return sorted((cause for cause, count in stalls.items() if count), key=lambda cause: -stalls[cause])


def outside(answers: Answers, scrapes: Sequence[Scrape]) -> dict[str, Any]:
    """Return the distribution of the answers' times (ms), and the longest with what the engine did around them."""
    times_ms = [ms for _, ms in answers]
    largest = sorted(answers, key=lambda answer: -answer[1])[:_LARGEST]
    return {
        "answers": len(answers),
        **{f"p{share}_ms": round(percentile(times_ms, share), 2) for share in (50, 99)},
        "most_ms": round(max(times_ms), 1),
        "histogram": histogram(times_ms),
        "largest": [
            {"after_s": round(at - answers[0][0], 1), "ms": round(ms, 1), "causes": causes(scrapes, at, ms)}
            for at, ms in largest
        ],
    }


def histogram(times_ms: Sequence[float]) -> dict[str, int]:
    """Return how many times are in each bucket, the last of which has no bound."""
    buckets = Counter(bisect_left(BOUNDS_MS, ms) for ms in times_ms)
    names = [*(f"<= {bound}" for bound in BOUNDS_MS), f"> {BOUNDS_MS[-1]}"]
    return {name: buckets[place] for place, name in enumerate(names)}


def _by_bucket(bounds: Mapping[float, int]) -> dict[str, int]:
    """Return how many delays are in each bucket of a histogram that counts those of all smaller ones too."""
    ordered = [(0.0, 0), *sorted(bounds.items())]
    return {f"<= {bound * 1_000:g}": count - less for (_, less), (bound, count) in itertools.pairwise(ordered)}


def failures(result: Mapping[str, Any], most_ms: float | None) -> Iterator[str]:
    """Yield why the result is no proof, or too bad: failed requests, lost events, or a longer stall than `most_ms`."""
    yield from (f"{count} requests failed: {name}." for name, count in result["failed"].items())
    if result["events_lost"]:
        yield f"{result['events_lost']} events did not arrive."
    if most_ms is not None and result["outside"]["most_ms"] > most_ms:
        yield f"The event loop answered nobody for {result['outside']['most_ms']} ms."


def _log(text: str) -> None:
    sys.stderr.write(f"  {time.strftime('%H:%M:%S')} {text}\n")


def main(words: Sequence[str] | None = None) -> int:
    """Print the figures, and store those of the long run. Return 1 if a stall was longer than `--most-ms`."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stalls", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--payments", type=int, default=_FEW_PAYMENTS, help=f"stored first (default: {_FEW_PAYMENTS})")
    parser.add_argument("--minutes", type=float, default=_FEW_MINUTES, help=f"of traffic (default: {_FEW_MINUTES})")
    parser.add_argument("--most-ms", type=float, help="fail if the event loop answers nobody for longer")
    given = parser.parse_args(words)
    result: dict[str, Any] = {}

    def measured() -> dict[str, Any]:
        result.update(measure(given.payments, given.minutes))
        return result

    run("stalls", measured, stored=(given.payments, given.minutes) == (PAYMENTS, MINUTES))
    reasons = [*failures(result, given.most_ms)]
    for text in reasons:
        _log(text)
    return 1 if reasons else 0


if __name__ == "__main__":
    raise SystemExit(main())
