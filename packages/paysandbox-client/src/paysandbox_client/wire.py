"""Sends one HTTP request with the standard library. Nothing is retried here, and redirects are not followed.

The proxy of the environment is used, except for this machine.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

_THIS_MACHINE: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Request:
    """A request: an absolute URL, headers, and the body's bytes."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """An answer of any status. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Lost:
    """A request without an answer. If it was not sent, it had no effect."""

    reason: str
    was_sent: bool


def send(request: Request, timeout_s: float) -> Answer | Lost:
    """Send the request and read the whole answer. Raises ValueError for what HTTP cannot carry: a line break."""
    host = urlsplit(request.url).hostname or ""
    handlers = [urllib.request.ProxyHandler({})] if host in _THIS_MACHINE else []
    opener = urllib.request.build_opener(_EveryStatus, *handlers)
    prepared = urllib.request.Request(  # noqa: S310 - Sandbox takes http and https only
        request.url, data=request.body, headers=dict(request.headers), method=request.method
    )
    try:
        with opener.open(prepared, timeout=timeout_s) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, headers, answer.read())
    except http.client.InvalidURL as error:
        raise ValueError(str(error)) from error
    except urllib.error.URLError as error:
        # urllib wraps what fails until the request is sent. A reset then comes after a part of it was.
        return Lost(str(error.reason), isinstance(error.reason, (ConnectionResetError, BrokenPipeError)))
    except TimeoutError:
        return Lost(f"no answer within {timeout_s:g} s", was_sent=True)
    except (OSError, http.client.HTTPException) as error:
        return Lost(str(error) or type(error).__name__, was_sent=True)


class _EveryStatus(urllib.request.HTTPErrorProcessor):
    """Returns answers of every status, redirects included, instead of raising."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:  # noqa: ARG002 - urllib's name
        return response

    https_response = http_response
