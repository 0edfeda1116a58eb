"""Bytes that are not UTF-8 are refused wherever a request can have them, whether a gateway passes text or Base64."""

import base64
from typing import Any

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.http.form import read_form
from paysandbox.http.request import body_text, parameters_of, path_parameters

# RFC 3629, section 3: surrogates and overlong forms are no UTF-8, and neither is a character that is cut.
NOT_UTF_8 = {
    "a lone byte": b"\xff",
    "Latin-1": b"caf\xe9",
    "half a character": b"\xe2\x82",
    "a surrogate": b"\xed\xa0\x80",
    "a pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "an overlong slash": b"\xc0\xaf",
    "beyond U+10FFFF": b"\xf4\x90\x80\x80",
    "UTF-16": "né".encode("utf-16"),
}
UTF_8 = ("é☕\U0001f600", "\ufffe", "\x00", "\ufffd")


def in_base64(body: bytes) -> dict[str, Any]:
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def decoded(body: bytes) -> str:
    """Return what API Gateway and ministack make of it."""
    return body.decode("utf-8", "replace")


@pytest.mark.parametrize("text", UTF_8)
def test_utf_8_is_read(text: str) -> None:
    assert body_text(in_base64(text.encode())) == text


@pytest.mark.parametrize("sent", NOT_UTF_8.values(), ids=NOT_UTF_8)
def test_other_bytes_are_refused(sent: bytes) -> None:
    events = (
        (body_text, in_base64(sent)),
        (body_text, {"body": decoded(sent), "isBase64Encoded": False}),
        (parameters_of, {"multiValueQueryStringParameters": {"a": ["b", decoded(sent)]}}),
        (parameters_of, {"queryStringParameters": {decoded(sent): "b"}}),
        (path_parameters, {"pathParameters": {"a": decoded(sent)}}),
        # A decoder that lets a surrogate pass.
        (path_parameters, {"pathParameters": {"a": "\ud800"}}),
        (parameters_of, {"queryStringParameters": {"a": "\ud800"}}),
    )
    for read, event in events:
        with pytest.raises(Refused, match="not UTF-8") as refused:
            read(event)
        assert refused.value.code is Code.REQUEST_INVALID
    encoded = "".join(f"%{byte:02x}" for byte in sent)
    for form in (f"a={encoded}", f"{encoded}=a", f"metadata[{encoded}]=a"):
        with pytest.raises(Refused, match="not UTF-8"):
            read_form(form)
