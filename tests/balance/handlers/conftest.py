"""Fixtures that run the handlers in this process, with empty tables for every test."""

import pytest

from paysandbox.aws import runtime
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names


@pytest.fixture
def wire(aws_transport: Wire) -> Wire:
    """Return the transport, with the client of the table of funds."""
    aws_transport.attach(runtime.dynamodb())
    return aws_transport
