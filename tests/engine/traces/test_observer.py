"""What is observed of requests, invocations and calls, and that everything passes as it is."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from engine.lane.lanes import Answer, Call, Caller, Reply
from engine.ministack import view
from engine.traces.observed import Invocation, Observed, Request
from engine.traces.observer import BODY_MAX, Observer
from engine.traces.recorder import OPEN_MAX, Recorder, observe_invocations

SIGNED = "AWS4-HMAC-SHA256 Credential=AKID/20261127/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=00"
SENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class World:
    """An application behind the observer, and ministack's functions: `inside` is what a request does."""

    def __init__(self, inside: Callable[["World"], Any] = lambda _: None, **answer: Any) -> None:
        self.put: list[Observed] = []
        self.bodies: list[bytes] = []
        self.logged: list[str] = []
        self.inside = inside
        self.status: int = answer.get("status", 200)
        self.headers: Sequence[tuple[bytes, bytes]] = answer.get("headers", [(b"x-amzn-RequestId", b"request-1")])
        self.body: bytes = answer.get("body", b"answer")
        self.now_ns = 0
        self.recorder = Recorder(self.put.append, self.tick)
        self.functions = SimpleNamespace(
            _xray_trace_id_for_invocation=lambda config, *_: "Root=1-2" if config.get("Active") else None,
            _emit_lambda_logs=lambda _function, _request_id, text, *_, **__: self.logged.append(text),
        )
        self.view = view("lambda_svc", self.functions)
        observe_invocations(self.view, self.recorder)
        self.observer = Observer(self.app, self.recorder, self.tick)

    def tick(self) -> int:
        self.now_ns += 1
        return self.now_ns

    def begin(self, function: str = "f", **config: Any) -> str:
        """Begin an invocation as ministack does. Return the trace header that the function gets."""
        header: str = self.view.xray_trace_id_for_invocation({"FunctionName": function, **config})
        return header

    def end(self, text: str = "", failed: bool = False) -> None:
        """End it."""
        self.view.emit_lambda_logs({}, "request-1", text, failed, 1)

    async def app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        message = {"more_body": True}
        body = b""
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        self.bodies.append(body)
        made = self.inside(self)
        if made is not None:
            await made
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})

    def send(self, *bodies: bytes, method: str = "POST", path: str = "/", **headers: str | list[str]) -> list[Any]:
        """Send a request in parts. Return the messages of the response."""
        sent: list[Any] = []
        parts = [*bodies] or [b""]
        waiting = [{"type": "http.request", "body": part, "more_body": part is not parts[-1]} for part in parts]
        raw = [
            (name.replace("_", "-").encode(), value.encode())
            for name, values in headers.items()
            for value in ([values] if isinstance(values, str) else values)
        ]

        async def receive() -> Any:
            return waiting.pop(0)

        async def keep(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "headers": raw}
        asyncio.run(self.observer(scope, receive, keep))
        return sent


Sender = Callable[..., Any]


def over_http(world: World, *bodies: bytes, trace: str, target: str = "PutItem", service: str = "dynamodb") -> None:
    """Send a function's call of DynamoDB, or of SNS."""
    named = {"x_amz_target": f"DynamoDB_20120810.{target}"} if service == "dynamodb" else {}
    kind = "application/x-amz-json-1.0" if named else "application/x-www-form-urlencoded; charset=utf-8"
    world.send(*bodies, authorization=SIGNED.format(service), x_amzn_trace_id=trace, content_type=kind, **named)


def over_lane(world: World, *bodies: bytes, trace: str, target: str = "PutItem", service: str = "dynamodb") -> None:
    """Send the same over the lane of its worker."""

    async def answer(_: Caller, sent: Call) -> Reply:
        world.bodies.append(sent.body)
        return world.status, {}, world.body

    named = f"DynamoDB_20120810.{target}" if service == "dynamodb" else ""
    sent = Call(service, named, "", trace, "", b"".join(bodies))
    reply = asyncio.run(answered(world.observer.observing(answer), sent))
    assert reply == (world.status, {}, world.body)


async def answered(answer: Answer, sent: Call) -> Reply:
    return await answer(Caller("f", "AKID", "us-east-1"), sent)


each_way = pytest.mark.parametrize("call", [over_http, over_lane])


