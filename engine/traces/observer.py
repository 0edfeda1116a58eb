"""Observes what arrives: an ASGI application around the access wall, which passes everything on as it is.

A request with an AWS signature, or what arrives over a lane (engine/lane), is a function's call if it names a running
invocation. Of those, the calls that say what happens to a payment are recorded. Any other request is the API's, if the
gateway gives it an ID.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs

from engine.lane.lanes import Answer, Call, Caller, Reply
from engine.traces.observed import AwsCall, Invocation, Request
from engine.traces.recorder import Recorder
from paysandbox.aws.trace_context import TRACEPARENT

BODY_MAX: Final = 1_000_000
"""Of a call with a larger body, there is no span. An item has 400 kB at most, a batch of messages 256 kB."""

_DYNAMODB: Final = "DynamoDB_20120810."
_FORM: Final = b"application/x-www-form-urlencoded"
_SNS: Final = b"/sns/aws4_request"
_AMZN_REQUEST_ID: Final = b"x-amzn-requestid"
_ANSWERED: Final = "UpdateItem"
"""The operation whose response is read: the currency of a payment is in no other part of an update."""


class Observer:
    """The application in front of the wall's."""

    def __init__(self, app: Any, recorder: Recorder, now_ns: Callable[[], int]) -> None:
        self._app = app
        self._recorder = recorder
        self._now_ns = now_ns

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: dict[bytes, bytes] = {}
        traceparents: list[str] = []
        for name, value in scope["headers"]:
            headers[name.lower()] = value
            if name.lower() == TRACEPARENT.encode():
                traceparents.append(value.decode("latin-1"))
        if headers.get(b"authorization", b"").startswith(b"AWS"):
            await self._aws(headers, scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await self._app(scope, receive, send)
        else:
            await self._api(traceparents, scope, receive, send)

    async def _api(self, traceparents: list[str], scope: dict[str, Any], receive: Any, send: Any) -> None:
        request = Request(scope["method"], scope["path"], self._now_ns(), traceparents=traceparents)

        async def sending(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                request.status = message["status"]
                for name, value in message.get("headers", ()):
                    if name.lower() == _AMZN_REQUEST_ID:
                        request.request_id = value.decode("latin-1")
            await send(message)

        self._recorder.begin_request(request)
        try:
            await self._app(scope, receive, sending)
        finally:
            self._recorder.end_request(request)

    async def _aws(self, headers: dict[bytes, bytes], scope: dict[str, Any], receive: Any, send: Any) -> None:
        invocation = self._recorder.invocation_of(headers.get(b"x-amzn-trace-id", b"").decode("latin-1"))
        target = headers.get(b"x-amz-target", b"").decode("latin-1")
        is_of_sns = headers.get(b"content-type", b"").startswith(_FORM) and _SNS in headers.get(b"authorization", b"")
        if invocation is None or not (target.startswith(_DYNAMODB) or is_of_sns):
            await self._app(scope, receive, send)
            return
        call = self._begun(target)
        sent, answered = bytearray(), bytearray()

        async def receiving() -> Any:
            message = await receive()
            _append(sent, message)
            return message

        async def sending(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                call.status = message["status"]
            elif call.operation == _ANSWERED:
                _append(answered, message)
            await send(message)

        try:
            await self._app(scope, receiving, sending)
        finally:
            self._end(call, invocation, bytes(sent), bytes(answered))

    def observing(self, answer: Answer) -> Answer:
        """Return what responds to the calls that come over lanes, and records them."""

        async def observed(caller: Caller, sent: Call) -> Reply:
            invocation = self._recorder.invocation_of(sent.trace)
            if invocation is None or not (sent.target.startswith(_DYNAMODB) or sent.service == "sns"):
                return await answer(caller, sent)
            call = self._begun(sent.target)
            answered = b""
            try:
                reply = await answer(caller, sent)
                call.status = reply[0]
                answered = reply[2] if call.operation == _ANSWERED else b""
            finally:
                self._end(call, invocation, sent.body, answered)
            return reply

        return observed

    def _begun(self, target: str) -> AwsCall:
        return AwsCall(target.removeprefix(_DYNAMODB), b"", self._now_ns(), 0, 0)

    def _end(self, call: AwsCall, invocation: Invocation, sent: bytes, answered: bytes) -> None:
        call.ended_ns = self._now_ns()
        if len(sent) <= BODY_MAX and len(answered) <= BODY_MAX:
            call.body, call.answer = sent, answered
            call.operation = call.operation or _action(sent)
            invocation.calls.append(call)


def _append(body: bytearray, message: dict[str, Any]) -> None:
    if len(body) <= BODY_MAX:
        body += message.get("body", b"")


def _action(body: bytes) -> str:
    return parse_qs(body[:200].decode("latin-1")).get("Action", [""])[0]
