"""Deliveries to real servers on this machine that misbehave as servers do.

Deadlines are short here, and no test waits longer than one.
"""

import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from threading import Barrier, Event

import pytest
import trustme
from hypothesis import given, settings, strategies as st
from urllib3.exceptions import HTTPError

from paysandbox.aws.settings import AUTHORITIES_VARIABLE
from paysandbox.webhooks.outbound.client import (
    MAX_BODY_READ,
    MAX_BODY_RETURNED,
    USER_AGENT,
    Limits,
    Reply,
    Trouble,
    send,
)
from paysandbox.webhooks.outbound.connections import Connection, IdleConnections, Request, default_tls
from paysandbox.webhooks.outbound.lookup import Deadline, is_local_address
from paysandbox.webhooks.outbound.target import Target, TargetPolicy, objection, read_target
from tests.support.fakes.raw_server import RawServer, Talk, answering, raw_server
from tests.support.worlds.own_port import own_addresses

POLICY = TargetPolicy(local=True, allowed_hosts=("receiver.example",))
DEPLOYED = TargetPolicy(local=False)
SOON = Limits(connect_s=0.2, total_s=0.2)
# For expected successes: none waits that long, and a slow machine fails no test.
PATIENT = Limits(connect_s=5, total_s=5)

BODY = b'{"type":"payment_captured"}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture(autouse=True, scope="module")
def aws() -> None:
    """No AWS: these tests make no AWS call."""


@pytest.fixture(autouse=True)
def ledger() -> None:
    """No ledger."""


class Post:
    """Deliveries that share idle connections, closed at the end of the test."""

    def __init__(self) -> None:
        self.idle = IdleConnections()

    def __call__(
        self,
        target: Target | RawServer,
        *,
        addresses: Sequence[str] = ("127.0.0.1",),
        limits: Limits = PATIENT,
        policy: TargetPolicy = POLICY,
        tls: Callable[[], ssl.SSLContext] = default_tls,
    ) -> Reply:
        to = target if isinstance(target, Target) else at(target)
        said = {"webhook-id": "evt_1"}
        return send(to, said, BODY, policy, resolve=lambda *_: addresses, limits=limits, tls=tls, idle=self.idle)


@pytest.fixture
def post() -> Iterator[Post]:
    """Send to a server, by default as `receiver.example` at 127.0.0.1."""
    made = Post()
    yield made
    made.idle.clear()


def at(server: RawServer, *, host: str = "receiver.example", scheme: str = "http", path: str = "/hooks") -> Target:
    return read_target(f"{scheme}://{host}:{server.port}{path}", POLICY)


# --- requests and responses -------------------------------------------------------------------------------------------


def test_a_delivery_as_it_is_on_the_wire(post: Post) -> None:
    told = b"Content-Type: text/plain\r\nRetry-After: 5\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n"
    answer = b"HTTP/1.1 201 Created\r\n" + told + b"\r\nok"
    with raw_server(answering(answer)) as server:
        reply = post(at(server, path="/hooks?a=b"))

    assert server.requests == [
        f"POST /hooks?a=b HTTP/1.1\r\nHost: receiver.example:{server.port}\r\nUser-Agent: {USER_AGENT}\r\n"
        f"Content-Type: application/json\r\nwebhook-id: evt_1\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
        + BODY
    ]
    assert (reply.status, reply.trouble, reply.detail, reply.body) == (201, None, "", b"ok")
    assert reply.headers == {"content-type": "text/plain", "retry-after": "5"}


@pytest.mark.parametrize("given, sent", [({}, "application/json"), ({"content-type": "text/x"}, "text/x")])
def test_callers_can_override_the_content_type(given: dict[str, str], sent: str) -> None:
    idle = IdleConnections()
    with raw_server(answering(b"HTTP/1.0 204 No Content\r\n\r\n")) as server:
        send(at(server, host="127.0.0.1"), given, b"", POLICY, idle=idle)

    (request,) = server.requests
    assert request.lower().count(b"content-type:") == 1
    assert f": {sent}\r\n".encode() in request


