"""Each alarm of the templates, evaluated over made-up datapoints: what must ring, and what must not."""

import pytest

from tests.infra.operations.test_monitoring import ALARM as ALARM_TYPE
from tests.infra.templates import CHANGED, Json, templates_for
from tests.support.tools.metric_math import ALARM, INSUFFICIENT_DATA, OK, Series, evaluate, state, watched

HOUR_MS = 3_600_000

LEAST = {
    "dead-letters": 1,
    "iterator-age": HOUR_MS + 1,
    "queue-age": 3_601,
    "settlement-failed": 1,
    "unexpected-exception": 1,
}
"""The alarms that each of several metrics makes ring, and the least value that does."""

PAYMENT_REQUESTS = "PaymentsFailed, number of values"

CASES: list[tuple[str, dict[str, Series], str]] = [
    ("latency-p95", {"Duration of authorize_payment": [50, 51, 50]}, ALARM),
    ("latency-p95", {"Duration of authorize_payment": [51, 49, 51]}, OK),
    ("latency-p95", {}, OK),
    ("server-errors", {"KeyedServerErrors": [10, None, 10]}, ALARM),
    ("server-errors", {"KeyedServerErrors": [10, 9, None]}, OK),
    ("request-log", {"ApproximateNumberOfMessagesVisible of dead-requests": [1]}, ALARM),
    ("request-log", {"ApproximateNumberOfMessagesVisible of dead-requests": [0]}, OK),
    ("request-log", {}, OK),
    # Skipped and empty nights have a run too, and a new environment has the one of its deployment.
    ("settlement-not-started", {}, ALARM),
    ("settlement-not-started", {"ExecutionsStarted": [1, *[None] * 26]}, ALARM),
    ("settlement-not-started", {"ExecutionsStarted": [1, *[None] * 25]}, OK),
    ("settlement-not-started", {"ExecutionsStarted": [1]}, OK),
    ("availability", {"ProbeOk": [0.998]}, ALARM),
    ("availability", {"ProbeOk": [0.999]}, OK),
    ("availability", {}, INSUFFICIENT_DATA),
    ("outage", {"ProbeOk": [0, 0, 0]}, ALARM),
    ("outage", {"ProbeOk": [0, 1, 0]}, OK),
    ("outage", {}, INSUFFICIENT_DATA),
    # Traces included, a request costs 15 millionths of a dollar until there is one in each second.
    ("cost-per-day", {"Count of native": [70_000]}, ALARM),
    ("cost-per-day", {"Count of v1": [70_000]}, ALARM),
    ("cost-per-day", {"Count of native": [35_000], "Count of v1": [35_000]}, ALARM),
    ("cost-per-day", {"ConsumedWriteCapacityUnits": [330_000]}, ALARM),
    ("cost-per-day", {"Count of native": [30_000], "Count of v1": [30_000]}, OK),
    ("cost-per-day", {}, OK),
    ("payments-rollout", {"PaymentsFailed": [5], PAYMENT_REQUESTS: [5_000]}, ALARM),
    ("payments-rollout", {"PaymentsFailed": [1], PAYMENT_REQUESTS: [2]}, ALARM),
    ("payments-rollout", {"PaymentsFailed": [5], PAYMENT_REQUESTS: [5_001]}, OK),
    ("payments-rollout", {"PaymentsFailed": [1], PAYMENT_REQUESTS: [1]}, OK),
    ("payments-rollout", {"PaymentsFailed": [0], PAYMENT_REQUESTS: [5_000]}, OK),
    ("payments-rollout", {}, OK),
]


@pytest.fixture(scope="module")
def alarms() -> dict[str, Json]:
    """Return the properties of each alarm of `prod`, and of the one that no environment has by default, by name."""
    prod, changed = templates_for(env="prod"), templates_for(**CHANGED)
    return {
        alarm.properties["AlarmName"].removeprefix(each.environment.named("")): alarm.properties
        for each in (changed, prod)
        for alarm in each.all(ALARM_TYPE)
    }


@pytest.mark.parametrize("name, datapoints, expected", CASES)
def test_an_alarm_rings_when_it_must(
    alarms: dict[str, Json], name: str, datapoints: dict[str, Series], expected: str
) -> None:
    assert state(alarms[name], datapoints) == expected


@pytest.mark.parametrize("name, least", LEAST.items())
def test_each_metric_alone_makes_its_alarm_ring(alarms: dict[str, Json], name: str, least: int) -> None:
    metrics = watched(alarms[name])
    assert len(metrics) > 1
    for metric in metrics:
        assert state(alarms[name], {metric: [least]}) == ALARM, metric
    assert state(alarms[name], {metric: [least - 1] for metric in metrics}) == OK
    assert state(alarms[name], {}) == OK


def test_a_domain_rings_when_it_is_lost_and_not_before_it_is_found(alarms: dict[str, Json]) -> None:
    """While it does not lead to the API, nothing is counted. A change to INSUFFICIENT_DATA notifies."""
    life = [*[None] * 3, *[1] * 3, *[None] * 3]
    states = [state(alarms["outage"], {"ProbeOk": life[begin : begin + 3]}) for begin in (0, 3, 6)]
    # A new alarm begins without data.
    assert states == [INSUFFICIENT_DATA, OK, INSUFFICIENT_DATA]
    assert alarms["outage"]["InsufficientDataActions"] == alarms["outage"]["AlarmActions"]


def test_the_share_of_disputes_rings(alarms: dict[str, Json]) -> None:
    alarm = alarms["dispute-rate"]
    assert state(alarm, {"DisputesOpened": [3], "Captured": [100]}) == ALARM
    assert state(alarm, {"DisputesOpened": [1]}) == ALARM
    assert state(alarm, {"DisputesOpened": [2], "Captured": [100]}) == OK
    assert state(alarm, {"Captured": [100]}) == OK


def test_each_rollout_rings_for_its_function(alarms: dict[str, Json]) -> None:
    found = {name: alarm for name, alarm in alarms.items() if name.endswith("-rollout") and name != "payments-rollout"}
    assert found
    for name, alarm in found.items():
        assert state(alarm, {"Errors": [1], "Invocations": [2]}) == ALARM, name
        assert state(alarm, {"Errors": [1], "Invocations": [3]}) == OK, name


def test_every_alarm_is_made_to_ring(alarms: dict[str, Json]) -> None:
    rung = {name for name, _, expected in CASES if expected == ALARM} | set(LEAST) | {"dispute-rate"}
    assert {name for name in alarms if not name.endswith("-rollout")} | {"payments-rollout"} == rung


@pytest.mark.parametrize(
    "expression, error",
    [("SLOPE(m)", ValueError), ("m + n", KeyError), ("m % 2", KeyError), ("-m", ValueError), ("m[0]", ValueError)],
)
def test_unknown_math_is_refused(expression: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluate(expression, {"m": [1]}, period_s=60)
