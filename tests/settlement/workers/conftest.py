"""The settlement workers on moto, and their clock."""

import os
from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from botocore import endpoint

from paysandbox.aws import runtime
from paysandbox.settlement import tables as settlement_tables
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.settlement_scenario import SettlementScenario
from tests.webhooks.workers.conftest import Clock


@pytest.fixture(autouse=True, scope="module")
def wire() -> Iterator[Wire]:
    """Return the AWS of a file's tests, which takes one request at a time. Retries have no delay."""
    with tables.sandbox(payout_minimum=100):
        wire = Wire()
        for client in (runtime.ledger().client, settlement_tables.batches().client, runtime.s3(), runtime.sns()):
            wire.attach(client)
        with patch.object(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append)):
            yield wire


@pytest.fixture
def clock(wire: Wire) -> Iterator[Clock]:
    """Return a clock at half past nine on a Monday."""
    with patch.dict(os.environ):
        yield Clock()
    runtime._settings.cache_clear()


@pytest.fixture
def settling(clock: Clock) -> SettlementScenario:
    """Return an empty settlement scenario."""
    return SettlementScenario(clock)
