"""Events of disputes: their types and shapes. They are rendered as all events of payments (`payments/events.py`)."""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.event_type import EventType
from paysandbox.payments.disputes.dispute import (
    Dispute,
    DisputeDecided,
    DisputeOpened,
    DisputeStage,
    DisputeStatus,
    DisputeWithdrawn,
    EvidenceSubmitted,
)
from paysandbox.payments.operation import DisputeStep

_OUTCOMES: Final[Mapping[DisputeStatus, EventType]] = {
    DisputeStatus.WON: EventType.DISPUTE_WON,
    DisputeStatus.LOST: EventType.DISPUTE_LOST,
    DisputeStatus.WARNING_CLOSED: EventType.DISPUTE_INQUIRY_CLOSED,
}


def event_type_of(step: DisputeStep, after: Dispute) -> EventType:
    """Return the type of a step's event. An inquiry that becomes a chargeback opens a dispute like any chargeback."""
    match step:
        case DisputeOpened(inquiry=True):
            return EventType.DISPUTE_INQUIRY_OPENED
        case DisputeOpened():
            return EventType.DISPUTE_OPENED
        case EvidenceSubmitted():
            return EventType.DISPUTE_EVIDENCE_SUBMITTED
        case DisputeDecided():
            return _OUTCOMES[step.outcome]
        case DisputeWithdrawn():
            return EventType.DISPUTE_WITHDRAWN
        case _:
            contested = after.stage is DisputeStage.PRE_ARBITRATION
            return EventType.DISPUTE_ESCALATED if contested else EventType.DISPUTE_OPENED
