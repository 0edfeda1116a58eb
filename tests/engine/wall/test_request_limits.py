"""What the engine's HTTP server accepts: limits of paths, headers and connections, here lowered."""

import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass

import psutil
import pytest

from cli.deploy.installation import ROOT, installation
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until

LIMITS = {
    "path_bytes": 100, "header_bytes": 4_000, "header_count": 20, "headers_s": 1.5, "body_s": 2.0, "unread_s": 0.6,
    "linger_s": 0.5, "connections": 8, "tiny_chunks": 50,
    "discarded_bytes": 100_000,
}  # fmt: skip

# Responds with the limit that a request breaks, a little later, or with the size of its body. To `/large`, with more
# than a socket holds; to `/early`, before it reads the body.
PROGRAM = """
import asyncio, sys, types
sys.path[:0] = sys.argv[1:3]
from engine.wall.request_limits import REFUSED, Limits
from engine.wall.server import stand_in_for
from engine.wall.stopping import Background

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    broken = scope.get("extensions", {}).get(REFUSED)
    await asyncio.sleep(0.1 if broken else 0)
    status, body = (broken.status, b"%s %s" % (broken.code.encode(), scope["path"].encode())) if broken else (200, b"")
    more, read = broken is None and scope["path"] != "/early", 0
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        read, more = read + len(message["body"]), message["more_body"]
    if scope["path"] == "/large":
        body = b"x" * 50_000_000
    elif not broken:
        body = b"%d in %d headers" % (read, len(scope["headers"]))
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

hypercorn = types.SimpleNamespace()
stand_in_for(hypercorn, Background(lambda: None, lambda: True), dict, Limits(**LIMITS))
asyncio.run(hypercorn.serve(app, types.SimpleNamespace(bind=[f"127.0.0.1:{sys.argv[3]}"])))
"""


