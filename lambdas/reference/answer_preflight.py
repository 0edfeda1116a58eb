"""OPTIONS on every path: what a page of another origin may send, if it may call.

API Gateway could answer by itself (a mock integration), the local engine could not, and neither could compare the
origin with several; so it is a function in both places, and the smallest there is: it imports nothing that has to be
started.
"""

from typing import Any

from paysandbox.http.cors import preflight_headers


def handler(event: Any, context: Any) -> dict[str, Any]:  # noqa: ARG001 - the signature of a handler
    """The same answer for every path. To a page that may not call, it is one without permissions."""
    return {"statusCode": 204, "headers": preflight_headers(event), "body": "", "isBase64Encoded": False}
