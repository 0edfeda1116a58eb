"""Events that CloudWatch Logs sends to the function of a subscription filter."""

import base64
import gzip
import json
from typing import Any, Final

MONDAY_MS: Final = 1_795_000_000_000


def delivery(*lines: Any, kind: str = "DATA_MESSAGE", at_ms: int = MONDAY_MS) -> dict[str, Any]:
    """Build a delivery of log lines (objects or texts) at intervals of one second."""
    events = [
        {
            "id": str(number),
            "timestamp": at_ms + number * 1_000,
            "message": line if isinstance(line, str) else json.dumps(line),
        }
        for number, line in enumerate(lines)
    ]
    batch = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": "/aws/lambda/paysandbox-test-authorize_payment",
        "logStream": "2026/11/16/[$LATEST]0123456789abcdef",
        "subscriptionFilters": ["requests"],
        "logEvents": events,
    }
    return zipped(json.dumps(batch).encode())


def zipped(content: bytes) -> dict[str, Any]:
    """Build a delivery of any bytes."""
    return {"awslogs": {"data": base64.b64encode(gzip.compress(content)).decode()}}
