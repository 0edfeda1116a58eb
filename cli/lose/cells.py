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
        """The cell in words: `call 4, every answer lost to a reset connection`."""
        return f"call {self.call}, {LABELS[self.extent]} {LABELS[self.loss]}"

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
    """One case: the number of the event in the run without faults, from 1, and the fault of its webhook.

    `more` are the numbers of other events with the same fault.
    """

    event: int
    fault: WebhookFault
    more: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"event-{self._named}-{self.fault}"

    @property
    def _named(self) -> str:
        return "+".join(map(str, self.events))

    @property
    def events(self) -> tuple[int, ...]:
        """The numbers of all its events."""
        return self.event, *self.more

    @property
    def title(self) -> str:
        """The cell in words: `event 2, delivered before the answer to its call`."""
        return f"{'events' if self.more else 'event'} {self._named}, {LABELS[self.fault]}"

    @property
    def place(self) -> tuple[object, ...]:
        """Its place in a list of cells: after those of calls."""
        return 1, *self.events, self.fault

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its parts for a program."""
        more = {"events": [*self.events]} if self.more else {}
        return {"event": self.event, "fault": str(self.fault), **more}


AnyCell = Cell | EventCell

LABELS: Final[Mapping[Extent | Loss | WebhookFault, str]] = {
    Extent.FIRST: "first answer",
    Extent.GIVEN_UP: "every answer",
    Loss.RESET: "lost to a reset connection",
    Loss.TRUNCATE: "cut in half",
    Loss.GATEWAY: "replaced by a gateway's 502",
    Loss.BEFORE: "missing because no request arrived",
    Loss.TIMEOUT: "withheld until after the time-out",
    WebhookFault.DUPLICATE: "delivered twice",
    WebhookFault.CONCURRENT: "delivered five times at once",
    WebhookFault.TWIN: "delivered under a second ID too",
    WebhookFault.REORDER: "delivered after the next event",
    WebhookFault.AHEAD: "delivered before all others of its payment",
    WebhookFault.AFTER_ALL: "delivered after all others of its payment",
    WebhookFault.LATE: "delivered when the command is run again",
    WebhookFault.DROP: "never delivered",
    WebhookFault.BEFORE_ANSWER: "delivered before the answer to its call",
    WebhookFault.BAD_SIGNATURE: "delivered with a wrong signature",
    WebhookFault.STALE: "delivered with a signature ten minutes old",
    WebhookFault.REPLAY: "delivered again with a signature ten minutes old",
    WebhookFault.BURST: "delivered among twenty unknown events",
    WebhookFault.SLOW_BODY: "delivered with a slow body",
    WebhookFault.UNKNOWN_TYPE: "delivered as an unknown type",
}
"""What every report calls the parts of a cell. A cell of a call has two: `every answer lost to a reset connection`."""

_CELL: Final = re.compile(rf"([1-9][0-9]{{0,5}})-({'|'.join(Extent)})-({'|'.join(Loss)})", re.ASCII)
_EVENT_CELL: Final = re.compile(
    rf"event-([1-9][0-9]{{0,5}}(?:\+[1-9][0-9]{{0,5}})*)-({'|'.join(WebhookFault)})", re.ASCII
)


def read_cell(text: str) -> AnyCell | None:
    """Return the cell that `str` wrote, or None."""
    if match := _CELL.fullmatch(text):
        return Cell(int(match[1]), Extent(match[2]), Loss(match[3]))
    if match := _EVENT_CELL.fullmatch(text):
        first, *more = map(int, match[1].split("+"))
        return EventCell(first, WebhookFault(match[2]), tuple(more))
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


QUICK_CALLS: Final = 3
QUICK_EVENTS: Final = 8
QUICK_FAULTS: Final = (WebhookFault.DUPLICATE, WebhookFault.AFTER_ALL)


def quick_cells(
    reads: Sequence[bool], losses: Sequence[Loss], effects: Sequence[bool], seed: int
) -> tuple[list[AnyCell], list[str]]:
    """Return the cells of a quick run, and what it leaves out, in words.

    `reads` says of each call whether it only reads, and `effects` of each event whether it has an effect. Calls that
    change something are taken first. Events without an effect share a cell.
    """
    taken = sorted(sorted(range(len(reads)), key=lambda place: reads[place])[:QUICK_CALLS])
    acting = [number for number, acts in enumerate(effects, start=1) if acts]
    idle = [number for number, acts in enumerate(effects, start=1) if not acts]
    every: list[AnyCell] = [Cell(place + 1, extent, loss) for place in taken for extent in Extent for loss in losses]
    every += [EventCell(number, fault) for number in acting[:QUICK_EVENTS] for fault in QUICK_FAULTS]
    if idle:
        every.append(EventCell(idle[0], WebhookFault.AFTER_ALL, tuple(idle[1:])))
    random.Random(seed).shuffle(every)
    left_out = [f"call {place + 1}" for place in range(len(reads)) if place not in taken]
    left_out += [f"event {number}" for number in acting[QUICK_EVENTS:]]
    if effects:
        left_out.append(f"{len(WebhookFault) - len(QUICK_FAULTS)} other faults of webhooks")
    return every, left_out
