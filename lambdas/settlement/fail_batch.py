"""Worker: record on the batch the step in which its run failed, and the reason."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.settlement.batch_run import fail


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Return the failed step and the reason. `event` is the state machine's state, including the step's error."""
    return asdict(fail(event))
