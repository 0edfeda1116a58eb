"""How much of a list fits into one response of a function."""

import json
from collections.abc import Callable

import pytest

from paysandbox.core.json_text import json_text
from paysandbox.http.answer import Body
from paysandbox.http.page_size import MAX_PAGE_BYTES, fitting, response_bytes
from paysandbox.stripe_api.json_text import to_stripe_json
from paysandbox.stripe_api.lists.answer import listed_json

LAMBDA_RESPONSE_BYTES = 6_291_556
"""The largest response that Lambda accepts (quotas page of Lambda: 6 MB, and 100 bytes more)."""


def bodies(*sizes: int) -> list[Body]:
    """Return bodies of these sizes, in bytes of a response."""
    around = response_bytes(json_text({"id": 0, "text": ""}))
    return [{"id": number, "text": "x" * (size - around)} for number, size in enumerate(sizes)]


HALF = MAX_PAGE_BYTES // 2


@pytest.mark.full
@pytest.mark.parametrize(
    "sizes, first, last",
    [
        ([], [], []),
        ([100, 100], [0, 1], [0, 1]),
        ([HALF, HALF], [0, 1], [0, 1]),
        ([HALF, HALF, 100], [0, 1], [1, 2]),
        ([100, HALF, HALF], [0, 1], [1, 2]),
        ([2 * MAX_PAGE_BYTES, 100], [0], [1]),
        ([100, 2 * MAX_PAGE_BYTES], [0], [1]),
    ],
)
def test_as_many_as_fit_from_either_end(sizes: list[int], first: list[int], last: list[int]) -> None:
    every = bodies(*sizes)

    assert [body["id"] for body in fitting(every, json_text)] == first
    assert [body["id"] for body in fitting(every, json_text, from_end=True)] == last


@pytest.mark.parametrize("character", ['"', "\\", "\n", "\x01", "\u00e9", "\U0001f4b6", "\ud800"])
@pytest.mark.parametrize("encode, encode_page", [(json_text, json_text), (listed_json, to_stripe_json)])
def test_what_fits_is_a_response_that_lambda_accepts(
    encode: Callable[[Body], str], encode_page: Callable[[Body], str], character: str
) -> None:
    text = character * 30_000
    every: list[Body] = [{"id": number, "text": text, "nested": [{"a": {"b": [text]}}, {}]} for number in range(60)]

    shown = fitting(every, encode)
    response = json.dumps({"statusCode": 200, "body": encode_page({"data": shown})}, ensure_ascii=False)

    assert 0.8 * MAX_PAGE_BYTES < len(response.encode(errors="surrogatepass")) < LAMBDA_RESPONSE_BYTES


def test_short_objects_with_much_structure_fit() -> None:
    every: list[Body] = [{"id": number, "nested": [{"a": {"b": {"c": [{}] * 5_000}}}]} for number in range(100)]

    shown = fitting(every, listed_json)

    assert 0.8 * MAX_PAGE_BYTES < response_bytes(to_stripe_json({"data": shown})) < LAMBDA_RESPONSE_BYTES
