"""Headers that were sent several times, as functions of a laptop receive them."""

from types import SimpleNamespace
from typing import Any

from engine.corrections.repeated_headers import pass_each_value, sent_headers
from engine.ministack import view


def event_of(headers: dict[str, str]) -> dict[str, Any]:
    """Return an event with headers as ministack joins them."""
    built = {"headers": {**headers}, "multiValueHeaders": {name: [value] for name, value in headers.items()}}
    gateway = SimpleNamespace(_build_lambda_event_v1=lambda: built)
    pass_each_value(view("apigateway_v1", gateway))
    return gateway._build_lambda_event_v1()


def test_repeated_headers_are_passed_as_a_list() -> None:
    sent = [(b"Idempotency-Key", b"a"), (b"accept", b"*/*"), (b"idempotency-key", b"b, c")]
    token = sent_headers.set(sent)
    try:
        event = event_of({"idempotency-key": "a, b, c", "accept": "*/*"})
    finally:
        sent_headers.reset(token)
    assert event["multiValueHeaders"] == {"idempotency-key": ["a", "b, c"], "accept": ["*/*"]}
    assert event["headers"] == {"idempotency-key": "b, c", "accept": "*/*"}
