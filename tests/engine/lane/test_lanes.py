"""The engine's end of the lane: who calls, what is a call, and how much of it there may be."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from engine.lane.lanes import Caller, Limits, caller_in
from engine.lane.transport import BODY_MAX, CARRIED, HEAD_MAX, LENGTHS, Lane, NotSentError, frame
from engine.wall.request_body import MAX_AWS_BYTES
from engine.wall.request_limits import Limits as WallLimits
from tests.engine.lane.conftest import CALLER, ENV, Engine
from tests.support.tools.waiting import until

HEAD = b"dynamodb\nDynamoDB_20120810.PutItem\napplication/x-amz-json-1.0\nRoot=1\n\nattempt=1"


@pytest.fixture
def control(engine: Engine) -> Iterator[socket.socket]:
    """Return the socket of a worker, for what its own end does not do."""
    with engine.control() as opened:
        yield opened


def connected(control: socket.socket) -> socket.socket:
    ours, its = socket.socketpair()
    with its:
        socket.send_fds(control, [b"."], [its.fileno()])
    ours.settimeout(10)
    return ours


def is_ended(connection: socket.socket) -> bool:
    """Return whether the engine ends a connection, rather than respond."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_bounds_are_those_of_the_wall() -> None:
    assert BODY_MAX == MAX_AWS_BYTES
    assert (Limits().whole_s, Limits().unread_s) == (WallLimits().body_s, WallLimits().unread_s)


def test_the_engine_knows_who_calls_and_gets_what_is_called(engine: Engine) -> None:
    engine.service.reply = lambda call: (400, {"x-amzn-requestid": "1", "torn": "a\nb"}, call.body[::-1])
    assert engine.lane().exchange(HEAD, b"\x00\xff{}", 10) == (400, {"x-amzn-requestid": "1"}, b"}{\xff\x00")
    [(caller, call)] = engine.service.calls
    assert caller == CALLER
    assert (call.service, call.target, call.trace) == ("dynamodb", "DynamoDB_20120810.PutItem", "Root=1")
    assert (call.content_type, call.query_mode, call.body) == ("application/x-amz-json-1.0", "", b"\x00\xff{}")


@pytest.mark.parametrize(
    "attempt, is_retry",
    [(b"attempt=1", False), (b"ttl=1; attempt=2; max=3", True), (b"ttl=1; attempt=10", True), (b"", False)],
)
def test_the_engine_knows_what_a_client_sends_again(engine: Engine, attempt: bytes, *, is_retry: bool) -> None:
    engine.lane().exchange(HEAD.replace(b"attempt=1", attempt), b"{}", 10)
    [(_, call)] = engine.service.calls
    assert call.is_retry is is_retry


@pytest.mark.parametrize("size", [0, 1, 400_000, 5_000_000])
def test_bodies_of_any_size_arrive_and_return(engine: Engine, size: int) -> None:
    body = os.urandom(size)
    assert engine.lane().exchange(HEAD, body, 30)[2] == body


def test_a_frame_may_arrive_in_pieces(engine: Engine, control: socket.socket) -> None:
    with connected(control) as connection:
        for byte in frame(HEAD, b"{}"):
            connection.sendall(bytes([byte]))
        assert connection.recv(100).endswith(b"{}")
    assert len(engine.service.calls) == 1


