"""The cost of a load test, and docs/how-to/load-test.md checked against it.

The tests are here because a function's settings are in its stack.
"""

import re
from pathlib import Path

import pytest

from load_tests.cost import used
from stacks.prices import PRICES, Item, usd

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "how-to" / "load-test.md").read_text()


def test_a_minute_at_5000_payments_a_second_is_counted() -> None:
    items = used(5_000, 60)

    assert items[Item.GATEWAY_REQUEST] == 600_000, "an authorization and a capture each"
    assert items[Item.WRITE_UNIT] == 300_000 * (8 + 2 * 2), "ledger with its claim and indexes, kept requests"
    assert 5 < usd(items, beyond_free=False) < 7


@pytest.mark.full
def test_twice_as_long_costs_twice_as_much() -> None:
    once, twice = (usd(used(1_000, seconds), beyond_free=False) for seconds in (30, 60))

    assert twice == pytest.approx(2 * once)


def test_the_guide_says_what_the_model_says() -> None:
    items = used(5_000, 60)
    rows = dict(re.findall(r"^\| ([^|]+?) \|[^|]+\| (\d+\.\d\d) \|$", GUIDE, re.MULTILINE))

    assert rows == {str(item): f"{amount * PRICES[item].usd:.2f}" for item, amount in items.items()} | {
        "total": f"{usd(items, beyond_free=False):.2f}"
    }
