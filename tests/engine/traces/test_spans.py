"""The spans of a payment, from what the engine observed: a trace, its parents, and what may be said of them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from engine.traces.observed import AwsCall, Invocation, Observed, Request
from engine.traces.spans import Kind, Span, spans_of, template_of
from paysandbox.aws.dynamodb.dynamodb_json import _encode
from paysandbox.aws.events.topic import attributes
from paysandbox.aws.trace_context import ATTEMPT, Trace, span_id, trace_of
from paysandbox.core import ids
from paysandbox.payments.events.event import events_of
from paysandbox.payments.events.rendering import payment_message
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.ids import stripe_event_id
from paysandbox.webhooks.events.event_store import StoredEvent, event_item
from tests.support.builders import build
from tests.support.tools.card_numbers import found_in

BEGAN_NS = 1_800_000_000_000_000_000
MS = 1_000_000
ROUTES = ("POST /payments/authorize", "GET /payments/{transaction_id}", "GET /payments/balance", "GET /v1/charges/{id}")
REQUEST_ID = "0b5c6e1d-3f7e-4a3b-8d7e-1c2d3e4f5a6b"
CALLERS = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS_SPAN = "00f067aa0ba902b7"
SENT = f"00-{CALLERS}-{CALLERS_SPAN}-01"
LEDGER, EVENTS = "paysandbox-local-PaymentsLedger", "paysandbox-local-Events"

PAYMENT = build.authorized(12_50)
TRACE = trace_of(PAYMENT.id)


def call(operation: str, body: Mapping[str, Any], answer: Any = None, status: int = 200, at: int = 5) -> AwsCall:
    """Return a call of DynamoDB that took a millisecond."""
    began_ns = BEGAN_NS + at * MS
    sent = _encode(body).encode()
    return AwsCall(
        operation, sent, began_ns, began_ns + MS, status, b"" if answer is None else _encode(answer).encode()
    )


def invocation(function: str, *calls: AwsCall, lines: tuple[Mapping[str, Any], ...] = (), **parts: Any) -> Invocation:
    """Return an invocation from the second millisecond to the ninth."""
    log = "\n".join(["START", *(json.dumps(line, separators=(",", ":")) for line in lines), "{cut off"])
    named = f"paysandbox-local-{function}"
    return Invocation("", named, BEGAN_NS + 2 * MS, BEGAN_NS + 9 * MS, log=log, calls=[*calls], **parts)


def request_line(**fields: Any) -> dict[str, Any]:
    """Return the line of an authorization."""
    return {
        "message": "request",
        "request_id": REQUEST_ID,
        "merchant": "demo",
        "method": "POST",
        "route": "authorize_payment",
        "path": "/payments/authorize",
        "status": 200,
        "duration_ms": 6.5,
        "outcome": "approved",
        "transaction_id": PAYMENT.id,
        "cold_start": False,
        "answer": json.dumps({"amount": 1250, "currency": "USD", "card": {"brand": "visa", "last4": "4242"}}),
    } | fields


def request(*invocations: Invocation, **parts: Any) -> Request:
    """Return an authorization that took ten milliseconds."""
    made = Request("POST", "/payments/authorize", BEGAN_NS, BEGAN_NS + 10 * MS, 200, REQUEST_ID)
    return replace(made, invocations=[*invocations], **parts)


def put(payment: Payment, **parts: Any) -> AwsCall:
    """Return the write of a new payment."""
    return call("PutItem", {"TableName": LEDGER, "Item": payment_item(payment)}, **parts)


def published(payment: Payment, trace: str | None = None) -> AwsCall:
    """Return the call that publishes a payment's events."""
    form = {"Action": "PublishBatch", "TopicArn": "arn:aws:sns:us-east-1:000000000000:topic"}
    for place, event in enumerate(events_of(None, payment), 1):
        message = replace(payment_message(event), trace=trace)
        entry = f"PublishBatchRequestEntries.member.{place}"
        form |= {f"{entry}.Id": str(place), f"{entry}.Message": message.body}
        for number, (name, value) in enumerate(attributes(message).items(), 1):
            named = f"{entry}.MessageAttributes.entry.{number}"
            form |= {f"{named}.Name": name, f"{named}.Value.StringValue": value["StringValue"]}
    return AwsCall("PublishBatch", urlencode(form).encode(), BEGAN_NS, BEGAN_NS + MS, 200)


