"""Settings of throughput in the templates: lanes of a stream, workers of a queue, and what tables are warmed for."""

import json
from collections import Counter

import pytest

from stacks.data.warm_throughput import DEFAULT_WRITES_PER_S, SAMPLED, WARM_WRITES_PER_PAYMENT
from stacks.environments import ENVIRONMENTS
from tests.infra.templates import EVERY_TYPE, Json, Synthesized, names, templates_for

MAPPING = "AWS::Lambda::EventSourceMapping"
TABLE = "AWS::DynamoDB::Table"


def of_queues(synthesized: Synthesized) -> dict[str, int]:
    """The maximum concurrency of each queue's worker."""
    return {
        mapping.id: mapping.properties["ScalingConfig"]["MaximumConcurrency"]
        for mapping in synthesized.all(MAPPING)
        if "ScalingConfig" in mapping.properties
    }


def warmed(table: Json) -> dict[str, Json]:
    """What the table and its indexes state, by index."""
    places = {"table": table} | {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}
    return {name: place["WarmThroughput"] for name, place in places.items() if "WarmThroughput" in place}


@pytest.mark.parametrize(
    "worker, setting",
    [
        ("plandeliveries", "planners_max"),
        ("delivereventhealthy", "deliverers_max"),
        ("delivereventsuspects", "unhealthy_deliverers_max"),
        ("applystripeevents", "payers_max"),
        ("sendreceipts", "senders_max"),
    ],
)
def test_queue_concurrency_follows_the_settings(synthesized: Synthesized, worker: str, setting: str) -> None:
    (given,) = (at_once for name, at_once in of_queues(synthesized).items() if name.startswith(worker))
    assert given == getattr(synthesized.environment, setting)


def test_stream_parallelization_follows_the_setting(synthesized: Synthesized) -> None:
    """Lambda keeps the records of one item in one lane, so a payment's events stay in order.

    The readers publish payments' events, store payments' timers, publish the events of Stripe's objects and of
    donations, send disbursements, and publish their events.
    """
    streams = [one.properties for one in synthesized.all(MAPPING) if "StartingPosition" in one.properties]
    lanes = synthesized.environment.stream_lanes
    assert [one.get("ParallelizationFactor") for one in streams] == [lanes] * 6


def test_a_stream_has_at_most_two_readers(synthesized: Synthesized) -> None:
    """More are throttled: "Amazon DynamoDB Developer Guide", "Reading and processing a stream"."""
    streams = [one.properties for one in synthesized.all(MAPPING) if "StartingPosition" in one.properties]
    readers = Counter(json.dumps(one["EventSourceArn"], sort_keys=True) for one in streams)
    assert sorted(readers.values()) == [1, 1, 2, 2]


def test_only_prod_has_warm_write_throughput() -> None:
    """A stated number of reads would be refused once the table has grown beyond it."""
    stated = {name: [warmed(one.properties) for one in templates_for(env=name).all(TABLE)] for name in names()}
    assert not any(place for name in set(names()) - {"prod"} for place in stated[name])
    assert {key for table in stated["prod"] for place in table.values() for key in place} == {"WriteUnitsPerSecond"}


def test_each_table_that_a_payment_writes_is_warmed_for_5_000_a_second() -> None:
    tables = templates_for(env="prod").all(TABLE)
    share = ENVIRONMENTS["prod"].request_log_sample_percent
    for name, places in WARM_WRITES_PER_PAYMENT.items():
        (table,) = (one for one in tables if one.id.startswith(name))
        per_s = 5_000 * share // 100 if name in SAMPLED else 5_000
        needed = {"table" if place == name else place: units * per_s for place, units in places.items()}
        given = {place: stated["WriteUnitsPerSecond"] for place, stated in warmed(table.properties).items()}
        assert given == {place: units for place, units in needed.items() if units > DEFAULT_WRITES_PER_S}


@pytest.mark.full
def test_a_rate_below_the_default_sets_no_warm_throughput() -> None:
    small = templates_for(**EVERY_TYPE)
    assert not any(warmed(one.properties) for one in small.all(TABLE))
    assert ENVIRONMENTS["prod"].warm_payments_per_s == 5_000
