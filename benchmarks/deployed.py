"""The sandbox as `paysandbox up` deploys it, through its gateway, beside localstripe on the same machine.

    make bench ARGS=deployed

First a sandbox that was just started: its first 5,000 requests, and its memory and disk (first_requests.py). Then,
over 1, 8 and 32 connections, with 0, 100, 1,000 and 5,000 payments stored: native authorizations, and a PaymentIntent
that is created and confirmed in one request as Stripe's SDK sends it, the same bytes to the sandbox and to localstripe.
All take turns in each round. The load generator shares the cores with them, so these are figures of a laptop, not of
AWS.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import venv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

from benchmarks import first_requests
from benchmarks.http_load import Request, load
from benchmarks.rounds import machine, spread

CONNECTIONS: Final = (1, 8, 32)
STORED: Final = (0, 100, 1_000, 5_000)
PEER: Final = "localstripe==1.15.10"
_THEIR_KEY: Final = "sk_test_12345"  # any will do

OURS: Final = "paysandbox"
OURS_AS_STRIPE: Final = "paysandbox, as Stripe"
THEIRS: Final = "localstripe"

_UP_S: Final = 240
_SETTLE_S: Final = 1.0

Maker = Callable[[int], Request]


@dataclass(frozen=True, slots=True)
class Server:
    """What is asked: a port, a request, and whose payments it stores; the two ways into the sandbox share them."""

    port: int
    make: Maker
    store: str


def measure(rounds: int = 5, seconds: float = 1.5, stored: tuple[int, ...] = STORED) -> dict[str, Any]:
    """Requests a second and latencies of both, by number of stored payments and of connections."""
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder:
        first = first_requests.measure(Path(folder), free_port(), authorization)
        footprint = first_requests.footprint(Path(folder), free_port())
    with (
        tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder,
        sandbox(Path(folder)) as (port, key),
        _peer(Path(folder)) as theirs,
    ):
        servers = {
            OURS: Server(port, lambda _: authorization(key), OURS),
            OURS_AS_STRIPE: Server(port, lambda _: payment_intent(key), OURS),
            THEIRS: Server(theirs, lambda _: payment_intent(_THEIR_KEY), THEIRS),
        }
        held = {server.store: 0 for server in servers.values()}
        for connections in CONNECTIONS:  # environments that start cold do so before the clock runs
            for server in servers.values():
                held[server.store] += _load(server, connections=connections, count=4 * connections)["requests"]
        for size in stored:
            for name, stored_already in [*held.items()]:
                if size > stored_already:
                    _say(f"{name}: up to {size} payments to be stored")
                    held[name] += _load(servers[name], connections=2, count=size - stored_already)["requests"]
            for connections in CONNECTIONS:
                found += _turns(servers, held, connections, rounds, seconds, size)
    return {
        "machine": machine(),
        "unit": "requests a second; milliseconds",
        "rounds": rounds,
        "seconds_per_round": seconds,
        "peer": PEER,
        "stored": stored[-1],
        "first": first,
        "footprint": footprint,
        "cases": found,
    }


def _turns(
    servers: Mapping[str, Server],
    held: dict[str, int],
    connections: int,
    rounds: int,
    seconds: float,
    size: int,
) -> Iterator[dict[str, Any]]:
    """One row per server. `held` counts what each store has by now, since every round stores more."""
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
    before = dict(held)
    for number in range(rounds):
        for name in reversed([*servers]) if number % 2 else servers:
            seen[name].append(_load(servers[name], connections=connections, seconds=seconds))
            held[servers[name].store] += seen[name][-1]["requests"]
    for name, turns in seen.items():
        _say(f"{name}: {connections} connections, {median(turn['per_s'] for turn in turns):.0f}/s")
        yield {
            "server": name,
            "stored_before": size,
            "held": [before[servers[name].store], held[servers[name].store]],
            "connections": connections,
            "per_s": spread([turn["per_s"] for turn in turns], 1),
            **{key: spread([turn[key] for turn in turns], 2) for key in ("p50", "p95", "p99")},
            "requests": sum(turn["requests"] for turn in turns),
            "not_200": sum(turn["not_200"] for turn in turns),
        }


def _load(server: Server, **how: Any) -> dict[str, Any]:
    return load(server.port, server.make, **how)


# --- ours -------------------------------------------------------------------------------------------------------------


@contextmanager
def sandbox(folder: Path) -> Iterator[tuple[int, str]]:
    """A sandbox with its state in this folder, until the block ends: its port, and a key without limits."""
    port = free_port()
    environment = os.environ | {"PAYSANDBOX_HOME": str(folder / "home")}
    program = str(Path(sys.executable).with_name("paysandbox"))

    def run(*words: str) -> str:
        done = subprocess.run([program, *words], env=environment, check=True, capture_output=True, timeout=_UP_S)
        return done.stdout.decode()

    try:
        run("up", "--port", str(port))
        key = json.loads(run("keys", "create", "--merchant", "bench", "--plan", "load", "--json"))["api_key"]
        yield port, key
    finally:
        run("down")


def authorization(key: str) -> Request:
    """An authorization under a key that was never used."""
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    body = json.dumps({"card": card, "amount": 1250, "currency": "USD", "reference": "order-1042"}).encode()
    headers = {"X-Api-Key": key, "X-Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
    return Request("/payments/authorize", headers, body)


# --- theirs -----------------------------------------------------------------------------------------------------------


@contextmanager
def _peer(folder: Path) -> Iterator[int]:
    """The port of localstripe, from the package index, in an environment that is thrown away. It has a file in /tmp."""
    where = folder / "peer"
    venv.create(where, with_pip=True)
    pip = [str(where / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEER]
    subprocess.run(pip, check=True, capture_output=True)
    port = free_port()
    words = [str(where / "bin" / "localstripe"), "--port", str(port), "--from-scratch"]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def payment_intent(key: str) -> Request:
    """A PaymentIntent, created and confirmed, under a key that was never used: as Stripe's SDK sends it."""
    body = urlencode({"amount": 1250, "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}).encode()
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Idempotency-Key": str(uuid.uuid4()),
        "Stripe-Version": "2026-10-28.endive",
        "User-Agent": "Stripe/v1 PythonBindings/16.1.0",
    }
    return Request("/v1/payment_intents", headers, body)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("localstripe did not start")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _say(text: str) -> None:
    sys.stderr.write(f"  {text}\n")