def stored_event(**parts: Any) -> StoredEvent:
    """Return the authorization's event, planned for two endpoints."""
    message = payment_message(events_of(None, PAYMENT)[0])
    made = StoredEvent(id=message.id, merchant="demo", type=str(message.type), at=build.MONDAY, body=message.body)
    return replace(made, planned={"we_1": 1, "we_2": 1}, **parts)


def planned(event: StoredEvent) -> AwsCall:
    """Return the write that stores an event."""
    return call("PutItem", {"TableName": EVENTS, "Item": event_item(event, 60)})


def attempt_line(event: StoredEvent, **fields: Any) -> dict[str, Any]:
    """Return the line of an attempt that got a 200."""
    return {
        "message": "delivery attempt",
        "timestamp": "2027-01-15T08:00:00.123+00:00",
        "traceparent": f"00-{TRACE.id}-{span_id(ATTEMPT, 'wd_1', '1')}-01",
        "delivery_id": "wd_1",
        "endpoint_id": "we_1",
        "url": "http://127.0.0.1:3000/hooks",
        "event_id": event.id,
        "event_type": event.type,
        "merchant": "demo",
        "attempt": 1,
        "status": 200,
        "latency_ms": 23,
        "payment_id": PAYMENT.id,
    } | fields


def spans(*observed: Observed) -> list[Span]:
    """Return all spans of several observations."""
    return [span for each in observed for span in spans_of(each, ROUTES)]


def tree(found: list[Span]) -> dict[str, str | None]:
    """Return the name of each span's parent: its ID if it is not among them."""
    names = {span.id: span.name for span in found}
    return {span.name: names.get(span.parent_id or "", span.parent_id) for span in found}


AUTHORIZED = request(invocation("authorize_payment", put(PAYMENT), lines=(request_line(),)))


def test_one_trace_leads_from_a_request_to_the_attempts() -> None:
    event = stored_event()
    found = spans(
        AUTHORIZED,
        invocation("publish_event", published(PAYMENT)),
        invocation("plan_deliveries", planned(event)),
        invocation("deliver_event", lines=(attempt_line(event),)),
    )
    assert tree(found) == {
        "POST /payments/authorize": None,
        "handler authorize_payment": "POST /payments/authorize",
        "write authorize": "handler authorize_payment",
        "event payment_authorized": "write authorize",
        "plan payment_authorized": "event payment_authorized",
        "attempt payment_authorized": "plan payment_authorized",
    }
    assert {span.trace for span in found} == {TRACE}
    assert {span.error for span in found} == {None}
    assert all(span.ended_ns > span.began_ns for span in found)
    assert len({span.id for span in found}) == len(found)


def test_what_is_observed_again_has_the_same_spans() -> None:
    assert spans(AUTHORIZED) == spans(AUTHORIZED)


def test_a_request_with_a_traceparent_is_in_the_callers_trace() -> None:
    traced = replace(PAYMENT, operations=tuple(replace(each, trace=f"{CALLERS}-01") for each in PAYMENT.operations))
    found = spans(
        replace(
            AUTHORIZED,
            traceparents=[SENT],
            invocations=[invocation("authorize_payment", put(traced), lines=(request_line(),))],
        ),
        invocation("publish_event", published(PAYMENT, f"{CALLERS}-01")),
        invocation("plan_deliveries", planned(stored_event(trace=f"{CALLERS}-01"))),
    )
    assert {span.trace for span in found} == {Trace(CALLERS)}
    assert tree(found)["POST /payments/authorize"] == CALLERS_SPAN
    assert tree(found)["plan payment_authorized"] == "event payment_authorized"


def test_a_trace_that_its_caller_does_not_record_is_not_sent() -> None:
    assert spans(replace(AUTHORIZED, traceparents=[f"{SENT[:-1]}0"])) == []


def test_what_a_request_says() -> None:
    server, handler, write = spans(AUTHORIZED)
    assert server.kind is Kind.SERVER
    assert server.attributes == {
        "http.request.method": "POST",
        "http.route": "/payments/authorize",
        "url.scheme": "http",
        "url.path": "/payments/authorize",
        "http.response.status_code": 200,
        "paysandbox.request.id": REQUEST_ID,
        "paysandbox.outcome": "approved",
        "paysandbox.amount": 12_50,
        "paysandbox.currency": "USD",
        "paysandbox.payment.id": PAYMENT.id,
        "paysandbox.merchant": "demo",
    }
    assert (handler.attributes["faas.invoked_name"], handler.attributes["faas.coldstart"]) == (
        "paysandbox-local-authorize_payment",
        False,
    )
    assert write.kind is Kind.CLIENT
    assert write.attributes == {
        "db.system.name": "aws.dynamodb",
        "db.operation.name": "PutItem",
        "db.collection.name": LEDGER,
        "http.response.status_code": 200,
        "paysandbox.operation.id": PAYMENT.id,
        "paysandbox.operation.kind": "authorize",
        "paysandbox.amount": 12_50,
        "paysandbox.currency": "USD",
        "paysandbox.payment.id": PAYMENT.id,
    }


