"""A merchant's evidence in a dispute."""

from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.payments.disputes.dispute import (
    NEEDS_RESPONSE,
    Dispute,
    Disputes,
    DisputeStage,
    DisputeStatus,
    Submission,
)
from paysandbox.payments.disputes.step import DisputeStep


@record(kw_only=True)
class EvidenceSubmitted(DisputeStep):
    """The merchant submits evidence, whose SHA-256 is `digest`. In pre-arbitration, that leads to arbitration."""

    kind = "evidence"
    type_name = "dispute_evidence"
    event = EventType.DISPUTE_EVIDENCE_SUBMITTED

    digest: str

    def dispute_after(self, disputes: Disputes) -> Dispute:
        """The bank reviews it."""
        dispute = disputes[self.dispute_id]
        if dispute.status not in NEEDS_RESPONSE:
            raise self.cannot_follow(dispute)
        is_inquiry = dispute.stage is DisputeStage.INQUIRY
        contested = dispute.stage is DisputeStage.PRE_ARBITRATION
        return replace(
            dispute,
            status=DisputeStatus.WARNING_UNDER_REVIEW if is_inquiry else DisputeStatus.UNDER_REVIEW,
            stage=DisputeStage.ARBITRATION if contested else dispute.stage,
            submissions=(*dispute.submissions, Submission(at=self.at, digest=self.digest)),
            decides_at=min((timer.at for timer in self.timers), default=None),
        )
