"""A million payments with everything that follows: the lines add up, and each is what its benchmark counted."""

import pytest

from benchmarks import payment_cost, report
from stacks.environments import ENVIRONMENTS

RESULTS = {name: report.result(name) for name in ("units_of_operations", "modelled", "webhooks", "settlement")}


def test_lines_add_up_to_the_total() -> None:
    found = payment_cost.measure(RESULTS)
    lines = [usd for line in found["usd_by_line"].values() for usd in line.values()]
    assert found["usd_in_all"] == pytest.approx(sum(lines), abs=0.1)
    assert found["usd_with_all_ways"] == pytest.approx(found["usd_in_all"] - sum(found["ways_usd"].values()), abs=0.02)


def test_lines_use_the_counted_results() -> None:
    lines = payment_cost.measure(RESULTS)["usd_by_line"]
    units = {name: line.get("DynamoDB write request unit") for name, line in lines.items()}
    deliveries = RESULTS["webhooks"]["cost"]["by_batch"]["10"]["write_units"]
    assert units["authorize"] == units["capture"] == 4 * 0.625
    stored = ENVIRONMENTS["prod"].request_log_sample_percent / 100
    written = 2 * (2 + 3) * 0.625 * stored
    assert units["request log"] == pytest.approx(written, abs=0.01), "the table, its index, and the feed's entries"
    assert units["events and deliveries"] == pytest.approx(3 * sum(deliveries.values()) / 10 * 0.625)
    assert units["settlement"] == pytest.approx((2.58 + 3) * 0.625, abs=0.01)
    assert lines["authorize"]["API Gateway REST request"] == 3.5


def test_an_event_and_its_delivery_are_each_written_once() -> None:
    """A unit of the table and one of its list, each."""
    lines = payment_cost.measure(RESULTS)["usd_by_line"]
    assert lines["events and deliveries"]["DynamoDB write request unit"] == pytest.approx(3 * 4 * 0.625)


def test_savings_do_not_exceed_their_lines() -> None:
    """A counter drops what is negative: a way that took too much would go unnoticed."""
    lines, ways = payment_cost._lines(RESULTS), payment_cost._ways()
    for way, taken in ways.items():
        for line, use in taken.items():
            assert all(lines[line][item] >= amount for item, amount in use.items()), (way, line)
