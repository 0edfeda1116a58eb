"""botocore over the lane: which requests take it, and that clients notice no difference."""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.httpsession
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
)

from engine.lane import transport
from tests.engine.lane.conftest import CALLER, ENV, Engine
from tests.support.tools.waiting import until

JSON = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-requestid": "1"}


@pytest.fixture
def client(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that makes clients whose requests take the lane. Nothing listens where the others go."""
    sending = transport.sending(engine.lane(), botocore.httpsession)
    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", sending)
    return client_of


def client_of(service: str = "dynamodb", *, config: dict[str, Any] | None = None, **more: Any) -> Any:
    given = {
        "aws_access_key_id": ENV["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": ENV["AWS_SECRET_ACCESS_KEY"],
        "aws_session_token": ENV["AWS_SESSION_TOKEN"],
        "endpoint_url": ENV["AWS_ENDPOINT_URL"],
        "region_name": ENV["AWS_REGION"],
        "config": Config(**{"retries": {"total_max_attempts": 1}, "read_timeout": 10, **(config or {})}),
    }
    return botocore.session.Session().create_client(service, **{**given, **more})


def list_tables(made: Any) -> Any:
    return made.list_tables()


def test_a_call_and_its_response_are_as_over_http(engine: Engine, client: Callable[..., Any]) -> None:
    engine.service.reply = lambda _: (200, JSON, b'{"Item":{"id":{"S":"\xc3\xa4"},"bytes":{"B":"AP8="}}}')
    answer = client().get_item(TableName="t", Key={"id": {"S": "ä"}})
    assert answer["Item"] == {"id": {"S": "ä"}, "bytes": {"B": b"\x00\xff"}}
    assert answer["ResponseMetadata"]["RequestId"] == "1"
    [(caller, call)] = engine.service.calls
    assert (caller, call.service, call.target) == (CALLER, "dynamodb", "DynamoDB_20120810.GetItem")
    assert call.body.decode().count("\\u00e4") == 1


def test_the_older_protocol_has_its_form_as_the_body(engine: Engine, client: Callable[..., Any]) -> None:
    """botocore's body is a text there, and bytes elsewhere."""
    reply = b"<PublishResponse><PublishResult><MessageId>7</MessageId></PublishResult></PublishResponse>"
    engine.service.reply = lambda _: (200, {"Content-Type": "text/xml"}, reply)
    attributes = {"bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
    answer = client("sns").publish(TopicArn="t", Message="ä&=", MessageAttributes=attributes)
    assert answer["MessageId"] == "7"
    [(_, call)] = engine.service.calls
    assert (call.service, call.target) == ("sns", "")
    assert call.content_type.startswith("application/x-www-form-urlencoded")
    assert b"Action=Publish" in call.body
    assert b"Message=%C3%A4%26%3D" in call.body
    assert b"BinaryValue=AP8%3D" in call.body


def test_an_error_is_that_of_the_service(engine: Engine, client: Callable[..., Any]) -> None:
    engine.service.reply = lambda _: (400, JSON, b'{"__type":"x#ConditionalCheckFailedException","message":"no"}')
    with pytest.raises(ClientError) as raised:
        client().get_item(TableName="t", Key={})
    assert raised.value.response.get("Error") == {"Code": "ConditionalCheckFailedException", "Message": "no"}


def large_write(made: Any) -> None:
    made.put_item(TableName="t", Item={"id": {"S": "x" * transport.BODY_MAX}})


def with_header(name: str, value: str) -> Callable[[Any], None]:
    def call(made: Any) -> None:
        made.meta.events.register("before-sign", lambda request, **_: request.headers.add_header(name, value))
        made.list_tables()

    return call


@pytest.mark.parametrize(
    "service, more, call",
    [
        pytest.param("dynamodb", {"aws_access_key_id": "AKIDOFANOTHER"}, list_tables, id="another key"),
        pytest.param("dynamodb", {"aws_session_token": "another"}, list_tables, id="another token"),
        pytest.param("dynamodb", {"aws_session_token": None}, list_tables, id="no token"),
        pytest.param("dynamodb", {"region_name": "eu-west-1"}, list_tables, id="another Region"),
        pytest.param("dynamodb", {"endpoint_url": "http://localhost:2"}, list_tables, id="another endpoint"),
        pytest.param("dynamodb", {"config": {"proxies": {"http": "http://localhost:2"}}}, list_tables, id="a proxy"),
        pytest.param("s3", {}, lambda made: made.put_object(Bucket="b", Key="k", Body=b""), id="an object"),
        pytest.param("lambda", {}, lambda made: made.invoke(FunctionName="f"), id="a path"),
        pytest.param("dynamodb", {}, large_write, id="a large body"),
        pytest.param("dynamodb", {}, with_header("X-Unknown", "1"), id="an unknown header"),
        pytest.param("dynamodb", {}, with_header("X-Amzn-Trace-Id", "x" * transport.HEAD_MAX), id="a long header"),
    ],
)
def test_anything_else_goes_over_http(
    engine: Engine, client: Callable[..., Any], service: str, more: dict[str, Any], call: Callable[[Any], Any]
) -> None:
    with pytest.raises((EndpointConnectionError, ProxyConnectionError)):
        call(client(service, **more))
    assert engine.service.calls == []


def test_a_time_out_is_that_of_http_and_the_next_call_has_another_connection(
    engine: Engine, client: Callable[..., Any]
) -> None:
    closed = engine.on_loop(asyncio.Event)
    engine.service.closed = closed
    engine.service.reply = lambda _: (200, JSON, b'{"TableNames":[]}')
    made = client(config={"read_timeout": 0.05})
    with pytest.raises(ReadTimeoutError):
        made.list_tables()
    engine.on_loop(closed.set)
    assert made.list_tables()["TableNames"] == []


def test_a_client_tries_again_as_over_http(engine: Engine, client: Callable[..., Any]) -> None:
    replies = [(500, JSON, b"{}"), (200, JSON, b'{"TableNames":["t"]}')]
    engine.service.reply = lambda _: replies.pop(0)
    answer = client(config={"retries": {"mode": "standard", "total_max_attempts": 2}}).list_tables()
    assert (answer["TableNames"], answer["ResponseMetadata"]["RetryAttempts"]) == (["t"], 1)
    assert [call.is_retry for _, call in engine.service.calls] == [False, True]


def test_an_engine_that_ends_during_a_call_is_a_closed_connection(engine: Engine, client: Callable[..., Any]) -> None:
    closed = engine.service.closed = engine.on_loop(asyncio.Event)
    with ThreadPoolExecutor(1) as pool:
        called = pool.submit(client().list_tables)
        until(lambda: engine.service.calls, "the call")
        engine.on_loop(lambda: [connection.end("of the test") for connection in [*engine.lanes.connections]])
        with pytest.raises(ConnectionClosedError):
            called.result()
    engine.on_loop(closed.set)


def test_an_engine_that_has_ended_refuses_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    control, its = socket.socketpair()
    its.close()
    with control:
        sending = transport.sending(transport.Lane(control, ENV), botocore.httpsession)
        monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", sending)
        with pytest.raises(EndpointConnectionError):
            client_of().list_tables()


def test_it_is_installed_in_place_of_botocores_own(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that the worker forks has no lane, so its calls go over HTTP."""
    at_fork: list[Callable[[], None]] = []

    def register(*, after_in_child: Callable[[], None]) -> None:
        at_fork.append(after_in_child)

    monkeypatch.setattr(os, "register_at_fork", register)
    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", botocore.httpsession.URLLib3Session.send)
    engine.service.reply = lambda _: (200, JSON, b'{"TableNames":["t"]}')
    transport.install(engine.control().detach(), ENV)
    made = client_of()
    assert made.list_tables()["TableNames"] == ["t"]
    [leave] = at_fork
    leave()
    with pytest.raises(EndpointConnectionError):
        made.list_tables()


def test_without_botocore_nothing_is_installed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "botocore.httpsession")
    transport.install(engine.control().detach(), ENV)
    until(lambda: not engine.on_loop(lambda: engine.lanes.controls), "the end of its lane")
