"""OTLP in JSON, as OpenTelemetry's own types read it."""

from typing import Any

import pytest

from engine.traces.otlp import export_request
from engine.traces.spans import Kind, Span
from paysandbox import VERSION
from paysandbox.aws.trace_context import Trace
from tests.support.fakes.collector import attributes_of, spans_in
from tests.support.fakes.receiver import Received

TRACE, SPAN, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "b7ad6b7169203331"


def read(*spans: Span) -> list[Any]:
    return spans_in(Received("/v1/traces", {"content-type": "application/json"}, export_request(spans)))


def span(**parts: Any) -> Span:
    of_time = {"began_ns": 1_800_000_000_000_000_001, "ended_ns": 1_800_000_000_000_000_009}
    return Span(**{"trace": Trace(TRACE), "id": SPAN, "name": "write capture", "kind": Kind.CLIENT, **of_time, **parts})


def test_a_span_is_read_as_it_was_written() -> None:
    attributes = {"text": "größer", "number": -(2**53) - 1, "yes": True, "no": False}
    (found,) = read(span(parent_id=PARENT, attributes=attributes, error="status 500"))
    assert (found.trace_id.hex(), found.span_id.hex(), found.parent_span_id.hex()) == (TRACE, SPAN, PARENT)
    assert (found.name, found.kind) == ("write capture", found.SPAN_KIND_CLIENT)
    assert (found.start_time_unix_nano, found.end_time_unix_nano) == (
        1_800_000_000_000_000_001,
        1_800_000_000_000_000_009,
    )
    assert attributes_of(found) == attributes
    assert (found.status.code, found.status.message) == (found.status.STATUS_CODE_ERROR, "status 500")


def test_a_root_without_error_has_neither_parent_nor_status() -> None:
    (found,) = read(span())
    assert found.parent_span_id == b""
    assert found.status.code == found.status.STATUS_CODE_UNSET


@pytest.mark.parametrize("kind", Kind)
def test_kinds_are_numbered_as_in_otlp(kind: Kind) -> None:
    (found,) = read(span(kind=kind))
    assert (
        found.DESCRIPTOR.fields_by_name["kind"].enum_type.values_by_number[found.kind].name == f"SPAN_KIND_{kind.name}"
    )


def test_a_span_never_ends_before_it_begins() -> None:
    """The wall clock may be set back meanwhile."""
    (found,) = read(span(ended_ns=1))
    assert found.end_time_unix_nano == found.start_time_unix_nano


def test_the_resource_is_the_sandbox() -> None:
    body = export_request([span()]).decode()
    assert f'"service.version","value":{{"stringValue":"{VERSION}"}}' in body
    assert '"service.name","value":{"stringValue":"paysandbox"}' in body
