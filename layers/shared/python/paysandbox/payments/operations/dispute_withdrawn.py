"""A cardholder's withdrawal of a dispute."""

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.disputes.dispute import Dispute, Disputes
from paysandbox.payments.disputes.step import DisputeStep


@record(kw_only=True)
class DisputeWithdrawn(DisputeStep):
    """The cardholder withdraws the dispute. The merchant wins if evidence was or will be submitted.

    If it was, `timers` has the win, which replaces the decision that was due.
    """

    kind = "dispute_withdrawal"
    type_name = "dispute_withdrawal"
    event = EventType.DISPUTE_WITHDRAWN

    def dispute_after(self, disputes: Disputes) -> Dispute:
        """It goes on until it is decided."""
        dispute = disputes[self.dispute_id]
        if not dispute.is_open:
            raise self.cannot_follow(dispute)
        return replace(dispute, withdrawn=True)
