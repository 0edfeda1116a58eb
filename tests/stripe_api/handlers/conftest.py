"""Fixtures that connect Stripe's SDK to the real handlers in this process."""

from collections.abc import Callable

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.payments.ledger.items import payment_from
from tests.support.builders import build
from tests.support.clients.stripe_sdk import sdk_here
from tests.support.clients.stripe_sdk_calls import Sdk
from tests.support.worlds import table_snapshot, webhook_records
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names


@pytest.fixture
def sdk() -> Sdk:
    """Return the SDK authenticated as the merchant `demo`."""
    return sdk_here()


@pytest.fixture
def other() -> Sdk:
    """Return the SDK authenticated as another merchant."""
    return sdk_here(build.OTHER_MERCHANT)


Publish = Callable[[], None]


@pytest.fixture
def publish(ledger: Ledger) -> Publish:
    """Return a function that stores the events of the whole ledger, as the stream's workers do."""

    def keep() -> None:
        webhook_records.keep(*[payment_from(item) for item in table_snapshot.items() if "version" in item])

    return keep
