"""Worker: every 15 minutes, send, ask for, cancel or give up the disbursements that are due."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.aws.time_left import time_left
from paysandbox.disbursements.sweep import sweep


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Sweep while there is time. The next run continues."""
    return asdict(sweep(time_left(event, context)))
