"""An OpenTelemetry collector on a port of this machine, which reads what it gets with OpenTelemetry's own types.

with collector() as backend:
    ...
    backend.spans()
"""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.fakes.receiver import Answer, Received, Receiver, receiver

_IDS = ("traceId", "spanId", "parentSpanId")


@dataclass(frozen=True)
class Backend:
    """What the collector received. `url` is what `--otlp` gets."""

    received: Receiver

    @property
    def url(self) -> str:
        """Return the URL, without the path of traces."""
        return self.received.url

    def spans(self) -> dict[str, Any]:
        """Return the spans by ID. One that was sent again replaces itself."""
        found = [span for one in [*self.received.received] for span in spans_in(one)]
        return {span.span_id.hex(): span for span in found}


@contextmanager
def collector(answers: Sequence[Answer] = (200,)) -> Iterator[Backend]:
    """Run a collector until the block ends."""
    with receiver(answers) as received:
        yield Backend(received)


def spans_in(request: Received) -> list[Any]:
    """Return the spans of a request. Raises ParseError for a body that is not OTLP."""
    assert request.path.endswith("/v1/traces")
    assert request.headers["content-type"] == "application/json"
    # OTLP has IDs in hexadecimal, where protobuf's own JSON has Base64.
    body = json.loads(request.body, object_hook=_as_base64)
    parsed = json_format.ParseDict(body, ExportTraceServiceRequest())
    return [span for resource in parsed.resource_spans for scope in resource.scope_spans for span in scope.spans]


def attributes_of(span: Any) -> dict[str, Any]:
    """Return the attributes of a span."""
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


def _as_base64(part: dict[str, Any]) -> dict[str, Any]:
    ids = {name: base64.b64encode(bytes.fromhex(part[name])).decode() for name in _IDS if name in part}
    return part | ids
