"""The simulator as an ASGI application, below `/_paypal` on the sandbox's port, with PayPal's slowness."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from engine.home_files import PAYPAL_FOLDER_NAME
from engine.paypal import account
from engine.paypal.api import ApiAnswer, ApiRequest, PaypalApi
from engine.paypal.payouts import Payouts
from engine.paypal.webhooks import Webhooks
from engine.wall.wall import PAYPAL_PREFIX

WEBHOOK_PATH: Final = "/webhooks/paypal"
"""Where the sandbox receives PayPal's webhooks."""

LATENCY_S: Final = 0.3
_MAX_BODY_BYTES: Final = 1_000_000


class PaypalSimulator:
    """The simulated PayPal of a home, served on `port`. `now` is the sandbox's clock (seconds since 1970, UTC)."""

    def __init__(
        self,
        home: Path,
        port: int,
        now: Callable[[], float],
        log: Callable[[str], None],
        *,
        latency_s: float = LATENCY_S,
    ) -> None:
        self._home = home
        self._origin = f"http://{account.HOST}:{port}"
        self._now = now
        self._log = log
        self._latency_s = latency_s
        self._opening = asyncio.Lock()
        self._running: tuple[PaypalApi, Webhooks, asyncio.Task[None]] | None = None

    async def start(self) -> None:
        """Go on sending the webhooks that were due when the engine stopped, if there are any payouts."""
        if (self._home / PAYPAL_FOLDER_NAME).is_dir():
            await self._open()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a request below the prefix."""
        body = await _body(receive)
        if body is None:
            await _send(send, ApiAnswer(status=413, body=b"{}"))
            return
        api, webhooks = await self._open()
        await asyncio.sleep(self._latency_s)
        request = ApiRequest(
            method=scope["method"],
            path=scope["path"].removeprefix(PAYPAL_PREFIX),
            body=body,
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        )
        answer = await asyncio.to_thread(api.answer, request)
        if request.method == "POST":
            webhooks.notice()
        await _send(send, answer)

    async def _open(self) -> tuple[PaypalApi, Webhooks]:
        """Return the API and its webhooks, which are sent from now on. Making an account takes a moment."""
        async with self._opening:
            if self._running is None:
                made = await asyncio.to_thread(account.ensure, self._home)
                api = PaypalApi(
                    account=made,
                    payouts=Payouts(self._home / PAYPAL_FOLDER_NAME),
                    base_url=self._origin + PAYPAL_PREFIX,
                    now=self._now,
                )
                webhooks = Webhooks(api, self._origin + WEBHOOK_PATH, self._log)
                self._running = api, webhooks, asyncio.get_running_loop().create_task(webhooks.run())
            return self._running[0], self._running[1]


async def _body(receive: Any) -> bytes | None:
    """Return the body, or None if it is too large."""
    content, more = b"", True
    while more and len(content) <= _MAX_BODY_BYTES:
        message = await receive()
        content += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    return content if len(content) <= _MAX_BODY_BYTES else None


async def _send(send: Any, answer: ApiAnswer) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.lower().encode(), value.encode()) for name, value in answer.headers.items()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.cut:
        # The server closes the connection, because the body is not complete.
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        return
    await send({"type": "http.response.body", "body": answer.body})
