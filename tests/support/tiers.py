"""Which cases of a matrix run at every change, in `make test`, and which only in `make test ARGS=all`.

    @pytest.mark.parametrize("trouble", full_but(TROUBLES, keep=lambda trouble: trouble is KILLED_AFTER), ids=str)

A test that is slow as a whole is marked `pytest.mark.full`. What each feature keeps in the fast tier stands in
tests/project/test_tiers.py.
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any, Final, TypeVar

import pytest

TIERS: Final = {"fast": "not soak and not full", "all": "not soak", "soak": "soak"}
"""Which tests are of a tier, as pytest's -m says it."""

Case = TypeVar("Case")


def full_but(cases: Collection[Case], keep: Callable[[Case], bool], *, rows: bool = False) -> list[Any]:
    """All of these cases for parametrize, those that `keep` does not name marked `full`. At least one is kept.

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
    """Names the first case of each kind, by what makes a kind."""
    first: dict[Hashable, Case] = {}
    for case in cases:
        first.setdefault(by(case), case)
    return lambda case: first[by(case)] is case
