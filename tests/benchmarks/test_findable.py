"""How long it takes until an order is found: that each of them is, in a sandbox that runs."""

import pytest

from benchmarks.findable import measure


@pytest.mark.full
def test_each_order_is_found() -> None:
    found = measure(orders=3)
    assert found["orders"] == 3
    assert 0 < found["p50_ms"] <= found["p95_ms"] <= found["max_ms"]
