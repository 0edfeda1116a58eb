"""A Stripe account for each test, and the queue of its events."""

from collections.abc import Iterator
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.settings import PaymentQueueSettings
from paysandbox.donations import tables as donation_tables
from tests.support.clients.donation_requests import Account, account_at_stripe, forget_secrets
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names


@pytest.fixture(autouse=True)
def secrets_at_first(ledger: Any) -> None:
    """Reset the secrets: both are stored, and no function has read them."""
    tables.put_stripe_secrets()
    forget_secrets()


@pytest.fixture
def stripe(ledger: Any) -> Iterator[Account]:
    """Return a Stripe account that takes donations."""
    with account_at_stripe() as account:
        yield account


@pytest.fixture
def queue(ledger: Any) -> Any:
    """Return a function that returns the bodies queued for the payment worker since its last call."""
    url = runtime.settings_of(PaymentQueueSettings).payment_queue_url
    client = runtime.sqs()
    client.create_queue(QueueName=url.rpartition("/")[2])

    def waiting() -> list[str]:
        # moto returns ten messages at a time, and each only to the first reader.
        found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [message.get("Body", "") for message in found]

    waiting()
    return waiting


@pytest.fixture
def wire(aws_transport: Wire) -> Wire:
    """Return the wire, with the donations table behind it too."""
    aws_transport.attach(donation_tables.donations().client)
    return aws_transport
