"""The engine's HTTP server: the client facts that it passes to the wall, and its stop."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from cli.deploy.installation import ROOT, installation
from cli.sandbox.processes import LOOPBACKS
from engine import second_port
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until


def is_an_address_here(host: str) -> bool:
    """Return whether this machine has the address. Some containers have no ::1."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


# An application that echoes its input. When it stops, a function sends one more request in the background. On /hangs it
# never answers, and a thread waits for it.
PROGRAM = """
import asyncio, json, sys, threading, types, urllib.request
sys.path.insert(0, sys.argv[1])
from engine.wall.server import stand_in_for
from engine.wall.stopping import Background

port = sys.argv[2]

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["path"] == "/hangs":
        print("hangs", flush=True)
        await asyncio.to_thread(threading.Event().wait)
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            break
    told = {
        "method": scope["method"], "query": scope["query_string"].decode(), "body": body.decode(),
        "client": scope["client"][0], "type": scope["type"], "path": scope["path"], "scheme": scope["scheme"],
        "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
    }
    answer = json.dumps(told).encode()
    headers = [(b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})

def call():
    request = urllib.request.Request(f"http://127.0.0.1:{port}/while-it-stops", headers={"Authorization": "AWS4 x"})
    with urllib.request.urlopen(request) as answer:
        print(json.load(answer)["path"], flush=True)

calling = threading.Thread(target=call)
hypercorn = types.SimpleNamespace()
stand_in_for(hypercorn, Background(calling.start, lambda: not calling.is_alive()), lambda: {"status": 503})
asyncio.run(hypercorn.serve(app, types.SimpleNamespace(bind=[f"127.0.0.1:{port}"])))
print("ended", flush=True)
"""


