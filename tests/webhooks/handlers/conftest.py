"""The delivery queues, and a merchant's client for the webhook routes."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.settings import DeliveryQueuesSettings
from paysandbox.webhooks import tables as webhook_tables
from tests.support.clients.endpoints import Subscriber
from tests.support.worlds import webhook_records
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names


@dataclass(frozen=True)
class Queues:
    """The messages sent to the queues since the last call."""

    def take(self, name: str) -> list[dict[str, Any]]:
        """Return and remove the messages of the `deliveries` or `unhealthy` queue."""
        url = getattr(runtime.settings_of(DeliveryQueuesSettings), f"{name}_queue")
        found: list[dict[str, Any]] = []
        sqs: Any = runtime.sqs()
        while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in received:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found


@pytest.fixture(autouse=True)
def queues(ledger: Ledger) -> Queues:
    """Return the queues, empty."""
    webhook_records.make_queues()
    return Queues()


@pytest.fixture
def wire(aws_transport: Wire) -> Wire:
    """Return the wire, with the webhook tables and the queues behind it too."""
    aws_transport.attach(webhook_tables.endpoints().client)
    aws_transport.attach(runtime.sqs())
    return aws_transport


@pytest.fixture
def acme() -> Subscriber:
    """Return the merchant `demo` as a client of the webhook routes."""
    return Subscriber()


Stored = Callable[[], dict[str, Any]]


@pytest.fixture
def stored(ledger: Ledger) -> Stored:
    """Return the contents of the endpoint table, by merchant."""

    def read() -> dict[str, Any]:
        endpoints = webhook_tables.endpoints()
        items: list[Any] = [*endpoints.client.scan(TableName=endpoints.table, ConsistentRead=True)["Items"]]
        return {item["merchant"]["S"]: item for item in items}

    return read
