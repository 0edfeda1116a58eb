"""Worker: publish an event for each status change of a disbursement, from the table's stream.

It is the only publisher of these events.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from paysandbox.aws import telemetry
from paysandbox.aws.events.stream_publishing import publish_records
from paysandbox.aws.events.topic import Message
from paysandbox.core.event_type import EventType
from paysandbox.core.metrics import Metric
from paysandbox.disbursements.events import disbursement_message
from paysandbox.disbursements.store.stream import disbursement_events_in

_COUNTED: Final[Mapping[EventType, Metric]] = {
    EventType.DISBURSEMENT_PAID: Metric.DISBURSEMENTS_PAID,
    EventType.DISBURSEMENT_FAILED: Metric.DISBURSEMENTS_FAILED,
    EventType.DISBURSEMENT_BLOCKED: Metric.DISBURSEMENTS_FAILED,
    EventType.DISBURSEMENT_RETURNED: Metric.DISBURSEMENTS_FAILED,
}


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Publish the events of one batch of records. Raises errors of SNS and SQS, so that the whole batch is retried.

    On AWS a partial batch response would suffice, but the local engine treats it as success and would drop the rest.
    """
    counts = Counter[Metric]()

    def messages_in(record: Any) -> list[Message]:
        events = disbursement_events_in(record)
        counts.update(_COUNTED[event.type] for event in events if event.type in _COUNTED)
        return [disbursement_message(event) for event in events]

    publish_records(event["Records"], messages_in)
    telemetry.disbursements(counts)
    return {"batchItemFailures": []}
