"""Spans of what the engine observed. Pure: the same observation always has the same spans, with the same IDs.

One trace per payment: its ID is derived from the payment's, or is the caller's if the request has a `traceparent`:

    request                 POST /payments/authorize
      authorizer            of the Stripe-compatible API
      handler               authorize_payment
        GetItem …           its other calls of DynamoDB
        write               the operation that is recorded
          event             published to the topic
            plan            stored, with its deliveries
              attempt       whose traceparent the receiver gets

Attributes have OpenTelemetry's names where it has some (semantic conventions 1.37: http, db, messaging, faas, error).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from engine.json_lines import lines_of
from engine.traces.calls import (
    Event,
    Operation,
    operations_in,
    planned_in,
    published_in,
    table_of,
)
from engine.traces.observed import AwsCall, Invocation, Observed, Request
from paysandbox.aws.trace_context import Parent, Trace, parent_in, span_id, trace_of
from paysandbox.core.cards.masking import masked_text
from paysandbox.feed.feed_lines import request_entry
from paysandbox.request_log.log_lines import ATTEMPT_LINE
from paysandbox.request_log.request_record import LINE, record_of
from paysandbox.stripe_api.ids import event_of_stripe_event

Value = str | int | bool

REQUEST, AUTHORIZER, HANDLER, CALL = "request", "authorizer", "handler", "call"
WRITE, EVENT, PLAN = "write", "event", "plan"

AUTHORIZER_FUNCTION: Final = "authorize_v1"
"""How the name of the one function ends that is an authorizer."""

_MAX_PATH: Final = 200
_NS_PER_MS: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Kind(IntEnum):
    """The kind of a span, as OTLP numbers it (`SpanKind` in trace.proto)."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4


@dataclass(frozen=True, kw_only=True)
class Span:
    """A span. Times are in nanoseconds since 1970. `error` says why it failed, None if it did not."""

    trace: Trace
    id: str
    name: str
    kind: Kind
    began_ns: int
    ended_ns: int
    parent_id: str | None = None
    attributes: Mapping[str, Value] = field(default_factory=dict[str, Value])
    error: str | None = None


def spans_of(observed: Observed, routes: Sequence[str]) -> list[Span]:
    """Return the spans of a request, or of a worker's invocation, that its caller records.

    `routes` are all routes (`GET /payments/{transaction_id}`). Polls of the dashboard, and of public pages, have none:
    the request log does not have them either. Raises an error of `UNREADABLE` (calls.py) for what is not in our format.
    """
    spans = _spans_of_request(observed, routes) if isinstance(observed, Request) else _spans_of_worker(observed)
    return [span for span in spans if span.trace.is_sampled]


