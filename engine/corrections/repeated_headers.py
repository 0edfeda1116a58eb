"""Each value of a repeated header for a function of the API: all in `multiValueHeaders`, the last one in `headers`.

ministack joins them by commas, which makes one value of several.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

Headers = Iterable[tuple[bytes, bytes]]

sent_headers: ContextVar[Headers] = ContextVar("sent_headers", default=())
"""The headers of the current request for the API, as they were sent."""


def pass_each_value(gateway: Any) -> None:
    """Make ministack's events so. `gateway` is its API Gateway service."""
    build = gateway.build_lambda_event_v1

    def event_of(*arguments: Any, **options: Any) -> dict[str, Any]:
        event: dict[str, Any] = build(*arguments, **options)
        for name, values in _repeated(sent_headers.get()).items():
            event["headers"][name], event["multiValueHeaders"][name] = values[-1], values
        return event

    gateway.build_lambda_event_v1 = event_of


def _repeated(headers: Headers) -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for name, value in headers:
        by_name.setdefault(name.decode("latin-1").lower(), []).append(value.decode("utf-8", "replace"))
    return {name: values for name, values in by_name.items() if len(values) > 1}
