"""The next stage of a dispute."""

from dataclasses import field
from datetime import datetime

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.disputes.dispute import Dispute, Disputes, DisputeStage, DisputeStatus, can_escalate
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.payment import Payment, State
from paysandbox.payments.stored import NUMBER, TIME


@record(kw_only=True)
class DisputeEscalated(DisputeStep):
    """An inquiry becomes a chargeback, or the bank contests a dispute that the merchant has won.

    Either takes `amount` from the captures: what is disputed, up to what can still be refunded.
    """

    kind = "dispute_escalation"
    type_name = "dispute_escalation"
    event = EventType.DISPUTE_OPENED

    amount: int = field(metadata=NUMBER)
    due_by: datetime = field(metadata=TIME)

    def dispute_after(self, disputes: Disputes) -> Dispute:
        """It needs a response again, and takes its amount."""
        dispute = disputes[self.dispute_id]
        if not can_escalate(dispute):
            raise self.cannot_follow(dispute)
        was_inquiry = dispute.stage is DisputeStage.INQUIRY
        return replace(
            dispute,
            status=DisputeStatus.NEEDS_RESPONSE,
            stage=DisputeStage.CHARGEBACK if was_inquiry else DisputeStage.PRE_ARBITRATION,
            due_by=self.due_by,
            decides_at=None,
            amount=self.amount,
            taken=self.amount,
            fee_charged=dispute.fee if was_inquiry else dispute.fee_charged,
            withdrawn=False,
            cause=None,
        )

    def amount_in(self, payment: Payment, before: State) -> int:
        """Return what is disputed now."""
        return self.amount

    def event_type(self, after: State) -> EventType:
        """An inquiry that becomes a chargeback opens a dispute like any chargeback."""
        contested = after.disputes[self.dispute_id].stage is DisputeStage.PRE_ARBITRATION
        return EventType.DISPUTE_ESCALATED if contested else self.event