@pytest.mark.parametrize(
    "headers",
    [{"Host": "x"}, {"content-length": "1"}, {"a": "b\r\nc: d"}, {"a\n": "b"}, {"a": "é"}, {"Transfer-Encoding": "x"}],
)
def test_a_header_that_would_change_the_request_is_a_programming_error(headers: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        send(read_target("https://example.com/", DEPLOYED), headers, b"", DEPLOYED)


@pytest.mark.parametrize(
    "answer, status, body",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1;x=y\r\n!\r\n0\r\nA: b\r\n\r\n",
            200,
            b"ok!",
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, b"until the end"),
        (b"HTTP/1.1 200 OK\n\nbare", 200, b"bare"),
        (b"HTTP/1.1 500\r\nContent-Length: 0\r\n\r\n", 500, b""),
        (b"HTTP/1.1 429 Too Many\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n\r\n", 429, b""),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 102 Processing\r\n\r\n" * 3 + OK, 200, b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nContent-Length: 7\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 100\r\n\r\nHTTP/1.1 104 Upload\r\nRetry-After: 9\r\n\r\nHTTP/1.0 199 x\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", 200, b"ok"),
        # The status is known; an invalid body does not change the result.
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", 200, b"cut"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokxxx\r\n", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n", 200, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", 200, b"\x1f\x8b"),
    ],
)
def test_every_form_of_an_answer(answer: bytes, status: int, body: bytes, post: Post) -> None:
    with raw_server(answering(answer)) as server:
        reply = post(server)

    assert (reply.status, reply.trouble, reply.body) == (status, None, body)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int, post: Post) -> None:
    with raw_server(answering(OK)) as elsewhere:
        answer = f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{elsewhere.port}/\r\nContent-Length: 0\r\n\r\n"
        with raw_server(answering(answer.encode())) as server:
            reply = post(server)

        assert (reply.status, reply.trouble) == (status, None)
        assert elsewhere.connections == 0
        assert server.connections == 1


def test_long_header_values_are_cut_and_folded_ones_are_joined(post: Post) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: a\r\n b\r\nRetry-After: " + b"9" * 999 + b"\r\nContent-Length: 0\r\n\r\n"
    )
    with raw_server(answering(answer)) as server:
        assert post(server).headers == {"content-type": "a b", "retry-after": "9" * 256}


# --- misbehaving servers ----------------------------------------------------------------------------------------------


def _hangs(server: RawServer, peer: socket.socket) -> None:
    server.read(peer)
    server.ended.wait(5)


def _resets(server: RawServer, peer: socket.socket) -> None:
    server.read(peer)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _drips(before: bytes, drop: bytes) -> Talk:
    def talk(server: RawServer, peer: socket.socket) -> None:
        server.read(peer)
        peer.sendall(before)
        while not server.ended.wait(0.02):
            peer.sendall(drop)

    return talk


