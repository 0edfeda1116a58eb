"""Responses of inboxes that are held back until the sender gives up, without a worker that waits."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.wall.inbox_hang import InboxHang, is_for_inbox
from engine.wall.request import Request
from paysandbox.inbox.message import HANG, HANG_HEADER
from paysandbox.inbox.routes import INBOX_PATH

LONG_S = 60.0
HELD = [(b"content-type", b"text/plain"), (HANG_HEADER.title().encode(), HANG.encode())]
Header = tuple[bytes, bytes]


class Exchange:
    """A request to an application that answers at once, from a client that disconnects when it is told to."""

    def __init__(self, headers: list[Header], status: int = 504, inbox: str = "demo_x") -> None:
        self._headers, self._status = headers, status
        self._scope = {"path": INBOX_PATH.format(token=inbox)}
        self._gone = asyncio.Event()
        self.app_is_done = asyncio.Event()
        self.sent: list[dict[str, Any]] = []

    def disconnect(self) -> None:
        self._gone.set()

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope == self._scope
        assert (await receive())["body"] == b"{}"
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": b"Received.\n"})
        self.app_is_done.set()

    def start(self, hang: InboxHang) -> asyncio.Task[None]:
        messages = [{"type": "http.request", "body": b"{}"}, {"type": "http.request", "body": b""}]

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop(0)
            await self._gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        return asyncio.create_task(hang.answer(self.app, self._scope, receive, send))


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(test(), LONG_S)

    asyncio.run(within())


def test_a_response_is_held_until_the_sender_gives_up() -> None:
    async def test() -> None:
        exchange = Exchange(HELD)
        task = exchange.start(InboxHang(hold_s=LONG_S))
        await exchange.app_is_done.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        assert (task.done(), exchange.sent) == (False, []), "the function is done, and the sender waits"
        exchange.disconnect()
        await task

    run(test)


def test_a_sender_that_never_gives_up_is_answered_in_the_end() -> None:
    async def test() -> None:
        exchange = Exchange(HELD)
        await exchange.start(InboxHang(hold_s=0.01))
        assert [message.get("status") for message in exchange.sent] == [504, None]

    run(test)


def test_more_than_the_limit_of_an_inbox_are_answered_at_once_until_one_ends() -> None:
    async def test() -> None:
        hang = InboxHang(hold_s=LONG_S, max_held=2)
        held = [Exchange(HELD), Exchange(HELD), Exchange(HELD, inbox="other_x")]
        tasks = [one.start(hang) for one in held]
        for one in held:
            await one.app_is_done.wait()
        await asyncio.sleep(0)
        over = Exchange(HELD)
        await over.start(hang)
        assert over.sent[0]["status"] == 504
        held[0].disconnect()
        await tasks[0]
        again = Exchange(HELD)
        task = again.start(hang)
        await again.app_is_done.wait()
        await asyncio.sleep(0)
        assert not task.done()
        for one in (*held[1:], again):
            one.disconnect()
        await asyncio.gather(*tasks, task)

    run(test)


@pytest.mark.parametrize(
    "headers", [[], [(b"content-type", b"hang")], [(HANG_HEADER.encode(), b"200")], [(b"x-inbox-answer", b"hang")]]
)
def test_other_responses_are_passed_on_at_once(headers: list[Header]) -> None:
    async def test() -> None:
        exchange = Exchange(headers, status=200)
        await exchange.start(InboxHang(hold_s=LONG_S))
        start, body = exchange.sent
        assert (start["status"], start["headers"], body["body"]) == (200, headers, b"Received.\n")

    run(test)


@pytest.mark.parametrize(
    "method, path, held",
    [
        ("POST", INBOX_PATH.format(token="demo_x"), True),
        ("GET", INBOX_PATH.format(token="demo_x"), False),
        ("POST", "/sandbox/inbox", False),
        ("POST", "/inbox", False),
        ("POST", "/payments/authorize", False),
    ],
)
def test_only_webhooks_to_inboxes_can_be_held(method: str, path: str, held: bool) -> None:
    request = Request.of({"method": method, "path": path, "headers": []})
    assert is_for_inbox(request) is held
