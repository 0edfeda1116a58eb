"""What a function of the API receives of a request, where ministack's event differs from API Gateway's or loses bytes.

- A body that is not UTF-8 is passed in Base64, as it was sent. ministack and API Gateway replace such bytes by U+FFFD,
  which makes one text of two bodies.
- Each value of a repeated header is in `multiValueHeaders`, and the last one in `headers`. ministack joins them.
"""

import base64
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, Final

from paysandbox.http.reading import REPLACEMENT

Headers = Iterable[tuple[bytes, bytes]]

sent_headers: ContextVar[Headers] = ContextVar("sent_headers", default=())
"""The headers of the current request for the API, as they were sent."""

_BODY: Final = 7
"""The place of the body among the arguments of ministack's function."""


def pass_as_sent(gateway: Any) -> None:
    """Make ministack's events so. `gateway` is its API Gateway service."""
    build = gateway.build_lambda_event_v1

    def event_of(*arguments: Any, **options: Any) -> dict[str, Any]:
        event: dict[str, Any] = build(*arguments, **options)
        if not event["isBase64Encoded"] and REPLACEMENT in (event["body"] or ""):
            event |= {"body": base64.b64encode(arguments[_BODY]).decode("ascii"), "isBase64Encoded": True}
        for name, values in _repeated(sent_headers.get()).items():
            event["headers"][name], event["multiValueHeaders"][name] = values[-1], values
        return event

    gateway.build_lambda_event_v1 = event_of


def _repeated(headers: Headers) -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name.decode("latin-1").lower(), []).append(value.decode("utf-8", "replace"))
    return {name: values for name, values in by_name.items() if len(values) > 1}
