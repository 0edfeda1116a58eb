"""Waits between tries: random up to a limit, which doubles with each try up to a second."""

import pytest

from paysandbox.aws import backoff

ENOUGH = 200


@pytest.mark.parametrize("failed, limit_s", [(1, 0.05), (2, 0.1), (3, 0.2), (5, 0.8), (6, 1), (50, 1)])
def test_a_wait_is_anywhere_up_to_the_limit(failed: int, limit_s: float) -> None:
    waits = [backoff.wait_s(failed) for _ in range(ENOUGH)]
    assert 0 <= min(waits) < limit_s / 4
    assert limit_s * 3 / 4 < max(waits) <= limit_s
