"""Worker: record on the batch the step in which its run failed, and the reason."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.settlement.batch_run import fail


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """`event` is the state machine's state, including the error of the failed step."""
    return asdict(fail(event))
