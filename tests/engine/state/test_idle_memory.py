"""What an idle engine gives back."""

import gc
import sys
import weakref

import pytest

from engine.state.idle_memory import give_back


class Linked:
    """An object that refers to itself, so that only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def unfrozen():
    yield
    gc.unfreeze()


@pytest.mark.full
@pytest.mark.parametrize("objects_max, is_freed", [(sys.maxsize, True), (0, False)])
def test_garbage_of_before_a_snapshot_is_freed_unless_the_state_is_large(objects_max: int, is_freed: bool) -> None:
    garbage = Linked()
    gc.freeze()  # as a snapshot does
    freed = weakref.ref(garbage)
    del garbage
    assert freed() is not None

    give_back(objects_max)

    assert (freed() is None) is is_freed
    assert gc.get_freeze_count() > 0
