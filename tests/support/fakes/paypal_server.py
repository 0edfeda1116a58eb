"""PayPal over HTTP on a port of this machine: the simulator's API, with scripted faults in front of it.

    with paypal_server() as paypal:
        paypal.script.append(Fault.LOST_AFTER)
        ...
        paypal.payments(disbursement)

A fault is of the next request that creates a batch. What was requested is recorded.
"""

import json
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from engine.paypal import account
from engine.paypal.account import SimulatedAccount
from engine.paypal.api import ApiAnswer, ApiRequest, PaypalApi
from engine.paypal.payouts import Payouts
from engine.wall.wall import PAYPAL_PREFIX
from paysandbox.aws import runtime
from paysandbox.aws.settings import PaypalSettings
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.paypal import signature as paypal_signature, token as paypal_token
from paysandbox.disbursements.paypal.credentials import paypal_account
from paysandbox.disbursements.paypal.messages import PAYOUTS_PATH, TOKEN_PATH
from paysandbox.http.outbound import MAX_ANSWER_BYTES

PARAMETER: Final = "/disbursements/PAYPAL_CREDENTIALS"


class Fault(StrEnum):
    """What goes wrong with a request that creates a batch, before it has an effect or after."""

    LOST_BEFORE = "the connection ends before the effect"
    LOST_AFTER = "the connection ends after the effect"
    CUT = "the answer ends in the middle"
    FAILING_BEFORE = "500 before the effect"
    FAILING_AFTER = "500 after the effect"
    TIMED_OUT = "504 after the effect"
    MALFORMED = "200 and no JSON, after the effect"
    EMPTY = "201 and an empty object, after the effect"
    TOO_LARGE = "an endless answer, after the effect"
    REDIRECTED = "a redirect"
    RATE_LIMITED = "429"
    UNAUTHORIZED = "401 for a token that was valid"
    POOR = "422 INSUFFICIENT_FUNDS"
    INVALID = "400 VALIDATION_ERROR"
    NOT_AUTHORIZED = "403 AUTHORIZATION_ERROR"


_STATUSES: Final = {
    Fault.FAILING_BEFORE: (500, "INTERNAL_ERROR"),
    Fault.FAILING_AFTER: (500, "INTERNAL_ERROR"),
    Fault.TIMED_OUT: (504, "REQUEST_TIMEOUT_EXCEEDED"),
    Fault.RATE_LIMITED: (429, "RATE_LIMIT_VALIDATION_FAILURES"),
    Fault.UNAUTHORIZED: (401, "AUTHENTICATION_FAILURE"),
    Fault.POOR: (422, "INSUFFICIENT_FUNDS"),
    Fault.INVALID: (400, "VALIDATION_ERROR"),
    Fault.NOT_AUTHORIZED: (403, "AUTHORIZATION_ERROR"),
    Fault.REDIRECTED: (307, "MOVED"),
}
_AFTER: Final = frozenset(
    {
        Fault.LOST_AFTER,
        Fault.CUT,
        Fault.FAILING_AFTER,
        Fault.TIMED_OUT,
        Fault.MALFORMED,
        Fault.EMPTY,
        Fault.TOO_LARGE,
    }
)
_NO_ANSWER: Final = frozenset({Fault.LOST_BEFORE, Fault.LOST_AFTER})
RETRY_AFTER_S: Final = 77


@dataclass
class PaypalServer:
    """The running server. `offset_s` is added to its clock, and `script` has the faults to come."""

    api: PaypalApi
    script: list[Fault] = field(default_factory=list[Fault])
    requests: list[tuple[str, str, bytes]] = field(default_factory=list[tuple[str, str, bytes]])
    offset_s: float = 0

    @property
    def base_url(self) -> str:
        """The base URL of the API."""
        return self.api.base_url

    def advance(self, seconds: float) -> None:
        """Advance PayPal's clock."""
        self.offset_s += seconds

    def payments(self, disbursement: Disbursement) -> int:
        """Return how often a disbursement was paid, or is about to be."""
        return len(self.api.payouts.with_sender_batch_id(disbursement.batch_id))

    def bodies(self) -> list[bytes]:
        """Return the bodies of the requests that create a batch."""
        return [body for method, path, body in self.requests if (method, path) == ("POST", PAYOUTS_PATH)]

    def tokens_fetched(self) -> int:
        """Return how many access tokens were requested."""
        return sum(path == TOKEN_PATH for _, path, _ in self.requests)

    def store_credentials(self, **other: str) -> None:
        """Store the account's credentials in the parameter, or others."""
        value = json.dumps({**self.api.account.credentials, **other})
        runtime.ssm().put_parameter(Name=PARAMETER, Type="SecureString", Value=value, Overwrite=True)

    def settings(self) -> PaypalSettings:
        """Return the settings of functions whose PayPal this is."""
        return PaypalSettings(
            paypal_credentials_parameter=PARAMETER,
            paypal_api_base=self.base_url,
            paypal_certificate_host=account.HOST,
            paypal_certificate_root="credentials",
        )


