"""Operations: what happened to a payment, in order. Append-only, and the events that others hear of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from paysandbox.payments.card import Card
from paysandbox.payments.response import Decline, Response

CONTRACT: Final = 1
"""Version of the answers. An operation keeps its own, so that a replay is byte-identical after the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What all operations share: own id, the request that asked for it, when (UTC), contract version."""

    id: str
    request_id: str
    at: datetime
    contract: int


@dataclass(frozen=True, slots=True)
class Method:
    """The card that an intent is to be paid with. `id` is that of a payment method that was made by itself.

    `given` are the data that came with the card, for the bank to compare: of `cvc`, `zip` and `line1`.
    """

    card: Card
    given: tuple[str, ...] = ()
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentTerms:
    """What an intent asks for, and what is said of it. `amount` is in minor units, `metadata` the caller's map as JSON.

    Of a payment that was not opened as an intent, only what is said may be revised.
    """

    amount: int
    method: Method | None = None
    description: str | None = None
    metadata: str | None = None
    receipt_email: str | None = None
    statement_descriptor_suffix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentCreated(Operation):
    """An intent to pay: nothing is asked of a bank yet."""

    terms: IntentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentUpdated(Operation):
    """Other terms, whole. The amount and the card may change until a bank has promised."""

    terms: IntentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization(Operation):
    """The bank's answer: a promise, or a decline. `requested` is what was asked for, where it promised less.

    The first operation of a payment has its id; a later attempt at an intent has one of its own. `method_id` is that of
    the payment method, where the card was one that was made by itself.
    """

    card: Card
    response: Response
    requested: int | None = None
    method_id: str | None = None

    @property
    def decline(self) -> Decline | None:
        """Why the bank said no, or None where it promised something."""
        return self.response.decline


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(Operation):
    """Takes part of the promise; a `final` one gives the rest back."""

    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Void(Operation):
    """Gives back what was not captured, because the merchant asked. Of an intent that no bank promised: nothing."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry(Operation):
    """Gives back what was not captured in time."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A capture or refund in a batch: its id, and the fee that is kept of it (minor units, never less than 0).

    The fee is recorded, since the schedule that it was made by may be another one tomorrow.
    """

    id: str
    fee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Operation):
    """Puts captures and refunds of the payment into a batch, once for all. It moves no amount of its own."""

    batch: str
    settled: tuple[Settled, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Operation):
    """Gives back captured money. `capture_id` None: of the payment's only capture, named by its authorization.

    Of several captures at once, `spread` says how much of each (minor units).
    """

    capture_id: str | None = None
    reason: str | None = None
    spread: tuple[tuple[str, int], ...] = ()
    metadata: str | None = None
