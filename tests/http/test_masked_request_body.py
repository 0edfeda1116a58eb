"""The body of a request as the log shows it."""

from typing import Any

import pytest

from paysandbox.http.request import masked


@pytest.mark.parametrize(
    "event, expected",
    [
        ({"body": '{"amount": 1250}'}, '{"amount":1250}'),
        ({"body": "eyJhIjoxfQ==", "isBase64Encoded": True}, '{"a":1}'),
        ({"body": "?", "isBase64Encoded": True}, "[not UTF-8: 1 characters of Base64]"),
        ({"body": "not JSON"}, "[not JSON: 8 characters]"),
        ({"body": ""}, None),
        ({"body": None}, None),
        ({}, None),
        ({"body": 1250}, None),
    ],
    ids=["JSON", "Base64", "not Base64", "not JSON", "empty", "null", "missing", "no text"],
)
def test_any_body_can_be_shown(event: dict[str, Any], expected: str | None) -> None:
    assert masked(event) == expected
