"""The modeled cost of requests, events and deliveries on AWS, and of a dashboard tab."""

import pytest

from benchmarks.cost import deliveries
from paysandbox.aws import schema
from paysandbox.aws.schema import FEED_SHARDS
from paysandbox.metrics import usage_cost
from paysandbox.metrics.figures import DeliverySample, RequestSample, Traffic, figures
from paysandbox.metrics.price_list import PICODOLLARS
from paysandbox.metrics.usage_cost import DashboardTab, cost, tab_cost


def usd(picodollars: int) -> float:
    return picodollars / PICODOLLARS


def requests(*times_ms: int) -> Traffic:
    return Traffic([RequestSample(at_ms=at_ms, route="get_payment", status=200, duration_ms=1) for at_ms in times_ms])


@pytest.mark.parametrize("traffic, dollars", [
    (Traffic(), 0),
    # The gateway, two invocations, 50 ms of a gigabyte, logs, a read, three writes, and a trace.
    (requests(0), 3.5e-6 + 2 * 0.2e-6 + 0.05 * 13.3334e-6 + 4_000 * 0.5e-9 + 0.125e-6 + 3 * 0.625e-6 + 5e-6),
    (requests(0, 1_000), 2 * 8.56667e-6 + 2 * 5e-6),         # the first of each second is traced
    (requests(0, 999), 2 * 8.56667e-6 + 1.01 * 5e-6),        # and 1% of the others
])  # fmt: skip
def test_cost_of_requests(traffic: Traffic, dollars: float) -> None:
    assert usd(cost(figures(traffic, 60))) == pytest.approx(dollars)


def test_an_event_and_its_delivery_cost_as_much_as_the_benchmark_counted() -> None:
    counted = deliveries.cost()["by_batch"]["1"]["usd_in_all"]

    found = usd(1_000_000 * (usage_cost.EVENT + usage_cost.DELIVERY))
    assert found == pytest.approx(counted + 2 * 0.625, rel=0.01)  # with their entries in the feed


def test_an_event_stands_for_a_write_of_a_payment() -> None:
    attempt = DeliverySample(at_ms=0, succeeded=False, latency_ms=1)
    found = usd(cost(figures(Traffic(events_ms=[0], deliveries=[attempt, attempt]), 60)))

    assert found == pytest.approx(usd(usage_cost.EVENT + 2 * usage_cost.DELIVERY) + 5 * 0.625e-6)
    assert 1 + len(schema.INDEXES) == usage_cost.LEDGER_WRITES


def test_a_dashboard_tab_costs_less_than_a_dollar_a_month() -> None:
    tab = DashboardTab()

    assert (tab.hours_per_day, tab.days, tab.active_percent) == (8, 22, 10)
    assert (tab.active_polls, tab.idle_polls) == (63_360, 57_024)
    assert 0.5 < usd(tab_cost(tab)) < 1


def test_a_poll_without_news_reads_each_shard_of_the_feed() -> None:
    assert usage_cost.READ_UNITS_OF_AN_IDLE_POLL == FEED_SHARDS
