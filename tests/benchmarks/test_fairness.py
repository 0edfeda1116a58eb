"""What one merchant's requests cost another's payments: that every kind of request is answered."""

import pytest

from benchmarks.fairness import KINDS, measure


@pytest.mark.full
def test_every_kind_of_noise_is_answered() -> None:
    cases = measure(payments=2, seconds=0.2, begins_s=0.1)["cases"]
    assert [case["noise"] for case in cases] == [kind.name for kind in KINDS]
    assert [case["noise"] for case in cases if case["noise_not_200"] or not case["noise_per_s"]] == []
