"""A proxy between an integration and the sandbox, which records each call and its outcome."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import httpx

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
    client = httpx.Client(base_url=base_url, timeout=_TIMEOUT_S, trust_env=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
            """Log nothing."""

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
            try:
                answer = client.request(self.command, self.path, headers=sent, content=body)
            except httpx.HTTPError:  # the run ended while a call was under way
                self.close_connection = True
                return
            path = self.path.partition("?")[0]
            recorded.calls.append(Call(self.command, path, answer.status_code, _error_in(answer)))
            self.send_response(answer.status_code)
            for name in _PASSED_BACK:
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_DELETE = pass_on  # noqa: N815 - as http.server calls them

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    recorded.url = f"http://127.0.0.1:{listening.server_address[1]}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield recorded
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
        client.close()


def _error_in(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = json.loads(answer.content)
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}
