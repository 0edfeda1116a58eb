"""Stripe over HTTP on a port of this machine: the sandbox's own /v1, with scripted faults in front of it.

    with stripe_platform() as stripe_at:
        stripe_at.script.append((TRANSFERS_PATH, Fault.LOST_AFTER))
        ...
        stripe_at.transfers(disbursement)

A fault is of the next POST whose path has that ending. What was requested is recorded. The platform is the merchant of
the donations' key, whose funds pay for transfers.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.settings import StripeAccountSettings
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.stripe.messages import ENTRY, PAYOUTS_PATH, TRANSFERS_PATH
from paysandbox.donations import stripe_secrets
from paysandbox.donations.donation import MERCHANT as PLATFORM
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.resource_kit.sweep import do_what_is_due
from paysandbox.stripe_api.routes import RESOURCE_ROUTE as RESOURCE
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.clients.stripe_sdk import InThisProcess
from tests.support.clients.transfers import connected, funded
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Killed

Json = dict[str, Any]

RETRY_AFTER_S: Final = 77
PAYS: Final = "000123456789"
OWNER: Final = StripeMerchant(PLATFORM)


class Fault(StrEnum):
    """What goes wrong with a request, before it has an effect or after."""

    LOST_BEFORE = "the connection ends before the effect"
    LOST_AFTER = "the connection ends after the effect"
    FAILING_BEFORE = "500 before the effect"
    FAILING_AFTER = "500 after the effect"
    MALFORMED = "200 and no JSON, after the effect"
    EMPTY = "200 and an empty object, after the effect"
    REDIRECTED = "a redirect"
    RATE_LIMITED = "429"
    IN_USE = "409 for a key that is in use"
    UNAUTHORIZED = "401"
    NOT_PERMITTED = "403"
    KEY_REUSED = "400 for a key of another request"


_ERRORS: Final[dict[Fault, tuple[int, Json]]] = {
    Fault.FAILING_BEFORE: (500, {"type": "api_error"}),
    Fault.FAILING_AFTER: (500, {"type": "api_error"}),
    Fault.REDIRECTED: (307, {}),
    Fault.RATE_LIMITED: (429, {"type": "invalid_request_error", "code": "rate_limit"}),
    Fault.IN_USE: (409, {"type": "invalid_request_error", "code": "idempotency_key_in_use"}),
    Fault.UNAUTHORIZED: (401, {"type": "invalid_request_error"}),
    Fault.NOT_PERMITTED: (403, {"type": "invalid_request_error", "code": "more_permissions_required"}),
    Fault.KEY_REUSED: (400, {"type": "idempotency_error"}),
}
_AFTER: Final = frozenset({Fault.LOST_AFTER, Fault.FAILING_AFTER, Fault.MALFORMED, Fault.EMPTY})
_NO_ANSWER: Final = frozenset({Fault.LOST_BEFORE, Fault.LOST_AFTER})


@dataclass
class StripePlatform:
    """The running server. `script` has the faults to come, `before` what happens before the next such request."""

    url: str = ""
    script: list[tuple[str, Fault]] = field(default_factory=list[tuple[str, Fault]])
    before: dict[str, Callable[[], None]] = field(default_factory=dict[str, Callable[[], None]])
    requests: list[tuple[str, str, Json, str]] = field(default_factory=list[tuple[str, str, Json, str]])

    def account(self, number: str | None = PAYS) -> str:
        """Create a connected account with a bank account of this number, or with none, and return its ID."""
        known = {"external_account": bank(number)} if number is not None else {}
        return connected(PLATFORM, type="custom", capabilities={"transfers": {"requested": True}}, **known)

    def fund(self, amount: int = 1_000_00, merchant: str = PLATFORM) -> None:
        """Add dollars (minor units) to the platform's funds."""
        funded(amount, merchant=merchant)

    def drain(self, account: str, amount: int) -> None:
        """Let somebody else pay an account's dollars out."""
        body = {"amount": amount, "currency": "usd", "metadata": {"sandbox_outcome": "payout=paid"}}
        done(OWNER.ask(RESOURCE["create_payout"], None, body, headers={"Stripe-Account": account}))

    def top_up(self, account: str, amount: int) -> None:
        """Transfer dollars to an account, for nothing in particular."""
        done(OWNER.post(RESOURCE["create_transfer"], amount=amount, currency="usd", destination=account))

    def reverse(self, transfer: str) -> None:
        """Take a transfer back, as an operator of the platform may."""
        done(OWNER.post(RESOURCE["create_transfer_reversal"], transfer))

    def sweep(self) -> None:
        """Take the steps of payouts that are due."""
        do_what_is_due(RESOURCES, lambda: True)

    def transfers(self, disbursement: Disbursement) -> list[Json]:
        """Return the transfers of a disbursement."""
        return [
            found for found in self._listed(TRANSFERS_PATH) if found["metadata"].get(ENTRY) == disbursement.batch_id
        ]

    def payouts(self, disbursement: Disbursement) -> list[Json]:
        """Return the payouts of a disbursement."""
        listed = self._listed(PAYOUTS_PATH, disbursement.stripe_account)
        return [found for found in listed if found["metadata"].get(ENTRY) == disbursement.batch_id]

    def posts(self, path: str) -> list[tuple[str, str, Json, str]]:
        """Return the requests that were posted to a path."""
        return [request for request in self.requests if request[:2] == ("POST", path)]

    def _listed(self, path: str, account: str | None = None) -> list[Json]:
        headers = {"Authorization": f"Bearer {tables.STRIPE_KEY}"} | ({"Stripe-Account": account} if account else {})
        found: list[Json] = []
        more = ""
        while True:
            text, status, _ = InThisProcess().request("GET", f"{self.url}{path}?limit=100{more}", headers)
            assert status == 200, text
            page = json.loads(text)
            found += page["data"]
            if not page["has_more"]:
                return found
            more = f"&starting_after={found[-1]['id']}"


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait until the headers are acknowledged
    platform: StripePlatform

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Log nothing."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = self.path.partition("?")[0]
        self.platform.requests.append((self.command, path, dict(self.headers), body))
        for end in [end for end in self.platform.before if path.endswith(end)]:
            self.platform.before.pop(end)()
        fault = self._fault(path)
        answer: tuple[int, bytes] | None = None
        # A test that kills a call to AWS may hit one that is made here. Then the connection ends.
        with suppress(Killed):
            if fault is None or fault in _AFTER:
                text, status, _ = InThisProcess().request(self.command, self.path, dict(self.headers), body)
                answer = status, text.encode()
        if fault is not None:
            answer = _faulty(fault)
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer[0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer[1])))
        if fault is Fault.RATE_LIMITED:
            self.send_header("Retry-After", str(RETRY_AFTER_S))
        self.end_headers()
        self.wfile.write(answer[1])

    def _fault(self, path: str) -> Fault | None:
        script = self.platform.script
        return script.pop(0)[1] if self.command == "POST" and script and path.endswith(script[0][0]) else None

    do_GET = do_POST = answer  # noqa: N815 - as http.server calls them


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that close the connection."""


@contextmanager
def stripe_platform() -> Iterator[StripePlatform]:
    """Run the server until the block ends."""
    platform = StripePlatform()

    listening = _Server(("127.0.0.1", 0), type("Desk", (_Desk,), {"platform": platform}))
    platform.url = f"http://127.0.0.1:{listening.server_address[1]}"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield platform
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def use(platform: StripePlatform) -> None:
    """Let the functions of this process call the platform, as in a new execution environment."""
    os.environ |= StripeAccountSettings(
        stripe_key_parameter=tables.STRIPE_KEY_PARAMETER,
        stripe_webhook_parameter=tables.STRIPE_WEBHOOK_PARAMETER,
        stripe_api_base=platform.url,
    ).to_env()
    runtime._settings.cache_clear()
    stripe_secrets.secret_key.cache_clear()


@pytest.fixture
def platform(clock: object) -> Iterator[StripePlatform]:
    """Return Stripe, which the functions of the test call, with a platform that has a thousand dollars."""
    with stripe_platform() as server:
        use(server)
        server.fund()
        yield server
    stripe_secrets.secret_key.cache_clear()


def bank(number: str) -> Json:
    """Return a bank account in the United States as it is sent."""
    return {
        "object": "bank_account",
        "country": "US",
        "currency": "usd",
        "routing_number": "110000000",
        "account_number": number,
    }


def _faulty(fault: Fault) -> tuple[int, bytes] | None:
    """Return the answer with a fault, or None if the connection ends."""
    if fault in _NO_ANSWER:
        return None
    if fault is Fault.MALFORMED:
        return 200, b"<html>Service Unavailable</html>"
    if fault is Fault.EMPTY:
        return 200, b"{}"
    status, error = _ERRORS[fault]
    return status, json.dumps({"error": error}).encode()
