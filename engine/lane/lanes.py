"""The engine's end of the lane: a socket for each forked worker, and connections that the worker passes over it.

Who calls is decided when the socket is made, by the settings with which the engine starts the worker. A call does not
say who sends it, so a function cannot speak for another one, whatever it writes. What is no call ends the connection.

Calls are bounded as requests are at the wall: in size and number, in the time until they are whole, and in the time in
which their response is read.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final

from engine.lane.transport import BODY_MAX, CARRIED, CONNECTIONS_MAX, HEAD_MAX, LENGTHS, response_frame

UNAVAILABLE: Final = 503
_TORN: Final = "a call did not arrive as a whole"
_UNREAD: Final = "it did not read a response"
_JSON: Final = {"Content-Type": "application/x-amz-json-1.0"}


@dataclass(frozen=True)
class Caller:
    """Whose calls come over a lane: the function, its access key, and its Region."""

    function: str
    key_id: str
    region: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of AWS. `service` is the one that the signature was for, `target` and `trace` are as in its headers.

    `is_retry` is whether the client has sent it before.
    """

    service: str
    target: str
    content_type: str
    trace: str
    query_mode: str
    body: bytes
    is_retry: bool = False


Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body of a response."""

Answer = Callable[[Caller, Call], Awaitable[Reply]]


@dataclass(frozen=True)
class Limits:
    """Limits of a worker's connections, and the seconds until a call is whole, and until its response is read."""

    connections: int = CONNECTIONS_MAX
    whole_s: float = 30.0
    unread_s: float = 30.0


LIMITS: Final = Limits()


def is_retry(sdk_request: str) -> bool:
    """Return whether a client has sent a call before, by its header `amz-sdk-request` (`attempt=2; max=3`)."""
    return "attempt" in sdk_request and "attempt=1" not in sdk_request.split("; ")


def caller_in(env: Mapping[str, str], endpoint_url: str) -> Caller | None:
    """Return who calls, from the environment of a worker, or None if its calls are for another endpoint."""
    if env.get("AWS_ENDPOINT_URL") != endpoint_url:
        return None
    return Caller(env.get("AWS_LAMBDA_FUNCTION_NAME", ""), env["AWS_ACCESS_KEY_ID"], env["AWS_REGION"])


