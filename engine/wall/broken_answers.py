"""Break a response as a fault says that was injected into its request (`X-Sandbox-Fault`, `POST /sandbox/faults`).

The function has done what it had to do by then, and returned. What it cannot do is done here: hold the response back,
reset the connection, or end it within the body. Of a response without a fault, only the headers are looked at.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from engine.holds import Holds
from engine.wall.inbox_hang import disconnected
from engine.wall.request_limits import CONNECTION
from paysandbox.core.headers import APPLIED_HEADER, MERCHANT_HEADER
from paysandbox.http.faults.kinds import (
    COMMIT_THEN_RESET,
    COMMIT_THEN_TIMEOUT,
    COMMIT_THEN_TRUNCATE,
    SLOW_AFTER_COMMIT,
    TIMEOUT_BEFORE_COMMIT,
)

_APPLIED: Final = APPLIED_HEADER.lower().encode()
_MERCHANT: Final = MERCHANT_HEADER.lower().encode()
_LENGTH: Final = b"content-length"


class BrokenAnswers:
    """Breaks responses. `holds` counts those that are held back at the moment; any more are sent at once."""

    def __init__(self, holds: Holds | None = None) -> None:
        self.holds = holds or Holds()

    def breaking(self, scope: dict[str, Any], receive: Any, send: Any) -> Callable[[dict[str, Any]], Any]:
        """Return a `send` that breaks the response if it has a fault."""
        fault: dict[str, str] = {}

        async def sending(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                fault.update(_fault_in(message))
                if fault:
                    merchant, message = _merchant_in(message)
                    message = await self._begun(fault, merchant, message, scope, receive)
            elif fault.get("name") == COMMIT_THEN_TRUNCATE and not message.get("more_body", False):
                await send({**message, "more_body": True})
                scope["extensions"][CONNECTION]["close"]()
                await disconnected(receive)
                return
            if fault.get("name") != COMMIT_THEN_RESET:
                await send(message)

        return sending

    async def _begun(
        self, fault: dict[str, str], merchant: str, message: dict[str, Any], scope: dict[str, Any], receive: Any
    ) -> dict[str, Any]:
        """Do what a fault asks for before the response, and return its head."""
        match fault["name"]:
            case name if name in (COMMIT_THEN_TIMEOUT, TIMEOUT_BEFORE_COMMIT):
                await self._hold(float(fault["s"]), merchant, receive)
            case name if name == SLOW_AFTER_COMMIT:
                await self._hold(int(fault["ms"]) / 1_000, merchant, receive)
            case name if name == COMMIT_THEN_RESET:
                scope["extensions"][CONNECTION]["reset"]()
                await disconnected(receive)
            case name if name == COMMIT_THEN_TRUNCATE:
                others = [(name, value) for name, value in message["headers"] if name.lower() != _LENGTH]
                return {**message, "headers": [*others, (_LENGTH, fault["length"].encode())]}
            case _:
                pass
        return message

    async def _hold(self, seconds: float, merchant: str, receive: Any) -> None:
        with self.holds.one_of(merchant) as is_held, suppress(TimeoutError):
            if is_held:
                await asyncio.wait_for(disconnected(receive), seconds)


def _fault_in(message: dict[str, Any]) -> dict[str, str]:
    """Return the fault of a response: its name and its parameters. Empty without one."""
    for name, value in message.get("headers", ()):
        if name.lower() == _APPLIED:
            kind, *pairs = value.decode("latin-1").split(";")
            return {"name": kind, **dict(pair.partition("=")[::2] for pair in pairs)}
    return {}


def _merchant_in(message: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return whose response it is, "" if that is unknown, and the response without the header that says so."""
    headers = [*message["headers"]]
    merchant = next((value.decode("latin-1") for name, value in headers if name.lower() == _MERCHANT), "")
    return merchant, {**message, "headers": [(name, value) for name, value in headers if name.lower() != _MERCHANT]}
