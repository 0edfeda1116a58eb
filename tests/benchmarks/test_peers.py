"""The comparison with other servers: each is judged by its own answers, and what did not run has no figures."""

import asyncio
import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks import peers
from benchmarks.measuring import peer_servers
from benchmarks.measuring.http_load import Connection, Request
from benchmarks.measuring.peer_servers import NotInstalledError
from benchmarks.peers import (
    BALANCE,
    CAPTURES,
    CONFIRMS,
    DECLINES,
    EVENTS,
    KEEPS,
    LIMITS,
    PAIR,
    REFUNDS,
    REPLAYS,
    WEBHOOKS,
    Server,
    Turn,
    figures,
    pair,
    practices,
    put,
    table,
    turn,
)

EVERYTHING = {BALANCE, CAPTURES, CONFIRMS, DECLINES, EVENTS, KEEPS, LIMITS, REFUNDS, REPLAYS, WEBHOOKS}


class Stripe:
    """A model of a server that does everything but `lacks`, or nothing but answer."""

    def __init__(self, lacks: set[str]) -> None:
        self.lacks = lacks
        self.intents: dict[str, dict[str, Any]] = {}
        self.by_key: dict[str, str] = {}
        self.url: str | None = None
        self.http = httpx.Client()

    def answer(self, method: str, path: str, sent: dict[str, str], key: str) -> tuple[int, Any]:
        match method, path.split("/"):
            case "POST", ["payment_intents"]:
                return self.created(sent, key)
            case "POST", ["payment_intents", intent, "confirm"]:
                if "Declined" in self.intents[intent]["method"] and DECLINES not in self.lacks:
                    return 402, {}
                self.succeed(intent)
                return 200, self.intents[intent]
            case "POST", ["payment_intents", intent, "capture"]:
                too_much = int(sent["amount_to_capture"]) > int(self.intents[intent]["amount"])
                return (400 if too_much and CAPTURES not in self.lacks else 200), {}
            case "GET", ["payment_intents", intent]:
                limit = {} if LIMITS in self.lacks else {"latest_charge": {"capture_before": 1}}
                return (200, self.intents[intent] | limit) if intent in self.intents else (404, {})
            case "POST", ["refunds"]:
                return (404 if REFUNDS in self.lacks else 200), {}
            case "POST", ["webhook_endpoints"]:
                self.url = sent["url"]
                return 200, {}
            case "GET", ["events"]:
                return 200, [] if EVENTS in self.lacks else [*self.intents]
            case "GET", ["balance"]:
                return 200, 0 if BALANCE in self.lacks else len(self.intents)
            case _:
                return 404, {}

    def created(self, sent: dict[str, str], key: str) -> tuple[int, Any]:
        if key in self.by_key and REPLAYS not in self.lacks:
            return 200, self.intents[self.by_key[key]]
        intent = self.by_key[key] = f"pi_{len(self.intents)}"
        self.intents[intent] = {
            "id": intent, "status": "requires_confirmation", "method": sent["payment_method"], "amount": sent["amount"],
        }  # fmt: skip
        if "confirm" in sent and CONFIRMS not in self.lacks:
            self.succeed(intent)
        return 200, self.intents[intent]

    def succeed(self, intent: str) -> None:
        self.intents[intent]["status"] = "succeeded"
        if self.url and WEBHOOKS not in self.lacks:
            self.http.post(self.url, headers={"Stripe-Signature": "t=1,v1=00"}, content=b"{}")

    def restart(self) -> None:
        if KEEPS in self.lacks:
            self.intents.clear()


@contextmanager
def running(lacks: set[str]) -> Iterator[Server]:
    stripe = Stripe(lacks)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            url = urllib.parse.urlsplit(self.path)
            status, body = stripe.answer(
                self.command,
                url.path.removeprefix("/v1/"),
                dict(urllib.parse.parse_qsl(sent)),
                self.headers.get("Idempotency-Key", ""),
            )
            answer = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 - http.server's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's word
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Server(server.server_address[1], lambda: "sk_test_1", stripe.restart, {PAIR: pair(lambda: "sk_test_1")})
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        stripe.http.close()


