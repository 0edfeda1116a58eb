"""Records of the disbursements' stream: their events, and the disbursements that are to be advanced at once."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.records import READ_ERRORS, UnreadableRecordError
from paysandbox.aws.schema import DISBURSEMENTS_SORT
from paysandbox.core import ids
from paysandbox.disbursements.disbursement import Disbursement, Status
from paysandbox.disbursements.event import DisbursementEvent, disbursement_events
from paysandbox.disbursements.store.items import disbursement_from


def disbursement_events_in(record: Mapping[str, Any]) -> tuple[DisbursementEvent, ...]:
    """Return the events of a record. Raises UnreadableRecordError, and no other error.

    Deletions, and other items of the table, have none.
    """
    before, after = _images(record)
    return disbursement_events(before, after) if after else ()


def disbursement_to_advance_in(record: Mapping[str, Any]) -> Disbursement | None:
    """Return the disbursement of a record that there is something to do for at once, or None.

    That is a new one, and one whose cancellation at the provider was requested in this write: a later write, such as
    that of an attempt, has the request too. Raises UnreadableRecordError, and no other error.
    """
    before, after = _images(record)
    if after is None:
        return None
    is_new = after.status is Status.PENDING and before is None
    is_to_cancel = after.cancel_requested and not (before and before.cancel_requested)
    return after if is_new or is_to_cancel else None


def _images(record: Mapping[str, Any]) -> tuple[Disbursement | None, Disbursement | None]:
    try:
        images = record["dynamodb"]
        return _disbursement(images.get("OldImage")), _disbursement(images.get("NewImage"))
    except READ_ERRORS as error:
        raise UnreadableRecordError(type(error).__name__) from error


def _disbursement(image: Any) -> Disbursement | None:
    if image is None or not ids.is_disbursement_id(image[DISBURSEMENTS_SORT]["S"]):
        return None
    return disbursement_from(image)
