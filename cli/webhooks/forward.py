"""Forwarding a delivery to an application: the same bytes under the same ID, signed with the listener's secret."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from cli.connection.trust import https_context, plain_context
from cli.webhooks.receiver import Returned
from paysandbox.core import signature
from paysandbox.core.this_machine import is_this_machine

ATTEMPT_HEADER: Final = "webhook-attempt"

# The sandbox waits 10 seconds in total.
_TOTAL_S: Final = 9.5
_TIMEOUT: Final = httpx.Timeout(8.0, connect=2.0)
_SHOWN_BYTES: Final = 4_096
_UNTRUSTED: Final = "certificate not trusted: set SSL_CERT_FILE to its authority's, or use --skip-verify"
_HANDED_BACK: Final = ("content-type", "retry-after")


@dataclass(frozen=True)
class Forwarded:
    """The application's response. Without one, a status chosen here, and the reason in `trouble`."""

    returned: Returned
    took_ms: int
    trouble: str | None = None


class Forwarder:
    """An application's URL, and the secret that signs the forwarded deliveries.

    `verified`: whether a certificate of the application is verified. Raises Failure if the authorities cannot be read.
    """

    def __init__(self, url: str, secret: str, *, total_s: float = _TOTAL_S, verified: bool = True) -> None:
        self._total_s = total_s
        parsed = httpx.URL(url)
        here = is_this_machine(parsed.host)
        self.url, self._secret = url, secret
        trusted = https_context(verified=verified) if parsed.scheme == "https" else plain_context()
        self._client = httpx.Client(timeout=_TIMEOUT, trust_env=not here, verify=trusted, follow_redirects=False)

    def forward(self, headers: Mapping[str, str], body: bytes) -> Forwarded:
        """Send it once. After a failure, the returned status makes the sandbox retry."""
        signed = signature.signed(
            (self._secret,), message_id=headers[signature.ID_HEADER], timestamp=int(time.time()), body=body
        )
        sent = {name: headers[name] for name in ("content-type", ATTEMPT_HEADER) if name in headers} | signed
        started = time.monotonic()
        try:
            answer = self._post(sent, body)
        except httpx.TimeoutException as error:
            slow = isinstance(error, httpx.ConnectTimeout)
            return _failed(504, "connection timed out" if slow else "response timed out", started)
        except httpx.ConnectError as error:
            untrusted = "CERTIFICATE" in str(error)
            return _failed(502, _UNTRUSTED if untrusted else "connection refused", started)
        except httpx.HTTPError as error:
            return _failed(502, f"connection failed: {type(error).__name__}", started)
        returned = {name: answer.headers[name] for name in _HANDED_BACK if name in answer.headers}
        return Forwarded(Returned(answer.status_code, answer.content[:_SHOWN_BYTES], returned), _since_ms(started))

    def _post(self, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        """Send it once, for at most `_TOTAL_S`. Raises httpx.HTTPError.

        httpx reads over interim responses (RFC 9110, section 15.2) with a new time-out for each, so an application that
        never ends them would never time out. The thread of such a request ends with the connection.
        """
        done: queue.SimpleQueue[httpx.Response | httpx.HTTPError] = queue.SimpleQueue()

        def send() -> None:
            try:
                done.put(self._client.post(self.url, headers=headers, content=body))
            except httpx.HTTPError as error:
                done.put(error)

        threading.Thread(target=send, name="forward", daemon=True).start()
        try:
            result = done.get(timeout=self._total_s)
        except queue.Empty:
            raise httpx.ReadTimeout("no final response") from None
        if isinstance(result, httpx.HTTPError):
            raise result
        return result

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _failed(status: int, trouble: str, started: float) -> Forwarded:
    return Forwarded(Returned(status, f"paysandbox listen: {trouble}".encode()), _since_ms(started), trouble)


def _since_ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
