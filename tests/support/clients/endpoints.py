"""A merchant's client of the webhook endpoint routes, in this process."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from paysandbox.core.timestamps import format_timestamp
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Failing
from paysandbox.webhooks.endpoints.endpoints import disabled_entry, endpoints_key, failing_entry
from paysandbox.webhooks.routes import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    ENABLE_ENDPOINT,
    GET_ENDPOINT,
    LIST_ENDPOINTS,
    PING_ENDPOINT,
    ROTATE_ENDPOINT,
    UPDATE_ENDPOINT,
)
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, Values


class Subscriber:
    """Client of the webhook endpoint routes. Every POST has a new idempotency key by default."""

    def __init__(self, merchant: str = build.MERCHANT, now: datetime | None = None) -> None:
        self.client = Merchant(merchant, now)

    def at(self, now: datetime) -> "Subscriber":
        """Return this merchant with requests processed at exactly that time."""
        other = Subscriber(self.client.name)
        other.client = replace(self.client, now=now)
        return other

    def create(self, key: Values = None, **body: Any) -> Reply:
        """Create an endpoint, by default for all events. `body` has keywords of build.endpoint_body."""
        return self.client.post(CREATE_ENDPOINT, build.endpoint_body(**body), key)

    def created(self, **body: Any) -> str:
        """Create an endpoint, and return its id."""
        reply = self.create(**body)
        assert reply.status == 200, reply.text
        return reply.json["endpoint_id"]

    def all(self) -> list[dict[str, Any]]:
        """List all endpoints."""
        return self.client._send(LIST_ENDPOINTS).json["data"]

    def get(self, endpoint_id: str) -> Reply:
        """Get an endpoint."""
        return self.client._send(GET_ENDPOINT, path={"endpoint_id": endpoint_id})

    def update(self, endpoint_id: str, **body: Any) -> Reply:
        """Update an endpoint."""
        return self.client._send(UPDATE_ENDPOINT, path={"endpoint_id": endpoint_id}, body=body)

    def delete(self, endpoint_id: str) -> Reply:
        """Delete an endpoint."""
        return self.client._send(DELETE_ENDPOINT, path={"endpoint_id": endpoint_id})

    def rotate(self, endpoint_id: str, key: Values = None) -> Reply:
        """Rotate an endpoint's secret."""
        return self.client.post(ROTATE_ENDPOINT, None, key, path={"endpoint_id": endpoint_id})

    def ping(self, endpoint_id: str, key: Values = None) -> Reply:
        """Send a ping to an endpoint."""
        return self.client.post(PING_ENDPOINT, None, key, path={"endpoint_id": endpoint_id})

    def enable(self, endpoint_id: str, key: Values = None) -> Reply:
        """Enable an endpoint."""
        return self.client.post(ENABLE_ENDPOINT, None, key, path={"endpoint_id": endpoint_id})

    def fails(self, endpoint_id: str, since: datetime, *, because: DisabledBecause | None = None) -> None:
        """Mark an endpoint as failing since `since`, as the workers do, and as disabled if `because` is given."""
        written = {
            "failing": failing_entry(Failing(since=since, failures=12, last_at=since)),
            "trouble_at": {"S": format_timestamp(since)},
        } | ({"disabled": disabled_entry(Disabled(since, because))} if because else {})
        table = webhook_tables.endpoints()
        table.client.update_item(
            TableName=table.table,
            Key=endpoints_key(self.client.name),
            UpdateExpression="SET " + ", ".join(f"#e.#i.{name} = :{name}" for name in written),
            ConditionExpression="attribute_exists(#e.#i)",
            ExpressionAttributeNames={"#e": "endpoints", "#i": endpoint_id},
            ExpressionAttributeValues={f":{name}": value for name, value in written.items()},
        )
