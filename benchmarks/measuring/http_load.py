"""A load generator over persistent connections, in a closed loop: each sends its next request after a response.

It uses sockets directly because it shares the cores with the servers: an HTTP library would use more CPU time than
some of them.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

_DEADLINE_S: Final = 120


@dataclass(frozen=True, slots=True)
class Request:
    """A request: path, headers, body and method."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    def over(self, host: str) -> bytes:
        """Return the bytes to send."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def load(
    port: int,
    make: Callable[[int], Request],
    *,
    connections: int,
    seconds: float | None = None,
    count: int | None = None,
    timed: list[tuple[float, float]] | None = None,
) -> dict[str, Any]:
    """Send requests for a time or up to a count. Return the rate, percentiles (ms) and the number that were not 200.

    `timed` is called for each request with its start (seconds from the beginning) and its duration (ms).
    """
    return asyncio.run(_load(port, make, connections, seconds, count, [] if timed is None else timed))


async def _load(
    port: int,
    make: Callable[[int], Request],
    connections: int,
    seconds: float | None,
    count: int | None,
    timed: list[tuple[float, float]],
) -> dict[str, Any]:
    statuses: list[int] = []
    numbers = iter(range(count if count is not None else 1_000_000))
    started = time.perf_counter()
    until = started + (seconds if seconds is not None else _DEADLINE_S)

    async def one() -> None:
        async with connected(port) as connection:
            while time.perf_counter() < until and (number := next(numbers, None)) is not None:
                request = make(number)
                before = time.perf_counter()
                status, _ = await connection.ask(request)
                timed.append((before - started, (time.perf_counter() - before) * 1_000))
                statuses.append(status)

    await asyncio.gather(*(one() for _ in range(connections)))
    elapsed = time.perf_counter() - started
    taken = [took for _, took in timed]
    return {
        "connections": connections,
        "requests": len(taken),
        "per_s": round(len(taken) / elapsed, 1),
        **{f"p{share}": round(percentile(taken, share), 2) for share in (50, 95, 99)},
        "not_200": sum(status != 200 for status in statuses),
    }


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: when its request was due and when it arrived (`time.monotonic`), its status and its body."""

    due: float
    at: float
    status: int
    body: bytes

    @property
    def ms(self) -> float:
        """The latency from when the request was due, including the wait for a connection."""
        return (self.at - self.due) * 1_000


def paced(
    port: int, make: Callable[[int], Request], *, per_s: float, seconds: float, connections: int = 16
) -> list[Answer]:
    """Send at a fixed rate, without waiting for responses (an open loop). Ends early if the server stops."""
    answers: list[Answer] = []
    asyncio.run(_paced(port, make, per_s, seconds, connections, answers))
    return answers


async def _paced(
    port: int,
    make: Callable[[int], Request],
    per_s: float,
    seconds: float,
    connections: int,
    answers: list[Answer],
) -> None:
    numbers, began = iter(range(int(per_s * seconds))), time.monotonic()

    async def one() -> None:
        async with connected(port) as connection:
            for number in numbers:
                due = began + number / per_s
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                status, body = await connection.ask(make(number))
                answers.append(Answer(due, time.monotonic(), status, body))

    ended = await asyncio.gather(*(one() for _ in range(connections)), return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception) and not isinstance(error, (OSError, EOFError)):
            raise error


class Connection:
    """A persistent connection, opened again when the server closes it after a response."""

    def __init__(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._port, self._reader, self._writer = port, reader, writer
        self._closes = False

    async def ask(self, request: Request) -> tuple[int, bytes]:
        """Send a request. Return the status and the body of the response."""
        if self._closes:
            await self.close()
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(request.over(f"127.0.0.1:{self._port}"))
        status, self._closes, body = await _answer(self._reader)
        return status, body

    async def close(self) -> None:
        """Close it."""
        await _closed(self._writer)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """Open a connection to a server on this machine."""
    connection = Connection(port, *await asyncio.open_connection("127.0.0.1", port))
    try:
        yield connection
    finally:
        await connection.close()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    first, *lines = head.split("\r\n")
    body = b""
    headers = dict(line.split(": ", 1) for line in lines if ": " in line)
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    return int(first.split(" ")[1]), headers.get("connection") == "close", body


def percentile(values: Sequence[float], share: int) -> float:
    """Return a percentile by nearest rank, always an observed value."""
    ranked = sorted(values)
    return ranked[max(0, -(-len(ranked) * share // 100) - 1)] if ranked else 0.0
