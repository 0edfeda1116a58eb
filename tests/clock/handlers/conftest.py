"""Fixtures that run the clock's handlers in this process, with a clock that they read and that nobody has moved yet."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from paysandbox.aws import environment_item, runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names

TABLE = "paysandbox-test-MerchantSettings"


@pytest.fixture(autouse=True)
def read_clock(ledger: Ledger, told: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let functions read the clock, and a move wait for nobody."""
    told(clock_table=TABLE)
    monkeypatch.setattr(environment_item, "VALID_MS", 0)
    monkeypatch.setattr(environment_item, "_VALID", timedelta())
    environment_item.forget()
    yield
    environment_item.forget()
    runtime.lambda_functions.cache_clear()


@pytest.fixture
def wire(aws_transport: Wire) -> Wire:
    """Return the transport, with the clock's clients."""
    runtime.lambda_functions.cache_clear()
    aws_transport.attach(runtime.lambda_functions())
    aws_transport.attach(runtime.dynamodb())
    return aws_transport