def test_a_request_passes_and_is_observed() -> None:
    world = World()
    answered = world.send(b"one", b"two", path="/payments", traceparent=SENT, x_api_key="sk_test")
    assert world.bodies == [b"onetwo"]
    assert answered[1:] == [{"type": "http.response.body", "body": b"answer"}]
    (request,) = world.put
    assert isinstance(request, Request)
    assert (request.method, request.path, request.status, request.request_id) == ("POST", "/payments", 200, "request-1")
    assert (request.traceparents, request.invocations) == ([SENT], [])
    assert request.ended_ns > request.began_ns


def test_repeated_headers_are_all_kept() -> None:
    world = World()
    world.send(traceparent=[SENT, SENT])
    assert [each.traceparents for each in world.put if isinstance(each, Request)] == [[SENT, SENT]]


@pytest.mark.parametrize("method, headers", [("GET", []), ("OPTIONS", [(b"x-amzn-requestid", b"request-1")])])
def test_pages_and_preflights_have_no_trace(method: str, headers: list[tuple[bytes, bytes]]) -> None:
    world = World(headers=headers)
    world.send(method=method)
    assert world.put == []


def test_a_request_that_fails_is_observed_and_fails() -> None:
    def fail(world: World) -> None:
        world.begin()
        raise RuntimeError("of the application")

    world = World(fail)
    with pytest.raises(RuntimeError):
        world.send()
    assert world.put == []  # the gateway gave it no ID


def test_invocations_belong_to_the_request_whose_task_begins_them() -> None:
    async def invoke_in_thread(world: World) -> None:
        def invoke() -> None:
            world.begin("handler")
            world.end("line", failed=True)

        world.begin("authorizer")
        world.end()
        await asyncio.to_thread(invoke)

    world = World(invoke_in_thread)
    world.send()
    (request,) = world.put
    assert isinstance(request, Request)
    assert [(each.function, each.log, each.failed) for each in request.invocations] == [
        ("authorizer", "", False),
        ("handler", "line", True),
    ]
    assert world.logged == ["", "line"]


def test_a_workers_invocation_is_passed_on_by_itself() -> None:
    world = World()
    done = threading.Thread(target=lambda: (world.begin("publish_event"), world.end("line")))
    done.start()
    done.join()
    (invocation,) = world.put
    assert isinstance(invocation, Invocation)
    assert (invocation.function, invocation.log) == ("publish_event", "line")
    assert invocation.ended_ns > invocation.began_ns


def test_the_end_of_an_invocation_that_did_not_begin_is_ignored() -> None:
    world = World()
    world.end("line")
    assert (world.put, world.logged) == ([], ["line"])


def test_the_trace_header_is_one_of_x_ray() -> None:
    world = World()
    assert world.begin().endswith(";Sampled=0")
    assert world.begin(Active=True).endswith(";Sampled=1")


@each_way
def test_calls_belong_to_the_invocation_that_they_name(call: Sender) -> None:
    world = World(body=b'{"Attributes":{}}')
    first, second = world.begin("first"), world.begin("second")
    call(world, b'{"Item"', b":{}}", trace=first)
    call(world, b"{}", trace=second, target="UpdateItem")
    call(world, b"Action=Publish&Message=x", trace=second, service="sns")
    call(world, b"{}", trace="Root=1-2-3;Parent=unknown;Sampled=0")
    call(world, b"Action=SendMessage", trace=second, service="sqs")
    of_first, of_second = (world.recorder.invocation_of(header) for header in (first, second))
    assert of_first is not None
    assert of_second is not None
    assert [(each.operation, each.body, each.answer, each.status) for each in of_first.calls] == [
        ("PutItem", b'{"Item":{}}', b"", 200)
    ]
    assert [(each.operation, each.answer) for each in of_second.calls] == [
        ("UpdateItem", b'{"Attributes":{}}'),
        ("Publish", b""),
    ]
    assert len(world.bodies) == 5


@each_way
def test_a_call_that_is_too_large_passes_unobserved(call: Sender) -> None:
    world = World()
    header = world.begin()
    large = b"x" * (BODY_MAX + 1)
    call(world, large, trace=header)
    assert world.bodies == [large]
    invocation = world.recorder.invocation_of(header)
    assert invocation is not None
    assert invocation.calls == []


def test_invocations_without_an_end_are_forgotten() -> None:
    world = World()
    first = world.begin()
    for _ in range(OPEN_MAX):
        world.begin()
    assert world.recorder.invocation_of(first) is None
    assert world.recorder.invocation_of(world.begin()) is not None
