"""The remaining time of a worker: its function's limit, or a time set by the caller."""

from types import SimpleNamespace
from typing import Any

import pytest

from paysandbox.aws.time_left import time_left

FUNCTION_S = 60


@pytest.mark.parametrize(
    "event, goes_on_until_s",
    [({}, 45), ({"seconds": 5}, 5), ({"seconds": 0.5}, 0.5), ({"seconds": 600}, 45), ({"source": "aws.events"}, 45)],
)
def test_reserve_of_the_functions_time_is_kept(event: dict[str, Any], goes_on_until_s: float) -> None:
    at = SimpleNamespace(s=0.0)
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: (FUNCTION_S - at.s) * 1000)
    goes_on = time_left(event, context)
    found: list[bool] = []
    for at.s in (0, goes_on_until_s - 0.001, goes_on_until_s):
        found.append(goes_on())
    assert found == [True, True, False]