@dataclass
class Server:
    """The running server."""

    process: "subprocess.Popen[str]"
    port: int
    second_port: int

    def get(
        self, path: str, headers: dict[str, str], host: str = "127.0.0.1", port: int | None = None
    ) -> tuple[http.client.HTTPResponse, dict[str, object]]:
        """Return an answer, and the application's input."""
        with closing(http.client.HTTPConnection(host, port or self.port, timeout=10)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer, json.loads(answer.read())


def answers(server: Server) -> bool:
    try:
        server.get("/", {})
    except OSError:
        return False
    return True


@pytest.fixture
def server() -> Iterator[Server]:
    port, second = free_port(), free_port()
    process = subprocess.Popen(
        [installation().engine_python, "-I", "-c", PROGRAM, ROOT, str(port)],
        env=os.environ | {second_port.VARIABLE: str(second)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        running = Server(process, port, second)
        until(lambda: answers(running), "the server")
        yield running
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("host", [host for host in LOOPBACKS if is_an_address_here(host)])
def test_every_loopback_address_is_served(server: Server, host: str) -> None:
    """The wall decides by the client's address. Programs may try localhost as ::1 first, or only there."""
    _, told = server.get("/", {}, host)
    assert told["client"] == host


def test_the_second_port_is_served_by_the_same_application(server: Server) -> None:
    _, told = server.get("/payments", {}, port=server.second_port)
    assert (told["client"], told["path"]) == ("127.0.0.1", "/payments")


def test_forwarding_headers_are_not_trusted(server: Server) -> None:
    """The wall relies on the actual connection, so a proxy's headers are not trusted."""
    forged = {"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "https", "Forwarded": "for=10.0.0.1"}
    _, told = server.get("/", forged)
    assert (told["client"], told["scheme"]) == ("127.0.0.1", "http")


def test_responses_get_no_extra_headers(server: Server) -> None:
    """AWS's endpoints send no Server header, and the engine adds the Date header itself."""
    answer, _ = server.get("/", {})
    assert [*answer.headers] == ["content-length"]


OFFERS = {
    "java.net.http": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\n",
    "websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    "TLS": b"UPGRADE: TLS/1.0\r\nCONNECTION: keep-alive, upgrade\r\n",
    "several": b"Upgrade: h2c, made-up/2\r\nUpgrade: IRC/6.9\r\nConnection: upgrade\r\n",
}
SIZED = b"Content-Length: 5\r\n\r\n12345"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n2\r\n12\r\n3;x=y\r\n345\r\n0\r\nUpgrade: h2c\r\n\r\n"
OFFERING = {
    **{f"{name}, {method}": (method, offer, SIZED) for name, offer in OFFERS.items() for method in ("POST", "PATCH")},
    "in chunks": ("PUT", OFFERS["java.net.http"], CHUNKED),
    "no body": ("GET", OFFERS["java.net.http"], b"\r\n"),
    "an empty body": ("DELETE", OFFERS["websocket"], b"Content-Length: 0\r\n\r\n"),
}
NEXT = b"GET /next HTTP/1.1\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\n\r\n"


def test_an_offer_to_upgrade_is_ignored(server: Server, subtests: pytest.Subtests) -> None:
    """In one packet, in two that meet within the head or the body, and followed by another request with an offer."""
    for name, (method, offer, rest) in OFFERING.items():
        head = f"{method} /payments?a=b%20c HTTP/1.1\r\nHost: localhost\r\nX-Key:  a b\r\n".encode() + offer
        for cut in (0, 20, len(head), len(head + rest) - 3):
            with subtests.test(name, cut=cut), closing(socket.create_connection(("127.0.0.1", server.port))) as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client.settimeout(10)
                client.sendall((head + rest)[:cut])
                client.sendall((head + rest)[cut:] + NEXT)
                with client.makefile("rb") as received:
                    first, second = map(json.loads, re.findall(rb"{[^{}]*}", received.read()))
                body = "12345" if rest in (SIZED, CHUNKED) else ""
                told = (first["type"], first["method"], first["path"], first["query"], first["body"])
                assert told == ("http", method, "/payments", "a=b%20c", body)
                assert ["x-key", "a b"] in first["headers"]
                assert (second["method"], second["path"], second["body"]) == ("GET", "/next", "")


def test_an_offer_waits_for_100_continue(server: Server) -> None:
    head = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n" + OFFERS["java.net.http"] + b"\r\n"
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as client:
        client.sendall(head)
        assert client.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"12345")
        assert b'"body": "12345"' in client.recv(65_536)


@pytest.mark.parametrize("offer", [b"", OFFERS["websocket"]], ids=["bare", "with an offer"])
def test_connect_is_refused(server: Server, offer: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as client:
        client.sendall(b"CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n" + offer + b"\r\n")
        assert client.recv(65_536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "request_line, connection, ends",
    [("GET /", "keep-alive", b"}"), ("HEAD /", "keep-alive", b"\r\n\r\n"), ("GET /", "close", b"}")],
    ids=["with a body", "without a body", "the last one of a connection"],
)
def test_a_response_arrives_as_one(server: Server, request_line: str, connection: str, ends: bytes) -> None:
    """A client that gets the head alone wakes up once more for the body."""
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=10)) as client:
        client.sendall(f"{request_line} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\n\r\n".encode())
        received = client.recv(65_536)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(ends)


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_of_functions_are_served_before_a_stop(server: Server, number: signal.Signals) -> None:
    server.process.send_signal(number)
    said, _ = server.process.communicate(timeout=20)
    assert said.splitlines()[-2:] == ["/while-it-stops", "ended"]
    assert server.process.returncode == 0


@pytest.mark.full
def test_a_request_without_an_end_does_not_keep_the_server_from_stopping(server: Server) -> None:
    with closing(socket.create_connection(("127.0.0.1", server.port), timeout=20)) as client:
        client.sendall(b"GET /hangs HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert server.process.stdout is not None
        assert server.process.stdout.readline() == "hangs\n"
        server.process.send_signal(signal.SIGTERM)
        assert client.recv(65_536).startswith(b"HTTP/1.1 503 ")
    server.process.communicate(timeout=20)
    assert server.process.returncode == 0
