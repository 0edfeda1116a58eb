"""The settlement of a payment's lines in a batch."""

from collections.abc import Iterator
from dataclasses import field
from typing import Final

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.accounts import (
    BANK_CASH,
    FEE_INCOME,
    SCHEME_RECEIVABLE,
    Move,
    merchant_available,
    merchant_pending,
)
from paysandbox.payments.payment import FEE_KINDS, SHARED_KINDS, Body, LineKind, Operation, Payment, State, Step
from paysandbox.payments.stored import NUMBER, records_of, usually

REQUEST_ID: Final = "settle"
"""Request ID of settlements, which no API request caused."""


@record
class Settled:
    """A capture or refund in a batch: its ID, and its fee (minor units, never negative).

    The fee is recorded, because the fee schedule may change.
    """

    id: str
    fee: int = field(metadata=NUMBER)


@record(kw_only=True)
class Settlement(Operation):
    """Puts captures and refunds of the payment into a batch, permanently. It has no amount of its own.

    `of` is the merchant whose lines these are, if it is not the payment's: the one that the payment is shared with.
    """

    kind = "settle"
    type_name = "settlement"
    event = EventType.TRANSACTION_SETTLED
    is_traced = False

    request_id: str = field(metadata=usually(REQUEST_ID))
    batch: str
    settled: tuple[Settled, ...] = field(metadata=records_of(Settled))
    of: str | None = None

    def after(self, state: State, amount: int) -> State:
        """The lines are in the batch."""
        lines = dict(state.lines)
        for settled in self.settled:
            line = lines[settled.id]
            if line.merchant != self.of:
                raise LookupError(f"{settled.id} is of another merchant")
            if line.batch is not None:
                raise LookupError(f"{settled.id} is already in batch {line.batch}")
            lines[settled.id] = replace(line, batch=self.batch, fee=settled.fee)
        return replace(state, lines=lines)

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return the sum of the lines: captures minus refunds, so it may be 0 or negative."""
        return sum(before.lines[settled.id].gross for settled in self.settled)

    def moves(self, step: Step, merchant: str) -> tuple[Move, ...]:
        """J8, J8r and J9 of each line."""
        lines = step.after.lines
        return tuple(
            move
            for settled in self.settled
            for move in line_moves(self.of or merchant, lines[settled.id].kind, lines[settled.id].gross, settled.fee)
        )

    def own_facts(self, after: State) -> Body:
        """Which lines are in which batch, and what it cost."""
        return {
            "batch": self.batch,
            "fee": sum(settled.fee for settled in self.settled),
            "settled": [settled.id for settled in self.settled],
        }

    def view(self, payment: Payment, step: Step) -> Body:
        """Render it without its lines, each of which is an event."""
        return step.completed(payment)


def line_moves(merchant: str, kind: LineKind, gross: int, fee: int) -> Iterator[Move]:
    """Yield what settling a line moves. The network has no part in the fees of disputes, nor in what is shared."""
    pending, available = merchant_pending(merchant), merchant_available(merchant)
    from_network = 0 if kind in (*FEE_KINDS, *SHARED_KINDS) else gross
    if gross > 0:
        yield pending, available, gross - fee
        yield pending, FEE_INCOME, fee
        yield BANK_CASH, SCHEME_RECEIVABLE, from_network
    else:
        yield available, pending, -gross
        yield available, FEE_INCOME, fee
        yield SCHEME_RECEIVABLE, BANK_CASH, -from_network
