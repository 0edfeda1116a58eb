"""A million payments with everything that follows: the lines add up, and each is what its benchmark counted."""

import pytest

from benchmarks import cost
from benchmarks.cost.latency import OTHER_LOG_BYTES
from benchmarks.cost.operations import DESCRIBED, TEXTS
from benchmarks.cost.write_units import UNIT_BYTES
from benchmarks.results import result
from stacks.environments import ENVIRONMENTS

RESULTS = result("cost")


def test_lines_add_up_to_the_total() -> None:
    found = cost.model(RESULTS)
    lines = [usd for line in found["usd_by_line"].values() for usd in line.values()]
    assert found["usd_in_all"] == pytest.approx(sum(lines), abs=0.1)


def test_lines_use_the_counted_results() -> None:
    lines = cost.model(RESULTS)["usd_by_line"]
    units = {name: line.get("DynamoDB write request unit") for name, line in lines.items()}
    deliveries = RESULTS["deliveries"]["by_batch"]["10"]["write_units"]
    assert (units["authorize"], units["capture"]) == (pytest.approx(5 * 0.625, abs=0.01), 2 * 0.625), "with a reference"
    stored = ENVIRONMENTS["prod"].request_log_sample_percent / 100
    written = (2 * (2 + 1) + 3 * 2) * 0.625 * stored
    assert units["request log"] == pytest.approx(written, abs=0.01), "the table, its index, and the feed's entries"
    assert units["events and deliveries"] == pytest.approx(3 * sum(deliveries.values()) / 10 * 0.625, abs=0.01)
    assert units["settlement"] == pytest.approx((2 + 2) * 0.625, abs=0.01), "the entry; the payment and its due time"
    assert lines["authorize"]["API Gateway REST request"] == 3.5


def test_the_goals_under_load() -> None:
    """In US dollars: with 5 % of the requests in the request log, and with all."""
    found = cost.model(RESULTS)["usd_by_case"]
    assert found["full batches, as under load; 5% in the log"] <= 24
    assert found["full batches, as under load; 100% in the log"] <= 33


def test_an_event_and_its_delivery_are_each_written_once() -> None:
    """A unit of each table, and one of the list of events, which the list of deliveries is made from."""
    lines = cost.model(RESULTS)["usd_by_line"]
    assert lines["events and deliveries"]["DynamoDB write request unit"] == pytest.approx(3 * 3 * 0.625, abs=0.01)


def test_log_lines_are_counted_by_the_share_that_is_stored() -> None:
    lines = cost.model(RESULTS)["usd_by_line"]
    stored = ENVIRONMENTS["prod"].request_log_sample_percent / 100
    for name in ("authorize", "capture"):
        counted = RESULTS["operations"]["operations"][name]
        line = stored * counted["log_bytes"] + (1 - stored) * counted["log_bytes_unsampled"]
        assert counted["log_bytes_unsampled"] < counted["log_bytes"]
        assert lines[name]["CloudWatch Logs ingestion"] == pytest.approx((line + OTHER_LOG_BYTES) * 0.5e-3, abs=0.01)
    of_ten = RESULTS["deliveries"]["by_batch"]["10"]["log_bytes"]
    logged = lines["events and deliveries"]["CloudWatch Logs ingestion"]
    assert logged == pytest.approx(3 * of_ten / 10 * stored * 0.5e-3, abs=0.01)


def test_short_texts_of_a_payment_cost_nothing() -> None:
    described = RESULTS["operations"]["operations"][DESCRIBED]
    short, longest = sum(map(len, TEXTS.values())), cost.model(RESULTS)["text_bytes"]
    assert short < longest
    assert described["item_bytes"] + longest - short <= UNIT_BYTES


def test_the_expiry_of_authorizations_is_counted() -> None:
    """Three writes, the sweep's read, and a read in each of seven nights."""
    assert cost.model(RESULTS)["usd_of_expiry"] == pytest.approx(3 * 0.625 + (1 + 7) * 0.125, abs=0.01)
