"""A graceful stop: clients are refused first, what runs ends, and what takes too long is cut off."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.wall.stopping import RETRY_AFTER_S, Background, Gate, is_of_functions

LONG_S = 30.0
PROBLEM = {"type": "about:blank", "title": "Service unavailable", "status": 503, "code": "service_unavailable"}
SIGNED = (b"authorization", b"AWS4-HMAC-SHA256 Credential=x")


def scope(request: str, *headers: tuple[bytes, bytes], peer: str = "127.0.0.1") -> dict[str, Any]:
    method, _, target = request.partition(" ")
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [*headers],
        "client": (peer, 1),
    }


class Engine:
    """A gate before an application that answers when it is told to, and a background that ends when it is told to."""

    def __init__(self, finish_s: float = LONG_S) -> None:
        self.answers = asyncio.Event()
        self.is_paused = False
        self.is_done = True
        self.bodies: list[bytes] = []
        self.is_closed = False
        background = Background(self._pause, lambda: self.is_done, self._close)
        self.gate = Gate(self._app, background, lambda: PROBLEM, finish_s=finish_s)

    def _pause(self) -> None:
        self.is_paused = True

    def _close(self) -> None:
        self.is_closed = True

    async def _app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ARG002 - ASGI's signature
        await self.answers.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def request(self, scope: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the parts of the response to a request, whose body comes in two parts."""
        sent: list[dict[str, Any]] = []
        parts = [{"body": b"{", "more_body": True}, {"body": b"}", "more_body": False}]

        async def receive() -> dict[str, Any]:
            part = {"type": "http.request", **parts.pop(0)}
            self.bodies.append(part["body"])
            return part

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.gate(scope, receive, send)
        return sent


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(test(), LONG_S)

    asyncio.run(within())


async def begun(request: Awaitable[Any]) -> "asyncio.Task[Any]":
    """Return a task that has run until it waits."""
    task = asyncio.ensure_future(request)
    for _ in range(5):
        await asyncio.sleep(0)
    return task


PAY = scope("POST /payments/authorize")
CLOSES = (b"connection", b"close")


def test_clients_are_refused_first() -> None:
    """A client may send its body after the head, so the body is read before the connection is closed."""

    async def test() -> None:
        engine = Engine()
        engine.is_done = False
        await begun(engine.gate.stop())
        start, body = await engine.request(PAY)
        headers = dict(start["headers"])
        assert engine.is_paused
        assert (start["status"], headers[b"retry-after"]) == (503, str(RETRY_AFTER_S).encode())
        assert CLOSES in start["headers"]
        assert json.loads(body["body"]).items() > PROBLEM.items()
        assert engine.bodies == [b"{", b"}"]

    run(test)


def test_functions_are_served_until_they_are_done() -> None:
    """They keep their connections, over which they send further requests."""

    async def test() -> None:
        engine = Engine()
        engine.is_done = False
        engine.answers.set()
        stopping = await begun(engine.gate.stop())
        start, _ = await engine.request(scope("POST /", SIGNED))
        assert (start["status"], CLOSES in start["headers"]) == (200, False)
        engine.is_done = True
        await stopping
        start, _ = await engine.request(scope("POST /", SIGNED))
        assert start["status"] == 503, "its effect would not be saved"

    run(test)


def test_a_request_in_progress_gets_its_response() -> None:
    async def test() -> None:
        engine = Engine()
        paying = await begun(engine.request(PAY))
        stopping = await begun(engine.gate.stop())
        assert not stopping.done()
        assert not engine.is_closed, "functions call AWS until they are done"
        engine.answers.set()
        start, body = await paying
        assert (start["status"], body["body"], CLOSES in start["headers"]) == (200, b"ok", True)
        await stopping
        assert engine.is_closed
        assert not engine.gate.has_cut_off

    run(test)


def test_a_request_that_takes_too_long_is_refused() -> None:
    """Its own response is discarded, since the state is saved without what happens from now on."""

    async def test() -> None:
        engine = Engine(finish_s=0.0)
        paying = await begun(engine.request(PAY))
        await engine.gate.stop()
        engine.answers.set()
        start, _ = await paying
        assert start["status"] == 503
        assert engine.gate.has_cut_off

    run(test)


@pytest.mark.parametrize("is_done, cut_off", [(False, True), (True, False)])
def test_work_in_the_background_is_not_waited_for_longer_either(is_done: bool, cut_off: bool) -> None:
    async def test() -> None:
        engine = Engine(finish_s=0.0)
        engine.is_done = is_done
        await engine.gate.stop()
        assert engine.gate.has_cut_off is cut_off

    run(test)


def test_a_held_webhook_does_not_delay_a_stop() -> None:
    """The function that sent it is waited for like every other. Its response is not needed after that."""

    async def test() -> None:
        engine = Engine()
        holding = await begun(engine.request(scope("POST /inbox/demo_x")))
        await engine.gate.stop()
        engine.answers.set()
        assert (await holding)[0]["status"] == 503

    run(test)


@pytest.mark.parametrize(
    "request_, headers, peer, expected",
    [
        ("POST /", [SIGNED], "127.0.0.1", True),
        ("GET /reports/1.csv?X-Amz-Signature=x", [], "127.0.0.1", True),
        ("POST /_paypal/v1/payments/payouts", [], "127.0.0.1", True),
        ("POST /inbox/demo_x", [], "127.0.0.1", True),
        ("GET /us-east-1_abc/.well-known/jwks.json", [], "127.0.0.1", True),
        ("PUT /_ministack/cfn-response/1f", [], "127.0.0.1", True),
        ("POST /inbox/demo_x", [], "192.0.2.1", False),
        ("GET /inbox/demo_x", [], "127.0.0.1", False),
        ("POST /payments/authorize", [], "127.0.0.1", False),
        ("POST /v1/payment_intents", [(b"authorization", b"Bearer sk_test_x")], "127.0.0.1", False),
        ("GET /_ministack/ready", [], "127.0.0.1", False),
        ("GET /dashboard", [], "127.0.0.1", False),
    ],
)
def test_requests_of_functions(request_: str, headers: list[tuple[bytes, bytes]], peer: str, expected: bool) -> None:
    assert is_of_functions(scope(request_, *headers, peer=peer)) is expected
