"""Operations: what happened to a payment, in order. Append-only, and the events that others hear of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from paysandbox.domain.card import Card
from paysandbox.domain.response import Decline, Response

CONTRACT: Final = 1
"""Version of the answers. An operation keeps its own, so that a replay is byte-identical after the next one."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What all operations share: own id, the request that asked for it, when (UTC), contract version."""

    id: str
    request_id: str
    at: datetime
    contract: int


@dataclass(frozen=True, slots=True)
class Authorization(Operation):
    """The bank's answer: a promise, or a decline. `requested` is what was asked for, where it promised less."""

    card: Card
    response: Response
    requested: int | None = None

    @property
    def decline(self) -> Decline | None:
        """Why the bank said no, or None where it promised something."""
        return self.response.decline


@dataclass(frozen=True, slots=True)
class Capture(Operation):
    """Takes part of the promise; a `final` one gives the rest back."""

    final: bool = False


@dataclass(frozen=True, slots=True)
class Void(Operation):
    """Gives back what was not captured, because the merchant asked."""


@dataclass(frozen=True, slots=True)
class Expiry(Operation):
    """Gives back what was not captured in time."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A capture or refund in a batch: its id, and the fee that is kept of it (minor units, never less than 0).

    The fee is recorded, since the schedule that it was made by may be another one tomorrow.
    """

    id: str
    fee: int


@dataclass(frozen=True, slots=True)
class Settlement(Operation):
    """Puts captures and refunds of the payment into a batch, once for all. It moves no amount of its own."""

    batch: str
    settled: tuple[Settled, ...]


@dataclass(frozen=True, slots=True)
class Refund(Operation):
    """Gives back captured money. `capture_id` None: of the payment's only capture, named by its authorization."""

    capture_id: str | None = None
    reason: str | None = None
