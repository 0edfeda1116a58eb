"""The cases of a matrix that stay in the fast tier, the seeds of random histories in each tier, and what is traced."""

import sys
from datetime import date

import pytest

from tests.support.tools.tiers import first_of_each, full_but, seeds, spread


def marks(case: object) -> list[str]:
    return [mark.name for mark in case.marks]  # pyright: ignore[reportAttributeAccessIssue] - pytest's type of it is private


def test_only_selected_cases_are_in_the_fast_tier() -> None:
    cases = full_but([1, 2, 3], keep=lambda number: number == 2)
    assert [(case.values, marks(case)) for case in cases] == [((1,), ["full"]), ((2,), []), ((3,), ["full"])]


def test_a_row_may_have_several_parameters() -> None:
    rows = [("a", 1), ("b", 2)]
    assert [case.values for case in full_but(rows, keep=lambda row: row[0] == "a", rows=True)] == rows
    assert [case.values for case in full_but(rows, keep=lambda row: row[0] == "a")] == [(row,) for row in rows]


def test_a_rule_without_matches_is_refused() -> None:
    with pytest.raises(ValueError, match="no case is left"):
        full_but([1, 2], keep=lambda _: False)


def test_seeds_of_each_tier() -> None:
    day = date(2026, 11, 16)
    new = day.toordinal() * 6
    fast, *others = seeds(6, fast=1, today=day)
    assert fast == 0
    assert [case.values[0] for case in others if marks(case) == ["full"]] == [1]
    assert [case.values[0] for case in others if marks(case) == ["soak"]] == [2, 3, 4, 5, *range(new, new + 6)]


def test_the_first_of_each_kind() -> None:
    words = ["apple", "avocado", "banana", "blueberry", "apricot"]
    keep = first_of_each(words, by=lambda word: word[0])
    assert [word for word in words if keep(word)] == ["apple", "banana"]


@pytest.mark.parametrize(
    "length, places", [(0, set[int]()), (3, {0, 1, 2}), (4, {0, 1, 2, 3}), (5, {0, 1, 2, 3}), (100, {0, 25, 50, 75})]
)
def test_places_are_spread_evenly(length: int, places: set[int]) -> None:
    assert set(spread(length, 4)) == places


@pytest.mark.timeout(1)
def test_a_mark_gives_no_test_less_time_than_all_have(request: pytest.FixtureRequest) -> None:
    mark = request.node.get_closest_marker("timeout")
    assert mark is not None
    assert mark.args[0] == (request.config.getoption("timeout") or 1)


def test_a_test_of_no_function_is_not_traced() -> None:
    """Also in a run that measures coverage, in each of its processes."""
    assert not type(sys.gettrace()).__module__.startswith("coverage")
