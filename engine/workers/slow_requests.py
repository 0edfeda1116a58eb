"""Requests that a fault slows down (`slow`) wait here, before their function is invoked again, and occupy no worker.

A function has 16 workers at most (pool.py). If its requests waited in them, those of one merchant would make all others
wait as long, and be refused in the end.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from engine.holds import Holds
from paysandbox.core.record import replace
from paysandbox.http.faults.hold import hold_in, with_hold

Event = dict[str, Any]


class SlowRequests:
    """Invokes functions for the API's requests, and holds those that return a hold."""

    def __init__(self, holds: Holds | None = None) -> None:
        self._holds = holds or Holds()

    async def answer(self, invoke: Callable[[Any], Awaitable[Any]], event: Any) -> Any:
        """Return the result of an invocation, if need be of the one after the wait.

        It waits to the end even if the client is gone, as a function would. Beyond the limits of `Holds` it does not
        wait.
        """
        if not _is_of_a_route(event):
            return await invoke(event)
        result = await invoke(with_hold(event, None))
        body = result.get("body")
        hold = hold_in(body) if isinstance(body, dict) else None
        if hold is None:
            return result
        with self._holds.one_of(hold.merchant) as is_held:
            if is_held:
                await asyncio.sleep(hold.ms / 1_000)
        return await invoke(with_hold(event, hold if is_held else replace(hold, ms=0)))


def _is_of_a_route(event: Any) -> bool:
    """Whether an event is that of a request for a route, and not for its authorizer."""
    return isinstance(event, dict) and "httpMethod" in event and "methodArn" not in event