@cache
def simulated_account() -> SimulatedAccount:
    """Return an account, made once: its keys take a moment."""
    with tempfile.TemporaryDirectory() as folder:
        return account.ensure(Path(folder))


def forget() -> None:
    """Forget what a new execution environment lacks: credentials, token and certificates."""
    paypal_account.cache_clear()
    paypal_token.forget()
    paypal_signature.forget()


@contextmanager
def paypal_server(*, outcome_after_s: float = 0) -> Iterator[PaypalServer]:
    """Run PayPal until the block ends. Items are processed at once, unless `outcome_after_s` says otherwise."""
    holder: list[PaypalServer] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # the body would wait until the headers are acknowledged

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            paypal = holder[0]
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path = self.path.partition("?")[0].removeprefix(PAYPAL_PREFIX)
            paypal.requests.append((self.command, path, body))
            creates = (self.command, path) == ("POST", PAYOUTS_PATH)
            fault = paypal.script.pop(0) if creates and paypal.script else None
            request = ApiRequest(
                method=self.command,
                path=path,
                body=body,
                headers={name.lower(): value for name, value in self.headers.items()},
            )
            answer = paypal.api.answer(request) if fault is None or fault in _AFTER else None
            self._send(_faulty(fault, answer) if fault else answer)

        def _send(self, answer: ApiAnswer | None) -> None:
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if answer.cut:
                self.close_connection = True
                self.wfile.write(answer.body[: len(answer.body) // 2])
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's word
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Ignore clients that close the connection."""

    server = Server((account.HOST, 0), Handler)
    with tempfile.TemporaryDirectory() as folder:
        api = PaypalApi(
            account=simulated_account(),
            payouts=Payouts(Path(folder)),
            base_url=f"http://{account.HOST}:{server.server_address[1]}{PAYPAL_PREFIX}",
            now=lambda: runtime.wall_now().timestamp() + holder[0].offset_s,
            outcome_after_s=outcome_after_s,
        )
        holder.append(PaypalServer(api))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield holder[0]
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _faulty(fault: Fault, answer: ApiAnswer | None) -> ApiAnswer | None:
    """Return the answer with a fault, or None if the connection ends."""
    if fault in _NO_ANSWER:
        return None
    if fault is Fault.CUT and answer is not None:
        return ApiAnswer(status=answer.status, body=answer.body, cut=True)
    if fault is Fault.MALFORMED:
        return ApiAnswer(status=200, body=b"<html>Service Unavailable</html>")
    if fault is Fault.EMPTY:
        return ApiAnswer(status=201, body=b"{}")
    if fault is Fault.TOO_LARGE:
        return ApiAnswer(status=201, body=b" " * (2 * MAX_ANSWER_BYTES))
    status, name = _STATUSES[fault]
    headers = {"Retry-After": str(RETRY_AFTER_S)} if fault is Fault.RATE_LIMITED else {}
    if fault is Fault.REDIRECTED:
        headers = {"Location": f"{PAYPAL_PREFIX}{PAYOUTS_PATH}"}
    return ApiAnswer(status=status, body=json.dumps({"name": name, "details": []}).encode(), headers=headers)


@pytest.fixture
def paypal(ledger: object) -> Iterator[PaypalServer]:
    """Return PayPal, which the functions of the test call."""
    with paypal_server() as server:
        os.environ |= server.settings().to_env()
        runtime._settings.cache_clear()
        forget()
        server.store_credentials()
        yield server
    forget()
