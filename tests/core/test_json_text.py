"""The text of a JSON value: sorted keys, no whitespace, characters as they are."""

import pytest

from paysandbox.core.json_text import json_text


@pytest.mark.parametrize(
    "value, text",
    [
        ({"b": 1, "a": 1.5}, '{"a":1.5,"b":1}'),
        ({"b": [0, {"d": None, "c": True}], "a": {}}, '{"a":{},"b":[0,{"c":true,"d":null}]}'),
        ({"name": 'Jane "é"'}, '{"name":"Jane \\"é\\""}'),
    ],
)
def test_the_text_of_a_value(value: object, text: str) -> None:
    assert json_text(value) == text


def test_no_json_value() -> None:
    with pytest.raises(TypeError):
        json_text({"a": object()})