class Lanes:
    """The lanes of all workers, on the event loop. `answer` responds to calls, and `log` receives what is no call."""

    def __init__(self, answer: Answer, log: Callable[[str], None], limits: Limits = LIMITS) -> None:
        self.answer = answer
        self.log = log
        self.limits = limits
        self.is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self.connections: set[Connection] = set()
        """Those that are open, of all workers."""
        self.controls: set[socket.socket] = set()
        """The sockets of workers that have not ended."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Serve lanes on the running event loop. Before that, none is opened."""
        self._loop = asyncio.get_running_loop()

    def open(self, caller: Caller | None) -> socket.socket | None:
        """Return the worker's end of a new lane, or None. It may be called in any thread."""
        if self._loop is None or caller is None:
            return None
        ours, its = socket.socketpair()
        ours.setblocking(False)
        # Not in the context of the request for which the worker starts.
        self._loop.call_soon_threadsafe(self._listen, ours, caller, context=Context())
        return its

    def close(self) -> None:
        """Respond to every call with 503 from now on, also to those that are being answered."""
        self.is_closed = True
        for connection in [*self.connections]:
            connection.cut_off()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run this in a context of its own, as ministack keeps account and Region of a request in it."""
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)  # an unreferenced task may be garbage-collected
        task.add_done_callback(self._tasks.discard)

    def _listen(self, control: socket.socket, caller: Caller) -> None:
        own: set[Connection] = set()
        self.controls.add(control)
        asyncio.get_running_loop().add_reader(control.fileno(), self._accept, control, caller, own)

    def _accept(self, control: socket.socket, caller: Caller, own: set["Connection"]) -> None:
        """Serve one connection that a worker passes. Whatever else it sends ends its lane."""
        try:
            sent, descriptors, _, _ = socket.recv_fds(control, 1, 1, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return
        except OSError:
            sent, descriptors = b"", []
        if descriptors:
            self._serve(descriptors[0], caller, own)
        else:
            asyncio.get_running_loop().remove_reader(control.fileno())
            control.close()
            self.controls.discard(control)
            if sent:
                self.refuse(caller, "it did not pass a connection")

    def _serve(self, descriptor: int, caller: Caller, own: set["Connection"]) -> None:
        try:
            passed = socket.socket(fileno=descriptor)
        except OSError:
            os.close(descriptor)
            self.refuse(caller, "what it passed is no socket")
            return
        if passed.family != socket.AF_UNIX or passed.type != socket.SOCK_STREAM:
            passed.close()
            self.refuse(caller, "what it passed is no connection of this machine")
        elif len(own) >= self.limits.connections:
            passed.close()
            self.refuse(caller, f"it has {self.limits.connections} connections")
        else:
            passed.setblocking(False)
            connection = Connection(self, caller, (own, self.connections))
            self.run(_connect(connection, passed))

    def refuse(self, caller: Caller, why: str) -> None:
        """Log what a worker did that no lane takes."""
        self.log(f"lane: ended a connection of {caller.function}: {why}")


async def _connect(connection: "Connection", passed: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    try:
        await loop.create_unix_connection(lambda: connection, sock=passed)
    except OSError:
        connection.connection_lost(None)
        passed.close()


class Connection(asyncio.Protocol):
    """A connection of a worker, which has one call at a time. It is in the sets `among` as long as it is open."""

    def __init__(self, lanes: Lanes, caller: Caller, among: tuple[set["Connection"], ...]) -> None:
        self._lanes = lanes
        self._caller = caller
        self._among = among
        self._transport: asyncio.Transport | None = None
        self._read = bytearray()
        self._size = 0
        self._is_answering = False
        self._deadlines: dict[str, asyncio.TimerHandle] = {}
        for connections in among:
            connections.add(self)

    def connection_made(self, transport: Any) -> None:
        """Begin."""
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        """End. As over HTTP, a call that is being answered goes on."""
        self._transport = None
        for why in [*self._deadlines]:
            self._stop_waiting(why)
        for connections in self._among:
            connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Read a call, and respond to it when it is whole."""
        self._read += data
        if self._is_answering:
            self.end("it sent more than a call")
            return
        if not self._size and len(self._read) >= LENGTHS.size:
            of_head, of_body = LENGTHS.unpack_from(self._read)
            if of_head > HEAD_MAX or of_body > BODY_MAX:
                self.end("a call is too large")
                return
            self._size = LENGTHS.size + of_head + of_body
        if not self._size or len(self._read) < self._size:
            if _TORN not in self._deadlines:  # most calls arrive as a whole, and need no timer
                self._wait(self._lanes.limits.whole_s, _TORN)
        elif len(self._read) > self._size:
            self.end("it sent more than a call")
        else:
            self._stop_waiting(_TORN)
            self._begin()

    def pause_writing(self) -> None:
        """Give up a worker that does not read its response."""
        self._wait(self._lanes.limits.unread_s, _UNREAD)

    def resume_writing(self) -> None:
        """Go on, as the worker reads."""
        self._stop_waiting(_UNREAD)

    def cut_off(self) -> None:
        """Respond with 503 to the call that is being answered, if there is one."""
        if self._is_answering:
            self._respond(_unavailable())

    def _begin(self) -> None:
        of_head, _ = LENGTHS.unpack_from(self._read)
        body_at = LENGTHS.size + of_head
        lines = self._read[LENGTHS.size : body_at].decode("latin-1").split("\n")
        if len(lines) != 1 + len(CARRIED):
            self.end("a call has another form")
            return
        service, target, content_type, trace, query_mode, sdk_request = lines
        if not service.replace("-", "").isalnum():
            self.end("a call is for no service")
            return
        body = bytes(self._read[body_at:])
        call = Call(service, target, content_type, trace, query_mode, body, is_retry(sdk_request))
        self._read.clear()
        self._size = 0
        self._is_answering = True
        if self._lanes.is_closed:
            self.cut_off()
        else:
            self._lanes.run(self._answer(call))

    async def _answer(self, call: Call) -> None:
        self._respond(await self._lanes.answer(self._caller, call))

    def _respond(self, reply: Reply) -> None:
        if self._is_answering and self._transport is not None:
            self._is_answering = False
            self._transport.write(response_frame(*reply))

    def end(self, why: str) -> None:
        """End the connection, and log why."""
        self._lanes.refuse(self._caller, why)
        if self._transport is not None:
            self._transport.abort()

    def _wait(self, seconds: float, why: str) -> None:
        self._stop_waiting(why)
        self._deadlines[why] = asyncio.get_running_loop().call_later(seconds, self.end, why)

    def _stop_waiting(self, why: str) -> None:
        if (deadline := self._deadlines.pop(why, None)) is not None:
            deadline.cancel()


def _unavailable() -> Reply:
    return UNAVAILABLE, _JSON, b'{"__type":"ServiceUnavailable","message":"The sandbox is stopping."}'
