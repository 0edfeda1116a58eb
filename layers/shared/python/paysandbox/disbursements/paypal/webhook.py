"""Apply PayPal's webhooks to disbursements.

A webhook comes late, twice or not at all, so it does nothing that asking PayPal would not do. The sweep asks for
those that no webhook reported.
"""

from enum import StrEnum

from paysandbox.aws import telemetry
from paysandbox.aws.runtime import now
from paysandbox.core.errors import Code, Refused
from paysandbox.core.ids import is_disbursement_id
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.paypal.incoming import ITEM_EVENT, PaypalEvent, read_paypal_event
from paysandbox.disbursements.paypal.messages import read_item
from paysandbox.disbursements.provider_updates import apply_provider_update
from paysandbox.disbursements.rail import Unknown
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, find_all_by_id


class Received(StrEnum):
    """What became of a webhook."""

    APPLIED = "applied"
    IGNORED = "ignored"
    """Of a type that says nothing of an item."""
    UNKNOWN = "unknown"
    """Of no disbursement of this sandbox, or not readable."""


def receive(table: DisbursementsTable, body: bytes) -> Received:
    """Apply a verified webhook. One of no known disbursement is logged, so that PayPal does not send it for days.

    Raises Refused: request_invalid if the body is no webhook; service_unavailable.
    """
    try:
        event = read_paypal_event(body)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Refused(Code.REQUEST_INVALID, "The body is not a PayPal webhook.") from None
    if not event.type.startswith(ITEM_EVENT):
        return Received.IGNORED
    disbursement = _disbursement(table, event)
    if disbursement is None:
        return _unknown(event, "no disbursement has its IDs")
    update = read_item(event.resource, disbursement)
    if isinstance(update, Unknown):
        return _unknown(event, update.reason)
    apply_provider_update(table, disbursement, update, now())
    return Received.APPLIED


def _disbursement(table: DisbursementsTable, event: PaypalEvent) -> Disbursement | None:
    """Return the disbursement that an item was sent for: the one with both its IDs."""
    if event.payment_id is None or not is_disbursement_id(event.payment_id):
        return None
    found = find_all_by_id(table, event.payment_id)
    return next((disbursement for disbursement in found if disbursement.batch_id == event.batch_id), None)


def _unknown(event: PaypalEvent, reason: str) -> Received:
    telemetry.disbursement("PayPal webhook not applied", {"paypal_event_id": event.id[:100], "error": reason})
    return Received.UNKNOWN
