"""The requests in a batch that CloudWatch Logs sends to a subscriber: log lines, compressed and in Base64. Pure."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from paysandbox.request_log.request_record import RequestRecord, record_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


@dataclass(slots=True)
class Batch:
    """The requests of a batch, how many of its lines are unreadable, and the last of their errors."""

    records: list[RequestRecord] = field(default_factory=list[RequestRecord])
    unreadable: int = 0
    error: Exception | None = None


def read_batch(event: Mapping[str, Any]) -> Batch:
    """Read the requests in the lines. A batch that cannot be read counts as one unreadable line."""
    batch = Batch()
    try:
        sent = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
        entries: list[Any] = sent["logEvents"] if sent["messageType"] == "DATA_MESSAGE" else []  # or "are you there?"
    except (*_UNREADABLE, OSError, EOFError) as error:
        return Batch(unreadable=1, error=error)
    for entry in entries:
        try:
            record = _record(entry)
        except _UNREADABLE as error:
            batch.unreadable, batch.error = batch.unreadable + 1, error
            continue
        if record is not None:
            batch.records.append(record)
    return batch


def _record(entry: Mapping[str, Any]) -> RequestRecord | None:
    text = entry["message"]
    if not text.startswith("{"):
        return None  # Lambda's own START, END and REPORT, or a traceback
    line = json.loads(text)
    # CloudWatch's own time of the line: the same however often it is delivered.
    return record_of(line, _EPOCH + timedelta(milliseconds=int(entry["timestamp"])))