def _spans_of_request(request: Request, routes: Sequence[str]) -> Iterator[Span]:
    line = _request_line(request.invocations)
    handlers = [each for each in request.invocations if not each.function.endswith(AUTHORIZER_FUNCTION)]
    if request.status < 400 and (line is None or line.get("merchant") is None):
        return
    record = None if line is None else record_of(line, _EPOCH + timedelta(microseconds=request.began_ns // 1_000))
    entry = None if record is None else request_entry(record)
    request_id = (record.request_id if record else request.request_id) or ""
    payment_id = entry.payment_id if entry else None
    parent = parent_in(request.traceparents)
    trace = parent.trace if parent else trace_of(payment_id or request_id)
    facts = {} if line is None else line
    about: dict[str, Value | None] = {"paysandbox.payment.id": payment_id, "paysandbox.merchant": facts.get("merchant")}
    template = template_of(request.method, request.path, tuple(routes))
    of_request = span_id(REQUEST, request_id)
    yield Span(
        trace=trace,
        id=of_request,
        parent_id=_parent_id(parent),
        name=f"{request.method} {template}" if template else request.method,
        kind=Kind.SERVER,
        began_ns=request.began_ns,
        ended_ns=request.ended_ns,
        attributes=_present(
            {
                "http.request.method": request.method,
                "http.route": template,
                "url.scheme": "http",
                "url.path": masked_text(request.path, _MAX_PATH),
                "http.response.status_code": request.status,
                "error.type": facts.get("code") or (str(request.status) if request.status >= 500 else None),
                "paysandbox.request.id": request_id,
                "paysandbox.outcome": facts.get("outcome"),
                "paysandbox.replayed": facts.get("replayed"),
                "paysandbox.fault": facts.get("fault"),
                "paysandbox.amount": entry.amount if entry else None,
                "paysandbox.currency": entry.currency if entry else None,
                **about,
            }
        ),
        # Of a server's span, a status of 4xx is the client's error ("Semantic conventions for HTTP spans", Status).
        error=str(facts.get("code") or request.status) if request.status >= 500 else None,
    )
    for invocation in request.invocations:
        kind = HANDLER if invocation in handlers else AUTHORIZER
        of_invocation = span_id(kind, request_id)
        yield Span(
            trace=trace,
            id=of_invocation,
            parent_id=of_request,
            name=f"{kind} {facts.get('route', _short(invocation.function))}" if kind == HANDLER else kind,
            kind=Kind.INTERNAL,
            began_ns=invocation.began_ns,
            ended_ns=invocation.ended_ns or request.ended_ns,
            attributes=_present(
                {
                    "faas.invoked_name": invocation.function,
                    "faas.coldstart": facts.get("cold_start") if kind == HANDLER else None,
                    **(about if kind == HANDLER else {}),
                }
            ),
            error="the function failed" if invocation.failed else None,
        )
        for place, call in enumerate(invocation.calls):
            own = span_id(CALL, request_id, kind, str(place))
            yield from _spans_of_call(call, trace, own, of_invocation)


def _spans_of_call(call: AwsCall, trace: Trace, own_id: str, of_invocation: str) -> Iterator[Span]:
    """Yield a span for each operation that a handler's call has recorded, or one for a call that recorded none."""
    operations = operations_in(call)
    for operation in operations:
        # It may belong to another payment than the request's: a dispute's to that of its charge.
        yield _of_operation(call, replace(operation, trace=trace), of_invocation)
    events = published_in(call)
    for event in events:
        yield _of_published(call, event)
    if operations or events:
        return
    table = table_of(call)
    yield Span(
        trace=trace,
        id=own_id,
        parent_id=of_invocation,
        name=" ".join(filter(None, (call.operation, table))),
        kind=Kind.CLIENT,
        began_ns=call.began_ns,
        ended_ns=call.ended_ns,
        attributes=_of_database(call, table),
        error=None if call.status == 200 else f"status {call.status}",
    )


def _spans_of_worker(invocation: Invocation) -> Iterator[Span]:
    """Yield the spans of a worker: of a sweep that records operations, and of those that publish and deliver events."""
    for call in invocation.calls:
        for operation in operations_in(call):
            yield _of_operation(call, operation, None)
        for event in published_in(call):
            yield _of_published(call, event)
        if (event := planned_in(call)) is not None:
            yield _of_planned(call, event)
    for line in lines_of(invocation.log, ATTEMPT_LINE):
        if (span := _of_attempt(line)) is not None:
            yield span


def _of_operation(call: AwsCall, operation: Operation, parent_id: str | None) -> Span:
    return Span(
        trace=operation.trace,
        id=span_id(WRITE, operation.id),
        parent_id=parent_id,
        name=f"{WRITE} {operation.kind}",
        kind=Kind.CLIENT,
        began_ns=call.began_ns,
        ended_ns=call.ended_ns,
        attributes=_of_database(call, table_of(call))
        | _present(
            {
                "paysandbox.operation.id": operation.id,
                "paysandbox.operation.kind": operation.kind,
                "paysandbox.amount": operation.amount,
                "paysandbox.currency": operation.currency,
                "paysandbox.payment.id": operation.payment_id,
            }
        ),
    )


def _of_published(call: AwsCall, event: Event) -> Span:
    return Span(
        trace=event.trace,
        id=span_id(EVENT, event.id),
        parent_id=span_id(WRITE, event.operation) if event.operation else None,
        name=f"{EVENT} {event.type}",
        kind=Kind.PRODUCER,
        began_ns=call.began_ns,
        ended_ns=call.ended_ns,
        attributes=_present(
            {
                "messaging.system": "aws_sns",
                "messaging.operation.name": "publish",
                "messaging.operation.type": "send",
                "messaging.message.id": event.id,
                **_of_event(event),
            }
        ),
    )


def _of_planned(call: AwsCall, event: Event) -> Span:
    """Return the span of a stored event. One in Stripe's format follows the plan of the event that it shows."""
    shown = event_of_stripe_event(event.id)
    return Span(
        trace=event.trace,
        id=span_id(PLAN, event.id),
        parent_id=span_id(PLAN, shown) if shown else span_id(EVENT, event.id),
        name=f"{PLAN} {event.type}",
        kind=Kind.INTERNAL,
        began_ns=call.began_ns,
        ended_ns=call.ended_ns,
        attributes=_of_database(call, table_of(call))
        | _present({"paysandbox.deliveries": event.planned, **_of_event(event)}),
    )


def _of_attempt(line: Mapping[str, Any]) -> Span | None:
    """Return the span that the receiver has as its parent. It ends when its line was written."""
    own = parent_in([line["traceparent"]] if "traceparent" in line else ())
    if own is None:
        return None
    url, status = urlsplit(line["url"]), line.get("status")
    failed = line.get("error") or (None if status is not None and 200 <= status <= 299 else f"status {status}")
    ended_ns = (datetime.fromisoformat(line["timestamp"]) - _EPOCH) // timedelta(milliseconds=1) * _NS_PER_MS
    return Span(
        trace=own.trace,
        id=own.span_id,
        parent_id=span_id(PLAN, line["event_id"]),
        name=f"attempt {line['event_type']}",
        kind=Kind.CLIENT,
        began_ns=ended_ns - line["latency_ms"] * _NS_PER_MS,
        ended_ns=ended_ns,
        attributes=_present(
            {
                "http.request.method": "POST",
                "http.response.status_code": status,
                "http.request.resend_count": line["attempt"] - 1 or None,
                "url.full": line["url"],
                "server.address": url.hostname,
                "server.port": url.port or (443 if url.scheme == "https" else 80),
                "error.type": str(failed).partition(":")[0] if failed else None,
                "paysandbox.attempt": line["attempt"],
                "paysandbox.delivery.id": line["delivery_id"],
                "paysandbox.endpoint.id": line["endpoint_id"],
                "paysandbox.event.id": line["event_id"],
                "paysandbox.merchant": line["merchant"],
                "paysandbox.payment.id": line.get("payment_id"),
                "paysandbox.fault": line.get("fault"),
            }
        ),
        error=failed,
    )


def _of_event(event: Event) -> dict[str, Value | None]:
    return {
        "paysandbox.event.id": event.id,
        "paysandbox.event.type": event.type,
        "paysandbox.merchant": event.merchant,
        "paysandbox.payment.id": event.payment_id,
    }


def _of_database(call: AwsCall, table: str | None) -> dict[str, Value]:
    return _present(
        {
            "db.system.name": "aws.dynamodb",
            "db.operation.name": call.operation,
            "db.collection.name": table,
            "http.response.status_code": call.status,
        }
    )


def _parent_id(parent: Parent | None) -> str | None:
    return None if parent is None else parent.span_id


def _request_line(invocations: Iterable[Invocation]) -> Mapping[str, Any] | None:
    return next((line for each in invocations for line in lines_of(each.log, LINE)), None)


def _present(attributes: Mapping[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in attributes.items() if value is not None}


def _short(function: str) -> str:
    """Return a function's name without that of its environment: `paysandbox-local-authorize_payment`."""
    return function.rpartition("-")[2]


@lru_cache(maxsize=1_024)
def template_of(method: str, path: str, routes: tuple[str, ...]) -> str | None:
    """Return the path of the route that a request is for, as it is documented: `/payments/{transaction_id}`.

    Of several, the one with the most literal segments.
    """
    matching = [template for template in _templates(method, routes) if _pattern(template).fullmatch(path)]
    return min(matching, key=lambda template: template.count("{"), default=None)


def _templates(method: str, routes: tuple[str, ...]) -> Iterator[str]:
    for route in routes:
        of, _, template = route.partition(" ")
        if of == method:
            yield template


@lru_cache(maxsize=1_024)
def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]+\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))
