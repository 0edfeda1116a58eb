"""What the functions of a laptop receive of bodies and headers that ministack would change."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from engine.corrections.repeated_headers import pass_as_sent, sent_headers
from engine.ministack import view


def built(*arguments: Any, binary_media_types: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return an event as ministack builds it."""
    headers, body = arguments[6:8]
    passed = base64.b64encode(body).decode() if binary_media_types else body.decode("utf-8", "replace")
    return {
        "headers": {**headers},
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "body": passed or None,
        "isBase64Encoded": bool(binary_media_types),
    }


def event_of(body: bytes, headers: dict[str, str] | None = None, **options: Any) -> dict[str, Any]:
    gateway = SimpleNamespace(_build_lambda_event_v1=built)
    pass_as_sent(view("apigateway_v1", gateway))
    return gateway._build_lambda_event_v1("api", "live", {}, {}, "/", "POST", headers or {}, body, {}, {}, **options)


@pytest.mark.parametrize(
    "body, options, passed",
    [
        (b"", {}, (None, False)),
        ("é".encode(), {}, ("é", False)),
        (b"\xff", {}, ("/w==", True)),
        (b"a\xed\xa0\x80", {}, ("Ye2ggA==", True)),
        ("\ufffd".encode(), {}, ("77+9", True)),
        (b"\xff", {"binary_media_types": ("*/*",)}, ("/w==", True)),
    ],
)
def test_bodies_are_passed_byte_for_byte(body: bytes, options: dict[str, Any], passed: tuple[str, bool]) -> None:
    event = event_of(body, **options)
    assert (event["body"], event["isBase64Encoded"]) == passed


def test_repeated_headers_are_passed_as_a_list() -> None:
    sent = [(b"Idempotency-Key", b"a"), (b"accept", b"*/*"), (b"idempotency-key", b"b, c")]
    token = sent_headers.set(sent)
    try:
        event = event_of(b"", {"idempotency-key": "a, b, c", "accept": "*/*"})
    finally:
        sent_headers.reset(token)
    assert event["multiValueHeaders"] == {"idempotency-key": ["a", "b, c"], "accept": ["*/*"]}
    assert event["headers"] == {"idempotency-key": "b, c", "accept": "*/*"}
