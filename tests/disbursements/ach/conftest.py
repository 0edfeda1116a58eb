"""The ACH rail, with moto's tables and bucket and the simulated bank."""

import os
from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from botocore import endpoint

from paysandbox.aws import runtime
from paysandbox.aws.settings import ReportsSettings
from tests.disbursements.ach import ach_scenario
from tests.disbursements.ach.ach_scenario import AchScenario
from tests.disbursements.workers.conftest import lines  # noqa: F401 - a fixture, by its name
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.webhooks.workers.conftest import Clock


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """Return the AWS of a file's tests, and the wire between it and the rail. Retries have no delay."""
    with tables.sandbox(environment="disbursements"):
        os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "paysandbox/test"
        wire = Wire()
        for client in (runtime.dynamodb(), runtime.s3()):
            wire.attach(client)
        runtime.s3().create_bucket(Bucket=runtime.settings_of(ReportsSettings).reports_bucket)
        with patch.object(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append)):
            yield wire


@pytest.fixture
def clock(wire: Wire) -> Iterator[Clock]:
    """Return the sandbox's clock: half past nine on a Monday, half past four in New York."""
    with patch.dict(os.environ):
        yield Clock()
    runtime._settings.cache_clear()


@pytest.fixture
def scenario(clock: Clock) -> Iterator[AchScenario]:
    """Return a scenario with ten million dollars and no disbursement. After the test, its books are audited."""
    ach_scenario.forget()
    scenario = AchScenario()
    yield scenario
    scenario.audit()
