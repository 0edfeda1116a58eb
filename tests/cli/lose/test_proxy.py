"""The proxy, on real sockets: it passes requests on unchanged, and loses answers in each way."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest

from cli.lose.cells import Loss
from cli.lose.proxy import GATEWAY_PAGE, Answered, Keys, LosingProxy, Sent, losing_proxy
from tests.support.fakes.wire import HANG_UP, Reply, Request, Wire, served

HOLD_S = 0.05


@dataclass
class Losing:
    """Loses every answer in one way, or none."""

    loss: Loss | None = None
    sent: list[Sent] = field(default_factory=list[Sent])
    answers: list[Answered | None] = field(default_factory=list[Answered | None])

    def arrived(self, sent: Sent) -> tuple[Any, Loss | None]:
        self.sent.append(sent)
        return len(self.sent), self.loss

    def answered(self, mark: Any, answer: Answered | None) -> None:
        assert mark == len(self.sent)
        self.answers.append(answer)


def sandbox(request: Request) -> Reply | None:
    if request.path == "/hangs-up":
        return HANG_UP
    return Reply(201, {"id": "ch_1234567890", "path": request.path}, {"Request-Id": "req_1"})


@pytest.fixture
def wire() -> Iterator[Wire]:
    with served(sandbox) as wire:
        yield wire


@pytest.fixture
def losing() -> Losing:
    return Losing()


@pytest.fixture
def proxy(wire: Wire, losing: Losing) -> Iterator[LosingProxy]:
    with losing_proxy(wire.base_url, losing, HOLD_S) as proxy:
        yield proxy


@pytest.fixture
def connection(proxy: LosingProxy) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", int(proxy.url.rpartition(":")[2]), timeout=5)) as connection:
        yield connection


def test_requests_and_answers_are_passed_on(connection: http.client.HTTPConnection, wire: Wire, losing: Losing) -> None:
    body = b"amount=5"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "k", "Accept-Encoding": "gzip"}
    connection.request("POST", "/v1/charges?expand=1", body, headers)
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Request-Id"]) == (201, "req_1")
    assert b'"/v1/charges"' in answer.read()
    [arrived] = wire.requests
    assert (arrived.method, arrived.path, arrived.query, arrived.body) == (
        "POST",
        "/v1/charges",
        {"expand": "1"},
        {"amount": "5"},
    )
    assert arrived.headers["idempotency-key"] == "k"
    assert "accept-encoding" not in arrived.headers
    assert (losing.sent[0].target, losing.sent[0].body) == ("/v1/charges?expand=1", body)


def test_connections_are_kept(connection: http.client.HTTPConnection, wire: Wire) -> None:
    ports: set[int] = set()
    for path in ("/a", "/b"):
        connection.request("GET", path)
        connection.getresponse().read()
        ports.add(connection.sock.getsockname()[1])
    assert len(ports) == 1
    assert [request.path for request in wire.requests] == ["/a", "/b"]


def test_chunked_bodies_are_read(connection: http.client.HTTPConnection, wire: Wire) -> None:
    connection.request("POST", "/", iter([b'{"amount"', b": 5}"]), {"Content-Type": "application/json"})
    assert connection.getresponse().status == 201
    assert wire.requests[0].body == {"amount": 5}


@pytest.mark.parametrize("loss", [Loss.RESET, Loss.TIMEOUT, Loss.BEFORE])
def test_connections_are_reset(connection: http.client.HTTPConnection, wire: Wire, losing: Losing, loss: Loss) -> None:
    losing.loss = loss
    connection.request("POST", "/v1/charges", b"")
    with pytest.raises(ConnectionResetError):
        connection.getresponse()
    assert len(wire.requests) == (0 if loss is Loss.BEFORE else 1)
    assert [answer and answer.status for answer in losing.answers] == [None if loss is Loss.BEFORE else 201]


def test_bodies_end_early(connection: http.client.HTTPConnection, losing: Losing) -> None:
    losing.loss = Loss.TRUNCATE
    connection.request("POST", "/v1/charges", b"")
    answer = connection.getresponse()
    assert answer.status == 201
    with closing(answer), pytest.raises(http.client.IncompleteRead):
        answer.read()


def test_a_gateway_answers_in_html(connection: http.client.HTTPConnection, losing: Losing, wire: Wire) -> None:
    losing.loss = Loss.GATEWAY
    connection.request("POST", "/v1/charges", b"")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"], answer.read()) == (502, "text/html", GATEWAY_PAGE)
    assert len(wire.requests) == 1


def test_a_sandbox_that_does_not_answer_is_a_502(
    connection: http.client.HTTPConnection, proxy: LosingProxy, losing: Losing
) -> None:
    connection.request("GET", "/hangs-up")
    assert connection.getresponse().status == 502
    assert losing.answers == [Answered(502, [], b"")]
    assert proxy.wait_until_idle(1)


@pytest.mark.parametrize("host", ["shop.example", "shop.example:80", "127.0.0.1.shop.example"])
def test_a_page_whose_name_leads_here_is_refused(
    connection: http.client.HTTPConnection, wire: Wire, losing: Losing, host: str
) -> None:
    connection.request("GET", "/v1/charges", headers={"Host": host})
    assert connection.getresponse().status == 403
    assert (wire.requests, losing.sent) == ([], [])


@pytest.mark.parametrize("name, sent, passed_on", [
    ("Authorization", "Bearer sk_test_kept", "Bearer sk_test_run"),
    ("Authorization", "Bearer pk_test_kept", "Bearer pk_test_run"),
    ("Authorization", "Basic c2tfdGVzdF9rZXB0Og==", "Basic c2tfdGVzdF9ydW46"),
    ("Authorization", "Basic x", "Basic x"),
    ("Authorization", "Bearer ek_test_kept", "Bearer ek_test_kept"),
    ("X-Api-Key", "sk_test_kept", "sk_test_run"),
    ("X-Request-Source", "sk_test_kept", "sk_test_kept"),
])  # fmt: skip
def test_calls_are_passed_on_with_the_keys_of_the_run(
    proxy: LosingProxy, wire: Wire, losing: Losing, name: str, sent: str, passed_on: str
) -> None:
    proxy.keys = Keys("sk_test_run", "pk_test_run")
    with closing(http.client.HTTPConnection(proxy.url.removeprefix("http://"))) as connection:
        connection.request("GET", "/", headers={name: sent})
        connection.getresponse().read()
    assert losing.sent[0].headers[name.lower()] == passed_on
    assert {key.lower(): value for key, value in wire.requests[0].headers.items()}[name.lower()] == passed_on


def test_a_web_pages_key_is_passed_on_as_it_is(proxy: LosingProxy, wire: Wire) -> None:
    """The sandbox knows by its key that it may not send requests from another origin."""
    proxy.keys = Keys("sk_test_run", "pk_test_run")
    invented = {"Origin": "https://shop.example", "Authorization": "Bearer sk_test_invented"}
    with closing(http.client.HTTPConnection(proxy.url.removeprefix("http://"))) as connection:
        connection.request("POST", "/v1/payment_intents", headers=invented)
        connection.getresponse().read()
    assert {name.lower(): value for name, value in wire.requests[0].headers.items()}.items() >= {
        (name.lower(), value) for name, value in invented.items()
    }


def test_it_ends_while_a_connection_is_open(wire: Wire, losing: Losing) -> None:
    with losing_proxy(wire.base_url, losing) as proxy:
        port = int(proxy.url.rpartition(":")[2])
        idle = socket.create_connection(("127.0.0.1", port))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    idle.close()


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:4610", "http://api.example:80", "http://127.0.0.1", "http://10.0.0.1:1"]
)
def test_other_machines_are_refused(losing: Losing, url: str) -> None:
    with pytest.raises(ValueError, match="not on this machine"):
        LosingProxy(url, losing)
