"""Stripe's hosts on this machine, for a browser that no program can intercept: TLS in front of the sandbox.

The browser has to be started with `BrowserHosts.flags`. Playwright's contexts need none of this: see the package of
`packages/pytest-paysandbox`, whose hosts these are.
"""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import httpx
import trustme
from pytest_paysandbox.stripe_redirect import HOSTS

_TIMEOUT_S: Final = 30
# Of the connection (RFC 9110, section 7.6.1), and of bodies, which httpx has decoded.
_NOT_SENT: Final = frozenset({"accept-encoding", "connection", "content-length", "host", "keep-alive", "te", "upgrade"})
_NOT_RETURNED: Final = frozenset(
    {"connection", "content-encoding", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
)
_NO_SUCH_HOST: Final = 502


@dataclass
class BrowserHosts:
    """The port of the TLS server, the hosts of Stripe that it has answered for, and the others, which it refused."""

    port: int = 0
    answered: set[str] = field(default_factory=set[str])
    refused: set[str] = field(default_factory=set[str])

    @property
    def flags(self) -> list[str]:
        """Chromium's flags: all hosts but this machine's lead here. The certificate is nobody's."""
        rules = f"MAP * 127.0.0.1:{self.port}, EXCLUDE localhost, EXCLUDE 127.0.0.1"
        return [f"--host-resolver-rules={rules}", "--ignore-certificate-errors"]


@contextmanager
def stripe_hosts(sandbox: str) -> Iterator[BrowserHosts]:
    """Answer for Stripe's hosts from the sandbox at this URL, and refuse all others, until the block ends."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(*HOSTS).configure_cert(tls)
    hosts = BrowserHosts()
    client = httpx.Client(base_url=sandbox, timeout=_TIMEOUT_S, trust_env=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
            """Log nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the browser has closed the connection, or speaks no TLS
                self.close_connection = True

        def pass_on(self) -> None:
            host = self.headers.get("Host", "").partition(":")[0]
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if host not in HOSTS:
                hosts.refused.add(host)
                self._answer(_NO_SUCH_HOST, [], b"")
                return
            hosts.answered.add(host)
            try:
                answer = client.request(self.command, self.path, headers=self._sent(), content=body)
            except httpx.HTTPError:  # the run ended while a request was under way
                self.close_connection = True
                return
            headers = [(name, value) for name, value in answer.headers.multi_items() if name not in _NOT_RETURNED]
            self._answer(answer.status_code, headers, answer.content)

        def _sent(self) -> list[tuple[str, str]]:
            sent = [(name, value) for name, value in self.headers.items() if name.lower() not in _NOT_SENT]
            # As the package does: a sandbox answers pages of other sites only for its own keys.
            return [(name, value) for name, value in sent if name.lower() != "origin" or self.command == "OPTIONS"]

        def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_OPTIONS = pass_on  # noqa: N815 - as http.server calls them

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    # A handshake takes place in the thread of its connection, with the first read.
    listening.socket = tls.wrap_socket(listening.socket, server_side=True, do_handshake_on_connect=False)
    hosts.port = listening.server_address[1]
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hosts
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
        client.close()
