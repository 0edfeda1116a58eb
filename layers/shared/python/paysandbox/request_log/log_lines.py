"""The log lines in a batch that CloudWatch Logs sends to a subscriber: compressed and in Base64. Pure."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from paysandbox.core.record import record
from paysandbox.request_log.request_record import LINE, RequestRecord, record_of

EVENT_LINE: Final = "event"
"""The `message` of the line that every stored event writes."""

ATTEMPT_LINE: Final = "delivery attempt"
"""The `message` of the line that every delivery attempt writes, before it is recorded."""

_OTHERS: Final = tuple(f'($.message = "{kind}")' for kind in (EVENT_LINE, ATTEMPT_LINE))
_KINDS: Final = " || ".join((f'($.message = "{LINE}")', *_OTHERS))
_ANSWERED: Final = " || ".join(('($.answer = "*")', *_OTHERS))

LINE_PATTERN: Final = f'{{ ($.merchant = "*") && ({_KINDS}) && ({_ANSWERED}) }}'
"""The lines that are stored, as a filter pattern of CloudWatch Logs: requests, events and attempts of a merchant.

The line of a request has its answer if the request is stored (aws/sampling.py).
"""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


@record
class LogLine:
    """A line in JSON that is no request's, and CloudWatch's time of it."""

    fields: Mapping[str, Any]
    at: datetime


@dataclass(slots=True)
class Batch:
    """The requests of a batch, its other lines, how many are unreadable, and the last of their errors."""

    records: list[RequestRecord] = field(default_factory=list[RequestRecord])
    lines: list[LogLine] = field(default_factory=list[LogLine])
    unreadable: int = 0
    error: Exception | None = None


def read_batch(event: Mapping[str, Any]) -> Batch:
    """Read the requests in the lines. A batch that cannot be read counts as one unreadable line."""
    batch = Batch()
    try:
        sent = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
        entries: list[Any] = sent["logEvents"] if sent["messageType"] == "DATA_MESSAGE" else []  # or "are you there?"
    except (*UNREADABLE, OSError, EOFError) as error:
        return Batch(unreadable=1, error=error)
    for entry in entries:
        try:
            record = _record(entry)
        except UNREADABLE as error:
            batch.unreadable, batch.error = batch.unreadable + 1, error
            continue
        if isinstance(record, RequestRecord):
            batch.records.append(record)
        elif record is not None:
            batch.lines.append(record)
    return batch


def _record(entry: Mapping[str, Any]) -> RequestRecord | LogLine | None:
    text = entry["message"]
    if not text.startswith("{"):
        return None  # Lambda's own START, END and REPORT, or a traceback
    line = json.loads(text)
    # CloudWatch's own time of the line: the same however often it is delivered.
    at = _EPOCH + timedelta(milliseconds=int(entry["timestamp"]))
    return record_of(line, at) if line.get("message") == LINE else LogLine(line, at)
