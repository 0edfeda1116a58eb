"""Worker: perform timers that fall due within minutes of being set, on the second. The sweep performs the others."""

from collections.abc import Mapping
from typing import Any

from paysandbox.payments.timers.due_timers import fire_timers
from paysandbox.payments.timers.queue import timer_id_in


def handler(event: Mapping[str, Any], context: Any) -> dict[str, list[Any]]:  # noqa: ARG001 - Lambda's signature
    """Perform the timers of one batch of messages. An error returns all of them to the queue."""
    fire_timers([timer_id_in(record) for record in event["Records"]])
    return {"batchItemFailures": []}
