"""The workers of settlement on moto, and the clock that they go by."""

import os
from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from botocore import endpoint

from paysandbox.aws import effects
from paysandbox.settlement import tables as settlement_tables
from tests.support import tables
from tests.support.aws_transport import Wire
from tests.support.settlement_house import House
from tests.webhooks.workers.conftest import Clock


@pytest.fixture(autouse=True, scope="module")
def wire() -> Iterator[Wire]:
    """An AWS for the tests of a file, which is asked one question at a time. Nobody waits between two tries."""
    with tables.sandbox(payout_minimum=100):
        wire = Wire()
        for client in (effects.ledger().client, settlement_tables.batches().client, effects.s3(), effects.sns()):
            wire.attach(client)
        with patch.object(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append)):
            yield wire


@pytest.fixture
def clock(wire: Wire) -> Iterator[Clock]:
    """A Monday's half past nine."""
    with patch.dict(os.environ):
        yield Clock()
    effects._settings.cache_clear()


@pytest.fixture
def house(clock: Clock) -> House:
    """A house in which nothing has happened."""
    return House(clock)