@pytest.mark.parametrize(
    "sent, why",
    [
        (LENGTHS.pack(HEAD_MAX + 1, 0), "too large"),
        (LENGTHS.pack(1, BODY_MAX + 1), "too large"),
        (LENGTHS.pack(2**32 - 1, 2**32 - 1), "too large"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", "too large"),
        (frame(HEAD, b"{}") + b"{", "more than a call"),
        (frame(HEAD, b"{}") * 2, "more than a call"),
        (frame(b"", b"{}"), "another form"),
        (frame(HEAD + b"\nAKIDOFANOTHER", b"{}"), "another form"),
        (frame(HEAD.partition(b"\n")[2], b"{}"), "another form"),
        (frame(HEAD.replace(b"dynamodb", b"a/b, Credential=OTHER"), b"{}"), "no service"),
    ],
)
def test_what_is_no_call_ends_its_connection_and_no_other(
    engine: Engine, control: socket.socket, sent: bytes, why: str
) -> None:
    with connected(control) as other, connected(control) as connection:
        connection.sendall(sent)
        assert is_ended(connection)
        assert engine.service.calls == []
        other.sendall(frame(HEAD, b"{}"))
        assert other.recv(100).endswith(b"{}")
    [line] = engine.service.logged
    assert line.startswith("lane: ended a connection of authorize_payment: ")
    assert why in line


def test_a_call_that_does_not_become_whole_ends_its_connection(start: Callable[..., Engine]) -> None:
    engine = start(whole_s=0.05)
    with engine.control() as control, connected(control) as connection:
        connection.sendall(frame(HEAD, b"{}")[:-1])
        assert is_ended(connection)
    assert engine.service.calls == []
    assert "as a whole" in engine.service.logged[0]


def test_a_response_that_is_not_read_ends_its_connection(start: Callable[..., Engine]) -> None:
    engine = start(unread_s=0.05)
    engine.service.reply = lambda _: (200, {}, bytes(5_000_000))
    with engine.control() as control, connected(control) as connection:
        connection.sendall(frame(HEAD, b"{}"))
        until(lambda: engine.service.logged, "the end")
    assert "did not read" in engine.service.logged[0]


def test_nothing_more_is_sent_before_the_response(engine: Engine, control: socket.socket) -> None:
    gate = hold(engine)
    with connected(control) as connection:
        connection.sendall(frame(HEAD, b"{}"))
        until(lambda: engine.service.calls, "the call")
        connection.sendall(frame(HEAD, b"{}"))
        assert is_ended(connection)
    gate()


def hold(engine: Engine) -> Callable[[], None]:
    """Let calls wait. Return the function that lets them go on."""
    closed = engine.on_loop(asyncio.Event)
    engine.service.closed = closed

    def go_on() -> None:
        engine.on_loop(closed.set)

    return go_on


@pytest.mark.parametrize("kind", ["nothing", "file", "datagrams", "internet"])
def test_only_connections_of_this_machine_can_be_passed(engine: Engine, control: socket.socket, kind: str) -> None:
    passed = {
        "file": lambda: open(os.devnull, "rb"),  # noqa: SIM115, PTH123 - the block below closes it
        "datagrams": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
        "internet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    }.get(kind)
    if passed is None:
        control.sendall(b"frame?")
    else:
        with passed() as it:
            socket.send_fds(control, [b"."], [it.fileno()])
    until(lambda: engine.service.logged, "the refusal")
    assert engine.service.calls == []


def test_a_worker_has_a_number_of_connections(start: Callable[..., Engine]) -> None:
    engine = start(connections=2)
    with engine.control() as control, connected(control) as one, connected(control) as two, connected(control) as three:
        assert is_ended(three)
        for connection in (one, two):
            connection.sendall(frame(HEAD, b"{}"))
            assert connection.recv(100).endswith(b"{}")
        one.close()
        two.sendall(frame(HEAD, b"{}"))
        assert two.recv(100).endswith(b"{}")
        with connected(control) as four:
            four.sendall(frame(HEAD, b"{}"))
            assert four.recv(100).endswith(b"{}")


def test_calls_of_many_threads_get_their_own_responses(engine: Engine) -> None:
    lane = engine.lane()

    def ask(number: int) -> bool:
        body = str(number).encode() * (1 + number % 7) * 1_000
        return lane.exchange(HEAD, body, 30)[2] == body

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(400)))
    assert len(engine.service.calls) == 400


