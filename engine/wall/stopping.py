"""A graceful stop under traffic: no more requests of clients, then an end to what runs, within FINISH_S.

Clients and functions use the same port, and both connect anew at any time. So the port stays open until the functions
are done. Until then, a client gets 503 with Retry-After and `Connection: close`, on new and on kept connections. This
says the same as a refused connection, and that a retry with the same idempotency key is safe. A second port for the
functions would let clients see a refused connection, but it would be in the settings of every function.

What takes longer is cut off, as by a kill: a client gets 503 instead of the response, and the state is saved without
what happens later. A message that a function was handling is delivered again after the next start
(engine/state/stream_records.py).
"""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from engine.wall.request import Request

FINISH_S: Final = 2.5
"""`docker stop` kills after 10 s. The rest of them is for saving the state."""

RETRY_AFTER_S: Final = 5
"""About how long a stop and a start take."""

POLL_S: Final = 0.02
# A client that is refused before it has sent its body may see a reset connection instead of the response.
_BODY_S: Final = 0.5
_BODY_BYTES: Final = 1_000_000
# A client that reads nothing does not delay the others.
_SENT_WITHIN_S: Final = 0.2

# What functions request without a signature: PayPal's simulator, inboxes that receive webhooks, the keys that verify
# donors' tokens, and the responses of custom resources.
_OF_FUNCTIONS: Final = re.compile(
    r"(?:GET|POST) /_paypal/.*|POST /inbox/.*|GET /[\w-]+/\.well-known/.*|PUT /_ministack/cfn-response/.*"
)

AsgiApp = Callable[[dict[str, Any], Any, Any], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Background:
    """What runs besides requests: `pause` lets nothing more begin, and `is_done` returns whether all has ended.

    `close` then refuses the calls of functions that take no part in requests (engine/lane).
    """

    pause: Callable[[], None]
    is_done: Callable[[], bool]
    close: Callable[[], None] = lambda: None


class Exchange:
    """A request that has no complete response yet."""

    def __init__(self, scope: dict[str, Any], send: Any, gate: "Gate") -> None:
        self.scope = scope
        self._send = send
        self._gate = gate
        self._has_begun = False
        self._is_cut_off = False

    async def send(self, message: dict[str, Any]) -> None:
        """Send a part of the response, unless the client was told that there is none."""
        if self._is_cut_off:
            return
        self._has_begun = True
        if self._gate.is_stopping and message["type"] == "http.response.start" and not is_of_functions(self.scope):
            message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
        await self._send(message)

    async def cut_off(self) -> None:
        """Respond with 503, unless the response has begun, and discard the application's."""
        self._is_cut_off = True
        if not self._has_begun:
            await self._gate.refuse(self._send)


class Gate:
    """The ASGI application around the wall's. `problem` returns the API's problem for an unavailable service."""

    def __init__(
        self,
        app: AsgiApp,
        background: Background,
        problem: Callable[[], dict[str, Any]],
        finish_s: float = FINISH_S,
    ) -> None:
        self._app = app
        self._background = background
        self._problem = problem
        self._finish_s = finish_s
        self._exchanges: set[Exchange] = set()
        self._is_closed = False
        self.is_stopping = False
        self.has_cut_off = False
        """Whether something was still running when the time was over."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it because the engine stops."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._is_closed or (self.is_stopping and not is_of_functions(scope)):
            with suppress(TimeoutError):
                await asyncio.wait_for(_read(receive), _BODY_S)
            await self.refuse(send)
        else:
            exchange = Exchange(scope, send, self)
            self._exchanges.add(exchange)
            try:
                await self._app(scope, receive, exchange.send)
            finally:
                self._exchanges.discard(exchange)

    async def stop(self) -> None:
        """Refuse clients, wait until all that runs has ended, but not for long, and then refuse everybody.

        When this returns, the state has the effects of every response that was sent, and no more are sent.
        """
        self.is_stopping = True
        self._background.pause()
        end = time.monotonic() + self._finish_s
        while True:
            self.has_cut_off = self._runs()
            if not self.has_cut_off or time.monotonic() >= end:
                break
            await asyncio.sleep(POLL_S)
        self._is_closed = True
        self._background.close()
        await _together([exchange.cut_off() for exchange in self._exchanges])

    async def refuse(self, send: Any) -> None:
        """Respond with 503. A web page may read it, like the gateway's responses."""
        body = json.dumps({**self._problem(), "request_id": str(uuid.uuid4())}).encode()
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"retry-after", str(RETRY_AFTER_S).encode()),
            (b"cache-control", b"no-store"),
            (b"access-control-allow-origin", b"*"),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _runs(self) -> bool:
        """Return whether a client waits for its response, or anything runs in the background.

        Requests of functions are part of what runs there, except those of functions that were cut off earlier.
        """
        return not self._background.is_done() or any(not is_of_functions(each.scope) for each in self._exchanges)


def is_of_functions(scope: dict[str, Any]) -> bool:
    """Return whether a request is one that functions send. Others that have the access key count as such."""
    request = Request.of(scope)
    if request.signed_in_header or request.signed_in_query:
        return True
    return request.is_from_this_machine and _OF_FUNCTIONS.fullmatch(f"{request.method} {request.path}") is not None


async def _read(receive: Any) -> None:
    """Read the body of a request, or as much as is worth reading."""
    left, more = _BODY_BYTES, True
    while more and left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)


async def _together(those: Iterable[Coroutine[Any, Any, None]]) -> None:
    tasks = [asyncio.create_task(each) for each in those]
    if tasks:
        await asyncio.wait(tasks, timeout=_SENT_WITHIN_S)
