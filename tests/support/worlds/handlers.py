"""Fixtures for handler tests: real handlers in this process, an empty ledger for each test, and an AWS behind boto3.

DynamoDB is our own implementation in memory (engine/dynamodb). It is moto's with `--dynamodb=moto`, as in the full
tier, and in every test on a transport (aws_transport.py), so that what crashes, races and retries prove does not rest
on the implementation that the engine has. moto answers all other services.

After each test, the ledger is audited: every payment's counters, operations and postings must agree.
"""

import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore import endpoint

from paysandbox.aws import runtime, telemetry
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.settings import ClockSettings
from paysandbox.donations import stripe_secrets
from paysandbox.request_log import tables as request_log_table
from paysandbox.webhooks import tables as webhook_tables
from tests.support.builders import build
from tests.support.clients.call import Merchant
from tests.support.fakes.deliveries import MONDAY_MS, delivery
from tests.support.tools.ledger_audit import audit
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.moto_store import MOTO
from tests.support.worlds.own_store import OWN
from tests.support.worlds.shards import either_shards

__all__ = (
    "aws",
    "aws_transport",
    "clock",
    "demo",
    "either_shards",
    "globex",
    "keep",
    "ledger",
    "lines",
    "on_moto",
    "told",
    "wire",
)

METRICS_NAMESPACE = "paysandbox/test"


@pytest.fixture(autouse=True, scope="module")
def aws() -> Iterator[None]:
    """Provide an AWS for the tests of a file, since creating one takes 20 times as long as emptying its ledger."""
    with tables.sandbox(OWN), patch.object(boto3, "DEFAULT_SESSION", _session()):
        os.environ["POWERTOOLS_METRICS_NAMESPACE"] = METRICS_NAMESPACE
        # The logger may be that of another test: of a program, without a function's environment, and with its stdout.
        telemetry._logger().append_keys(service=os.environ["POWERTOOLS_SERVICE_NAME"])
        telemetry._logger().registered_handler.stream = _Stdout()  # pyright: ignore[reportAttributeAccessIssue] - Powertools' handler writes to a stream
        yield


@pytest.fixture(autouse=True)
def ledger(aws: None, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """Provide an empty ledger, and audit it after the test."""
    asked = request.config.getoption("--dynamodb") == "moto" or "on_moto" in request.fixturenames
    tables.use(MOTO if asked else OWN)
    table_snapshot.put_back(table_snapshot.EMPTY)
    table_snapshot.forget_requests()
    table_snapshot.forget_payment_methods()
    table_snapshot.forget_webhooks()
    with patch.dict(os.environ):
        yield runtime.ledger()
    runtime._settings.cache_clear()
    stripe_secrets.secret_key.cache_clear()
    stripe_secrets.webhook_secret.cache_clear()
    audit()


@pytest.fixture
def demo() -> Merchant:
    """Return the merchant `demo`."""
    return Merchant(build.MERCHANT)


@pytest.fixture
def globex() -> Merchant:
    """Return a second merchant."""
    return Merchant(build.OTHER_MERCHANT)


@cache
def _session() -> boto3.Session:
    """Return a shared session: loading boto3's data takes 50 ms, then creating a client takes 2 ms."""
    return boto3.Session()


class Clock:
    """The environment's clock offset, as `paysandbox clock` writes it into every function."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def advance(self, by: timedelta) -> None:
        """Advance the clock."""
        self.offset += by
        os.environ |= ClockSettings(int(self.offset.total_seconds())).to_env()
        runtime._settings.cache_clear()


@pytest.fixture
def clock(ledger: Ledger) -> Clock:
    """Return a clock that offsets the time of all later requests from wall-clock time, in whole seconds."""
    return Clock()


Told = Callable[..., None]


@pytest.fixture
def told(ledger: Ledger) -> Iterator[Told]:
    """Return a function that changes the functions' settings (keywords of build.function_environment)."""

    def tell(**settings: Any) -> None:
        settings = {
            "ledger_table": tables.TABLE,
            "request_log_table": tables.REQUESTS,
            "feed_table": tables.FEEDS,
            "hashing_keys_secret": tables.HASHING_KEYS_SECRET,
        } | settings
        os.environ |= build.function_environment(**settings)
        tables.forget()

    yield tell
    tables.forget()


@pytest.fixture
def on_moto() -> None:
    """Let moto answer DynamoDB's calls of this test. `ledger` does it, before any other fixture of the test."""


@pytest.fixture
def aws_transport(ledger: Ledger, on_moto: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Provide the transport between the handlers and AWS. boto3's retry delays are recorded instead of waited for.

    The clients are those of the file, since creating one takes as long as three calls.
    """
    tables.forget(clients=False)
    wire = Wire()
    wire.attach(runtime.ledger().client)
    wire.attach(request_log_table.request_log().client)
    wire.attach(runtime.secrets_manager())
    wire.attach(runtime.ssm())
    wire.attach(runtime.sqs())
    wire.attach(webhook_tables.endpoints().client)
    monkeypatch.setattr(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append))
    yield wire
    wire.detach()


@pytest.fixture
def wire(aws_transport: Wire) -> Wire:
    """Return the transport. Feature tests override this fixture to attach their own clients."""
    return aws_transport


Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> Lines:
    """Return a function that reads the log lines since its last call. All output must be JSON objects, one per line."""

    def read() -> list[dict[str, Any]]:
        printed = capsys.readouterr()
        assert printed.err == ""
        # Not splitlines, which also splits at U+0085; logs do not.
        return [json.loads(line) for line in printed.out.split("\n") if line]

    return read


@pytest.fixture
def keep(lines: Lines) -> Callable[[], None]:
    """Return a function that delivers new log lines to the request log, at intervals of one second."""
    from request_log import store_requests

    at_ms = itertools.count(MONDAY_MS, 60_000)

    def deliver() -> None:
        store_requests.handler(delivery(*lines(), at_ms=next(at_ms)), None)

    return deliver


class _Stdout:
    """Writes to the current sys.stdout, since pytest replaces it in every phase of a test."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()