def test_an_update_has_the_amount_of_its_operation() -> None:
    captured = build.lived(12_50, captures=[5_00])
    operation = captured.operations[-1]
    body = {
        "TableName": LEDGER,
        "ExpressionAttributeValues": {":0": {"S": "demo"}, ":1": {"L": payment_item(captured)["operations"]["L"][-1:]}},
    }
    answer = {"Attributes": payment_item(captured)}
    line = request_line(route="capture_payment", transaction_id=operation.id, outcome="captured")
    capture = request(invocation("capture_payment", call("UpdateItem", body, answer), lines=(line,)))
    write = spans(capture)[-1]
    about = {name: write.attributes[f"paysandbox.{name}"] for name in ("operation.id", "amount", "currency")}
    assert about == {"operation.id": operation.id, "amount": 5_00, "currency": "USD"}
    assert write.trace == trace_of(captured.id)


def test_a_write_whose_condition_failed_records_no_operation() -> None:
    refused = request(invocation("authorize_payment", put(PAYMENT, status=400), lines=(request_line(replayed=True),)))
    server, _, write = spans(refused)
    assert (write.name, write.error) == (f"PutItem {LEDGER}", "status 400")
    assert server.attributes["paysandbox.replayed"] is True


def test_the_authorizer_comes_before_the_handler() -> None:
    found = spans(replace(AUTHORIZED, invocations=[invocation("authorize_v1"), *AUTHORIZED.invocations]))
    assert tree(found)["authorizer"] == "POST /payments/authorize"
    assert len(found) == 4


@pytest.mark.parametrize(
    "status, code, error", [(400, "amount_too_small", None), (402, None, None), (503, "service_unavailable", "x")]
)
def test_only_a_status_from_500_is_an_error_of_the_server(status: int, code: str | None, error: str | None) -> None:
    line = request_line(status=status, outcome="refused", code=code, transaction_id=None)
    del line["transaction_id"]
    server = spans(request(invocation("authorize_payment", lines=(line,)), status=status))[0]
    assert server.attributes["http.response.status_code"] == status
    assert server.attributes.get("error.type") == code
    assert (server.error is None) is (error is None)


def test_a_request_that_is_about_no_payment_has_a_trace_of_its_own() -> None:
    line = request_line(route="list_payments", outcome="listed", path="/payments", answer="{}")
    del line["transaction_id"]
    listed = Request("GET", "/payments", BEGAN_NS, BEGAN_NS + 10 * MS, 200, REQUEST_ID)
    listed.invocations.append(invocation("list_payments", lines=(line,)))
    assert {span.trace for span in spans(listed)} == {trace_of(REQUEST_ID)}


def test_a_rejected_key_has_the_request_alone() -> None:
    (span,) = spans(request(status=403))
    assert (span.name, span.attributes["http.response.status_code"]) == ("POST /payments/authorize", 403)


def test_a_function_that_failed_is_an_error() -> None:
    server, handler = spans(request(invocation("authorize_payment", failed=True), status=502))
    assert (server.error, handler.error) == ("502", "the function failed")


@pytest.mark.parametrize(
    "lines", [(), (request_line(merchant=None),)], ids=["a poll of the dashboard", "a public page"]
)
def test_what_the_request_log_leaves_out_has_no_spans(lines: tuple[dict[str, Any], ...]) -> None:
    assert spans(request(invocation("get_feed", lines=lines))) == []


@pytest.mark.parametrize(
    "fields, error, kind",
    [
        ({}, None, None),
        ({"status": 500}, "status 500", "status 500"),
        ({"status": None, "error": "timeout"}, "timeout", "timeout"),
        ({"status": None, "error": "tls_failed: The certificate could not be verified"}, "tls_failed: ", "tls_failed"),
    ],
)
def test_an_attempt_ends_when_it_is_logged(fields: dict[str, Any], error: str | None, kind: str | None) -> None:
    line = attempt_line(stored_event(), **fields)
    (attempt,) = spans(invocation("deliver_event", lines=(line,)))
    assert (attempt.ended_ns - attempt.began_ns) == 23 * MS
    assert attempt.ended_ns == 1_800_000_000_123 * MS
    assert (attempt.error or "").startswith(error or "")
    assert (attempt.error is None) is (error is None)
    assert attempt.attributes.get("error.type") == kind
    assert (attempt.attributes["server.address"], attempt.attributes["server.port"]) == ("127.0.0.1", 3000)


