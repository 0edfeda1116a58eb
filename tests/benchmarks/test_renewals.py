"""What renewals cost: that each of a year's is made and paid, in a sandbox that runs."""

import sys

import pytest

from benchmarks.renewals import measure


@pytest.mark.full
@pytest.mark.skipif(sys.platform != "linux", reason="CPU time is read from /proc")
def test_a_year_of_renewals_is_paid() -> None:
    found = measure(subscriptions=2)
    assert found["renewals"] == 2 * 12
    assert found["cpu_ms"] > 0
