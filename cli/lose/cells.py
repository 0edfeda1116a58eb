"""The cells of a run: each is a call, which of its attempts lose their answers, and how."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Loss(StrEnum):
    """How an answer is lost. All but `before` pass the request on first, so that its effect is in the ledger."""

    RESET = "reset"
    """The connection is reset (TCP RST) instead of an answer."""
    TRUNCATE = "truncate"
    """The body ends before the length that its header promised."""
    GATEWAY = "gateway"
    """A gateway's own 502, in HTML, instead of the answer."""
    BEFORE = "before"
    """The connection is reset and the request is not passed on."""
    TIMEOUT = "timeout"
    """The connection stays open without an answer until after the client's time-out."""


class Extent(StrEnum):
    """Which attempts of a call lose their answers."""

    FIRST = "first"
    """The first attempt. A retry is answered."""
    GIVEN_UP = "given-up"
    """Every attempt, until the program gives up."""


@dataclass(frozen=True, order=True)
class Cell:
    """One case: the number of the call in the run without faults, from 1, the attempts, and the loss."""

    call: int
    extent: Extent
    loss: Loss

    def __str__(self) -> str:
        return f"{self.call}-{self.extent}-{self.loss}"

    @property
    def title(self) -> str:
        """The cell in words: `call 4, given up, reset`."""
        return f"call {self.call}, {self.extent.replace('-', ' ')}, {self.loss}"


_CELL: Final = re.compile(rf"([1-9][0-9]{{0,5}})-({'|'.join(Extent)})-({'|'.join(Loss)})", re.ASCII)


def read_cell(text: str) -> Cell | None:
    """Return the cell that `str` wrote, or None."""
    match = _CELL.fullmatch(text)
    return None if match is None else Cell(int(match[1]), Extent(match[2]), Loss(match[3]))


def cells(calls: int, losses: Sequence[Loss], seed: int) -> list[Cell]:
    """Return the cells of that many calls, in an order that follows from the seed."""
    every = [Cell(call, extent, loss) for call in range(1, calls + 1) for extent in Extent for loss in losses]
    random.Random(seed).shuffle(every)
    return every
