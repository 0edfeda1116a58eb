"""JSON requests to the sandbox's AWS, which has no document that a client is generated from.

They go directly to it: the proxy of the environment is not used.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, Final, cast
from urllib.parse import urlsplit

from paysandbox_client import RequestError

TIMEOUT_S: Final = 30.0


def send_json(
    base_url: str,
    method: str,
    path: str,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Send a request and return the JSON object in the response; an empty response is `{}`. Raises RequestError."""
    address = urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise RequestError(f"{method} {base_url}{path} was not answered: {error}") from error
    finally:
        connection.close()
    answer = _object_in(content)
    if response.status >= http.HTTPStatus.MULTIPLE_CHOICES or answer is None:
        raise RequestError(f"{method} {path} was answered with {response.status}: {_reason(answer, content)}")
    return answer


def _object_in(content: bytes) -> dict[str, Any] | None:
    try:
        read: Any = json.loads(content) if content else {}
    except ValueError:
        return None
    return cast("dict[str, Any]", read) if isinstance(read, dict) else None


def _reason(answer: dict[str, Any] | None, content: bytes) -> str:
    """Return the code and detail of a problem of the API, or else the beginning of the response."""
    if answer is not None and "code" in answer:
        return f"{answer['code']}. {answer.get('detail') or ''}".rstrip()
    return content[:200].decode(errors="replace")
