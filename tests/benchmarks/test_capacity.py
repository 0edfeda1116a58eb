"""The model of what saturates first: every row has a remedy and a value."""

import pytest

from benchmarks import capacity
from benchmarks.capacity import Resource, main, resources


def test_the_scarcest_comes_first() -> None:
    bears = [resource.payments_per_s for resource in resources()]
    assert bears == sorted(bears)
    assert bears[0] < 1, "a key on the sandbox plan"


@pytest.mark.parametrize("resource", resources(), ids=lambda resource: resource.name)
def test_a_row_says_where_it_is_from_and_how_to_get_more(resource: Resource) -> None:
    assert resource.per_s > 0 < resource.per_payment
    assert resource.more
    assert resource.source


@pytest.mark.full
def test_what_the_keys_bear_is_more_than_what_was_asked_for() -> None:
    """5,000 payments a second, captured: only quotas that can be raised stand in the way."""
    (partition,) = (resource for resource in resources() if "hottest partition" in resource.name)
    assert partition.payments_per_s > 5_000


@pytest.mark.full
@pytest.mark.parametrize("wanted, code", [("0.5", 0), ("49", 1), ("100000", 1)])
def test_the_exit_code_tells(
    wanted: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(capacity.sys, "argv", ["capacity", wanted])
    assert main() == code
    printed = capsys.readouterr().out
    assert ("Nothing stands in the way" in printed) is (code == 0)
