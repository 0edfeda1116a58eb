"""What each kind of request takes with more payments: the ratios, and the requests themselves."""

import pytest

from benchmarks.growth import KINDS, measure, ratios


def test_ratios_are_those_of_the_last_size_to_the_first() -> None:
    medians = ((2.0, 10.0), (9.0, 11.0), (3.0, 40.0))
    points = [{"kinds": {"list": {"p50": one}, "search": {"p50": other}}} for one, other in medians]
    assert ratios(points) == {"list": 1.5, "search": 4.0}


@pytest.mark.full
def test_every_kind_of_request_succeeds_and_the_sandbox_starts_again() -> None:
    (point,) = measure(payments=4, each=1)["points"]
    assert set(point["kinds"]) == {kind.name for kind in KINDS}
    assert point["restart_s"] > 0
