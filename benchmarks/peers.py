"""Payments in other programs that stand in for Stripe, in one run with the same client, and what each does with them.

    make bench ARGS=peers
    python -m benchmarks.peers --rounds 1           fewer rounds, printed only

The servers take turns: in each round each gets payment intents over one connection, created and confirmed in two
requests, as fast as it answers. The sandbox also gets native authorizations, and ministack, on which it runs, the write
of an authorization's item with its condition: the least that a payment on DynamoDB is.

A fast answer says little about what was done for it. So each server is also asked for what a shop relies on, and the
table says what it did, in this run. What cannot be installed here has no figures. `docs/generate.py` writes the stored
result into docs/explanation/performance.md.
"""

import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final
from urllib.parse import urlencode

import httpx

from benchmarks.measuring import peer_servers, stubbed_aws
from benchmarks.measuring.command import command
from benchmarks.measuring.http_load import Connection, Request, connected, percentile
from benchmarks.measuring.local_sandbox import authorization, restart, sandbox
from benchmarks.measuring.peer_servers import EMULATE, LOCALSTRIPE, NotInstalledError, NotStartedError, Peer
from benchmarks.measuring.rounds import alternate, machine, ratios, spread
from benchmarks.results import FOLDER, result
from paysandbox import VERSION

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "explanation" / "performance.md"
BEGIN: Final = "<!-- Written by docs/generate.py from benchmarks/results/peers.json. -->"
END: Final = "<!-- End of what it writes. -->"

ROUNDS: Final = 5
SECONDS: Final = 1.5

OURS: Final = "paysandbox"
PAIR: Final = "payment intent, created and confirmed"
AUTHORIZE: Final = "native authorization"
PUT: Final = "`PutItem` of an authorization's item"

_WARM_UP: Final = 20
# emulate refuses a key's requests above 5,000 an hour; it and localstripe take any key.
_PAIRS_A_KEY: Final = 2_000
_WEBHOOK_S: Final = 5.0
_DECLINED: Final = 402
# Of Stripe's documentation ("Test cards"): one that is always declined, and one that is declined when it is charged.
_DECLINING: Final = ("4000000000000002", "4000000000000341")
_REQUEST_S: Final = 30


@dataclass(frozen=True)
class Server:
    """A running server: its port, the keys that it takes, and how it is restarted. A case asks it over a connection."""

    port: int
    key: Callable[[], str]
    restart: Callable[[], None]
    cases: Mapping[str, Callable[[Connection], Any]]
    is_stripe: bool = True


# --- what is measured -------------------------------------------------------------------------------------------------


def measure(rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, Any]:
    """Return the times (ms) and rates of each server's cases, and what each server does with a payment."""
    versions = {OURS: VERSION, "localstripe": LOCALSTRIPE, "emulate": EMULATE, "ministack": ministack_version()}
    with tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder, ExitStack() as stack:
        servers = {name: server for name in versions if (server := _started(stack, name, versions[name], Path(folder)))}
        turns: dict[tuple[str, str], list[Turn]] = {
            (name, case): [] for name, server in servers.items() for case in server.cases
        }

        def once(name: str, case: str) -> float:
            turns[name, case].append(asyncio.run(turn(servers[name], case, seconds)))
            _log(f"{name}, {case}: {turns[name, case][-1].p50_ms:.2f} ms")
            return turns[name, case][-1].p50_ms

        for name, case in turns:  # cold starts happen before the measurement
            asyncio.run(turn(servers[name], case, seconds=_REQUEST_S, most=_WARM_UP))
        alternate({f"{name}, {case}": lambda n=name, c=case: once(n, c) for name, case in turns}, rounds)
        does = {name: practices(server) for name, server in servers.items() if server.is_stripe}
    ours = [one.p50_ms for one in turns[OURS, PAIR]]
    return {
        "machine": machine(),
        "rounds": rounds,
        "seconds_per_round": seconds,
        "servers": [
            {
                "server": name,
                "version": version,
                "is_installed": name in servers,
                "cases": {case: figures(of, ours) for (whose, case), of in turns.items() if whose == name},
                "does": does.get(name),
            }
            for name, version in versions.items()
        ],
    }


