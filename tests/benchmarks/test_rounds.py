"""Rounds alternate, and a ratio is one of a round."""

from collections.abc import Callable

from benchmarks.measuring.rounds import alternate, machine, ratios, spread, summary


def test_cases_take_turns_in_alternating_order() -> None:
    order: list[str] = []

    def case(name: str) -> Callable[[], float]:
        return lambda: order.append(name) or 1.0

    samples = alternate({"a": case("a"), "b": case("b")}, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert samples == {"a": [1.0] * 3, "b": [1.0] * 3}


def test_a_ratio_is_taken_within_each_round() -> None:
    """A round in which everything was slow gives the same ratio as the others."""
    samples = {"mine": [2.0, 20.0, 3.0], "other": [1.0, 10.0, 1.0]}
    assert ratios(samples, "mine", "other") == [2.0, 2.0, 3.0]
    assert summary(samples, "other")["mine"] == {
        "value": {"median": 3.0, "least": 2.0, "most": 20.0},
        "ratio": {"median": 2.0, "least": 2.0, "most": 3.0},
    }


def test_stored_spreads_are_rounded() -> None:
    assert spread([1.23456, 2.0, 3.0], 2) == {"median": 2.0, "least": 1.23, "most": 3.0}


def test_machine_is_described_but_not_identified() -> None:
    assert set(machine()) == {"cores", "python", "kernel", "processor", "load"}