def _floods(before: bytes, piece: bytes, sent: list[int]) -> Talk:
    def talk(server: RawServer, peer: socket.socket) -> None:
        server.read(peer)
        peer.sendall(before)
        sent.extend(peer.send(piece) for _ in range(100_000_000 // len(piece)))

    return talk


@pytest.mark.full
@pytest.mark.parametrize(
    "talk, trouble",
    [
        pytest.param(_hangs, Trouble.TIMEOUT, id="hangs"),
        pytest.param(_resets, Trouble.CONNECTION_RESET, id="resets"),
        pytest.param(answering(b""), Trouble.CONNECTION_RESET, id="ends without an answer"),
        pytest.param(answering(b"HTTP/1.1 2"), Trouble.CONNECTION_RESET, id="ends within the status"),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nContent-"), Trouble.CONNECTION_RESET, id="ends within the head"),
        pytest.param(_drips(b"", b"H"), Trouble.TIMEOUT, id="drips what is no status"),
        pytest.param(_drips(b"HTTP/1.1 200 ", b"O"), Trouble.TIMEOUT, id="drips a status line"),
        pytest.param(_drips(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"), Trouble.TIMEOUT, id="drips headers"),
        pytest.param(_drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), Trouble.TIMEOUT, id="always continues"),
        pytest.param(answering(b"SSH-2.0-OpenSSH_9.9\r\n"), Trouble.RESPONSE_INVALID, id="another protocol"),
        pytest.param(answering(b"\x00\xff\r\n\r\n"), Trouble.RESPONSE_INVALID, id="garbage"),
        pytest.param(answering(b"HTTP/1.1 99999 OK\r\n\r\n"), Trouble.RESPONSE_INVALID, id="no status"),
        pytest.param(answering(b"HTTP/2 200\r\n\r\n"), Trouble.RESPONSE_INVALID, id="another version"),
        pytest.param(answering(b"HTTP/1.1 101 Switching\r\n\r\n"), Trouble.RESPONSE_INVALID, id="another protocol yet"),
        pytest.param(answering(b"HTTP/1.1 102\r\n\r\nHTTP/1.1 101 No\r\n\r\n"), Trouble.RESPONSE_INVALID, id="both"),
        pytest.param(answering(b"HTTP/1.1 103 Hints\r\n\r\n"), Trouble.CONNECTION_RESET, id="hints alone"),
        pytest.param(_drips(b"", b"HTTP/1.1 102 Processing\r\n\r\n"), Trouble.TIMEOUT, id="always processes"),
        pytest.param(answering(b"HTTP/1.1 103\r\nA: b\r\n\r\n" * 9_999), Trouble.RESPONSE_INVALID, id="many hints"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 101), Trouble.RESPONSE_INVALID, id="many headers"
        ),
        pytest.param(answering(b"HTTP/1.1 200 " + b"O" * 70_000), Trouble.RESPONSE_INVALID, id="a long status line"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
            Trouble.RESPONSE_INVALID,
            id="lengths that disagree",  # RFC 9112, 6.3: discard the response
        ),
        # Python parses a head like that of an e-mail.
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x; boundary*=\0''x\r\n\r\n"),
            Trouble.RESPONSE_INVALID,
            id="a boundary in no character set",
        ),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x; boundary*" + b"9" * 5_000 + b"=x\r\n\r\n"),
            Trouble.RESPONSE_INVALID,
            id="a boundary in too many parts",
        ),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\n" + b"Content-Type: message/rfc822\r\r" * 1_500 + b"\r\n\r\n"),
            Trouble.RESPONSE_INVALID,
            id="messages within messages",
        ),
    ],
)
def test_each_failure_has_a_name_and_ends_in_time(talk: Talk, trouble: Trouble, post: Post) -> None:
    with raw_server(talk) as server:
        started = time.monotonic()
        reply = post(server, limits=SOON if trouble is Trouble.TIMEOUT else PATIENT)
        lasted = time.monotonic() - started

    assert (reply.status, reply.trouble) == (None, trouble)
    assert (reply.headers, reply.body) == ({}, b"")
    assert lasted < 2, "the deadline is for the whole, not for each byte"
    assert server.connections == 1, "what was answered, or not in time, is not asked again"


def test_a_trickling_body_is_cut_off_at_the_deadline(post: Post) -> None:
    with raw_server(_drips(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"x")) as server:
        started = time.monotonic()
        reply = post(server, limits=Limits(total_s=0.6))
        lasted = time.monotonic() - started

    assert reply.status == 200
    assert set(reply.body) == {ord("x")}
    assert 0.55 < lasted < 3
    assert reply.latency_ms < 550, "until the head, which came at once"


@pytest.mark.parametrize(
    "before, piece, status, kept",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", b"x" * 65_536, 200, MAX_BODY_RETURNED),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536, 200, MAX_BODY_RETURNED),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1000\r\n" + b"x" * 4_096 + b"\r\n",
            200,
            MAX_BODY_RETURNED,
        ),
        # One byte in each chunk, and a chunk extension of a thousand.
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"c" * 999 + b"\r\nx\r\n", 200, 70),
        (b"HTTP/1.1 200 OK\r\n", b"A: " + b"b" * 4_000 + b"\r\n", None, 0),
        (b"HTTP/1.1 200 OK\r\nA: ", b"b" * 65_536, None, 0),
    ],
    ids=["a known length", "until the end", "chunks", "tiny chunks", "headers", "a header"],
)
def test_100_megabytes_are_not_read(before: bytes, piece: bytes, status: int | None, kept: int, post: Post) -> None:
    sent: list[int] = []
    with raw_server(_floods(before, piece, sent)) as server:
        reply = post(server)

    assert reply.status == status
    assert reply.trouble is (None if status else Trouble.RESPONSE_INVALID)
    assert abs(len(reply.body) - kept) <= (15 if kept == 70 else 0), "64 to 80 kilobytes come in, by pieces"
    # The system's own buffers on both sides.
    assert sum(sent) < 20_000_000


