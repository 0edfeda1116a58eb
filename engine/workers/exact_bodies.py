"""A body that is not UTF-8, which functions of the API receive in Base64, as it was sent.

API Gateway and ministack replace such bytes by U+FFFD, which makes one text of two bodies.
"""

import base64
from typing import Any, Final

from paysandbox.http.reading import REPLACEMENT

_BODY: Final = 7
"""The place of the body among the arguments of ministack's function."""


def pass_exactly(gateway: Any) -> None:
    """Make ministack's events so. `gateway` is its API Gateway service."""
    build = gateway.build_lambda_event_v1

    def event_of(*arguments: Any, **options: Any) -> dict[str, Any]:
        event: dict[str, Any] = build(*arguments, **options)
        if not event["isBase64Encoded"] and REPLACEMENT in (event["body"] or ""):
            event |= {"body": base64.b64encode(arguments[_BODY]).decode("ascii"), "isBase64Encoded": True}
        return event

    gateway.build_lambda_event_v1 = event_of
