"""The search for card numbers finds them, however they were written."""

import base64
from urllib.parse import quote

import pytest

from tests.support.tools.card_numbers import found_in

NUMBER = "4242424242424242"


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        quote("4242 4242 4242 4242"),
        *(base64.b64encode(b"x" * shift + f'{{"number":"{NUMBER}"}}'.encode()).decode() for shift in range(3)),
    ],
)
def test_found(written: str) -> None:
    assert found_in(f"before {written} after".encode(), [NUMBER]) == {NUMBER}


@pytest.mark.parametrize("written", ["4242", "4242424242424241", "card ending 4242"])
def test_not_found(written: str) -> None:
    assert not found_in(written.encode(), [NUMBER])
