"""The cells of a run. Each is a call, which of its attempts lose their answers, and how; or an event and its fault."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

PORT_FIELD: Final = "{port}"
"""Stands for a free port in the URL of a receiver."""


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


class WebhookFault(StrEnum):
    """What happens to the webhook of an event."""

    DUPLICATE = "duplicate"
    """It comes twice, one after the other."""
    CONCURRENT = "concurrent"
    """It comes five times at once."""
    TWIN = "twin"
    """The change comes as a second event too, with an ID of its own."""
    REORDER = "reorder"
    """It comes after the next event."""
    AHEAD = "ahead"
    """It comes before all others of its payment."""
    AFTER_ALL = "after-all"
    """It comes after all others of its payment."""
    LATE = "late"
    """It comes when the command is run again."""
    DROP = "drop"
    """It never comes."""
    BEFORE_ANSWER = "before-answer"
    """It comes before the answer to the call that caused it."""
    BAD_SIGNATURE = "bad-signature"
    """Its signature is wrong. What is refused comes again, rightly signed."""
    STALE = "stale"
    """Its signature is ten minutes old. What is refused comes again, with one of now."""
    REPLAY = "replay"
    """It comes once more with a signature that is ten minutes old."""
    BURST = "burst"
    """Twenty events of an unknown type come at the same time."""
    SLOW_BODY = "slow-body"
    """Its body takes a second to arrive."""
    UNKNOWN_TYPE = "unknown-type"
    """It comes with a type that does not exist. What is refused comes again, as it is."""


@dataclass(frozen=True)
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

    @property
    def place(self) -> tuple[object, ...]:
        """Its place in a list of cells."""
        return 0, self.call, self.extent, self.loss

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its parts for a program."""
        return {"call": self.call, "attempts": str(self.extent), "loss": str(self.loss)}


@dataclass(frozen=True)
class EventCell:
    """One case: the number of the event in the run without faults, from 1, and the fault of its webhook."""

    event: int
    fault: WebhookFault

    def __str__(self) -> str:
        return f"event-{self.event}-{self.fault}"

    @property
    def title(self) -> str:
        """The cell in words: `event 2, before answer`."""
        return f"event {self.event}, {self.fault.replace('-', ' ')}"

    @property
    def place(self) -> tuple[object, ...]:
        """Its place in a list of cells: after those of calls."""
        return 1, self.event, self.fault

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its parts for a program."""
        return {"event": self.event, "fault": str(self.fault)}


AnyCell = Cell | EventCell

_CELL: Final = re.compile(rf"([1-9][0-9]{{0,5}})-({'|'.join(Extent)})-({'|'.join(Loss)})", re.ASCII)
_EVENT_CELL: Final = re.compile(rf"event-([1-9][0-9]{{0,5}})-({'|'.join(WebhookFault)})", re.ASCII)


def read_cell(text: str) -> AnyCell | None:
    """Return the cell that `str` wrote, or None."""
    if match := _CELL.fullmatch(text):
        return Cell(int(match[1]), Extent(match[2]), Loss(match[3]))
    if match := _EVENT_CELL.fullmatch(text):
        return EventCell(int(match[1]), WebhookFault(match[2]))
    return None


def cells(
    calls: int, losses: Sequence[Loss], seed: int, events: int = 0, faults: Sequence[WebhookFault] = ()
) -> list[AnyCell]:
    """Return the cells of that many calls and events, in an order that follows from the seed."""
    every: list[AnyCell] = [
        Cell(call, extent, loss) for call in range(1, calls + 1) for extent in Extent for loss in losses
    ]
    every += [EventCell(event, fault) for event in range(1, events + 1) for fault in faults]
    random.Random(seed).shuffle(every)
    return every
