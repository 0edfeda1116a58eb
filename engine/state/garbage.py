"""Collects the engine's garbage in short steps: during a collection, the engine answers nobody.

A collection of everything takes a fifth of a second, most of it for modules and stored objects, which are no garbage.
So Python never starts one. A step collects only what was made since the last few steps, and what then remains is
excluded from later ones once it is too much (`gc.freeze`). What was alive at that moment and later becomes a cycle is
never freed: a few objects of the requests that were just running, each time that many thousands were stored. An idle
engine collects nothing: memory that was not used for a while is slow to read, so that a step takes a tenth of a second.
"""

import asyncio
import ctypes
import gc
import sys
from typing import Final

EVERY_S: Final = 0.5
OLDER_AFTER: Final = 2
"""So many collections of young objects leave some thousand, which the next step goes through."""
UNFROZEN_MAX: Final = 8_000
"""How many objects later steps go through again: one or two milliseconds."""

_YOUNG, _MIDDLE, _NEVER = 700, 10, sys.maxsize >> 33


def begin() -> None:
    """Exclude all present objects from collections, and leave the collection of older ones to steps."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)
    gc.enable()


async def collect() -> None:
    """Collect garbage while the engine runs."""
    while True:
        await asyncio.sleep(EVERY_S)
        step()


def step() -> None:
    """Collect what is due."""
    _, _, collections = gc.get_count()
    if collections < OLDER_AFTER:
        return
    gc.collect()
    if len(gc.get_objects(generation=2)) > UNFROZEN_MAX:
        gc.freeze()


def give_back() -> None:
    """Return free memory to the system. Takes long, so it is to be called in a thread of its own."""
    # Only glibc has it. Others return memory by themselves.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
