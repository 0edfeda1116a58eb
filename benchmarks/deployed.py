"""The sandbox as deployed by `paysandbox up`, through its gateway, compared with localstripe on the same machine.

    make bench ARGS=deployed

Over 1, 8 and 32 connections and with 0, 100, 1,000 and 5,000 stored payments: native authorizations, and a
PaymentIntent created and confirmed in one request as Stripe's SDK sends it, with the same bytes for the sandbox and
localstripe. The cases take turns in each round. The load generator shares the cores with the servers, so the figures
are those of a laptop.
"""

import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks.measuring.command import command
from benchmarks.measuring.http_load import Request, load
from benchmarks.measuring.local_sandbox import authorization, sandbox
from benchmarks.measuring.peer_servers import LOCALSTRIPE, localstripe
from benchmarks.measuring.rounds import machine, spread

CONNECTIONS: Final = (1, 8, 32)
STORED: Final = (0, 100, 1_000, 5_000)
PEER: Final = f"localstripe=={LOCALSTRIPE}"
_THEIR_KEY: Final = "sk_test_12345"  # localstripe accepts any key

OURS: Final = "paysandbox"
OURS_AS_STRIPE: Final = "paysandbox, as Stripe"
THEIRS: Final = "localstripe"


Maker = Callable[[int], Request]


@dataclass(frozen=True, slots=True)
class Server:
    """A case: its port, its request, and the store of its payments, which the sandbox's two APIs share."""

    port: int
    make: Maker
    store: str


def measure(rounds: int = 5, seconds: float = 1.5, stored: tuple[int, ...] = STORED) -> dict[str, Any]:
    """Return the request rates and latencies of all servers, by stored payments and by connections."""
    results: list[dict[str, Any]] = []
    with (
        tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder,
        sandbox(Path(folder)) as (port, key),
        localstripe(Path(folder)) as peer,
    ):
        servers = {
            OURS: Server(port, lambda _: authorization(key), OURS),
            OURS_AS_STRIPE: Server(port, lambda _: payment_intent(key), OURS),
            THEIRS: Server(peer.port, lambda _: payment_intent(_THEIR_KEY), THEIRS),
        }
        stored_counts = {server.store: 0 for server in servers.values()}
        for connections in CONNECTIONS:  # cold starts happen before the measurement
            for server in servers.values():
                stored_counts[server.store] += _load(server, connections=connections, count=4 * connections)["requests"]
        for size in stored:
            for name, count in [*stored_counts.items()]:
                if size > count:
                    _log(f"{name}: storing up to {size} payments")
                    stored_counts[name] += _load(servers[name], connections=2, count=size - count)["requests"]
            for connections in CONNECTIONS:
                results += _turns(servers, stored_counts, connections, rounds, seconds, size)
    return {
        "machine": machine(),
        "unit": "requests a second; milliseconds",
        "rounds": rounds,
        "seconds_per_round": seconds,
        "peer": PEER,
        "stored": stored[-1],
        "cases": results,
    }


def _turns(
    servers: Mapping[str, Server],
    stored_counts: dict[str, int],
    connections: int,
    rounds: int,
    seconds: float,
    size: int,
) -> Iterator[dict[str, Any]]:
    """Yield one row per server. `stored_counts` counts the payments in each store, since every round adds some."""
    samples: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
    before = dict(stored_counts)
    for number in range(rounds):
        for name in reversed([*servers]) if number % 2 else servers:
            samples[name].append(_load(servers[name], connections=connections, seconds=seconds))
            stored_counts[servers[name].store] += samples[name][-1]["requests"]
    for name, turns in samples.items():
        _log(f"{name}: {connections} connections, {median(turn['per_s'] for turn in turns):.0f}/s")
        yield {
            "server": name,
            "stored_before": size,
            "held": [before[servers[name].store], stored_counts[servers[name].store]],
            "connections": connections,
            "per_s": spread([turn["per_s"] for turn in turns], 1),
            **{key: spread([turn[key] for turn in turns], 2) for key in ("p50", "p95", "p99")},
            "requests": sum(turn["requests"] for turn in turns),
            "not_200": sum(turn["not_200"] for turn in turns),
        }


def _load(server: Server, **how: Any) -> dict[str, Any]:
    return load(server.port, server.make, **how)


def payment_intent(key: str) -> Request:
    """Return a PaymentIntent created and confirmed in one request, as Stripe's SDK sends it, under a new key."""
    body = urlencode({"amount": 1250, "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}).encode()
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Idempotency-Key": str(uuid.uuid4()),
        "Stripe-Version": "2026-10-28.endive",
        "User-Agent": "Stripe/v1 PythonBindings/16.1.0",
    }
    return Request("/v1/payment_intents", headers, body)


def _log(text: str) -> None:
    sys.stderr.write(f"  {text}\n")


if __name__ == "__main__":
    command("deployed", measure, __doc__)
