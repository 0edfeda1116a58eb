"""The worker's end of the lane, below botocore: what would be sent to the engine over HTTP goes over a socket.

A forked worker has one socket of the engine's (fork_server.py). Over it, it passes the engine one end of a new pair for
each connection, as it would connect to a port. A connection has one call at a time, so a long poll delays no other
thread, and a call that is given up ends its connection, as with HTTP. A call and its response are frames: two lengths,
a head in lines, and the body.

The handler's code, botocore's serializer, signer, retries and parser are as on AWS. Only requests that the engine would
get with the worker's own credentials take the lane: a POST to the root of its endpoint, in the Region of the function.
Any other, and any for which there is no connection, goes over HTTP.

This module imports nothing of the program: fork_server.py reads it as a file.
"""

import os
import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

LENGTHS: Final = struct.Struct("!II")
"""A frame begins with the numbers of bytes of its head and of its body.

The head of a call has a line for each of `CARRIED`, that of a response the status and a line for each header
(`name: value`).
"""

HEAD_MAX: Final = 8_192
BODY_MAX: Final = 20_000_000
"""Of a call. Larger ones are left to HTTP, where the wall refuses them (engine/wall/request_body.py)."""

CONNECTIONS_MAX: Final = 32
"""Of one worker. Further calls at the same time go over HTTP."""

CARRIED: Final = ("x-amz-target", "content-type", "x-amzn-trace-id", "x-amzn-query-mode", "amz-sdk-request")
"""The headers that say what is called, in the order in which a call has them, after its service."""

IMPLIED: Final = frozenset(
    {
        "accept",
        "accept-encoding",
        "amz-sdk-invocation-id",
        "authorization",
        "content-length",
        "host",
        "user-agent",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-user-agent",
        "x-ministack-invoke-depth",
    }
)
"""Headers that a call does not have: those of HTTP, of the client, and of the caller, whom the engine knows.

The last one is ministack's, for invocations of functions, which go over HTTP: their path is not the root.
"""

_KNOWN: Final = IMPLIED | {*CARRIED}
_READ_AT_ONCE: Final = 65_536
_ALGORITHM: Final = "AWS4-HMAC-SHA256 Credential="


class NotSentError(Exception):
    """The engine has not got the call as a whole, so it does nothing, and the call can take another way."""