def test_a_long_call_delays_no_other_and_one_that_is_given_up_is_not_mistaken_for_another(engine: Engine) -> None:
    lane, gate = engine.lane(), hold(engine)
    with pytest.raises(TimeoutError):
        lane.exchange(HEAD, b"given up", 0.05)
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(lane.exchange, HEAD, b"long poll", 30)
        until(lambda: len(engine.service.calls) == 2, "both calls")
        engine.service.closed = None
        assert lane.exchange(HEAD, b"short", 30)[2] == b"short"
        gate()
        assert polling.result()[2] == b"long poll"
    assert lane.exchange(HEAD, b"next", 30)[2] == b"next"


def test_when_the_engine_stops_calls_are_refused_also_those_that_are_being_answered(engine: Engine) -> None:
    lane, gate = engine.lane(), hold(engine)
    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(lane.exchange, HEAD, b"{}", 30)
        until(lambda: engine.service.calls, "the call")
        engine.on_loop(engine.lanes.close)
        status, _, body = answered.result()
    assert (status, b"ServiceUnavailable" in body) == (503, True)
    gate()
    assert lane.exchange(HEAD, b"{}", 30)[0] == 503
    assert len(engine.service.calls) == 1


def test_a_worker_that_is_killed_half_way_leaves_nothing_open(engine: Engine) -> None:
    """Its process sends half of a call, or a whole one without reading the response."""
    gate = hold(engine)
    control = engine.control()
    reading, writing = os.pipe()
    worker = os.fork()
    if not worker:  # pragma: no cover - it is killed
        whole, half = connected(control), connected(control)
        whole.sendall(frame(HEAD, b"whole"))
        half.sendall(frame(HEAD, b"half")[:-1])
        os.write(writing, b".")
        signal.pause()
    control.close()
    assert os.read(reading, 1) == b"."
    until(lambda: engine.service.calls, "the whole call")
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    gate()
    until(lambda: not engine.on_loop(lambda: engine.lanes.connections), "their end")
    assert [call.body for _, call in engine.service.calls] == [b"whole"]
    assert engine.service.logged == []
    for descriptor in (reading, writing):
        os.close(descriptor)


def test_a_process_that_the_worker_forks_does_not_use_its_connections(engine: Engine) -> None:
    lane = engine.lane()
    lane.exchange(HEAD, b"{}", 10)
    lane.leave()
    with pytest.raises(NotSentError):
        lane.exchange(HEAD, b"{}", 10)


@pytest.mark.parametrize(
    "changed, caller",
    [
        ({}, CALLER),
        ({"AWS_ACCESS_KEY_ID": "ASIA"}, replace(CALLER, key_id="ASIA")),
        ({"AWS_ENDPOINT_URL": "http://elsewhere:1"}, None),
    ],
)
def test_a_caller_is_what_its_worker_started_with(changed: dict[str, str], caller: Caller | None) -> None:
    assert caller_in(ENV | changed, ENV["AWS_ENDPOINT_URL"]) == caller


def test_a_call_has_a_line_for_its_service_and_each_header() -> None:
    assert HEAD.count(b"\n") == len(CARRIED)


def test_a_lane_whose_engine_has_ended_sends_nothing() -> None:
    control, its = socket.socketpair()
    its.close()
    with pytest.raises(NotSentError):
        Lane(control, ENV).exchange(HEAD, b"{}", 10)
    control.close()


def test_a_response_that_breaks_off_is_an_error(engine: Engine) -> None:
    control, its = socket.socketpair()

    def end_half_way() -> None:
        _, [descriptor], _, _ = socket.recv_fds(its, 1, 1)
        with socket.socket(fileno=descriptor) as connection:
            connection.recv(1_000)
            connection.sendall(frame(b"200", b"torn")[:-1])

    ending = threading.Thread(target=end_half_way)
    ending.start()
    with control, its, pytest.raises(ConnectionResetError):
        Lane(control, ENV).exchange(HEAD, b"{}", 10)
    ending.join()
