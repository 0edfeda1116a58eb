"""Worker: publish an event for each operation in the ledger's stream, the only source of payment events.

What the operations moved is entered into the journal of balances first. An approved payment that saves its card for a
customer has attached it before its events are published, one of a Checkout session has completed the session, one that
an invoice is collected by has settled it, and one that is shared has its transfer and application fee. What payments
are found by is entered into the search index afterwards.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from paysandbox.aws import telemetry, tracing
from paysandbox.aws.events.stream_publishing import publish_readable
from paysandbox.aws.events.topic import Message
from paysandbox.aws.stream_batch import Failure, park, process_each
from paysandbox.aws.trace_context import xray_id_in
from paysandbox.balance.journal import enter_changes, enter_payments
from paysandbox.core.event_type import EventType
from paysandbox.core.metrics import Metric
from paysandbox.payments.events.event import Event
from paysandbox.payments.events.rendering import payment_message
from paysandbox.payments.ledger.indexing import indexed_payments
from paysandbox.payments.ledger.stream import (
    ChangedPayment,
    changed_payment_in,
    events_in,
    payments_in,
    removed_payment_in,
)
from paysandbox.search_index.index_table import index_objects
from paysandbox.search_index.tables import reference_keys, search_index
from paysandbox.stripe_api.billing.invoiced import settle_if_invoiced

_COUNTED: Final[Mapping[EventType, Metric]] = {
    EventType.DISPUTE_OPENED: Metric.DISPUTES_OPENED,
    EventType.DISPUTE_LOST: Metric.DISPUTES_LOST,
}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Publish the events of one batch of records. Raises errors of AWS, so that the whole batch is retried.

    On AWS a partial batch response would suffice, but the local engine treats it as success and would drop the rest.

    `paysandbox events rebuild` invokes it with a record that it made of a payment, and with the IDs of the events that
    are missing (`rebuild`). Only those are published, and nothing is parked: the answer names the errors (`failed`).
    With `enter`, it enters what the payments moved and is missing in the journal, and answers with the number.
    """
    if "enter" in event:
        return {"entered": [enter_payments(image[1] for image in map(payments_in, event["Records"]) if image)]}
    if "rebuild" in event:
        missing: list[str] = event["rebuild"]
        failures = publish_readable(
            event["Records"], lambda record: _messages(each for each in events_in(record) if each.id in missing)
        )
        return {"failed": [failure.reason for failure in failures]}
    read, unreadable = process_each(event["Records"], changed_payment_in)
    changes = [changed for _, changed in read if changed is not None]
    not_entered = enter_changes(changes)
    disputes = Counter[Metric]()

    def messages_of(changed: ChangedPayment) -> list[Message]:
        disputes.update(_COUNTED[event.type] for event in changed.events if event.type in _COUNTED)
        return _messages(changed.events)

    not_published = publish_readable(changes, messages_of)
    telemetry.disputes(disputes)
    park(unreadable)
    _index(changes, event["Records"])
    park(Failure(failure.record.source, failure.error) for failure in (*not_published, *not_entered))
    return {"batchItemFailures": []}


def _index(changes: Sequence[ChangedPayment], records: Iterable[Mapping[str, Any]]) -> None:
    """Enter what the payments are found by, and remove that of those that were purged.

    Raises errors of AWS, so that the whole batch is retried.
    """
    purged, _ = process_each(records, removed_payment_in)  # what is unreadable is parked already
    removed = [payment for _, payment in purged if payment is not None]
    if indexed := indexed_payments(changes, removed, reference_keys()):
        index_objects(search_index(), indexed)


def _messages(events: Iterable[Event]) -> list[Message]:
    messages: list[Message] = []
    for event in events:
        if event.has_follow_up:
            _save_card(event)
            _complete_session(event)
            settle_if_invoiced(event.payment, event.step.after.terms)
            _store_shared(event)
        if (trace := xray_id_in(event.step.operation.trace)) is not None:
            _annotate(event, trace)
        messages.append(payment_message(event))
    return messages


def _save_card(event: Event) -> None:
    """Attach the card that an approved payment saves for its customer: few payments do."""
    terms = event.step.after.terms
    if terms is None or terms.customer is None or event.type is not EventType.PAYMENT_AUTHORIZED:
        return
    from paysandbox.stripe_api.payment_methods.saving import save_card

    save_card(event.payment)


def _complete_session(event: Event) -> None:
    """Complete the Checkout session that a payment belongs to, if the bank has approved it: few payments have one."""
    terms = event.step.after.terms
    if terms is None or terms.checkout_session is None:
        return
    from paysandbox.stripe_api.checkout.ending import complete_paid

    complete_paid(event.payment)


def _store_shared(event: Event) -> None:
    """Store the transfer and the application fee of a payment that is shared, and what was returned of them."""
    before, after = event.step.before.shares, event.step.after.shares
    if before == after:
        return
    from paysandbox.stripe_api.resources.transfers.shared_charges import store_shared

    store_shared(event.payment, event.step)


def _annotate(event: Event, trace: str) -> None:
    """Leave a subsegment that leads to the trace of the request: X-Ray's own chain ends at the stream."""
    with tracing.subsegment("event"):
        tracing.annotate(payment_id=event.payment.id, merchant=event.merchant, outcome=str(event.type), trace_id=trace)
