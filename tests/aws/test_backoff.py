"""Waits between tries: random up to a limit, which doubles with each try up to a second."""

import pytest

from paysandbox.aws import backoff

ENOUGH = 200


@pytest.mark.parametrize("failed, limit_ms", [(1, 50), (2, 100), (3, 200), (5, 800), (6, 1_000), (50, 1_000)])
def test_delay_is_uniform_up_to_the_limit(failed: int, limit_ms: int) -> None:
    waits = [backoff.wait_ms(failed) for _ in range(ENOUGH)]
    assert 0 <= min(waits) < limit_ms / 4
    assert limit_ms * 3 / 4 < max(waits) <= limit_ms
