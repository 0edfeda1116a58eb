"""Read batches that CloudWatch Logs sends to a subscriber: log lines, compressed and in Base64."""

import base64
import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from paysandbox.aws import telemetry
from paysandbox.request_log.request_record import RequestRecord, record_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TROUBLE: Final = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


def records(event: Mapping[str, Any]) -> list[RequestRecord]:
    """Return the requests in the lines. A line that cannot be parsed is counted and dropped: retrying cannot help."""
    found: list[RequestRecord] = []
    dropped, why = 0, None
    for entry in _entries(event):
        try:
            record = _record(entry)
        except _TROUBLE as error:
            dropped, why = dropped + 1, error
            continue
        if record is not None:
            found.append(record)
    if why is not None:
        telemetry.dropped_lines(dropped, why)
    return found


def _entries(event: Mapping[str, Any]) -> list[Any]:
    try:
        batch = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
        return batch["logEvents"] if batch["messageType"] == "DATA_MESSAGE" else []  # or "are you there?"
    except (*_TROUBLE, OSError, EOFError) as error:
        telemetry.dropped_lines(1, error)
        return []


def _record(entry: Mapping[str, Any]) -> RequestRecord | None:
    text = entry["message"]
    if not text.startswith("{"):
        return None  # Lambda's own START, END and REPORT, or a traceback
    line = json.loads(text)
    # CloudWatch's own time of the line: the same however often it is delivered.
    return record_of(line, _EPOCH + timedelta(milliseconds=int(entry["timestamp"])))
