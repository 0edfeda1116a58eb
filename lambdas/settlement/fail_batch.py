"""Worker: says on the batch where its run ended, and why."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from paysandbox.settlement.batch_run import fail


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """`event` is the machine's state as it was, with the error of the step that failed."""
    return asdict(fail(event))
