"""JSON by a fast library, and by Python's where that differs."""

import json

import pytest
from hypothesis import given, strategies as st

from engine.fast_json import decoded, encoded

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
)


@given(VALUES)
def test_a_value_is_encoded_in_ascii_and_decoded(value: object) -> None:
    text = encoded(value)
    assert text.isascii()
    assert json.loads(text) == decoded(text) == value


@pytest.mark.parametrize("text", [rb'"\ud800"', b"1e999", b"NaN", b'"\\u00e9"', '"é"'.encode(), b'{"a": 1, "a": 2}'])
def test_a_text_that_python_reads_is_decoded(text: bytes) -> None:
    assert repr(decoded(text)) == repr(json.loads(text))


def test_half_of_a_surrogate_pair_is_encoded() -> None:
    assert encoded("\ud800") == rb'"\ud800"'


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[1,]"])
def test_another_text_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"line 1|codec"):
        decoded(text)