@pytest.mark.parametrize("length, connections", [(MAX_BODY_READ - 1, 1), (MAX_BODY_READ, 1), (MAX_BODY_READ + 1, 2)])
def test_the_longest_body_that_is_read(length: int, connections: int, post: Post) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length
    with raw_server(answering(answer, answer)) as server:
        assert post(server).body == b"x" * MAX_BODY_RETURNED
        assert post(server).status == 200

        assert server.connections == connections


def test_a_request_that_the_server_does_not_read_ends_in_time(post: Post) -> None:
    def talk(server: RawServer, _: socket.socket) -> None:
        server.ended.wait(5)

    with raw_server(talk) as server:
        reply = send(at(server, host="127.0.0.1"), {}, b"x" * 30_000_000, POLICY, limits=SOON, idle=post.idle)

    assert reply.trouble is Trouble.TIMEOUT


def test_receiver_responses_cannot_forge_log_lines(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """urllib3 warns of an unparseable head and of two body lengths, quoting the receiver."""
    told = b"no header 4242\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n"
    with raw_server(answering(b"HTTP/1.1 200 OK\r\n" + told)) as server:
        assert post(at(server, path="/secret")).status == 200

    assert caplog.records == []


ANYONE = read_target("http://receiver.example/", POLICY)
ANSWER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n"


@given(st.data())
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_any_response_is_an_answer_or_a_failure(data: st.DataObject) -> None:
    """Responses with parts replaced by arbitrary bytes."""
    start = data.draw(st.integers(0, len(ANSWER)))
    stop = data.draw(st.integers(start, len(ANSWER)))
    said = ANSWER[:start] + data.draw(st.binary(max_size=20)) + ANSWER[stop:]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        with suppress(OSError, HTTPException):
            connection = Connection(ANYONE, "127.0.0.1", ours, Deadline.after(5))
            connection.connect()
            answer = connection.post(Request("/", {}, b""), Deadline.after(5))
            assert 200 <= answer.status <= 999
            with suppress(HTTPError):
                while answer.read1(100):
                    pass


# --- destinations -----------------------------------------------------------------------------------------------------


def test_a_refused_connection(post: Post) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert post(read_target(f"http://127.0.0.1:{port}/", POLICY)).trouble is Trouble.CONNECTION_REFUSED


def test_an_address_that_does_not_answer_is_survived(post: Post) -> None:
    """127.0.0.2 is this machine too, and refuses the connection here."""
    with raw_server(answering(OK)) as server:
        assert post(server, addresses=("127.0.0.2", "127.0.0.1", "127.0.0.1")).status == 200


def test_a_connection_that_is_never_accepted_times_out(post: Post) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # With a full backlog the system accepts no further connection.
        with socket.create_connection(full.getsockname()):
            started = time.monotonic()
            target = read_target(f"http://127.0.0.1:{full.getsockname()[1]}/", POLICY)
            replies = [post(target, limits=Limits(connect_s=0.2, total_s=0.4)) for _ in range(2)]

    assert {reply.trouble for reply in replies} == {Trouble.TIMEOUT}
    assert time.monotonic() - started < 2


def test_an_unreachable_network(post: Post) -> None:
    """A port of an unreachable network; the reason is the system's, so the test checks only our name for it."""
    target = read_target("http://[fd00::1]:8080/", TargetPolicy(True, ("fd00::1",)))

    assert post(target, policy=TargetPolicy(True, ("fd00::1",)), limits=SOON).trouble in {
        Trouble.HOST_UNREACHABLE,
        Trouble.TIMEOUT,
        Trouble.CONNECTION_REFUSED,
    }


def test_names_that_do_not_resolve(post: Post) -> None:
    target = read_target("https://receiver.invalid/", DEPLOYED)

    def fails(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert send(target, {}, BODY, DEPLOYED, resolve=fails).trouble is Trouble.NAME_NOT_RESOLVED
    assert send(target, {}, BODY, DEPLOYED, resolve=lambda *_: []).trouble is Trouble.NAME_NOT_RESOLVED


def test_a_look_up_that_hangs_ends_in_time() -> None:
    released = Event()

    def hangs(host: str, port: int) -> list[str]:
        released.wait(5)
        return []

    reply = send(read_target("https://a.example/", DEPLOYED), {}, BODY, DEPLOYED, resolve=hangs, limits=SOON)
    released.set()

    assert reply.trouble is Trouble.TIMEOUT
    assert 190 <= reply.latency_ms < 2_000


def test_the_systems_own_look_up(post: Post) -> None:
    with raw_server(answering(OK)) as server:
        reply = send(at(server, host="localhost"), {}, BODY, POLICY, limits=PATIENT, idle=post.idle)

    assert reply.status == 200


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["8.8.8.8", "127.0.0.1"],
        ["127.0.0.1", "8.8.8.8"],
        ["8.8.8.8", "1.1.1.1", "9.9.9.9", "2606:4700::1", "2606:4700::2", "10.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%lo"],
    ],
)
def test_one_private_address_rejects_the_whole_name(addresses: list[str], post: Post) -> None:
    with raw_server(answering(OK)) as server:
        target = read_target(f"https://rebinding.example:{server.port}/", DEPLOYED)
        reply = post(target, addresses=addresses, policy=DEPLOYED)

        assert reply.trouble is Trouble.ADDRESS_NOT_ALLOWED
        assert server.connections == 0
    assert "not public" in reply.detail
    assert not any(address in reply.detail for address in addresses), "what a name leads to within is nobody's business"


