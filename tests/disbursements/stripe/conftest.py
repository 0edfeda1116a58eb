"""Fixtures: AWS on moto, the sandbox's clock, and Stripe over HTTP for each test."""

import os
from collections.abc import Iterator
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from botocore import endpoint

from paysandbox.aws import runtime
from paysandbox.stripe_api.resource_kit.tables import objects_table
from tests.disbursements.workers.conftest import lines  # noqa: F401 - a fixture, by its name
from tests.support.fakes.stripe_platform import platform  # noqa: F401 - a fixture, by its name
from tests.support.worlds import table_snapshot, tables
from tests.support.worlds.aws_transport import Wire
from tests.webhooks.workers.conftest import Clock


@pytest.fixture(autouse=True, scope="module")
def wire() -> Iterator[Wire]:
    """Return the AWS of a file's tests, and the wire between it and the worker. Retries have no delay."""
    with tables.sandbox(environment="disbursements"):
        os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "paysandbox/test"
        wire = Wire()
        wire.attach(runtime.dynamodb())
        with patch.object(endpoint, "time", SimpleNamespace(sleep=wire.delays_s.append)):
            yield wire


@pytest.fixture
def clock(wire: Wire) -> Iterator[Clock]:
    """Return the sandbox's clock, half past nine on a Monday, and empty tables."""
    table_snapshot.put_back(table_snapshot.EMPTY)
    objects_table.cache_clear()
    with patch.dict(os.environ):
        yield Clock()
    runtime._settings.cache_clear()
