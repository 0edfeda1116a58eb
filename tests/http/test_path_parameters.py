"""Path parameters: one that is longer than every ID is cut off, so that it fits into a key and into a file's name."""

import pytest

from paysandbox.http.request import path_parameters

SHORTEST_LIMIT_BYTES = 1_024
"""Of a sort key in DynamoDB; a partition key has 2,048. A merchant's name and a separator may precede an ID."""
MERCHANT_BYTES = 64


@pytest.mark.parametrize(
    "value",
    [
        "auth_jbswy3dpehpk3pxpjbswy3dpeh",
        "",
        "..",
        "../../etc/passwd",
        "a\0b",
        "\x01\x1b[2J",
        "\u20ac",
        " ",
    ],
)
def test_what_is_no_longer_than_an_id_is_unchanged(value: str) -> None:
    assert path_parameters({"pathParameters": {"id": value}}) == {"id": value}


@pytest.mark.parametrize(
    "value, times",
    [
        *((value, 2_049) for value in ("a", "é", "€", "\U0001f600", "\0", "pi_")),
        *(("a", times) for times in (254, 255, 1_024, 1_025, 2_048, 8_000)),
        ("\U0001f600", 254),
    ],
    ids=ascii,
)
def test_what_is_longer_fits_into_a_key(value: str, times: int) -> None:
    cut = path_parameters({"pathParameters": {"id": value * times}})["id"]
    assert (value * times).startswith(cut)
    assert 64 < len(cut) < 255 - len(".html"), "longer than every ID, shorter than the name of a file"
    assert len(cut.encode()) <= SHORTEST_LIMIT_BYTES - MERCHANT_BYTES


@pytest.mark.parametrize("event", [{}, {"pathParameters": None}, {"pathParameters": {}}])
def test_a_path_without_parameters(event: dict[str, None]) -> None:
    assert path_parameters(event) == {}
