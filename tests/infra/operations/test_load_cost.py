"""The cost of a load test.

The tests are here because a function's settings are in its stack.
"""

import pytest

from load_tests.cost import usage
from stacks.operations.prices import Item, usd


def test_usage_of_a_minute_at_5000_payments_a_second() -> None:
    items = usage(5_000, 60)

    assert items[Item.GATEWAY_REQUEST] == 600_000, "an authorization and a capture each"
    assert items[Item.WRITE_UNIT] == 300_000 * (6 + 2 * (2 + 2)), (
        "ledger with its idempotency record and indexes, stored requests, feed"
    )


@pytest.mark.full
def test_cost_is_proportional_to_duration() -> None:
    once, twice = (usd(usage(1_000, seconds), beyond_free=False) for seconds in (30, 60))

    assert twice == pytest.approx(2 * once)
