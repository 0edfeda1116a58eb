"""OPTIONS on every path: what a page of another origin may send.

API Gateway could answer by itself (a mock integration), the local engine could not; so it is a function in both places,
and the smallest there is: it imports nothing that has to be started.
"""

from typing import Any

from paysandbox.http.cors import PREFLIGHT


def handler(event: Any, context: Any) -> dict[str, Any]:  # noqa: ARG001 - it is the same for everybody
    """The same answer for every path."""
    return {"statusCode": 204, "headers": dict(PREFLIGHT), "body": "", "isBase64Encoded": False}
