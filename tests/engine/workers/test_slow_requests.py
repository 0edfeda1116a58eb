"""Requests that a fault slows down: invoked again after the wait, at most so many of one merchant at once."""

import asyncio
from typing import Any

import pytest

from engine.holds import Holds
from engine.workers.slow_requests import SlowRequests
from paysandbox.http.faults.hold import HOLD, Hold, hold_in, with_hold

REQUEST = {"httpMethod": "POST", "path": "/payments/authorize"}
LONG_MS = 60_000


class Function:
    """A function whose requests have to wait, and the events that it was invoked with."""

    def __init__(self, ms: int, merchant: str = "demo") -> None:
        self._ms, self._merchant = ms, merchant
        self.events: list[Any] = []
        self.is_asked = asyncio.Event()

    async def invoke(self, event: Any) -> Any:
        self.events.append(event)
        if not (isinstance(event, dict) and event.get(HOLD)):
            self.is_asked.set()
            return {"body": with_hold({}, Hold(self._ms, self._merchant, {"fault": "slow"})), "log": ""}
        return {"body": {"statusCode": 200}, "log": ""}


def test_a_request_is_invoked_again_after_its_wait() -> None:
    async def test() -> None:
        function = Function(ms=1)
        result = await SlowRequests().answer(function.invoke, REQUEST)
        assert result["body"] == {"statusCode": 200}
        first, second = function.events
        assert (first[HOLD], hold_in(second)) == ({}, Hold(1, "demo", {"fault": "slow"}))

    asyncio.run(test())


def test_one_merchant_does_not_take_the_places_of_another() -> None:
    async def test() -> None:
        slow = SlowRequests(Holds(most_of_one=1))
        held, of_other = Function(LONG_MS), Function(LONG_MS, "other")
        tasks = [asyncio.ensure_future(slow.answer(function.invoke, REQUEST)) for function in (held, of_other)]
        await asyncio.gather(held.is_asked.wait(), of_other.is_asked.wait())
        over = Function(LONG_MS)
        await asyncio.wait_for(slow.answer(over.invoke, REQUEST), 10)
        assert hold_in(over.events[1]) == Hold(0, "demo", {"fault": "slow"})
        assert [len(function.events) for function in (held, of_other)] == [1, 1]
        for task in tasks:
            task.cancel()

    asyncio.run(test())


@pytest.mark.parametrize(
    "event", ["result = 1", {"Records": []}, {"httpMethod": "POST", "methodArn": "arn", "type": "REQUEST"}]
)
def test_other_invocations_are_passed_on_as_they_are(event: Any) -> None:
    async def test() -> None:
        function = Function(LONG_MS)
        await SlowRequests().answer(function.invoke, event)
        assert function.events == [event]

    asyncio.run(test())