@dataclass(frozen=True)
class Server:
    """The running server."""

    process: psutil.Process
    port: int

    def serves(self, client: socket.socket) -> bool:
        """Return whether its end of the connection is open."""
        return any(each.raddr == client.getsockname() for each in self.process.net_connections())

    def connected(self) -> socket.socket:
        """Return a new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, *parts: bytes) -> bytes:
        """Send the parts of a request, and return everything that is received until the server closes."""
        with closing(self.connected()) as client:
            for part in parts:
                client.sendall(part)
            return rest(client)

    def responds(self) -> bool:
        """Return whether an ordinary request is answered."""
        try:
            return b"200 OK" in self.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        except OSError:
            return False


def rest(client: socket.socket) -> bytes:
    """Return everything until the connection ends, however it ends."""
    read = b""
    try:
        while part := client.recv(65_536):
            read += part
    except ConnectionResetError:
        pass
    return read


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    port = free_port()
    process = subprocess.Popen(
        [
            installation().engine_python, "-I", "-c", PROGRAM.replace("**LIMITS", f"**{LIMITS}"),
            ROOT, f"{ROOT}/layers/shared/python", str(port),
        ],
    )  # fmt: skip
    running = Server(psutil.Process(process.pid), port)
    try:
        until(running.responds, "the server")
        yield running
    finally:
        process.kill()
        process.communicate()


HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    "parts, response",
    [
        pytest.param([HEAD, END], b"0 in 2 headers", id="within the limits"),
        pytest.param([HEAD, b"X-A: b\r\n" * 18, END], b"0 in 20 headers", id="as many headers as allowed"),
        pytest.param(
            [HEAD, b"X-A: ", b"b" * 3_900, b"\r\n", END], b"0 in 3 headers", id="as large a header as allowed"
        ),
        pytest.param([b"GET /", b"a" * 99, b" HTTP/1.1\r\n", END], b"0 in 1 headers", id="as long a path as allowed"),
        pytest.param([HEAD, b"X-A: b\r\n" * 19, END], b"431 ", id="too many headers"),
        pytest.param([HEAD, b"X-A: " + b"b" * 4_000 + b"\r\n", END], b"431 ", id="too large a header"),
        pytest.param([HEAD, *[b"X-A: " + b"b" * 500 + b"\r\n"] * 8, END], b"431 ", id="too large headers together"),
        pytest.param([HEAD, b"X-A: ", *[b"b" * 3_000] * 90], b"431 ", id="a header without an end"),
        pytest.param([HEAD, b"b" * 400_000], b"431 ", id="a header's name without an end"),
        pytest.param([b"GET /a/" + b"a" * 98 + b" HTTP/1.1\r\n", END], b"414 ", id="too long a path"),
        pytest.param([b"GET /a?b=" + b"a" * 98 + b" HTTP/1.1\r\n", END], b"414 ", id="too long a query"),
        pytest.param([b"GET /a/", *[b"a" * 3_000] * 90], b"414 ", id="a path without an end"),
        pytest.param(
            [b"OPTIONS /v1/" + b"a" * 200 + b" HTTP/1.1\r\n", END], b"path_too_long /v1/a", id="of any method"
        ),
    ],
)
def test_paths_and_headers_are_bounded(server: Server, parts: list[bytes], response: bytes) -> None:
    received = server.ask(*parts)
    assert response in received
    assert received.count(b"HTTP/1.1 ") == 1
    assert received.partition(b"\r\n\r\n")[0].lower().endswith(b"connection: close")


@pytest.mark.full
@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([POST, b"3;", *[b"a" * 3_000] * 90], id="a chunk's extension without an end"),
        pytest.param([POST, b"0\r\nX-A: ", *[b"a" * 3_000] * 90], id="a trailer without an end"),
        pytest.param([POST, b"0\r\n", *[b"X-A: b\r\n"] * 2_000], id="trailers without an end"),
        pytest.param([POST, b"1\r\na\r\n" * 60], id="tiny chunks"),
        pytest.param([b"\r\n" * 200_000], id="blank lines without an end"),
        pytest.param([b"GET \xff\xfe" + b"a" * 4_000], id="no path"),
    ],
)
def test_what_cannot_be_answered_ends(server: Server, parts: list[bytes]) -> None:
    with closing(server.connected()) as client:
        try:
            for part in parts:
                client.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert b"200 OK" not in rest(client)
    assert server.responds()


def test_chunks_may_be_small(server: Server) -> None:
    """As many as the limit, and any number that are not tiny."""
    chunked = POST.replace(b"Transfer", b"Connection: close\r\nTransfer")
    small = b"1\r\na\r\n" * 50 + (b"40\r\n" + b"b" * 64 + b"\r\n") * 500
    assert b"32050 in 3 headers" in server.ask(chunked, small, b"0\r\n\r\n")


def test_trailers_become_no_headers(server: Server) -> None:
    """What checks the headers has read them by then."""
    chunked = POST.replace(b"Transfer", b"Connection: close\r\nTransfer")
    assert b"3 in 3 headers" in server.ask(chunked, b"3\r\nabc\r\n0\r\nX-Late: 1\r\n\r\n")


SLOW = {
    "nothing": ([], LIMITS["headers_s"]),
    "half a header": ([HEAD], LIMITS["headers_s"]),
    "a blank line": ([b"\r\n"], LIMITS["headers_s"]),
    "half a body": ([b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"], LIMITS["body_s"]),
    "half of a chunked body": ([POST, b"3\r\nabc\r\n"], LIMITS["body_s"]),
    "half a header of the second request": ([b"GET / HTTP/1.1\r\n\r\n", HEAD], LIMITS["headers_s"]),
}
"""The parts of requests that are never completed, and the seconds until the server closes."""


@pytest.fixture(scope="module")
def ends(server: Server) -> dict[str, tuple[bytes, float]]:
    """Provide what each slow request received, and after how many seconds. They wait at the same time."""

    def end_of(parts: list[bytes]) -> tuple[bytes, float]:
        began = time.monotonic()
        return server.ask(*parts), time.monotonic() - began

    assert len(SLOW) < LIMITS["connections"]
    with ThreadPoolExecutor(len(SLOW)) as threads:
        return dict(zip(SLOW, threads.map(end_of, [parts for parts, _ in SLOW.values()]), strict=True))


@pytest.mark.parametrize("name", SLOW)
def test_slow_requests_end(ends: dict[str, tuple[bytes, float]], name: str) -> None:
    parts, after_s = SLOW[name]
    received, took_s = ends[name]
    assert after_s - 0.1 <= took_s < after_s + 10
    assert received.count(b"HTTP/1.1 ") == len(parts) - 1 if b"GET / HTTP/1.1\r\n\r\n" in parts else not received


@pytest.mark.full
def test_a_body_that_arrives_byte_by_byte_ends(server: Server) -> None:
    began = time.monotonic()
    with closing(server.connected()) as client:
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n")
        client.settimeout(0.05)
        while time.monotonic() - began < 20:
            try:
                client.sendall(b"a")
                if not client.recv(100):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    assert time.monotonic() - began < 12


@pytest.mark.full
def test_an_idle_connection_is_kept(server: Server) -> None:
    """A pool of connections must not find them closed after the time that a header may take."""
    with closing(server.connected()) as client:
        for _ in range(2):
            client.settimeout(10)
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"200 OK" in client.recv(1_000)
            client.settimeout(LIMITS["headers_s"] + 0.2)
            with pytest.raises(TimeoutError):
                client.recv(1)


def test_an_unread_response_ends(server: Server) -> None:
    with closing(server.connected()) as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(lambda: client.recv(1, socket.MSG_PEEK) and not server.serves(client), "the end of the response")
        assert len(rest(client)) < 50_000_000


def test_a_response_before_the_body_is_received(server: Server) -> None:
    """A client that is in the middle of sending gets the response, and no reset before it."""
    with closing(server.connected()) as client:
        client.sendall(b"POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        began, received = time.monotonic(), b""
        client.settimeout(5)
        try:
            for _ in range(200):
                client.sendall(b"x" * 100_000)
        except OSError:
            pass
        received = rest(client)
    assert b"200 OK" in received
    assert time.monotonic() - began < 12


def test_a_connection_is_kept_if_the_body_follows_its_response(server: Server) -> None:
    """Clients may send the headers first, and a refusal needs no body."""
    with closing(server.connected()) as client:
        for _ in range(3):
            client.sendall(b"POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\n")
            assert b"200 OK" in client.recv(1_000)
            client.sendall(b"abcdef")
        client.sendall(HEAD + END)
        assert b"0 in 2 headers" in rest(client)


def test_a_new_connection_ends_a_slow_one(server: Server) -> None:
    with ExitStack() as connections:
        for _ in range(LIMITS["connections"] + 4):
            connections.enter_context(closing(server.connected())).sendall(b"GET / HTTP/1.1\r\n")
        assert server.responds()
