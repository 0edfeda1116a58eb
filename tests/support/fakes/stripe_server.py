"""Stripe on this machine: an HTTP server that responds with the sandbox's own Stripe-compatible handlers.

with stripe_server() as stripe_at:
    stripe_at.trouble = 503     # the status of every response, until it is None again
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.clients.stripe_sdk import InThisProcess


@dataclass(slots=True)
class StripeServer:
    """A server's URL, the requests received (method and path), and deviations from the handlers' responses.

    `before` runs a function once, before the next request whose path has that ending. `changed` replaces fields of
    responses, and `trouble` is a status that replaces every response.
    """

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    before: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])
    changed: dict[str, Any] = field(default_factory=dict[str, Any])
    trouble: int | None = None


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    """Run the server until the block ends."""
    server = StripeServer()

    class Desk(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
            """Log nothing."""

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            path = self.path.partition("?")[0]
            server.asked.append((self.command, path))
            for end in [end for end in server.before if path.endswith(end)]:
                server.before.pop(end)()
            text, status = json.dumps({"error": {"type": "api_error", "message": "injected"}}), server.trouble
            if status is None:
                text, status, _ = InThisProcess().request(self.command, self.path, dict(self.headers), body)
                text = json.dumps(json.loads(text) | server.changed)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = answer  # noqa: N815 - as http.server calls them

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.url = f"http://127.0.0.1:{listening.server_address[1]}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
