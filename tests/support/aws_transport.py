"""The wire between boto3 and AWS: what goes over it is recorded, and may get lost, held up or refused on the way.

It hooks into botocore where a request is about to be sent (`before-send`), so that botocore's own retries are part of
what is tested. Behind it is moto. moto is not safe under threads (tried: 40 threads that each take 1 of 23 under a
condition took up to 33), so the wire delivers one request at a time. That is what DynamoDB promises for an item, and
leaves every interleaving between the calls of two requests possible.
"""

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.models import botocore_stubber

Deliver = Callable[[], AWSResponse]
Fault = Callable[[AWSPreparedRequest, Deliver], AWSResponse]
"""What happens to a request instead of its delivery; it may still deliver it."""

Witness = Callable[["Sent", Deliver], AWSResponse]
"""Sees a request that is delivered: it may look at what is on the other side before and after."""

MEET_S = 20


@dataclass(frozen=True)
class Sent:
    """One try of one call. boto3's repetitions of a call share its `call` number, counted from 0."""

    operation: str
    parameters: dict[str, Any]
    call: int
    attempt: int


class Killed(BaseException):
    """The process is gone: nothing may catch this and still do something."""


class Wire:
    """Between some clients and AWS. Nothing is recorded or broken but inside `record` and `broken`."""

    def __init__(self) -> None:
        self.delays_s: list[float] = []
        self._delivering = threading.RLock()
        self._counting = threading.Lock()
        self._sent: list[Sent] | None = None
        self._calls: dict[str, int] = {}
        self._attempts: dict[str, int] = {}
        self._fault: tuple[Callable[[Sent], bool], Fault] | None = None
        self._witness: Witness | None = None
        self._meetings: dict[str, tuple[threading.Barrier, Iterator[int]]] = {}

    def attach(self, client: Any) -> None:
        """Put the wire between this client and AWS."""
        # botocore asks every hook and takes the first answer, so moto's own would do what this one only pretends.
        client.meta.events.unregister("before-send", botocore_stubber)
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"before-send.{service}", self._before_send, unique_id=f"wire-{service}")

    @contextmanager
    def record(self) -> Iterator[list[Sent]]:
        """Collect what is sent meanwhile."""
        sent: list[Sent] = []
        self._sent, self._calls, self._attempts = sent, {}, {}
        try:
            yield sent
        finally:
            self._sent = None

    @contextmanager
    def broken(self, fault: Fault, *, when: Callable[[Sent], bool]) -> Iterator[list[Sent]]:
        """Let `fault` happen to each try for which `when` holds."""
        with self.record() as sent:
            self._fault = (when, fault)
            try:
                yield sent
            finally:
                self._fault = None

    @contextmanager
    def witnessed(self, witness: Witness) -> Iterator[None]:
        """Let `witness` deliver what is delivered meanwhile, one request at a time."""
        self._witness = witness
        try:
            yield
        finally:
            self._witness = None

    @contextmanager
    def meeting(self, parties: int, *operations: str) -> Iterator[None]:
        """Hold up the first calls of each operation until `parties` of them are there: nobody is ahead of anybody."""
        self._meetings = {name: (threading.Barrier(parties), iter(range(parties))) for name in operations}
        try:
            with self.record():
                yield
        finally:
            self._meetings = {}

    def _before_send(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        sent = self._note(request, event_name.rpartition(".")[2])

        def deliver() -> AWSResponse:
            with self._delivering:
                return moto() if self._witness is None else self._witness(sent, moto)

        def moto() -> AWSResponse:
            response = botocore_stubber(event_name, request)
            if response is None:
                raise AssertionError(f"moto does not answer {event_name}")
            return response

        self._meet(sent)
        if self._fault is not None and self._fault[0](sent):
            return self._fault[1](request, deliver)
        return deliver()

    def _note(self, request: AWSPreparedRequest, operation: str) -> Sent:
        invocation = str(request.headers["amz-sdk-invocation-id"])
        with self._counting:
            call = self._calls.setdefault(invocation, len(self._calls))
            attempt = self._attempts[invocation] = self._attempts.get(invocation, -1) + 1
            sent = Sent(operation, _parameters(request), call, attempt)
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


# --- faults -----------------------------------------------------------------------------------------------------------


def never_left(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """The connection was gone before anything was sent."""
    raise ConnectionClosedError(endpoint_url=request.url)


def answer_lost(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """It was done, and nobody heard of it."""
    deliver()
    raise ReadTimeoutError(endpoint_url=request.url)


def killed_before(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """The process died with the request in its hand."""
    raise Killed


def killed_after(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
    """The process died after the request took effect."""
    deliver()
    raise Killed


def refused_with(status: int, code: str, message: str = "injected") -> Fault:
    """AWS answers with an error and does nothing."""

    def refuse(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        return answered_with(request, status, {"__type": f"com.amazonaws#{code}", "message": message})

    return refuse


def _parameters(request: AWSPreparedRequest) -> dict[str, Any]:
    """What is asked: as JSON or, of the older services, as a form. Of S3 the object's name, for its body is a file."""
    if ".s3." in request.url or "//s3." in request.url:
        return {"url": request.url}
    if _is_form(request):
        return dict(parse_qsl(_text(request)))
    return json.loads(_text(request))


def _is_form(request: AWSPreparedRequest) -> bool:
    return "x-www-form-urlencoded" in _words(request.headers.get("Content-Type", ""))


def _text(request: AWSPreparedRequest) -> str:
    return _words(request.body)


def _words(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def answered_with(request: AWSPreparedRequest, status: int, body: dict[str, Any]) -> AWSResponse:
    """An answer that AWS never gave. A service that is asked by a form answers in XML; of ours, only its errors."""
    if _is_form(request):
        code = body["__type"].rpartition("#")[2]
        error = f"<ErrorResponse><Error><Code>{code}</Code><Message>{body['message']}</Message></Error></ErrorResponse>"
        return answered_in_xml(request, error, status)
    headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
    return AWSResponse(request.url, status, headers, _Raw(json.dumps(body)))


def answered_in_xml(request: AWSPreparedRequest, text: str, status: int = 200) -> AWSResponse:
    """The same, as the older services write it."""
    return AWSResponse(request.url, status, HTTPHeaders.from_dict({"content-type": "text/xml"}), _Raw(text))


class _Raw(io.BytesIO):
    """A body as urllib3 hands it over."""

    def __init__(self, text: str) -> None:
        super().__init__(text.encode())

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
