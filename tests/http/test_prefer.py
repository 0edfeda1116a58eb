"""`Prefer: wait=N` (RFC 7240): malformed and unknown preferences are ignored."""

import pytest

from paysandbox.http.prefer import preferred_wait_s


@pytest.mark.parametrize(
    "values, seconds",
    [
        ([], 0),
        (["wait=10"], 10),
        (["wait=1"], 1),
        (["wait=20"], 20),
        (["wait=21"], 20),  # as long as is possible
        (["wait=999999999"], 20),
        (["wait=0"], 0),
        (["WAIT=10"], 10),
        (["wait = 10"], 10),
        (['wait="10"'], 10),
        (["wait=10; foo=bar"], 10),
        (["respond-async, wait=10"], 10),
        (["respond-async", "wait=10"], 10),
        (["wait=5, wait=10"], 5),  # the first one counts
        (["wait=5", "wait=10"], 5),
        (["wait=soon, wait=10"], 0),
        (["return=minimal"], 0),
        (["wait"], 0),
        (["wait="], 0),
        (["wait=-1"], 0),
        (["wait=1.5"], 0),
        (["wait=10s"], 0),
        (['wait="10'], 0),
        (["wait=9999999999"], 0),
        (["waiting=10"], 0),
        (["wait=\u0661"], 0),  # a digit, but none of a header
        ([""], 0),
        ([",;=,"], 0),
    ],
)
def test_seconds(values: list[str], seconds: int) -> None:
    assert preferred_wait_s(values) == seconds
