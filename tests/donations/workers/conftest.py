"""The donation workers, with moto's table, queues and mailer."""

import io
import json
import os
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from botocore import endpoint

from paysandbox.aws import runtime, telemetry
from tests.donations.donation_scenario import DonationScenario, forget
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.webhooks.workers.conftest import Clock


@pytest.fixture(autouse=True, scope="module")
def wire() -> Iterator[Wire]:
    """Return the AWS of a file's tests, and the wire between it and the workers. Retries have no delay."""
    with tables.sandbox(environment="donations"):
        os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "paysandbox/test"
        wire = Wire()
        for client in (runtime.dynamodb(), runtime.sqs(), runtime.ses(), runtime.ssm()):
            wire.attach(client)
        with patch.object(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append)):
            yield wire
    runtime.ses.cache_clear()
    forget()


@pytest.fixture
def scenario(wire: Wire) -> Iterator[DonationScenario]:
    """Return a scenario with an empty table and empty queues."""
    with patch.dict(os.environ):
        yield DonationScenario()
    forget()


Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(scenario: DonationScenario, monkeypatch: pytest.MonkeyPatch) -> Lines:
    """Return the log lines since the start of the test."""
    out = io.StringIO()
    monkeypatch.setattr(telemetry._logger().registered_handler, "stream", out)
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def clock(scenario: DonationScenario) -> Clock:
    """Return the sandbox's clock."""
    return Clock()
