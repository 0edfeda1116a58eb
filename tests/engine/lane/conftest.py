"""The engine's end of the lane on an event loop in a thread, and what a service behind it does."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.lane.lanes import Call, Caller, Lanes, Limits, Reply
from engine.lane.transport import Lane

ENV = {
    "AWS_ENDPOINT_URL": "http://localhost:1",
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
    "AWS_LAMBDA_FUNCTION_NAME": "authorize_payment",
}
"""The environment of a worker. Nothing listens on the port."""

CALLER = Caller("authorize_payment", "AKID", "us-east-1")


@dataclass
class Service:
    """Responds to each call with `reply`, when it is `open`. `calls` are those that it got, in order."""

    reply: Callable[[Call], Reply] = lambda call: (200, {"Content-Type": "application/x-amz-json-1.0"}, call.body)
    calls: list[tuple[Caller, Call]] = field(default_factory=list[tuple[Caller, Call]])
    logged: list[str] = field(default_factory=list[str])
    closed: asyncio.Event | None = None

    async def answer(self, caller: Caller, call: Call) -> Reply:
        self.calls.append((caller, call))
        if self.closed is not None:
            await self.closed.wait()
        return self.reply(call)


@dataclass
class Engine:
    """An event loop with lanes."""

    loop: asyncio.AbstractEventLoop
    service: Service
    lanes: Lanes
    workers: list[Lane] = field(default_factory=list[Lane])

    def control(self) -> socket.socket:
        """Return the socket that a new worker gets."""
        opened = self.lanes.open(CALLER)
        assert opened is not None
        return opened

    def lane(self) -> Lane:
        """Return the end of a new worker. It is closed with the test."""
        self.workers.append(Lane(self.control(), ENV))
        return self.workers[-1]

    def on_loop(self, work: Callable[[], Any]) -> Any:
        """Do this on the event loop."""

        async def run() -> Any:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)


@pytest.fixture
def start() -> Iterator[Callable[..., Engine]]:
    """Return a function that starts an engine with these limits. They end with the test."""
    engines: list[tuple[Engine, threading.Thread]] = []

    def started(**limits: Any) -> Engine:
        loop, service = asyncio.new_event_loop(), Service()
        engine = Engine(loop, service, Lanes(service.answer, service.logged.append, Limits(**limits)))
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        engines.append((engine, thread))
        engine.on_loop(engine.lanes.start)
        return engine

    yield started
    for engine, thread in engines:
        for worker in engine.workers:
            worker.leave()
        while engine.on_loop(lambda lanes=engine.lanes: lanes.connections or lanes.controls):
            pass  # it ends when the engine has seen that theirs are closed
        engine.loop.call_soon_threadsafe(engine.loop.stop)
        thread.join()
        engine.loop.close()


@pytest.fixture
def engine(start: Callable[..., Engine]) -> Engine:
    """Return an engine."""
    return start()
