"""Worker: closes the batch, with its control totals."""

from collections.abc import Mapping
from typing import Any

from paysandbox.runtime.settling import finish, is_closed


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Once everybody was told. A batch that is closed stays as it is."""
    if not is_closed(event["batch"]):
        finish(event["batch"])
    return {"status": "closed"}
