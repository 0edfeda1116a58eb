"""The workers of disbursements, with moto's tables and a scripted provider."""

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
from paysandbox.disbursements.rails import RAILS
from tests.disbursements import disbursement_scenario
from tests.disbursements.disbursement_scenario import DisbursementScenario
from tests.disbursements.scripted_rail import METHOD, ScriptedRail
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.webhooks.workers.conftest import Clock


@pytest.fixture(autouse=True, scope="module")
def wire() -> Iterator[Wire]:
    """Return the AWS of a file's tests, and the wire between it and the workers. Retries have no delay."""
    with tables.sandbox(environment="disbursements"):
        os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "paysandbox/test"
        wire = Wire()
        for client in (runtime.dynamodb(), runtime.sqs()):
            wire.attach(client)
        with patch.object(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append)):
            yield wire


@pytest.fixture
def clock(wire: Wire) -> Iterator[Clock]:
    """Return the sandbox's clock: half past nine on a Monday."""
    with patch.dict(os.environ):
        yield Clock()
    runtime._settings.cache_clear()


@pytest.fixture
def rail(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> ScriptedRail:
    """Return the provider, which pays everything unless a test says otherwise."""
    rail = ScriptedRail(runtime.now)
    monkeypatch.setitem(RAILS, METHOD, lambda: rail)
    return rail


@pytest.fixture
def scenario(rail: ScriptedRail) -> Iterator[DisbursementScenario]:
    """Return a scenario with 100 dollars and no disbursement. After the test, its books are audited."""
    disbursement_scenario.forget()
    scenario = DisbursementScenario(rail)
    scenario.fund()
    yield scenario
    scenario.audit()


Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """Return the log lines since the start of the test."""
    out = io.StringIO()
    monkeypatch.setattr(telemetry._logger().registered_handler, "stream", out)
    return lambda: [json.loads(line) for line in out.getvalue().splitlines()]
