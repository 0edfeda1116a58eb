"""Worker: perform timers that fall due within minutes of being set, on the second. The sweep performs the others."""

from collections.abc import Mapping
from typing import Any

from paysandbox.aws.queue_batch import Answer, answer, apart
from paysandbox.payments.timers.due_timers import fire_timers
from paysandbox.payments.timers.queue import timer_id_in


def handler(event: Mapping[str, Any], context: Any) -> Answer:  # noqa: ARG001 - Lambda's signature
    """Perform the timers of one batch of messages. Those that fail return to the queue; an error of AWS returns all."""
    return apart(event, _fire)


def _fire(event: Mapping[str, Any]) -> Answer:
    fire_timers([timer_id_in(record) for record in event["Records"]])
    return answer([])
