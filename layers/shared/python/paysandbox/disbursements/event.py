"""Events of disbursements: one for each entry of the trail. Pure.

They are derived from the change of a single write, so reading the table's stream twice produces the same events.
"""

from typing import Final

from paysandbox.core import ids
from paysandbox.core.event_type import EventType
from paysandbox.core.record import record, replace
from paysandbox.disbursements.disbursement import Change, Disbursement, Status

_TYPES: Final = {
    Status.PENDING: EventType.DISBURSEMENT_CREATED,
    Status.PROCESSING: EventType.DISBURSEMENT_PROCESSING,
    Status.PAID: EventType.DISBURSEMENT_PAID,
    Status.FAILED: EventType.DISBURSEMENT_FAILED,
    Status.UNCLAIMED: EventType.DISBURSEMENT_UNCLAIMED,
    Status.HELD: EventType.DISBURSEMENT_HELD,
    Status.BLOCKED: EventType.DISBURSEMENT_BLOCKED,
    Status.RETURNED: EventType.DISBURSEMENT_RETURNED,
    Status.CANCELED: EventType.DISBURSEMENT_CANCELED,
    Status.REQUIRES_ATTENTION: EventType.DISBURSEMENT_REQUIRES_ATTENTION,
}


@record
class DisbursementEvent:
    """An entry of a disbursement's trail, with the disbursement right after it. `sequence` counts entries from 0."""

    disbursement: Disbursement
    sequence: int

    @property
    def change(self) -> Change:
        """The entry of the trail."""
        return self.disbursement.trail[self.sequence]

    @property
    def type(self) -> EventType:
        """Type of the event."""
        if self.change.is_correction:
            return EventType.DISBURSEMENT_DESTINATION_CORRECTED
        return _TYPES[self.change.status]

    @property
    def id(self) -> str:
        """ID of the event, the same each time it is derived."""
        return ids.disbursement_event_id(self.disbursement.batch_id, self.sequence)


def disbursement_events(before: Disbursement | None, after: Disbursement) -> tuple[DisbursementEvent, ...]:
    """Return the events of a write: none if the trail did not change."""
    first = len(before.trail) if before else 0
    return tuple(
        DisbursementEvent(replace(after, trail=after.trail[: place + 1]), place)
        for place in range(first, len(after.trail))
    )
