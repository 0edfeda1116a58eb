"""Sends one HTTP request with the standard library.

An HTTP package takes longer to import than a local request takes, so the most frequent commands use none. Nothing is
retried here, and redirects are not followed.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from paysandbox.core.this_machine import is_this_machine

TIMEOUT_S: Final = 35.0
"""The gateway gives up on a function after 29 s."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request: an absolute URL, headers, and the body's bytes."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A response. Header names are lowercase."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    reason: str = ""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")


class NoResponse(Exception):  # noqa: N818 - the caller decides whether it is an error
    """The request got no response."""


class NotConnected(NoResponse):
    """No connection was made, so the request was not sent."""


class TimedOut(NoResponse):
    """The request was sent and no response came in time."""


class Disconnected(NoResponse):
    """The connection ended before the response did."""


class Unsendable(ValueError):  # noqa: N818 - shown to the person who typed it
    """The URL or a header cannot be sent over HTTP."""


def send(request: Request, timeout_s: float = TIMEOUT_S) -> Response:
    """Send the request and read the whole response, whatever its status. Raises NoResponse or Unsendable."""
    try:
        where = urlsplit(request.url)
        if where.scheme not in {"http", "https"} or not where.hostname:
            raise Unsendable(f"{request.url!r} is not an http:// or https:// URL")
        prepared = urllib.request.Request(  # noqa: S310 - the scheme is one of the two
            request.url, data=request.body, headers=dict(request.headers), method=request.method
        )
        opener = _opener(where.scheme, where.hostname or "")
    except ValueError as error:
        raise Unsendable(str(error)) from error
    try:
        with opener.open(prepared, timeout=timeout_s) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status, headers, answer.read(), answer.reason)
    except (http.client.InvalidURL, UnicodeError) as error:
        raise Unsendable(str(error)) from error
    except urllib.error.URLError as error:
        raise _no_response(error.reason) from error
    except TimeoutError as error:
        raise TimedOut("the response took too long") from error
    except (OSError, http.client.HTTPException) as error:
        raise Disconnected(str(error) or type(error).__name__) from error


def _no_response(reason: object) -> NoResponse:
    """Return the error for `reason`, which urllib wraps until the request is sent.

    Only if the connection was reset can the request have been sent.
    """
    if isinstance(reason, (ConnectionResetError, BrokenPipeError)):
        return Disconnected(str(reason))
    return NotConnected(str(reason))


class _EveryStatus(urllib.request.HTTPErrorProcessor):
    """Returns responses of every status, redirects included, instead of raising."""

    def http_response(self, request: urllib.request.Request, response: Any) -> Any:  # noqa: ARG002 - urllib's name
        return response

    https_response = http_response


def _opener(scheme: str, host: str) -> urllib.request.OpenerDirector:
    handlers: list[Any] = [_EveryStatus()]
    if is_this_machine(host):
        handlers.append(urllib.request.ProxyHandler({}))
    if scheme == "https":
        from cli.connection.trust import https_context

        handlers.append(urllib.request.HTTPSHandler(context=https_context()))
    return urllib.request.build_opener(*handlers)