def test_a_retry_counts_the_attempts_before_it() -> None:
    first, third = (
        spans(invocation("deliver_event", lines=(attempt_line(stored_event(), attempt=number),)))[0]
        for number in (1, 3)
    )
    assert "http.request.resend_count" not in first.attributes
    assert third.attributes["http.request.resend_count"] == 2


def test_an_attempt_without_a_span_has_none() -> None:
    line = attempt_line(stored_event())
    del line["traceparent"]
    assert spans(invocation("deliver_event", lines=(line,))) == []


def test_an_event_in_stripes_format_follows_the_one_that_it_shows() -> None:
    shown = stored_event()
    intent = {"id": f"pi_{PAYMENT.id.removeprefix('auth_')}", "object": "payment_intent"}
    event_id = stripe_event_id(shown.id, "a")
    body = json.dumps({"id": event_id, "type": "payment_intent.succeeded", "sequence": 1, "data": {"object": intent}})
    of_stripe = replace(shown, id=event_id, type="payment_intent.succeeded", body=body, listed=False)
    found = spans(invocation("plan_deliveries", planned(shown), planned(of_stripe)))
    assert tree(found)["plan payment_intent.succeeded"] == "plan payment_authorized"
    assert {span.trace for span in found} == {TRACE}


def test_an_operation_of_a_sweep_begins_the_payments_spans() -> None:
    """No request made it."""
    (write,) = spans(invocation("expire_payments", put(PAYMENT)))
    assert (write.trace, write.parent_id, write.id) == (TRACE, None, span_id("write", PAYMENT.id))


def test_an_event_about_no_payment_has_no_write() -> None:
    body = json.dumps({"id": "evt_9", "type": "endpoint_disabled", "sequence": 1, "data": {"endpoint_id": "we_1"}})
    form = {
        "Action": "Publish",
        "Message": body,
        "MessageAttributes.entry.1.Name": "merchant",
        "MessageAttributes.entry.1.Value.StringValue": "demo",
    }
    (event,) = spans(invocation("f", AwsCall("Publish", urlencode(form).encode(), BEGAN_NS, BEGAN_NS + MS, 200)))
    assert (event.trace, event.parent_id) == (trace_of("evt_9"), None)


@pytest.mark.parametrize(
    "observed",
    [
        invocation("f", call("PutItem", {"TableName": LEDGER, "Item": {"transaction_id": {"S": "clm_1"}}})),
        invocation("f", call("PutItem", {"TableName": EVENTS, "Item": {}}, status=400)),
        invocation("f", call("UpdateItem", {"TableName": LEDGER}, {})),
        invocation("f", AwsCall("PublishBatch", b"Action=PublishBatch", 0, 0, 500)),
        invocation("f", AwsCall("PutItem", b"", 0, 0, 400)),
        invocation("f"),
    ],
)
def test_calls_that_do_nothing_to_a_payment_have_no_spans(observed: Invocation) -> None:
    assert spans(observed) == []


def test_no_span_has_a_card_number() -> None:
    line = request_line(path="/payments/4242424242424242")
    found = spans(
        replace(
            AUTHORIZED,
            path="/payments/4242424242424242",
            invocations=[invocation("authorize_payment", put(PAYMENT), lines=(line,))],
        )
    )
    assert found
    assert not found_in(repr(found).encode(), ["4242424242424242"])


@pytest.mark.parametrize(
    "method, path, template",
    [
        ("POST", "/payments/authorize", "/payments/authorize"),
        ("GET", f"/payments/{PAYMENT.id}", "/payments/{transaction_id}"),
        ("GET", "/payments/balance", "/payments/balance"),
        ("GET", "/v1/charges/ch_1", "/v1/charges/{id}"),
        ("GET", "/payments/authorize/more", None),
        ("DELETE", "/payments/authorize", None),
    ],
)
def test_a_request_is_named_after_its_route(method: str, path: str, template: str | None) -> None:
    assert template_of(method, path, ROUTES) == template


def test_ids_are_those_of_objects() -> None:
    assert ids.payment_of(PAYMENT.id) == PAYMENT.id
    assert spans(AUTHORIZED)[0].id == span_id("request", REQUEST_ID)
