"""Fixtures that run the clock's handlers on moto, with functions to update and no clock that was moved."""

from collections.abc import Iterator

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from tests.clock import clocked_functions
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names


@pytest.fixture(autouse=True)
def functions(ledger: Ledger) -> Iterator[None]:
    """Provide the functions."""
    with clocked_functions.deployed():
        yield
    runtime.lambda_functions.cache_clear()


@pytest.fixture
def wire(aws_transport: Wire, functions: None) -> Wire:
    """Return the transport, with the clock's clients."""
    runtime.lambda_functions.cache_clear()
    clocked_functions.attach(aws_transport)
    return aws_transport
