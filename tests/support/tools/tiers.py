"""The cases of a matrix that run on every change, in `make test`, and those that run only in `make test ARGS=all`.

    @pytest.mark.parametrize("trouble", full_but(TROUBLES, keep=lambda trouble: trouble is KILLED_AFTER), ids=str)

A test that is slow as a whole is marked `pytest.mark.full`. Of a matrix of handlers, workers or rails that nobody
chose from, the fast tier runs a few cases, spread evenly. A property that states no number of examples has fewer in the
fast tier. The coverage of the fast tier's cases has a lower limit, in total and for each file
(tests/coverage_by_file.py).
"""

from collections.abc import Callable, Collection, Hashable, Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

TESTS: Final = Path(__file__).resolve().parents[2]

TIERS: Final = {"fast": "not soak and not full", "all": "not soak", "soak": "soak"}
"""The tests of each tier, as an expression for pytest's -m."""

FAST_CASES: Final = 2
"""How many cases of such a matrix the fast tier runs: each of them costs a table or a provider, and tenths of a
second."""

SEEDS: Final = 2
"""How many random histories of a kind the full tier runs. Soak runs those that a test names, and new ones each day."""

EXAMPLES: Final = {"fast": 30, "all": 100, "soak": 100}
"""How many examples of a property each tier tries, where the test states no number."""

_ON_TABLES: Final = {"handlers", "workers"}
_OF_RAILS: Final = {"scenario", "platform"}
"""The fixtures by which a test of a rail has tables and a provider."""
_OF_TEMPLATES: Final = "infra"
"""Its folders are named like those of the stacks, and need no tables."""

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


def soak_but(
    cases: Collection[Case], keep: Callable[[Case], bool], *, fast: Callable[[Case], bool] = lambda _: True
) -> list[Any]:
    """Return all cases for parametrize: those that `keep` rejects marked `soak`, and of the others all but those that
    `fast` accepts marked `full`."""
    kept = [case for case in cases if keep(case)]
    rest = [pytest.param(case, marks=pytest.mark.soak) for case in cases if not keep(case)]
    return [*full_but(kept, keep=fast), *rest]


def seeds(soak: int, *, fast: int = SEEDS, today: date | None = None) -> list[Any]:
    """Return seeds of random histories for parametrize: 0 and 1, of which `fast` are in the fast tier, and soak's.

    Soak's are those up to `soak`, which are the same every day, and as many that are new each day. A test that fails
    has its seed in its name.
    """
    new = (today or datetime.now(UTC).date()).toordinal() * soak
    return [
        *range(fast),
        *(pytest.param(seed, marks=pytest.mark.full) for seed in range(fast, SEEDS)),
        *(pytest.param(seed, marks=pytest.mark.soak) for seed in (*range(SEEDS, soak), *range(new, new + soak))),
    ]


def mark_rest_of_matrices(tests: Iterable[pytest.Item]) -> None:
    """Mark what exceeds FAST_CASES of a matrix of a slow kind `full`, unless some of its cases are marked already."""
    matrices: dict[str, list[pytest.Function]] = {}
    for test in tests:
        if test.get_closest_marker("soak"):
            continue
        if isinstance(test, pytest.Function) and hasattr(test, "callspec") and _is_slow(test):
            matrices.setdefault(test.nodeid.partition("[")[0], []).append(test)
    for cases in matrices.values():
        if any(case.get_closest_marker("full") for case in cases) or _is_chosen_from(cases[0]):
            continue
        kept = spread(len(cases), FAST_CASES)
        for place, case in enumerate(cases):
            if place not in kept:
                case.add_marker(pytest.mark.full)


def _is_slow(test: pytest.Function) -> bool:
    return bool(_OF_RAILS & {*test.fixturenames}) or _is_on_tables(test.path)


@cache
def _is_on_tables(file: Path) -> bool:
    folders = {*file.relative_to(TESTS).parts}
    return bool(_ON_TABLES & folders) and _OF_TEMPLATES not in folders


def few_of_each(tests: Iterable[pytest.Item], most: int) -> set[pytest.Item]:
    """Return at most so many cases of each test, evenly spread, of those that the fast tier runs."""
    by_test: dict[str, list[pytest.Item]] = {}
    for test in tests:
        if not (test.get_closest_marker("full") or test.get_closest_marker("soak")):
            by_test.setdefault(test.nodeid.partition("[")[0], []).append(test)
    return {cases[place] for cases in by_test.values() for place in spread(len(cases), most)}


def _is_chosen_from(test: pytest.Function) -> bool:
    """Return whether some cases of its matrix are marked `full`, even if only others were asked for by their IDs."""
    rows = (row for matrix in test.iter_markers("parametrize") for row in matrix.args[1])
    return any(mark.name == "full" for row in rows for mark in getattr(row, "marks", ()))


def spread(length: int, most: int) -> Collection[int]:
    """Return at most so many places of a sequence, evenly spread, the first among them."""
    return {place * length // most for place in range(most)} if length > most else range(length)


def first_of_each(cases: Iterable[Case], by: Callable[[Case], Hashable]) -> Callable[[Case], bool]:
    """Return a predicate that selects the first case of each kind. `by` returns the kind."""
    first: dict[Hashable, Case] = {}
    for case in cases:
        first.setdefault(by(case), case)
    return lambda case: first[by(case)] is case