@dataclass(frozen=True, slots=True)
class Turn:
    """A server's answers to a case in one round. `failed` are those that are no success."""

    p50_ms: float
    per_s: float
    payments: int
    failed: int


async def turn(server: Server, case: str, seconds: float, most: int = 1_000_000) -> Turn:
    """Pay over one connection for some seconds, or `most` payments."""
    times_ms: list[float] = []
    failed, began = 0, time.perf_counter()
    async with connected(server.port) as connection:
        while time.perf_counter() - began < seconds and len(times_ms) < most:
            before = time.perf_counter()
            failed += not await server.cases[case](connection)
            times_ms.append((time.perf_counter() - before) * 1_000)
    return Turn(percentile(times_ms, 50), len(times_ms) / (time.perf_counter() - began), len(times_ms), failed)


def figures(turns: list[Turn], ours: list[float]) -> dict[str, Any]:
    """Return the spread of a case's rounds, and of its ratio to our payment intents in the same round."""
    samples = {"it": [one.p50_ms for one in turns], "ours": ours}
    return {
        "p50_ms": spread(samples["it"], 2),
        "per_s": spread([one.per_s for one in turns], 1),
        "ratio": spread(ratios(samples, "it", "ours"), 2),
        "payments": sum(one.payments for one in turns),
        "failed": sum(one.failed for one in turns),
    }


def form(path: str, key: str, **parameters: str) -> Request:
    """Return a request as Stripe's SDK sends it, under a new idempotency key."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    return Request(path, headers, urlencode(parameters).encode())


_INTENT: Final = {"amount": "1250", "currency": "usd", "payment_method": "pm_card_visa"}


def pair(key: Callable[[], str]) -> Callable[[Connection], Any]:
    """Return a case: a payment intent that is created, and confirmed with a second request."""

    async def pay(connection: Connection) -> bool:
        used = key()
        status, body = await connection.ask(form("/v1/payment_intents", used, **_INTENT))
        if status != 200:
            return False
        intent = json.loads(body)["id"]
        status, body = await connection.ask(form(f"/v1/payment_intents/{intent}/confirm", used))
        return status == 200 and json.loads(body)["status"] == "succeeded"

    return pay


def authorize(key: str) -> Callable[[Connection], Any]:
    """Return a case: a native authorization."""

    async def pay(connection: Connection) -> bool:
        status, body = await connection.ask(authorization(key))
        return status == 200 and json.loads(body)["status"] == "approved"

    return pay


def put() -> Callable[[Connection], Any]:
    """Return a case: the write of an authorization's item, with its condition."""
    parameters = stubbed_aws.item_put()
    numbers = count()

    async def pay(connection: Connection) -> bool:
        key = {"S": f"{parameters['Item']['transaction_id']['S'][:-8]}{next(numbers):08}"}
        parameters["Item"]["transaction_id"] = key
        status, _ = await connection.ask(_of_dynamodb("PutItem", parameters))
        return status == 200

    return pay


def _of_dynamodb(operation: str, parameters: Mapping[str, Any]) -> Request:
    scope = "test/20261129/us-east-1/dynamodb/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
    }
    return Request("/", headers, json.dumps(parameters).encode())


# --- the servers ------------------------------------------------------------------------------------------------------


def ministack_version() -> str:
    """Return the version that the engine uses."""
    lines = (ROOT / "requirements" / "engine.in").read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith("ministack=="))


