"""Workers between moto and receivers on this machine."""

import os
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from botocore import endpoint

from paysandbox.aws import runtime
from paysandbox.aws.settings import ClockSettings
from paysandbox.payments import expiry
from paysandbox.webhooks import tables as webhook_tables
from tests.support.builders import build
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.webhook_workers import WebhookWorkers


class Clock:
    """Sandbox time: half past nine on a Monday at the start of a test, to the second."""

    def __init__(self) -> None:
        self.offset_s = 0
        self.reset()

    def reset(self) -> None:
        """Reset the clock to that Monday."""
        self._set(round((build.MONDAY - runtime.wall_now()).total_seconds()))

    def advance(self, by: timedelta) -> None:
        """Advance the clock."""
        self._set(self.offset_s + round(by.total_seconds()))

    def _set(self, offset_s: int) -> None:
        self.offset_s = offset_s
        os.environ |= ClockSettings(offset_s).to_env()
        runtime._settings.cache_clear()


@pytest.fixture(autouse=True, scope="module")
def wire() -> Iterator[Wire]:
    """Return the AWS of a file's tests, and the wire between it and the workers: it takes one request at a time.

    It is that of a local environment, where events may be sent to this machine. Retries have no delay.
    """
    with tables.sandbox(webhook_local=True):
        wire = Wire()
        for client in (runtime.ledger().client, webhook_tables.endpoints().client):
            wire.attach(client)
        for client in (runtime.secrets_manager(), runtime.sns(), runtime.sqs()):
            wire.attach(client)
        with patch.object(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append)):
            yield wire


@pytest.fixture
def workers(wire: Wire) -> Iterator[WebhookWorkers]:
    """Return the workers, on empty tables and queues."""
    table_snapshot.put_back(table_snapshot.EMPTY)
    table_snapshot.forget_webhooks()
    expiry.forget()
    with patch.dict(os.environ):
        yield WebhookWorkers()
    runtime._settings.cache_clear()


@pytest.fixture
def clock(workers: WebhookWorkers) -> Clock:
    """Return the sandbox's clock."""
    return Clock()
