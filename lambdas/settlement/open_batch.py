"""Worker: open the batch of a run, or continue the open one."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.settlement.batch_run import begin


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Return the outcome (`settlement.batch_run.Opened`). `wanted` is the execution's input, `execution` its name."""
    return asdict(begin(event["wanted"], event["execution"]))
