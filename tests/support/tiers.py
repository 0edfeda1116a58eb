"""The cases of a matrix that run on every change, in `make test`, and those that run only in `make test ARGS=all`.

    @pytest.mark.parametrize("trouble", full_but(TROUBLES, keep=lambda trouble: trouble is KILLED_AFTER), ids=str)

A test that is slow as a whole is marked `pytest.mark.full`. tests/project/test_tiers.py lists the fast tier's cases of
each feature.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any, Final, TypeVar

import pytest

TIERS: Final = {"fast": "not soak and not full", "all": "not soak", "soak": "soak"}
"""The tests of each tier, as an expression for pytest's -m."""

Case = TypeVar("Case")


def full_but(cases: Collection[Case], keep: Callable[[Case], bool], *, rows: bool = False) -> list[Any]:
    """Return all cases for parametrize, with those that `keep` rejects marked `full`. At least one is kept.

    With `rows`, each case is the tuple of several parameters.
    """
    fast = [keep(case) for case in cases]
    if not any(fast):
        raise ValueError("no case is left for the fast tier")
    values: list[Any] = [case if rows else (case,) for case in cases]
    return [
        pytest.param(*value, marks=() if kept else pytest.mark.full) for value, kept in zip(values, fast, strict=True)
    ]


def first_of_each(cases: Iterable[Case], by: Callable[[Case], Hashable]) -> Callable[[Case], bool]:
    """Return a predicate that selects the first case of each kind. `by` returns the kind."""
    first: dict[Hashable, Case] = {}
    for case in cases:
        first.setdefault(by(case), case)
    return lambda case: first[by(case)] is case