@pytest.mark.parametrize("lacked", [set[str](), *({name} for name in sorted(EVERYTHING - {WEBHOOKS}))], ids=str)
def test_each_practice_is_seen_in_answers(lacked: set[str]) -> None:
    with running(lacked) as server:
        does = practices(server)
    assert does.keys() == EVERYTHING
    assert {name for name, done in does.items() if not done} == lacked


def test_a_webhook_counts_if_it_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "_WEBHOOK_S", 0.1)
    with running({WEBHOOKS}) as server:
        assert not practices(server)[WEBHOOKS]
    with peers.signed_webhooks() as (url, arrived):
        httpx.post(url, content=b"{}")
        assert not arrived.is_set()


def test_a_turn_counts_payments_and_those_that_do_not_succeed() -> None:
    with running(set()) as server:
        done = asyncio.run(turn(server, PAIR, seconds=30, most=3))
    assert (done.payments, done.failed) == (3, 0)
    assert done.p50_ms > 0
    with running(set()) as server:
        declined = Server(server.port, server.key, server.restart, {PAIR: _never})
        assert asyncio.run(turn(declined, PAIR, seconds=30, most=3)).failed == 3


async def _never(_: Any) -> bool:
    return False


def test_the_write_is_that_of_an_authorization_under_new_keys() -> None:
    sent: list[bytes] = []

    class Recorded(Connection):
        def __init__(self) -> None:
            """It needs no server."""

        async def ask(self, request: Request) -> tuple[int, bytes]:
            sent.append(request.body)
            return 200, b"{}"

    case = put()
    for _ in range(2):
        assert asyncio.run(case(Recorded()))
    first, second = map(json.loads, sent)
    assert first["Item"]["transaction_id"] != second["Item"]["transaction_id"]
    assert "attribute_not_exists" in first["ConditionExpression"]
    assert len(first["Item"]) > 15


def test_the_ratio_is_that_of_the_same_round() -> None:
    found = figures([Turn(5.0, 200.0, 10, 0), Turn(20.0, 50.0, 10, 1)], [10.0, 10.0])
    assert found["ratio"] == {"median": 1.25, "least": 0.5, "most": 2.0}
    assert (found["payments"], found["failed"]) == (20, 1)


def server(name: str, *, is_installed: bool = True, does: dict[str, bool] | None = None, failed: int = 0) -> Any:
    case = figures([Turn(5.0, 200.0, 10, failed)], [10.0])
    return {
        "server": name,
        "version": "1.2.3",
        "is_installed": is_installed,
        "cases": {PAIR: case} if is_installed else {},
        "does": does,
    }


@pytest.mark.parametrize(
    "row, expected",
    [
        (server("all", does={REFUNDS: True}), f"| all 1.2.3 | {PAIR} | 5.0 | 200.0 | 0.5 | nothing of the list |"),
        (
            server("some", does={REFUNDS: False, EVENTS: False}),
            f"| some 1.2.3 | {PAIR} | 5.0 | 200.0 | 0.5 | {REFUNDS}; {EVENTS} |",
        ),
        (
            server("failing", does={REFUNDS: True}, failed=2),
            f"| failing 1.2.3 | {PAIR}, 2 of 10 failed | 5.0 | 200.0 | 0.5 | nothing of the list |",
        ),
        (
            server("base"),
            f"| base 1.2.3 | {PAIR} | 5.0 | 200.0 | 0.5 | it is a database: none of the list applies |",
        ),
        (server("missing", is_installed=False), "| missing 1.2.3 | cannot be installed where this ran | | | | |"),
    ],
    ids=lambda value: value["server"] if isinstance(value, dict) else "",
)
def test_each_server_is_a_row(row: Any, expected: str) -> None:
    _, _, line = table({"servers": [row]}).splitlines()
    assert line == expected


def test_without_a_run_the_page_says_so() -> None:
    assert table(None) == "No run is stored yet.\n"


def test_what_cannot_be_installed_is_named_without_the_registry(tmp_path: Path) -> None:
    """Its messages name this machine's registry."""
    with pytest.raises(NotInstalledError) as failed:
        peer_servers._install(["false", "package==1"], tmp_path)
    assert str(failed.value) == "package==1"


def test_ministack_is_compared_in_the_version_of_the_engine() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", peers.ministack_version())
