"""What is sent to X-Ray's daemon of exceptions."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter

from paysandbox.aws.trace_emitter import EmitterWithoutMessages

# The SDK opens a socket when it is imported.
vars(xray_recorder.emitter)["_socket"].close()


def entity(*inner: Any, **cause: Any) -> Any:
    exception = SimpleNamespace(type="MessageRejected", message="Email address is not verified: jo@example.com")
    return SimpleNamespace(cause=cause or {"exceptions": [exception]}, subsegments=[*inner])


def test_a_subsegment_and_those_within_it_are_sent_without_messages() -> None:
    inner = entity()
    outer, sent = entity(inner), list[Any]()
    with patch.object(UDPEmitter, "send_entity", lambda _, entity: sent.append(entity)):
        EmitterWithoutMessages.send_entity(object.__new__(EmitterWithoutMessages), outer)
    assert sent == [outer]
    assert [one.cause["exceptions"][0].message for one in (outer, inner)] == [None, None]
    assert [one.cause["exceptions"][0].type for one in (outer, inner)] == ["MessageRejected"] * 2
