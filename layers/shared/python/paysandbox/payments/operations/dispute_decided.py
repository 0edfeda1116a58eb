"""The end of a dispute."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.disputes.dispute import OPEN, OPEN_INQUIRY, Cause, Dispute, Disputes, DisputeStatus
from paysandbox.payments.disputes.step import DisputeStep
from paysandbox.payments.payment import Body, State
from paysandbox.payments.stored import text_of

_EVENTS: Final[Mapping[DisputeStatus, EventType]] = {
    DisputeStatus.WON: EventType.DISPUTE_WON,
    DisputeStatus.LOST: EventType.DISPUTE_LOST,
    DisputeStatus.WARNING_CLOSED: EventType.DISPUTE_INQUIRY_CLOSED,
}


@record(kw_only=True)
class DisputeDecided(DisputeStep):
    """The dispute ends: `won`, `lost` or `warning_closed`."""

    kind = "dispute_decision"
    type_name = "dispute_decision"

    outcome: DisputeStatus = field(metadata=text_of(DisputeStatus))
    cause: Cause = field(metadata=text_of(Cause))

    def dispute_after(self, disputes: Disputes) -> Dispute:
        """A merchant who won gets back what was taken, and the fee where it is returned."""
        dispute = disputes[self.dispute_id]
        if not self._can_follow(dispute):
            raise self.cannot_follow(dispute)
        won = self.outcome is DisputeStatus.WON
        fee = 0 if won and dispute.returns_fee else dispute.fee_charged
        taken = 0 if won else dispute.taken
        return replace(dispute, status=self.outcome, cause=self.cause, taken=taken, fee_charged=fee)

    def _can_follow(self, dispute: Dispute) -> bool:
        if self.outcome is DisputeStatus.WARNING_CLOSED:
            return dispute.status in OPEN_INQUIRY
        if self.outcome is DisputeStatus.WON:
            return dispute.status is DisputeStatus.UNDER_REVIEW
        return self.outcome is DisputeStatus.LOST and dispute.status in OPEN

    def event_type(self, after: State) -> EventType:
        """Each outcome is an event of its own."""
        return _EVENTS[self.outcome]

    def own_facts(self, after: State) -> Body:
        """How it ended, and why."""
        return super().own_facts(after) | {"outcome": str(self.outcome), "cause": str(self.cause)}
