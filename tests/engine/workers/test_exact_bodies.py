"""Bodies that are not UTF-8, which functions receive as they were sent."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from engine.ministack import view
from engine.workers.exact_bodies import pass_exactly


def built(*arguments: Any, binary_media_types: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return an event as ministack builds it."""
    body = arguments[7]
    passed = base64.b64encode(body).decode() if binary_media_types else body.decode("utf-8", "replace")
    return {"body": passed or None, "isBase64Encoded": bool(binary_media_types)}


def event_of(body: bytes, **options: Any) -> dict[str, Any]:
    gateway = SimpleNamespace(_build_lambda_event_v1=built)
    pass_exactly(view("apigateway_v1", gateway))
    return gateway._build_lambda_event_v1("api", "live", {}, {}, "/", "POST", {}, body, {}, {}, **options)


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
