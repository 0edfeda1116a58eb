"""Counts requests, with their durations: from the complete head of a request to the end of its response.

Only those without an AWS signature are counted: what the functions ask of AWS is not the user's.
"""

from collections.abc import Iterator
from typing import Any, Final

from engine.metrics.durations import Durations
from engine.metrics.exposition import Family

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD: Final = "other"
NO_STATUS: Final = "none"
"""In place of the status of a request that got no response: its connection was broken, as a fault can do."""

_CLASSES: Final = {status: f"{status // 100}xx" for status in range(100, 600)}


class Answer:
    """The response to a request, which is passed on. `status` is None until it begins."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Any) -> None:
        self._send = send
        self.status: int | None = None

    async def send(self, message: dict[str, Any]) -> None:
        """Send a part of it."""
        if self.status is None:
            self.status = message.get("status")
        await self._send(message)


class Requests:
    """Counts requests. It is used on the event loop only. `total` is of all of them."""

    def __init__(self) -> None:
        self.total = 0
        self._durations = Durations(("operation", "method", "status"))

    def count(self, operation: str, method: str, status: int | None, duration_s: float) -> None:
        """Count a request that has ended. `operation` is as in operations.py."""
        self.total += 1
        known = method if method in METHODS else OTHER_METHOD
        self._durations.count((operation, known, _CLASSES.get(status or 0, NO_STATUS)), duration_s)

    def families(self) -> Iterator[Family]:
        """Yield the metrics."""
        yield self._durations.counter(
            "paysandbox_http_requests", "Requests by operation ID, method and class of the response's status."
        )
        yield self._durations.histogram(
            "paysandbox_http_request_duration_seconds",
            "Time from the head of a request to the end of its response.",
            ("operation", "method"),
        )
