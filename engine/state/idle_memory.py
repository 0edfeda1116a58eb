"""Gives memory back to the system that an idle engine no longer needs."""

import ctypes
import gc
from typing import Final

OBJECTS_MAX: Final = 1_000_000
"""A collection of as many objects takes about a fifth of a second, in which the engine answers nobody."""


def give_back(objects_max: int = OBJECTS_MAX) -> None:
    """Collect garbage, even among objects that snapshots exclude from collections, and return free memory.

    Nothing is collected if there are more objects than `objects_max`, such as those of 100,000 payments.
    """
    if gc.get_freeze_count() <= objects_max:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
    # Only glibc has it. Others return memory by themselves.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