class Lane:
    """The way to the engine of one worker, for all of its threads. `control` is the socket of the engine."""

    def __init__(self, control: socket.socket, env: Mapping[str, str]) -> None:
        control.setblocking(False)
        self._control = control
        self._idle: list[socket.socket] = []
        self._count = 0
        self._lock = threading.Lock()
        endpoint = env["AWS_ENDPOINT_URL"].rstrip("/")
        self._urls = frozenset({endpoint, f"{endpoint}/"})
        self._region = env["AWS_REGION"]
        self._signed_by = f"{_ALGORITHM}{env['AWS_ACCESS_KEY_ID']}/"
        self._token = env.get("AWS_SESSION_TOKEN", "")

    def call_in(self, request: Any) -> tuple[bytes, bytes] | None:
        """Return head and body of the call in a prepared request of botocore, or None if it has to go over HTTP."""
        body = request.body.encode() if isinstance(request.body, str) else request.body  # as older protocols have it
        if request.method != "POST" or request.url not in self._urls or request.stream_output:
            return None
        if not isinstance(body, (bytes, bytearray)) or len(body) > BODY_MAX:
            return None
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        service = self._service_in(headers)
        if service is None or not headers.keys() <= _KNOWN:
            return None
        lines = "\n".join([service, *(headers.get(name, "") for name in CARRIED)])
        if lines.count("\n") != len(CARRIED) or not lines.isascii() or len(lines) > HEAD_MAX:
            return None
        return lines.encode(), bytes(body)

    def _service_in(self, headers: Mapping[str, str]) -> str | None:
        """Return the service that a signature is for, or None unless it is the worker's, for its Region."""
        signature = headers.get("authorization", "")
        if headers.get("x-amz-security-token", "") != self._token or not signature.startswith(self._signed_by):
            return None
        scope = signature[len(self._signed_by) :].split("/", 3)  # day, region, service, aws4_request
        return scope[2] if len(scope) > 3 and scope[1] == self._region else None

    def exchange(self, head: bytes, body: bytes, timeout_s: float | None) -> tuple[int, dict[str, str], bytes]:
        """Send a call, and return status, headers and body of its response.

        Raises NotSentError, TimeoutError if the engine sends nothing for `timeout_s`, and OSError if it ends.
        """
        connection = self._take()
        is_whole = False
        try:
            try:
                connection.settimeout(timeout_s)
                connection.sendall(frame(head, body))
            except OSError as error:
                raise NotSentError from error
            answer = _response(connection)
            is_whole = True
        finally:
            self._give_back(connection, is_whole=is_whole)
        return answer

    def leave(self) -> None:
        """Close the worker's sockets, in a process that it forked: the worker goes on with its own."""
        self._lock = threading.Lock()  # another thread of the worker may have held it
        self._count = CONNECTIONS_MAX
        for each in (self._control, *self._idle):
            each.close()
        self._idle.clear()

    def _take(self) -> socket.socket:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        with self._lock:
            if self._count >= CONNECTIONS_MAX:
                raise NotSentError
            self._count += 1
        try:
            return self._connect()
        except OSError as error:
            with self._lock:
                self._count -= 1
            raise NotSentError from error

    def _connect(self) -> socket.socket:
        ours, its = socket.socketpair()
        with its:
            try:
                socket.send_fds(self._control, [b"."], [its.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    def _give_back(self, connection: socket.socket, *, is_whole: bool) -> None:
        if is_whole:
            self._idle.append(connection)
            return
        connection.close()
        with self._lock:
            self._count -= 1


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _response(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    read = connection.recv(_READ_AT_ONCE)
    while len(read) < LENGTHS.size:
        read += _more(connection.recv(_READ_AT_ONCE)) if read else _more(read)
    of_head, of_body = LENGTHS.unpack_from(read)
    size = LENGTHS.size + of_head + of_body
    if len(read) < size:
        whole = bytearray(size)
        whole[: len(read)] = read
        rest = memoryview(whole)[len(read) :]
        while rest:
            count = connection.recv_into(rest)
            rest = rest[count:] if count else _more(b"")
        read = bytes(whole)
    body_at = LENGTHS.size + of_head
    status, *lines = read[LENGTHS.size : body_at].decode("latin-1").split("\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status), headers, read[body_at:size]


def _more(read: Any) -> Any:
    """Return what was read. Raises ConnectionResetError if that is the end."""
    if not read:
        raise ConnectionResetError("The engine has ended the connection.")
    return read


def frame(head: bytes, body: bytes) -> bytes:
    """Return a frame."""
    return LENGTHS.pack(len(head), len(body)) + head + body


def response_frame(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the frame of a response. A header that is no line has none."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\n".join([str(status), *(line for line in lines if "\n" not in line)])
    return frame(head.encode("latin-1", "replace"), body)


class _Body:
    """The body of a response, as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_: Any, **__: Any) -> Sequence[bytes]:
        return (self._content,)


def install(descriptor: int, env: Mapping[str, str] = os.environ) -> None:
    """Make botocore send calls over the lane, whose socket this is. Without botocore, there is none."""
    control = socket.socket(fileno=descriptor)
    httpsession = sys.modules.get("botocore.httpsession")
    if httpsession is None:
        control.close()
        return
    lane = Lane(control, env)
    os.register_at_fork(after_in_child=lane.leave)
    httpsession.URLLib3Session.send = sending(lane, httpsession)


def sending(lane: Lane, httpsession: Any) -> Callable[[Any, Any], Any]:
    """Return the method `send` of botocore's sessions, from their module. It raises what their own one raises."""
    by_http: Callable[[Any, Any], Any] = httpsession.URLLib3Session.send
    response_of = httpsession.botocore.awsrequest.AWSResponse

    def send(session: Any, request: Any) -> Any:
        proxy = session._proxy_config.proxy_url_for(request.url)  # noqa: SLF001 - nothing else has it
        call = None if proxy else lane.call_in(request)
        if call is None:
            return by_http(session, request)
        try:
            answer: Any = lane.exchange(*call, _read_timeout_s(session, request))
        except NotSentError:
            return by_http(session, request)
        except TimeoutError as error:
            raise httpsession.ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except OSError as error:
            closed = httpsession.ConnectionClosedError
            raise closed(error=error, request=request, endpoint_url=request.url) from error
        status, headers, body = answer
        response = response_of(request.url, status, headers, _Body(body))
        response.content  # noqa: B018 - botocore's own session has read it too
        return response

    return send


def _read_timeout_s(session: Any, request: Any) -> float | None:
    """Return how long a client waits for the next bytes: the setting of its Config, or of this request."""
    context = getattr(request, "context", None) or {}
    given = context.get("read_timeout")
    if given is None:
        given = session._timeout  # noqa: SLF001 - nothing else has it
    # urllib3's Timeout, if the Config has a time-out for connecting too.
    return getattr(given, "read_timeout", given)
