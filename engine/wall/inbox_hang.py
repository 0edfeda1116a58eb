"""Hold back the inbox's response to a webhook, until its sender gives up (`PATCH /sandbox/inbox {"answer": "hang"}`).

The function has stored the webhook and returned by then, so no worker of the API is occupied: a held request is a
coroutine and a connection.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from engine.holds import Holds
from engine.wall.request import Request
from engine.wall.request_body import INBOX_PREFIX
from paysandbox.inbox.message import HANG, HANG_HEADER

# Longer than any attempt of a delivery (10 s).
HOLD_S: Final = 30.0
# Of one inbox. Any more are answered at once, so that senders without a time limit cannot use up the engine's
# connections.
MAX_HELD: Final = 50

_HELD: Final = (HANG_HEADER.encode(), HANG.encode())

AsgiApp = Callable[[dict[str, Any], Any, Any], Coroutine[Any, Any, None]]


class InboxHang:
    """Passes webhooks on to inboxes, and holds back the responses that say so."""

    def __init__(self, hold_s: float = HOLD_S, max_held: int = MAX_HELD) -> None:
        self._hold_s = hold_s
        self._holds = Holds(most_of_one=max_held)

    async def answer(self, app: AsgiApp, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Let the application answer completely. Then send its response, if need be once the sender has given up."""
        messages: list[dict[str, Any]] = []

        async def keep(message: dict[str, Any]) -> None:
            messages.append(message)

        await app(scope, receive, keep)
        if _is_held(messages):
            with self._holds.one_of(scope["path"]) as is_held, suppress(TimeoutError):
                if is_held:
                    await asyncio.wait_for(disconnected(receive), self._hold_s)
        for message in messages:
            await send(message)


def is_for_inbox(request: Request) -> bool:
    """Whether a request sends a webhook to an inbox."""
    return request.method == "POST" and request.path.startswith(INBOX_PREFIX)


def _is_held(messages: list[dict[str, Any]]) -> bool:
    headers = [header for message in messages for header in message.get("headers", ())]
    return any((name.lower(), value) == _HELD for name, value in headers)


async def disconnected(receive: Any) -> None:
    """Return when the client has closed its connection. Until then, there may be empty parts of the body."""
    while (await receive())["type"] != "http.disconnect":
        pass
