"""Fixtures that run the handlers in this process, with an empty ledger for every test."""

import pytest

from tests.search.streams import Streams
from tests.support.clients.call import Merchant
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names
from tests.support.worlds.public_topic import Aws


@pytest.fixture
def streams(demo: Merchant) -> Streams:
    """The streams of both tables, read when the test says so."""
    Aws()  # what events are published to
    return Streams()
