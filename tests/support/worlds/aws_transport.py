"""The transport between boto3 and AWS. It records requests, and can lose, delay or reject them.

It hooks into botocore before a request is sent (`before-send`), so that tests include botocore's own retries. A call to
DynamoDB to which nothing happens is noted and answered without HTTP (stores.py), unless there is a witness. Behind it
is moto. moto is not thread-safe (measured: 40 threads that each take 1 of 23 with a condition took up to 33), so the
transport delivers one request at a time. DynamoDB guarantees the same for an item, and every interleaving between the
calls of two requests remains possible.
"""

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import uuid4
from weakref import WeakSet

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.retries import quota
from moto.core.models import botocore_stubber

from tests.support.worlds import stores
from tests.support.worlds.moto_store import MOTO
from tests.support.worlds.stores import text

Deliver = Callable[[], AWSResponse]
Fault = Callable[[AWSPreparedRequest, Deliver], AWSResponse]
"""Replaces the delivery of a request; it may still deliver it."""

Witness = Callable[["Sent", Deliver], AWSResponse]
"""Wraps the delivery of a request; it can inspect AWS's state before and after."""

MEET_S = 20


@dataclass(frozen=True)
class Sent:
    """One attempt of a call. boto3's retries of a call have the same `call` number, from 0."""

    operation: str
    parameters: dict[str, Any]
    call: int
    attempt: int


class _Quota(quota.RetryQuota):
    """A client's retry quota. A new execution environment has a full one, and so has each wire."""

    every: Final[WeakSet["_Quota"]] = WeakSet()

    def __init__(self, initial_capacity: int = quota.RetryQuota.INITIAL_CAPACITY, lock: Any = None) -> None:
        super().__init__(initial_capacity, lock)
        self.every.add(self)

    def fill(self) -> None:
        self.release(self.INITIAL_CAPACITY)


quota.RetryQuota = _Quota


class Killed(BaseException):
    """Simulates a killed process: no code may catch it and continue."""


