"""The other end of the wire: a function from request to reply, on a real port of this machine."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """A request. `body` is parsed JSON, or a form's texts by name. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Reply:
    """A response: an object as JSON, or text as it is."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


HANG_UP = None
"""Closes the connection without a response, after reading the request."""


@dataclass
class Wire:
    """The port's URL, and every request received, in order."""

    base_url: str = ""
    requests: list[Request] = field(default_factory=list)


def _read(sent: str, kind: str) -> Any:
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(sent, keep_blank_values=True))
    return json.loads(sent) if sent else None


@contextmanager
def served(answer: Callable[[Request], Reply | None], tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """Serve until the block ends, over https with a server's context."""
    wire = Wire()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("content-length", "0")))
            request = Request(
                self.command,
                address.path,
                dict(parse_qsl(address.query)),
                {name.lower(): value for name, value in self.headers.items()},
                _read(sent.decode(), self.headers.get_content_type()),
            )
            wire.requests.append(request)
            reply = answer(request)
            if reply is None:
                self.close_connection = True
                return
            is_text = isinstance(reply.body, str)
            content = (reply.body if is_text else json.dumps(reply.body)).encode()
            self.send_response(reply.status)
            kind = "text/plain" if is_text else "application/json"
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - http.server's word

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's word
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    wire.base_url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
