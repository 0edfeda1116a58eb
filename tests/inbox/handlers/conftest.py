"""Fixtures that run the handlers in this process, with an empty ledger for every test, and a merchant's inbox."""

import json
from dataclasses import dataclass
from typing import Any, Final

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.signature import signed
from paysandbox.inbox.address import token_of
from paysandbox.inbox.routes import EMPTY_INBOX, GET_INBOX, RECEIVE_WEBHOOK, UPDATE_INBOX
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoints.endpoints import get_endpoints
from paysandbox.webhooks.endpoints.secrets import secrets_signing
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, send
from tests.support.clients.endpoints import Subscriber
from tests.support.worlds import tables
from tests.support.worlds.handlers import *  # noqa: F403 - fixtures, by their names

EVENT_ID: Final = "evt_mzxw6ytboi2gk3tbnzswc3lqnm"
BODY: Final = json.dumps({"id": EVENT_ID, "type": "payment_captured", "data": {"amount": 1250}}).encode()


@dataclass(frozen=True)
class Inbox:
    """A merchant's inbox, and whoever sends to it."""

    merchant: str = build.MERCHANT

    def receive(self, body: bytes = BODY, headers: Any = None, **parts: Any) -> Reply:
        """Send a webhook to the inbox."""
        given: dict[str, Any] = {"path": {"token": token_of(self.merchant)}} | parts
        return send(RECEIVE_WEBHOOK, body=body, headers=headers, in_base64=True, **given)

    def signed(self, endpoint_id: str, body: bytes = BODY, *, at: int | None = None) -> dict[str, str]:
        """Return the headers with which a delivery to an endpoint of the merchant is signed, now or at a time."""
        endpoint = get_endpoints(webhook_tables.endpoints(), self.merchant)[endpoint_id]
        timestamp = int(runtime.wall_now().timestamp()) if at is None else at
        secrets = secrets_signing(endpoint, runtime.now())
        return signed(secrets, message_id=EVENT_ID, timestamp=timestamp, body=body)

    def get(self, **query: Any) -> Reply:
        """Get the inbox."""
        return Merchant(self.merchant)._send(GET_INBOX, query=query)

    def shown(self) -> list[dict[str, Any]]:
        """Return the newest webhooks of the inbox."""
        reply = self.get(limit="100")
        assert reply.status == 200, reply.text
        return reply.json["data"]

    def answers(self, answer: str) -> Reply:
        """Set the inbox's answer."""
        return Merchant(self.merchant)._send(UPDATE_INBOX, body={"answer": answer})

    def empty(self) -> Reply:
        """Empty the inbox."""
        return Merchant(self.merchant)._send(EMPTY_INBOX)

    def stored(self) -> list[dict[str, Any]]:
        """Return the stored webhooks of the table, of all merchants."""
        items: list[Any] = runtime.dynamodb().scan(TableName=tables.WEBHOOKS["Inbox"], ConsistentRead=True)["Items"]
        return [item for item in items if item["entry"]["S"] != "switch"]


@pytest.fixture
def inbox(ledger: Ledger) -> Inbox:
    """Return the inbox of the merchant `demo`."""
    return Inbox()


@pytest.fixture
def endpoint_id(ledger: Ledger) -> str:
    """Return an endpoint of the merchant `demo`."""
    return Subscriber().created()
