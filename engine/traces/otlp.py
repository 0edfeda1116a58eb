"""Spans as OTLP/HTTP with JSON. Pure.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding: protobuf's mapping to JSON, but IDs in hexadecimal
instead of Base64, and enums as numbers. 64-bit numbers are strings. A collector takes it at `/v1/traces`.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.traces.spans import Span, Value
from paysandbox import VERSION

SERVICE: Final = "paysandbox"
TRACES_PATH: Final = "/v1/traces"

_STATUS_ERROR: Final = 2
_SAMPLED: Final = 1


def export_request(spans: Iterable[Span]) -> bytes:
    """Return the body of an ExportTraceServiceRequest with these spans."""
    resource = {"service.name": SERVICE, "service.version": VERSION, "deployment.environment.name": "local"}
    scope = {"name": SERVICE, "version": VERSION}
    of_resource = {
        "resource": {"attributes": _attributes(resource)},
        "scopeSpans": [{"scope": scope, "spans": [*map(_span, spans)]}],
    }
    return json.dumps({"resourceSpans": [of_resource]}, separators=(",", ":")).encode()


def _span(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace.id,
        "spanId": span.id,
        **({} if span.parent_id is None else {"parentSpanId": span.parent_id}),
        "flags": _SAMPLED,
        "name": span.name,
        "kind": int(span.kind),
        "startTimeUnixNano": str(span.began_ns),
        "endTimeUnixNano": str(max(span.began_ns, span.ended_ns)),
        "attributes": _attributes(span.attributes),
        **({} if span.error is None else {"status": {"code": _STATUS_ERROR, "message": span.error}}),
    }


def _attributes(attributes: Mapping[str, Value]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in attributes.items()]


def _value(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
