"""What responds to a call over a lane: as whom, where, and what of the response is passed on."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from engine.lane.dispatch import answering
from engine.lane.lanes import Call, Reply
from engine.ministack import Ministack
from tests.engine.lane.conftest import CALLER

PUT = Call("dynamodb", "DynamoDB_20120810.PutItem", "application/x-amz-json-1.0", "Root=1", "", b"{}")
GET = Call("dynamodb", "DynamoDB_20120810.GetItem", "application/x-amz-json-1.0", "Root=1", "", b"{}")
BROKEN = Call("dynamodb", "DynamoDB_20120810.PutItem", "application/x-amz-json-1.0", "Root=1", "", b"{")
CREATE_TABLE = Call("dynamodb", "DynamoDB_20120810.CreateTable", "application/x-amz-json-1.0", "", "", b"{}")
PUBLISH = Call("sns", "", "application/x-www-form-urlencoded", "", "", b"Action=Publish")
SEND = Call("sqs", "AmazonSQS.SendMessage", "application/x-amz-json-1.0", "", "true", b"{}")

ANSWERED = {"Content-Type": "application/x-amz-json-1.0", "Access-Control-Allow-Origin": "*", "x-amz-crc32": 7}


class World:
    """ministack's `app` and DynamoDB, of which each does what it notes in `done`."""

    def __init__(self, *, enforces: bool = False, recorded: bool = False, body: Any = b"{}") -> None:
        self.done: list[Any] = []
        self.notes: list[bool] = []
        """Whether each note was of a change that the log of changes lacks."""
        self.logged: list[str] = []
        self.is_known = True
        self.body = body
        self.reset = asyncio.Lock()
        self.app = SimpleNamespace(
            AUTH=enforces,
            _loaded_modules={"cloudtrail": object()} if recorded else {},
            _get_reset_lock=lambda: self.reset,
            _request_account_scope=lambda key: f"account of {key}",
            _dispatch_service_request=self.dispatch,
            set_request_account_id=self.done.append,
            set_request_region=self.done.append,
            set_request_client_ip=self.done.append,
            pin_request_origin=lambda address, is_secure: self.done.append((address, is_secure)),
        )
        self.dynamodb = SimpleNamespace(handle_request=self.handle, _put_item=self.put, _get_item=self.put)

    async def handle(self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        self.done.append(("dynamodb", method, path, headers, body, query))
        return self.answered()

    def put(self, request: Any) -> Any:
        self.done.append(("operation", request))
        return self.answered()

    async def dispatch(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any, request_id: str
    ) -> Any:
        self.done.append(("service", method, path, headers, body, query))
        status, given, answered = self.answered()
        return status, {**given, "x-amzn-requestid": request_id}, answered

    def answered(self) -> Any:
        if isinstance(self.body, Exception):
            raise self.body
        return 200, {**ANSWERED}, self.body

    def call(self, call: Call) -> Reply:
        modules: Any = {"app": self.app, "dynamodb": self.dynamodb}
        answer = answering(Ministack(modules), "localhost:4566", lambda _: self.is_known, self.note, self.logged.append)

        async def run() -> Reply:
            return await answer(CALLER, call)

        return asyncio.run(run())

    def note(self, *, rest: bool) -> None:
        self.notes.append(rest)


@pytest.mark.parametrize(
    "call, done",
    [
        (PUT, ("operation", {})),
        (CREATE_TABLE, ("dynamodb", "POST", "/", {"x-amz-target": CREATE_TABLE.target}, b"{}", {})),
        (BROKEN, ("dynamodb", "POST", "/", {"x-amz-target": PUT.target}, b"{", {})),
    ],
)
def test_dynamodb_is_called_directly(call: Call, done: Any) -> None:
    world = World()
    status, headers, body = world.call(call)
    assert world.done == ["AKID", "us-east-1", done]
    assert (status, body) == (200, b"{}")
    assert headers == {
        "Content-Type": "application/x-amz-json-1.0",
        "x-amz-crc32": "7",
        "x-amzn-requestid": headers["x-amzn-requestid"],
    }


@pytest.mark.parametrize("call", [PUBLISH, SEND])
def test_other_services_get_the_headers_that_name_operation_and_caller(call: Call) -> None:
    world = World()
    _, headers, _ = world.call(call)
    *_, (_, _, _, given, body, _) = world.done
    assert body == call.body
    assert given["host"] == "localhost:4566"
    assert given["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
    assert given["authorization"].endswith(f"/us-east-1/{call.service}/aws4_request")
    named = {"x-amz-target": call.target, "content-type": call.content_type, "x-amzn-query-mode": call.query_mode}
    assert {name: given.get(name, "") for name in named} == named
    assert len(headers["x-amzn-requestid"]) == 36


@pytest.mark.parametrize("recorded", [{"enforces": True}, {"recorded": True}])
def test_rights_are_enforced_and_calls_recorded_by_ministack(recorded: dict[str, bool]) -> None:
    world = World(**recorded)
    world.call(PUT)
    assert world.done[-1][0] == "service"
    is_enforced = "enforces" in recorded
    assert world.done[0] == ("account of AKID" if is_enforced else "AKID")
    assert (("127.0.0.1", False) in world.done) is is_enforced


@pytest.mark.parametrize(
    "call, notes", [(PUT, [False, False]), (PUBLISH, [False, False]), (CREATE_TABLE, [True, True]), (GET, [])]
)
def test_a_call_that_may_change_the_state_is_noted_before_and_after(call: Call, notes: list[bool]) -> None:
    world = World()
    world.call(call)
    assert world.notes == notes


def test_a_key_that_is_not_valid_any_more_calls_nothing() -> None:
    world = World()
    world.is_known = False
    status, _, body = world.call(PUT)
    assert (status, b"UnrecognizedClientException" in body, world.done, world.notes) == (403, True, [], [])


@pytest.mark.parametrize("call", [PUT, PUBLISH])
def test_a_failure_of_the_engine_is_a_response_and_a_line_in_its_log(call: Call) -> None:
    world = World(body=RuntimeError("of the engine"))
    status, _, body = world.call(call)
    assert (status, b"InternalError" in body, world.notes) == (500, True, [False, False])
    [line] = world.logged
    assert line.startswith("lane: ")
    assert "of the engine" in line


def test_a_text_is_encoded() -> None:
    assert World(body="ä").call(PUBLISH)[2] == "ä".encode()


def test_a_call_waits_for_the_end_of_a_reset() -> None:
    world = World()
    modules: Any = {"app": world.app, "dynamodb": world.dynamodb}

    async def run() -> None:
        answer: Any = answering(Ministack(modules), "", lambda _: True, world.note, print)
        await world.reset.acquire()
        called = asyncio.ensure_future(answer(CALLER, PUT))
        await asyncio.sleep(0)
        assert world.done == []
        world.reset.release()
        await called

    asyncio.run(run())
    assert world.done
