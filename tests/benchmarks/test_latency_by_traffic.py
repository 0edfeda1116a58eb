"""The model of latency by traffic: what it says about cold starts follows from its assumptions."""

import pytest

from benchmarks import latency_by_traffic as model

FEW = 2_000
INIT_MS = 250


@pytest.fixture(scope="module")
def traffic() -> dict[str, dict[str, float]]:
    return model.measure(INIT_MS, 0.5, requests=FEW)["traffic"]


def test_every_kind_of_traffic_is_modelled(traffic: dict[str, dict[str, float]]) -> None:
    assert list(traffic) == [*model.TRAFFIC, "a burst of 50, all cold"]


def test_each_request_of_a_burst_waits_for_an_environment(traffic: dict[str, dict[str, float]]) -> None:
    burst = traffic["a burst of 50, all cold"]
    assert burst["cold_percent"] == 100
    assert burst["p50"] > INIT_MS


def test_a_steady_rate_is_warm_and_connected(traffic: dict[str, dict[str, float]]) -> None:
    often = traffic["one per second"]
    assert often["cold_percent"] < 1
    assert often["connecting_percent"] < 1
    assert often["p95"] < model.PROMISED_P95_MS


def test_rarer_requests_are_slower(traffic: dict[str, dict[str, float]]) -> None:
    rare = [traffic[name] for name in ("one per second", "one per minute", "one per ten minutes")]
    for name in ("p95", "cold_percent", "connecting_percent"):
        assert rare[0][name] <= rare[1][name] < rare[2][name], name
    # A gap of exponential length outlives an environment of 5 to 15 minutes in 38 % of cases at one in ten minutes.
    assert rare[2]["cold_percent"] == pytest.approx(38, abs=5)


def test_results_are_deterministic() -> None:
    assert model.measure(INIT_MS, 0.5, requests=200) == model.measure(INIT_MS, 0.5, requests=200)
