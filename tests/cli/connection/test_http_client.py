"""One HTTP request over a real socket: the response, or the reason why there is none."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from cli.connection.http_client import (
    Disconnected,
    NotConnected,
    Request,
    TimedOut,
    Unsendable,
    is_this_machine,
    send,
)
from tests.support.fakes.wire import HANG_UP, Reply, served


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """A port that answers one request with these bytes and closes the connection."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with closing(connection):
                connection.recv(65_536)
                connection.sendall(raw)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(timeout=5)


@pytest.mark.parametrize("status", [200, 301, 404, 503])
def test_every_status_is_a_response(status: int) -> None:
    reply = Reply(status, {"a": 1}, {"Location": "/elsewhere", "X-Some": "thing"})
    with served(lambda _: reply) as wire:
        response = send(Request("POST", f"{wire.base_url}/path?q=1", {"X-Api-Key": "k"}, b'{"b": 2}'))

    [request] = wire.requests  # a redirect is not followed
    assert (request.method, request.path, request.query) == ("POST", "/path", {"q": "1"})
    assert request.headers["x-api-key"] == "k"
    assert (response.status, response.text, response.headers["x-some"]) == (status, '{"a": 1}', "thing")


def test_no_proxy_is_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(lambda _: Reply(body={})) as wire:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        assert send(Request("GET", wire.base_url)).status == 200


def test_a_proxy_is_used_for_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(lambda _: Reply(body={})) as wire:
        monkeypatch.setenv("http_proxy", wire.base_url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert send(Request("GET", "http://sandbox.example.test/health")).status == 200
    assert [request.path for request in wire.requests] == ["/health"]


def test_a_connection_that_is_closed_without_a_response() -> None:
    with served(lambda _: HANG_UP) as wire, pytest.raises(Disconnected):
        send(Request("GET", wire.base_url))


@pytest.mark.parametrize(
    "raw",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", b"SSH-2.0-OpenSSH_9.6\r\n"],
    ids=["nothing", "part of the body", "another protocol"],
)
def test_an_incomplete_response(raw: bytes) -> None:
    with answering(raw) as url, pytest.raises(Disconnected):
        send(Request("GET", url))


def test_a_closed_port() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotConnected):
        send(Request("GET", f"http://127.0.0.1:{port}/"))


def test_a_response_that_takes_too_long() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server, pytest.raises(TimedOut):
        send(Request("GET", f"http://127.0.0.1:{server.getsockname()[1]}/"), timeout_s=0.05)


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "127.0.0.1:80", "file:///etc/hostname", "http:///path", "http://127.0.0.1:port/", ""]
)
def test_only_http_urls_are_requested(url: str) -> None:
    with pytest.raises(Unsendable):
        send(Request("GET", url))


@pytest.mark.parametrize(
    "host, expected", [("127.0.0.1", True), ("localhost", True), ("::1", True), ("example.com", False), ("", False)]
)
def test_hosts_of_this_machine(host: str, expected: bool) -> None:
    assert is_this_machine(host) is expected