def test_locally_the_detail_names_the_setting(post: Post) -> None:
    reply = post(read_target("http://a.example/", POLICY), addresses=["10.0.0.1"])

    assert reply.trouble is Trouble.ADDRESS_NOT_ALLOWED
    assert "`-c webhook_allowed_hosts=a.example`" in reply.detail


def test_the_address_that_was_judged_is_the_one_connected_to() -> None:
    """A host name that changes: its first answer is checked, and it is not resolved again."""
    asked: list[str] = []
    said = iter([["127.0.0.2"], ["127.0.0.1"]])

    def rebinds(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(said)

    with raw_server(answering(OK)) as decoy:
        target = read_target(f"http://rebinding.example:{decoy.port}/", POLICY)
        # 127.0.0.2 stands in for the public address: nothing listens there.
        reply = send(target, {}, BODY, POLICY, resolve=rebinds, limits=SOON)

        assert reply.status is None
        assert asked == ["rebinding.example"]
        assert decoy.connections == 0


# If this machine has a documentation address, as test machines do, nothing is sent to it either.
LISTED = [one for one in own_addresses() if objection(one, ip_address(one), TargetPolicy(True, (one,))) is None]
OWN_HOSTS = ["127.0.0.1", "127.0.0.2", "[::1]", *(f"[{one}]" if ":" in one else one for one in LISTED)]
OWN_LOOK_UPS = [
    ["127.0.0.1"],
    ["127.255.255.254"],
    ["::1"],
    ["0.0.0.0"],  # noqa: S104 - nothing is bound
    ["::"],
    ["::ffff:127.0.0.1"],
    ["::ffff:0:127.0.0.1"],
    ["::127.0.0.1"],
    ["64:ff9b::127.0.0.1"],
    ["64:ff9b:1::127.0.0.1"],
    ["2002:7f00:1::"],
    ["2001:0:4136:e378:8000:63bf:80ff:fffe"],
    ["fd00::5efe:127.0.0.1"],
    ["10.255.255.254", "127.0.0.1"],
    *([address] for address in own_addresses()),
]


def _at_home(server: RawServer) -> TargetPolicy:
    """Return the policy of a sandbox on this server, with every listable host listed."""
    return TargetPolicy(True, ("receiver.example", *own_addresses()), server.port)


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_the_sandbox_itself_gets_nothing(host: str, post: Post) -> None:
    with raw_server(answering(OK), host="::" if ":" in host else "") as sandbox:
        policy = _at_home(sandbox)
        reply = post(read_target(f"http://{host}:{sandbox.port}/?Action=CreateStack", policy), policy=policy)

        assert reply.trouble is Trouble.ADDRESS_NOT_ALLOWED
        assert f"the sandbox itself, at port {sandbox.port}" in reply.detail
        assert sandbox.connections == 0


@pytest.mark.parametrize("addresses", OWN_LOOK_UPS, ids=str)
def test_no_name_leads_to_the_sandbox_itself(addresses: list[str], post: Post) -> None:
    with raw_server(answering(OK), host="") as sandbox:
        reply = post(sandbox, addresses=addresses, policy=_at_home(sandbox))

        assert reply.trouble is Trouble.ADDRESS_NOT_ALLOWED
        assert sandbox.connections == 0


def test_only_donation_webhooks_reach_the_sandbox_over_that_connection(post: Post) -> None:
    with raw_server(answering(OK, OK)) as sandbox:
        policy = _at_home(sandbox)
        assert post(at(sandbox, path="/webhooks/stripe"), policy=policy).status == 200
        assert post(at(sandbox, path="/webhooks/stripe?a"), policy=policy).trouble is Trouble.ADDRESS_NOT_ALLOWED
        assert len(sandbox.requests) == 1


def test_other_ports_of_this_machine_are_receivers(post: Post) -> None:
    with raw_server(answering(OK)) as sandbox, raw_server(answering(OK)) as server:
        assert post(server, policy=_at_home(sandbox)).status == 200


def test_http_to_a_public_address_is_not_tried(post: Post) -> None:
    reply = post(read_target("http://rebinding.example/", POLICY), addresses=["8.8.8.8"])

    assert reply.trouble is Trouble.ADDRESS_NOT_ALLOWED
    assert "Use https://" in reply.detail


@pytest.mark.parametrize(
    "address, is_local",
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("0.0.0.0", True),  # noqa: S104 - nothing is bound
        ("::", True),
        *((address, True) for address in own_addresses()),
        ("8.8.8.8", False),
        ("198.51.100.7", False),
        ("2606:4700::1", False),
    ],
)
def test_addresses_of_this_machine(address: str, is_local: bool) -> None:
    assert is_local_address(ip_address(address)) is is_local