class Wire:
    """Transport between clients and AWS. Records requests and injects faults only inside `record` and `broken`."""

    def __init__(self) -> None:
        self.delays_s: list[float] = []
        self._delivering = threading.RLock()
        self._counting = threading.Lock()
        self._sent: list[Sent] | None = None
        self._calls: dict[str, int] = {}
        self._attempts: dict[str, int] = {}
        self._fault: tuple[Callable[[Sent], bool], Fault] | None = None
        self._begun: dict[str, tuple[Sent, Fault | None]] = {}
        self._witness: Witness | None = None
        self._meetings: dict[str, tuple[threading.Barrier, Iterator[int]]] = {}
        self._attached: list[Any] = []
        for each in [*_Quota.every]:
            each.fill()

    def passes(self, operation: str, request: dict[str, Any]) -> bool:
        """Note a call of a client that begins, and return whether nothing happens to it: it needs no HTTP (stores.py).

        If it is sent by HTTP after all, that is the same attempt.
        """
        if self._witness is not None:
            return False
        if self._sent is not None or self._meetings:
            invocation = str(uuid4())
            request["context"]["retries"] = {"invocation-id": invocation}
            sent = self._note(invocation, operation, json.loads(request["body"]))
            self._begun[invocation] = sent, self._fault_of(sent)
            return self._begun[invocation][1] is None
        return True

    def attach(self, client: Any) -> None:
        """Route this client's requests through the transport."""
        if stores.chosen() is not MOTO:
            raise AssertionError("a transport has moto behind it: ask for the fixture `on_moto`")
        # botocore runs every hook and uses the first response, so moto's own hook would execute the request anyway.
        client.meta.events.unregister("before-send", botocore_stubber)
        event, wire = _hook_of(client)
        client.meta.events.unregister(event, unique_id=wire)
        client.meta.events.register(event, self._before_send, unique_id=wire)
        self._attached.append(client)

    def detach(self) -> None:
        """Route the requests of all attached clients to moto again."""
        while self._attached:
            client = self._attached.pop()
            event, wire = _hook_of(client)
            client.meta.events.unregister(event, unique_id=wire)
            client.meta.events.unregister("before-send", botocore_stubber)
            client.meta.events.register("before-send", botocore_stubber)

    @contextmanager
    def record(self) -> Iterator[list[Sent]]:
        """Record the requests sent in the block."""
        sent: list[Sent] = []
        self._sent, self._calls, self._attempts, self._begun = sent, {}, {}, {}
        try:
            yield sent
        finally:
            self._sent = None

    @contextmanager
    def broken(self, fault: Fault, *, when: Callable[[Sent], bool]) -> Iterator[list[Sent]]:
        """Inject `fault` into each attempt for which `when` is true."""
        with self.record() as sent:
            self._fault = (when, fault)
            try:
                yield sent
            finally:
                self._fault = None

    @contextmanager
    def witnessed(self, witness: Witness) -> Iterator[None]:
        """Deliver the requests in the block through `witness`, one at a time."""
        self._witness = witness
        try:
            yield
        finally:
            self._witness = None

    @contextmanager
    def meeting(self, parties: int, *operations: str) -> Iterator[None]:
        """Delay the first `parties` calls of each operation until all of them have arrived, so that none is ahead."""
        self._meetings = {name: (threading.Barrier(parties), iter(range(parties))) for name in operations}
        try:
            with self.record():
                yield
        finally:
            self._meetings = {}

    def _before_send(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        invocation = text(request.headers["amz-sdk-invocation-id"])
        begun = self._begun.pop(invocation, None)
        if begun is None:
            sent = self._note(invocation, event_name.rpartition(".")[2], _parameters(request))
            begun = sent, self._fault_of(sent)
        sent, fault = begun

        def deliver() -> AWSResponse:
            with self._delivering:
                return moto() if self._witness is None else self._witness(sent, moto)

        def moto() -> AWSResponse:
            response = botocore_stubber(event_name, request)
            if response is None:
                raise AssertionError(f"moto does not answer {event_name}")
            return response

        return deliver() if fault is None else fault(request, deliver)

    def _fault_of(self, sent: Sent) -> Fault | None:
        """Let an attempt meet others, and return what happens to it then."""
        self._meet(sent)
        return self._fault[1] if self._fault is not None and self._fault[0](sent) else None

    def _note(self, invocation: str, operation: str, parameters: dict[str, Any]) -> Sent:
        with self._counting:
            call = self._calls.setdefault(invocation, len(self._calls))
            attempt = self._attempts[invocation] = self._attempts.get(invocation, -1) + 1
            sent = Sent(operation, parameters, call, attempt)
            if self._sent is not None:
                self._sent.append(sent)
        return sent

    def _meet(self, sent: Sent) -> None:
        if sent.operation not in self._meetings:
            return
        barrier, places = self._meetings[sent.operation]
        with self._counting:
            invited = next(places, None) is not None
        if invited:
            barrier.wait(MEET_S)


def _hook_of(client: Any) -> tuple[str, str]:
    """Return the event before a client's requests, and the ID of the transport's hook there."""
    service = client.meta.service_model.service_id.hyphenize()
    return f"before-send.{service}", f"wire-{service}"


# --- faults -----------------------------------------------------------------------------------------------------------


def never_left(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """Close the connection before the request is sent."""
    raise ConnectionClosedError(endpoint_url=request.url)


def answer_lost(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """Execute the request, but lose the response."""
    deliver()
    raise ReadTimeoutError(endpoint_url=request.url)


def killed_before(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """Kill the process before the request is sent."""
    raise Killed


def killed_after(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """Kill the process after the request took effect."""
    deliver()
    raise Killed


def refused_with(status: int, code: str, message: str = "injected") -> Fault:
    """Return a fault in which AWS responds with an error without executing the request."""

    def refuse(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        return answered_with(request, status, {"__type": f"com.amazonaws#{code}", "message": message})

    return refuse


def _parameters(request: AWSPreparedRequest) -> dict[str, Any]:
    """Return a request's parameters, from JSON or, for older services, a form. Of S3 (the body is a file) and of a
    request without a body, the URL."""
    if ".s3." in request.url or "//s3." in request.url or not request.body:
        return {"url": request.url}
    if _is_form(request):
        return dict(parse_qsl(text(request.body)))
    return json.loads(text(request.body))


def _is_form(request: AWSPreparedRequest) -> bool:
    return "x-www-form-urlencoded" in text(request.headers.get("Content-Type", ""))


def answered_with(request: AWSPreparedRequest, status: int, body: dict[str, Any]) -> AWSResponse:
    """Return a fake AWS response. Services with form requests respond in XML, of which only errors are supported."""
    if _is_form(request):
        code = body["__type"].rpartition("#")[2]
        error = f"<ErrorResponse><Error><Code>{code}</Code><Message>{body['message']}</Message></Error></ErrorResponse>"
        return answered_in_xml(request, error, status)
    headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
    return AWSResponse(request.url, status, headers, _Raw(json.dumps(body)))


def answered_in_xml(request: AWSPreparedRequest, text: str, status: int = 200) -> AWSResponse:
    """Return a fake AWS response in XML, as older services send it."""
    return AWSResponse(request.url, status, HTTPHeaders.from_dict({"content-type": "text/xml"}), _Raw(text))


class _Raw(io.BytesIO):
    """A response body with urllib3's interface."""

    def __init__(self, text: str) -> None:
        super().__init__(text.encode())

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
