"""Responses with a fault: held back, reset, or ended within the body. Without one, they pass as they are."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.holds import Holds
from engine.wall.broken_answers import BrokenAnswers
from engine.wall.request_limits import CONNECTION
from paysandbox.core.headers import APPLIED_HEADER, MERCHANT_HEADER

LONG_S = 60.0
BODY = b'{"status":"approved"}'


class Exchange:
    """A response to a client that disconnects when it is told to, or when its connection is reset or closed."""

    def __init__(self, applied: str | None, merchant: str = "demo") -> None:
        self._headers = [(b"Content-Length", str(len(BODY)).encode())]
        if applied is not None:
            self._headers.append((APPLIED_HEADER.encode(), applied.encode()))
            self._headers.append((MERCHANT_HEADER.encode(), merchant.encode()))
        self._gone = asyncio.Event()
        self.is_awaited = asyncio.Event()
        self.ended: list[str] = []
        self.sent: list[dict[str, Any]] = []

    def disconnect(self) -> None:
        self._gone.set()

    def start(self, broken: BrokenAnswers) -> asyncio.Task[None]:
        def end(how: str) -> Callable[[], None]:
            def ended() -> None:
                self.ended.append(how)
                self._gone.set()

            return ended

        scope = {"extensions": {CONNECTION: {how: end(how) for how in ("reset", "close")}}}

        async def receive() -> dict[str, Any]:
            self.is_awaited.set()
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        async def respond() -> None:
            sending = broken.breaking(scope, receive, send)
            await sending({"type": "http.response.start", "status": 200, "headers": self._headers})
            await sending({"type": "http.response.body", "body": BODY})

        return asyncio.create_task(respond())


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(test(), LONG_S)

    asyncio.run(within())


@pytest.mark.parametrize("applied", [None, "slow;ms=5", "gateway_5xx", "unknown;s"])
def test_other_responses_pass_as_they_are(applied: str | None) -> None:
    async def test() -> None:
        exchange = Exchange(applied)
        await exchange.start(BrokenAnswers())
        assert [message["type"] for message in exchange.sent] == ["http.response.start", "http.response.body"]
        assert MERCHANT_HEADER.encode() not in dict(exchange.sent[0]["headers"])
        assert exchange.ended == []

    run(test)


def test_a_connection_is_reset_instead_of_an_answer() -> None:
    async def test() -> None:
        exchange = Exchange("commit_then_reset")
        await exchange.start(BrokenAnswers())
        assert (exchange.sent, exchange.ended) == ([], ["reset"])

    run(test)


def test_a_body_ends_before_its_length() -> None:
    async def test() -> None:
        exchange = Exchange("commit_then_truncate;bytes=21;length=400")
        await exchange.start(BrokenAnswers())
        head, body = exchange.sent
        assert [value for name, value in head["headers"] if name.lower() == b"content-length"] == [b"400"]
        assert (body["body"], body["more_body"], exchange.ended) == (BODY, True, ["close"])

    run(test)


@pytest.mark.parametrize(
    "fault", ["commit_then_timeout;s=60", "timeout_before_commit;s=60", "slow_after_commit;ms=60000"]
)
def test_a_response_is_held_back_until_the_client_gives_up(fault: str) -> None:
    async def test() -> None:
        exchange, broken = Exchange(fault), BrokenAnswers()
        task = exchange.start(broken)
        await exchange.is_awaited.wait()
        assert (exchange.sent, broken.holds.held) == ([], 1)
        exchange.disconnect()
        await task
        assert broken.holds.held == 0

    run(test)


def test_a_response_comes_after_its_time() -> None:
    async def test() -> None:
        exchange = Exchange("commit_then_timeout;s=0.01")
        await exchange.start(BrokenAnswers())
        assert len(exchange.sent) == 2

    run(test)


def test_only_so_many_are_held_back_of_one_merchant() -> None:
    async def test() -> None:
        broken = BrokenAnswers(Holds(most_of_one=1))
        held, of_other = (Exchange("commit_then_timeout;s=60", merchant) for merchant in ("demo", "other"))
        tasks = [exchange.start(broken) for exchange in (held, of_other)]
        await asyncio.gather(held.is_awaited.wait(), of_other.is_awaited.wait())
        passed = Exchange("commit_then_timeout;s=60")
        await passed.start(broken)
        assert [len(exchange.sent) for exchange in (held, of_other, passed)] == [0, 0, 2]
        for exchange in (held, of_other):
            exchange.disconnect()
        await asyncio.gather(*tasks)

    run(test)
