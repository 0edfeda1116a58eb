# pyright: standard
"""The queue that delays what falls due within minutes, so that it is performed on the second.

Only environments with the setting `punctual_timers` have one, since polling an empty queue costs more than everything
else that timers need. The sweep, once a minute, performs everything else, and what the queue has lost. So the queue
promises nothing: a message may come twice, too early (after `clock reset`), or not at all.
"""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.settings import TimerQueueSettings
from paysandbox.payments.timers.timer import StoredTimer

DELAY_MAX: Final = timedelta(minutes=15)
"""SQS's maximum, in wall time, which passes as fast as the sandbox's."""

_SEND_AT_ONCE: Final = 10


def delay(timers: Iterable[StoredTimer], now: datetime) -> None:
    """Queue those of these timers that fall due within `DELAY_MAX`.

    Those that SQS does not take are left to the sweep.
    """
    url = runtime.settings_of(TimerQueueSettings).timer_queue
    if not url:
        return
    soon = [timer for timer in timers if timer.at - now <= DELAY_MAX]
    for start in range(0, len(soon), _SEND_AT_ONCE):
        entries = [_entry(str(place), timer, now) for place, timer in enumerate(soon[start : start + _SEND_AT_ONCE])]
        try:
            runtime.sqs().send_message_batch(QueueUrl=url, Entries=entries)
        except (ClientError, BotoCoreError) as error:
            # An outage of SQS must not hold up the stream, on which later timers depend.
            telemetry.message_failed(soon[start].id, error)


def timer_id_in(record: Mapping[str, Any]) -> str:
    """Parse a message of the queue."""
    timer_id: str = json.loads(record["body"])["timer_id"]
    return timer_id


def _entry(name: str, timer: StoredTimer, now: datetime) -> Any:
    # Rounded up: a message that comes before its time is dropped.
    delay_s = max(math.ceil((timer.at - now).total_seconds()), 0)
    return {"Id": name, "MessageBody": json.dumps({"timer_id": timer.id}), "DelaySeconds": delay_s}
