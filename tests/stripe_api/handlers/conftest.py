"""Stripe's SDK on the real handlers in this process."""

from collections.abc import Callable

import pytest

from paysandbox.aws.conditional_write import Ledger
from paysandbox.payments.items import payment_from
from tests.support import build, table_snapshot, webhook_records
from tests.support.handlers import *  # noqa: F403 - fixtures, by their names
from tests.support.stripe_sdk import sdk_here
from tests.support.stripe_sdk_calls import Sdk


@pytest.fixture
def sdk() -> Sdk:
    """As the merchant `demo`."""
    return sdk_here()


@pytest.fixture
def other() -> Sdk:
    """As another merchant."""
    return sdk_here(build.OTHER_MERCHANT)


Publish = Callable[[], None]


@pytest.fixture
def publish(ledger: Ledger) -> Publish:
    """Keeps the events of everything in the ledger, as the workers behind its stream do."""

    def keep() -> None:
        webhook_records.keep(*[payment_from(item) for item in table_snapshot.items() if "version" in item])

    return keep
