"""A proxy between an integration and the sandbox, which records each call and its outcome."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from integrations.proxy import ProxyHandler, listening

_PASSED_ON: Final = (
    "authorization",
    "content-type",
    "idempotency-key",
    "stripe-account",
    "stripe-version",
    "user-agent",
)
_PASSED_BACK: Final = ("content-type", "idempotent-replayed", "original-request", "request-id", "retry-after")
_TIMEOUT_S: Final = 30
_FIRST_REFUSAL: Final = 400
_DECLINED: Final = 402


@dataclass(frozen=True)
class Call:
    """A call as it was sent, and its answer's status and error."""

    method: str
    path: str
    status: int
    error: dict[str, Any]

    @property
    def is_refusal(self) -> bool:
        """Return whether it was refused. A declined card is an outcome, not a refusal."""
        return self.status >= _FIRST_REFUSAL and self.status != _DECLINED

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Recorder:
    """The calls so far, in order, and the address to send them to."""

    url: str = ""
    calls: list[Call] = field(default_factory=list[Call])

    @property
    def refusals(self) -> list[Call]:
        """Return the refused calls, in order."""
        return [call for call in self.calls if call.is_refusal]


@contextmanager
def recorder(base_url: str) -> Iterator[Recorder]:
    """Pass calls on to `base_url`, on a port of the loopback interface, until the block ends."""
    recorded = Recorder()

    class Handler(ProxyHandler):
        def pass_on(self) -> None:
            body = self.body()
            sent = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
            try:
                answer = client.request(self.command, self.path, headers=sent, content=body)
            except httpx.HTTPError:  # the run ended while a call was under way
                self.close_connection = True
                return
            path = self.path.partition("?")[0]
            recorded.calls.append(Call(self.command, path, answer.status_code, _error_in(answer)))
            headers = [(name, answer.headers[name]) for name in _PASSED_BACK if name in answer.headers]
            self.answer(answer.status_code, headers, answer.content)

        do_GET = do_POST = do_DELETE = pass_on  # noqa: N815 - as http.server calls them

    with httpx.Client(base_url=base_url, timeout=_TIMEOUT_S, trust_env=False) as client, listening(Handler) as port:
        recorded.url = f"http://127.0.0.1:{port}"
        yield recorded


def _error_in(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = json.loads(answer.content)
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}