def test_a_name_is_judged_at_each_delivery_also_over_a_kept_connection(post: Post) -> None:
    with raw_server(answering(OK, OK)) as server:
        assert post(server).status == 200
        assert post(server, addresses=["169.254.169.254"]).trouble is Trouble.ADDRESS_NOT_ALLOWED
        assert len(server.requests) == 1


def test_proxies_of_the_environment_are_not_asked(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(answering(OK)) as proxy, raw_server(answering(OK)) as server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)

        assert post(server).status == 200
        assert (proxy.connections, server.connections) == (0, 1)


def test_ipv6(post: Post) -> None:
    with raw_server(answering(OK), host="::1") as server:
        assert post(at(server, host="[::1]")).status == 200

    assert f"Host: [::1]:{server.port}\r\n".encode() in server.requests[0]


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return the certificate authority of these tests' servers."""
    return trustme.CA()


def _server_tls(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def _trusting(authority: trustme.CA) -> Callable[[], ssl.SSLContext]:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return lambda: context


def test_tls_verifies_the_servers_name_at_any_address(post: Post, authority: trustme.CA) -> None:
    asked: list[str | None] = []
    tls = _server_tls(authority, "receiver.example")
    tls.sni_callback = lambda _, name, *__: asked.append(name)
    with raw_server(answering(OK, OK), tls=tls) as server:
        target = at(server, scheme="https")
        assert post(target, tls=_trusting(authority)).status == 200
        assert post(target, tls=_trusting(authority)).body == b"ok"

        assert server.connections == 1, "kept under TLS too"
    assert asked == ["receiver.example"]


def test_a_certificate_for_an_address(post: Post, authority: trustme.CA) -> None:
    with raw_server(answering(OK), tls=_server_tls(authority, "127.0.0.1")) as server:
        assert post(at(server, host="127.0.0.1", scheme="https"), tls=_trusting(authority)).status == 200


@pytest.mark.parametrize("name", ["other.example", "example", "127.0.0.1"])
def test_a_certificate_of_another_name(name: str, post: Post, authority: trustme.CA) -> None:
    with raw_server(answering(OK), tls=_server_tls(authority, name)) as server:
        reply = post(at(server, scheme="https"), tls=_trusting(authority))

    assert reply.trouble is Trouble.TLS_FAILED
    assert "receiver.example" in reply.detail
    assert server.requests == []


def test_a_certificate_of_an_unknown_authority(post: Post, authority: trustme.CA) -> None:
    with raw_server(answering(OK), tls=_server_tls(authority, "receiver.example")) as server:
        reply = post(at(server, scheme="https"))

    assert reply.trouble is Trouble.TLS_FAILED
    assert "certificate" in reply.detail
    assert server.requests == []


def test_a_server_with_old_tls_only(post: Post, authority: trustme.CA) -> None:
    tls = _server_tls(authority, "receiver.example")
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
    with raw_server(answering(OK), tls=tls) as server:
        assert post(at(server, scheme="https"), tls=_trusting(authority)).trouble is Trouble.TLS_FAILED


def test_a_server_without_tls(post: Post) -> None:
    def talk(_: RawServer, peer: socket.socket) -> None:
        peer.recv(100)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with raw_server(talk) as server:
        reply = post(at(server, scheme="https"))

    assert reply.trouble is Trouble.TLS_FAILED
    assert reply.detail.startswith("The TLS connection failed")


def _drips_a_handshake(server: RawServer, peer: socket.socket) -> None:
    peer.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc")  # a ServerHello of 16 KB
    while not server.ended.wait(0.02):
        peer.sendall(b"\x03")


@pytest.mark.parametrize(
    "talk, trouble",
    [
        (lambda server, _: server.ended.wait(5), Trouble.TIMEOUT),
        (lambda _, peer: peer.recv(100), Trouble.CONNECTION_RESET),
        (_drips_a_handshake, Trouble.TIMEOUT),
    ],
    ids=["hangs", "ends", "drips"],
)
def test_a_failed_handshake(talk: Talk, trouble: Trouble, post: Post) -> None:
    with raw_server(talk) as server:
        reply = post(at(server, scheme="https"), limits=SOON)

    assert reply.trouble is trouble
    assert reply.latency_ms < 2_000


def test_a_request_that_is_read_in_drips_ends_in_time_under_tls(post: Post, authority: trustme.CA) -> None:
    """Under TLS a request leaves in records: each is accepted in time here, but not all of them."""

    def talk(server: RawServer, peer: socket.socket) -> None:
        while not server.ended.wait(0.05):
            peer.recv(16_384)

    with raw_server(talk, tls=_server_tls(authority, "receiver.example")) as server:
        started = time.monotonic()
        reply = send(
            at(server, scheme="https"),
            {},
            b"x" * 30_000_000,
            POLICY,
            resolve=lambda *_: ["127.0.0.1"],
            limits=Limits(total_s=0.4),
            tls=_trusting(authority),
            idle=post.idle,
        )
        lasted = time.monotonic() - started

    assert reply.trouble is Trouble.TIMEOUT
    assert lasted < 2


@pytest.mark.parametrize("length", [2, *range(8_150, 8_154), 16_000])
def test_data_after_a_response_in_the_same_tls_record_is_not_the_next_response(
    length: int, post: Post, authority: trustme.CA
) -> None:
    """It may wait in Python's buffer of 8,192 bytes, or in OpenSSL's, where the socket looks empty."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length
    smuggled = b"HTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n"
    tls = _server_tls(authority, "receiver.example")
    with raw_server(answering(head + b"x" * length + smuggled, OK), tls=tls) as server:
        target = at(server, scheme="https")
        assert [post(target, tls=_trusting(authority)).status for _ in range(2)] == [200, 200]

        assert server.connections == 2


def test_a_slow_handshake_has_all_of_the_time(post: Post, authority: trustme.CA) -> None:
    """The connect timeout covers TCP only, so that several addresses may share it."""
    tls = _server_tls(authority, "receiver.example")
    tls.sni_callback = lambda *_: time.sleep(0.3)
    with raw_server(answering(OK), tls=tls) as server:
        limits = Limits(connect_s=0.2, total_s=5)
        assert post(at(server, scheme="https"), limits=limits, tls=_trusting(authority)).status == 200


def test_locally_an_authority_of_the_user_is_trusted_too(
    post: Post, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv(AUTHORITIES_VARIABLE, str(tmp_path / "authority.pem"))
    with raw_server(answering(OK), tls=_server_tls(authority, "receiver.example")) as server:
        assert post(at(server, scheme="https"), tls=default_tls.__wrapped__).status == 200


def test_tls_is_checked_and_made_once() -> None:
    context = default_tls()

    assert context is default_tls()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


# --- connection reuse -------------------------------------------------------------------------------------------------


def test_a_connection_is_used_again(post: Post) -> None:
    with raw_server(answering(*[OK] * 5)) as server:
        assert [post(server).status for _ in range(5)] == [200] * 5

        assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 Smuggled\r\n\r\n",
    ],
    ids=["close", "HTTP/1.0", "more than an answer"],
)
def test_a_connection_that_is_not_used_again(answer: bytes, post: Post) -> None:
    with raw_server(answering(answer, OK)) as server:
        assert [post(server).status for _ in range(2)] == [200, 200]

        assert server.connections == 2


def test_another_address_another_name_or_another_port_is_another_connection(post: Post) -> None:
    with raw_server(answering(OK, OK)) as server, raw_server(answering(OK, OK)) as other:
        for target in (at(server), at(server, host="127.0.0.1"), at(other)):
            assert post(target).status == 200

        assert (server.connections, other.connections) == (2, 1)


def test_a_stale_connection_is_replaced_unseen(post: Post) -> None:
    """The server closed it while it was idle."""
    with raw_server(answering(OK)) as server:
        assert post(server).status == 200
        (kept,) = post.idle._idle
        with suppress(TimeoutError):
            kept.sock.settimeout(5)
            assert kept.sock.recv(1, socket.MSG_PEEK) == b""
        assert post(server).status == 200

        assert server.connections == 2


def test_unsolicited_data_is_not_the_next_response(post: Post) -> None:
    """It arrives while the connection is idle, and would be taken for the answer to the next delivery."""

    def talk(server: RawServer, peer: socket.socket) -> None:
        server.read(peer)
        peer.sendall(OK)
        if server.connections == 1 and answered.wait(5):
            peer.sendall(b"HTTP/1.1 500 Unasked\r\nContent-Length: 0\r\n\r\n")
        server.ended.wait(5)

    answered = Event()
    with raw_server(talk) as server:
        assert post(server).status == 200
        answered.set()
        (kept,) = post.idle._idle
        kept.sock.settimeout(5)
        assert kept.sock.recv(1, socket.MSG_PEEK) == b"H"
        assert post(server).status == 200

        assert server.connections == 2


@pytest.mark.parametrize("last", [b"", b"HTTP/1.1 2"], ids=["before an answer", "within an answer"])
def test_a_request_on_a_stale_connection_is_retried_if_nothing_was_received(last: bytes, post: Post) -> None:
    """The connection seemed alive; it closes once the request arrives."""
    with raw_server(answering(OK, last)) as server:
        replies = [post(server) for _ in range(2)]

        if last:
            assert replies[1].trouble is Trouble.CONNECTION_RESET
            assert server.connections == 1
        else:
            assert replies[1].status == 200
            assert server.connections == 2


def test_a_new_connection_that_fails_is_not_tried_again(post: Post) -> None:
    with raw_server(answering(b"")) as server:
        assert post(server).trouble is Trouble.CONNECTION_RESET
        assert server.connections == 1


def test_an_idle_connection_is_not_kept_for_long(post: Post) -> None:
    post.idle = IdleConnections(idle_s=0)
    with raw_server(answering(OK, OK)) as server:
        assert [post(server).status for _ in range(2)] == [200, 200]

        assert server.connections == 2


def test_idle_connections_are_limited_by_open_files(post: Post) -> None:
    with raw_server(answering(OK)) as server:
        post(server)
        (kept,) = post.idle._idle
        for _ in range(64):
            post.idle.release(kept)

        assert len(post.idle._idle) == 64


def test_threads_share_connections(post: Post) -> None:
    together = Barrier(4)

    def deliver(_: int) -> list[int | None]:
        together.wait(5)
        return [post(server).status for _ in range(25)]

    with raw_server(answering(*[OK] * 100)) as server, ThreadPoolExecutor(4) as threads:
        statuses = [status for of_thread in threads.map(deliver, range(4)) for status in of_thread]

        assert statuses == [200] * 100
        assert len(server.requests) == 100
        assert server.connections <= 4


def test_latency_is_measured_until_the_answer(post: Post) -> None:
    def talk(server: RawServer, peer: socket.socket) -> None:
        server.read(peer)
        server.ended.wait(0.1)
        peer.sendall(OK)

    with raw_server(talk) as server:
        assert 100 <= post(server).latency_ms < 2_000