def _started(stack: ExitStack, name: str, version: str, folder: Path) -> Server | None:
    """Install and start a server until the stack ends. Return None if it cannot be installed here."""
    _log(f"installing {name} {version}")
    if name == OURS:
        port, key = stack.enter_context(sandbox(folder))
        cases = {AUTHORIZE: authorize(key), PAIR: pair(lambda: key)}
        return Server(port, lambda: key, lambda: restart(folder, port), cases)
    try:
        peer: Peer = stack.enter_context(getattr(peer_servers, name)(folder, version))
    except NotInstalledError:
        _log(f"{name} cannot be installed here")
        return None
    if name == "ministack":
        asyncio.run(_with_table(peer.port))
        return Server(peer.port, str, peer.restart, {PUT: put()}, is_stripe=False)
    numbers = count()

    def key_of() -> str:
        return f"sk_test_{next(numbers) // _PAIRS_A_KEY}{uuid.uuid5(uuid.NAMESPACE_DNS, name).hex}"

    return Server(peer.port, key_of, peer.restart, {PAIR: pair(key_of)})


async def _with_table(port: int) -> None:
    """Create the table of the ledger, without its indexes."""
    parameters = {
        "TableName": stubbed_aws.TABLE,
        "AttributeDefinitions": [{"AttributeName": "transaction_id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "transaction_id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    async with connected(port) as connection:
        status, body = await connection.ask(_of_dynamodb("CreateTable", parameters))
    if status != 200:
        raise RuntimeError(body.decode())


# --- what a server does with a payment --------------------------------------------------------------------------------


DECLINES: Final = "declines a card that Stripe declines in test mode"
REPLAYS: Final = "answers the same idempotency key with the same payment"
CONFIRMS: Final = "confirms at creation (`confirm=true`)"
REFUNDS: Final = "refunds (`POST /v1/refunds`)"
EVENTS: Final = "lists the event (`GET /v1/events`)"
WEBHOOKS: Final = "sends it to an endpoint of `POST /v1/webhook_endpoints`, signed"
BALANCE: Final = "changes the balance (`GET /v1/balance`)"
CAPTURES: Final = "captures a part of an authorization, and never more than it"
LIMITS: Final = "says until when an authorization can be captured (`capture_before`)"
KEEPS: Final = "still has the payment after a restart"


def practices(server: Server) -> dict[str, bool]:
    """Return whether a server does what a shop relies on. It is restarted meanwhile."""
    headers = {"Authorization": f"Bearer {server.key()}"}
    base_url = f"http://127.0.0.1:{server.port}"
    with httpx.Client(base_url=base_url, headers=headers, timeout=_REQUEST_S) as http:
        shop = Shop(http)
        does, paid = _practices(shop)
        try:
            server.restart()
        except NotStartedError:  # localstripe does not read a store that it was writing when it was stopped
            return does | {KEEPS: False}
        return does | {KEEPS: shop.get(f"payment_intents/{paid}").is_success}


def _practices(shop: "Shop") -> tuple[dict[str, bool], str]:
    """Return those that need no restart, and the ID of a payment."""
    with signed_webhooks() as (url, arrived):
        shop.post("webhook_endpoints", url=url, **{"enabled_events[]": "*"})
        balance = shop.get("balance").text
        at_once = shop.post("payment_intents", confirm="true", **_INTENT)
        paid, authorized = shop.paid(), shop.authorized()
        does = {
            CONFIRMS: at_once.is_success and at_once.json().get("status") == "succeeded",
            DECLINES: shop.is_declined(),
            REPLAYS: shop.is_replayed(),
            REFUNDS: shop.post("refunds", payment_intent=paid).is_success,
            EVENTS: paid in shop.get("events").text,
            WEBHOOKS: arrived.wait(_WEBHOOK_S),
            BALANCE: shop.get("balance").text != balance,
            LIMITS: "capture_before" in shop.get(f"payment_intents/{authorized}?expand[]=latest_charge").text,
            CAPTURES: shop.captures_at_most(authorized),
        }
    return does, paid


@dataclass(frozen=True)
class Shop:
    """Requests of a shop to a server that stands in for Stripe."""

    http: httpx.Client

    def get(self, path: str) -> httpx.Response:
        """Read an object or a list."""
        return self.http.get(f"/v1/{path}")

    def post(self, path: str, idempotency_key: str | None = None, **parameters: str) -> httpx.Response:
        """Send parameters, under a new idempotency key unless one is given."""
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return self.http.post(f"/v1/{path}", data=parameters, headers=headers)

    def paid(self) -> str:
        """Create and confirm a payment intent. Return its ID."""
        intent = self.post("payment_intents", **_INTENT).raise_for_status().json()["id"]
        self.post(f"payment_intents/{intent}/confirm").raise_for_status()
        return intent

    def is_declined(self) -> bool:
        """Return whether a payment with one of Stripe's declining test cards fails with 402."""
        methods = ["pm_card_chargeDeclined"]
        for number in _DECLINING:
            card = {"number": number, "exp_month": "12", "exp_year": "2040", "cvc": "123"}
            made = self.post("payment_methods", type="card", **{f"card[{name}]": text for name, text in card.items()})
            methods += [made.json()["id"]] if made.is_success else []
        for method in methods:
            intent = self.post("payment_intents", **_INTENT | {"payment_method": method})
            if intent.is_success:
                confirmed = self.post(f"payment_intents/{intent.json()['id']}/confirm")
                if confirmed.status_code == _DECLINED:
                    return True
        return False

    def authorized(self) -> str:
        """Create a payment intent that awaits its capture. Return its ID, or an empty text."""
        intent = self.post("payment_intents", confirm="true", capture_method="manual", **_INTENT)
        return intent.json().get("id", "") if intent.is_success else ""

    def captures_at_most(self, intent: str) -> bool:
        """Return whether a capture of more than was authorized is refused, and one of a part is not."""
        more, part = (
            self.post(f"payment_intents/{intent}/capture", amount_to_capture=amount) for amount in ("2000", "1000")
        )
        return more.is_client_error and part.is_success

    def is_replayed(self) -> bool:
        """Return whether a repeated creation makes one payment intent."""
        key = str(uuid.uuid4())
        first, second = (self.post("payment_intents", key, **_INTENT).json().get("id") for _ in range(2))
        return first is not None and first == second


@contextmanager
def signed_webhooks() -> Iterator[tuple[str, Event]]:
    """Run a receiver. Yield its URL, and an event that is set when a request with Stripe's signature arrives."""
    arrived = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if "v1=" in self.headers.get("Stripe-Signature", ""):
                arrived.set()
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's word
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", arrived
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- the page ---------------------------------------------------------------------------------------------------------


def page() -> str:
    """Return docs/explanation/performance.md with the last result. Raises ValueError if it lacks the markers."""
    text = PAGE.read_text(encoding="utf-8")
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} needs the lines {BEGIN!r} and {END!r}")
    stored = result("peers") if (FOLDER / "peers.json").exists() else None
    return f"{before}{begin}\n{table(stored)}\n{end}{after}"


def table(of: Mapping[str, Any] | None) -> str:
    """Return the figures of each server, with what it does not do."""
    if of is None:
        return "No run is stored yet.\n"
    rows = [
        "| server | request | ms (p50) | a second | times ours | what it did not do in this run |",
        "|---|---|---:|---:|---:|---|",
    ]
    for server in of["servers"]:
        name = f"{server['server']} {server['version']}"
        lacks = "; ".join(name for name, done in (server["does"] or {}).items() if not done)
        lacks = lacks or ("nothing of the list" if server["does"] else "it is a database: none of the list applies")
        if not server["is_installed"]:
            rows.append(f"| {name} | cannot be installed where this ran | | | | |")
        for number, (case, figures_) in enumerate(server["cases"].items()):
            failed = f", {figures_['failed']} of {figures_['payments']} failed" if figures_["failed"] else ""
            rows.append(
                f"| {name} | {case}{failed} | {figures_['p50_ms']['median']} | {figures_['per_s']['median']} "
                f"| {figures_['ratio']['median']} | {'' if number else lacks} |"
            )
    return "\n".join(rows) + "\n"


def _log(text: str) -> None:
    sys.stderr.write(f"  {text}\n")


if __name__ == "__main__":
    command("peers", measure, __doc__, rounds=ROUNDS)
