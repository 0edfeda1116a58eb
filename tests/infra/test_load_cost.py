"""The cost of a load test, and docs/how-to/load-test.md checked against it.

The tests are here because a function's settings are in its stack.
"""

import re
from pathlib import Path

import pytest

from load_tests.cost import usage
from stacks.prices import PRICES, Item, usd

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "how-to" / "load-test.md").read_text()


def test_usage_of_a_minute_at_5000_payments_a_second() -> None:
    items = usage(5_000, 60)

    assert items[Item.GATEWAY_REQUEST] == 600_000, "an authorization and a capture each"
    assert items[Item.WRITE_UNIT] == 300_000 * (6 + 2 * (2 + 2)), (
        "ledger with its idempotency record and indexes, stored requests, feed"
    )
    assert 5 < usd(items, beyond_free=False) < 7


@pytest.mark.full
def test_cost_is_proportional_to_duration() -> None:
    once, twice = (usd(usage(1_000, seconds), beyond_free=False) for seconds in (30, 60))

    assert twice == pytest.approx(2 * once)


def test_guide_matches_the_model() -> None:
    items = usage(5_000, 60)
    rows = dict(re.findall(r"^\| ([^|]+?) \|[^|]+\| (\d+\.\d\d) \|$", GUIDE, re.MULTILINE))

    assert rows == {str(item): f"{amount * PRICES[item].usd:.2f}" for item, amount in items.items()} | {
        "total": f"{usd(items, beyond_free=False):.2f}"
    }
