"""A dispute of a payment by its cardholder."""

from dataclasses import field
from datetime import datetime

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record
from paysandbox.payments.disputes.dispute import (
    Dispute,
    DisputeProgram,
    DisputeReason,
    Disputes,
    DisputeStage,
    DisputeStatus,
    open_dispute,
)
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.payment import CHARGEBACK, INQUIRY, Body, Payment, State
from paysandbox.payments.stored import FLAG, NUMBER, TIME, flag, text_of


@record(kw_only=True)
class DisputeOpened(DisputeStep):
    """The bank opens a dispute of `amount` (minor units). A chargeback takes it from the captures; an inquiry does not.

    `fee` is what a chargeback costs (minor units), and `returns_fee` whether it is returned when the merchant wins.
    `due_by` is when the time for evidence ends.
    """

    kind = "dispute"
    type_name = "dispute"
    event = EventType.DISPUTE_OPENED

    reason: DisputeReason = field(metadata=text_of(DisputeReason))
    amount: int = field(metadata=NUMBER)
    due_by: datetime = field(metadata=TIME)
    fee: int = field(metadata=NUMBER)
    inquiry: bool = field(default=False, metadata=FLAG)
    returns_fee: bool = field(default=True, metadata=flag("keeps_fee"))
    program: DisputeProgram | None = field(default=None, metadata=text_of(DisputeProgram))

    def dispute_after(self, disputes: Disputes) -> Dispute:
        """It needs a response. Only a chargeback takes money, and only chargebacks are opened together."""
        other = open_dispute(disputes)
        together = other is not None and (other.opened_at, other.stage) == (self.at, DisputeStage.CHARGEBACK)
        if self.dispute_id in disputes or (other is not None and (self.inquiry or not together)):
            raise LookupError(f"{self.dispute_id} is a second dispute at the same time")
        return Dispute(
            id=self.dispute_id,
            amount=self.amount,
            reason=self.reason,
            status=DisputeStatus.WARNING_NEEDS_RESPONSE if self.inquiry else DisputeStatus.NEEDS_RESPONSE,
            stage=DisputeStage.INQUIRY if self.inquiry else DisputeStage.CHARGEBACK,
            opened_at=self.at,
            updated_at=self.at,
            due_by=self.due_by,
            fee=self.fee,
            returns_fee=self.returns_fee,
            taken=0 if self.inquiry else self.amount,
            fee_charged=0 if self.inquiry else self.fee,
            program=self.program,
        )

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return what is disputed."""
        return self.amount

    def event_type(self, after: State) -> EventType:
        """An inquiry is an event of its own."""
        return EventType.DISPUTE_INQUIRY_OPENED if self.inquiry else self.event

    def own_facts(self, after: State) -> Body:
        """Why, and whether it takes money."""
        kind = INQUIRY if self.inquiry else CHARGEBACK
        return super().own_facts(after) | {"reason": str(self.reason), "kind": kind}
