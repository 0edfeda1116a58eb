"""Garbage is collected in steps, none of which goes through what the engine stores."""

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from engine.state import garbage


class Linked:
    """An object that refers to itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def collected_by_steps() -> Iterator[None]:
    """Leave collections to steps, and restore Python's own settings after the test."""
    before, gc_was_enabled = gc.get_threshold(), gc.isenabled()
    garbage.begin()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
    if not gc_was_enabled:
        gc.disable()


def collect_young(times: int) -> None:
    for _ in range(times):
        gc.collect(1)


@pytest.mark.parametrize("collections, is_freed", [(garbage.OLDER_AFTER, True), (1, False)])
def test_a_step_frees_garbage_when_it_is_due(collections: int, is_freed: bool) -> None:
    linked = Linked()
    collect_young(collections)  # it survives them, as what a request leaves behind does
    freed = weakref.ref(linked)
    del linked

    garbage.step()

    assert (freed() is None) is is_freed


def test_steps_go_through_a_bounded_number_of_objects() -> None:
    stored: list[Any] = []
    for _ in range(5):
        stored += [[stored] for _ in range(garbage.UNFROZEN_MAX)]
        collect_young(garbage.OLDER_AFTER)
        garbage.step()
        assert len(gc.get_objects(generation=2)) <= garbage.UNFROZEN_MAX
    assert gc.get_freeze_count() > 5 * garbage.UNFROZEN_MAX


def test_python_collects_nothing_older_by_itself() -> None:
    frozen = gc.get_freeze_count()
    before = gc.get_stats()[2]["collections"]
    stored = [[number] for number in range(200_000)]
    assert gc.get_stats()[2]["collections"] == before, len(stored)
    assert gc.get_freeze_count() == frozen
