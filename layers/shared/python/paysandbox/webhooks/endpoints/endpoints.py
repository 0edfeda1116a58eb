"""Webhook endpoints in DynamoDB: one item per merchant, with its endpoints in a map by ID.

The fan-out reads all of them in one call, and the write that adds one enforces their maximum number in its condition.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paysandbox.aws.schema import ENDPOINTS_KEY
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint, Failing

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]


@record
class Endpoints:
    """A DynamoDB client and the table's name."""

    client: "DynamoDBClient"
    table: str


def endpoints_key(merchant: str) -> Item:
    """Return the primary key of a merchant's endpoints."""
    return {ENDPOINTS_KEY: {"S": merchant}}


def get_endpoints(endpoints: Endpoints, merchant: str) -> dict[str, Endpoint]:
    """Return a merchant's current endpoints, by ID."""
    response = endpoints.client.get_item(TableName=endpoints.table, Key=endpoints_key(merchant), ConsistentRead=True)
    return endpoints_from(response["Item"]) if "Item" in response else {}


def endpoints_from(item: Item) -> dict[str, Endpoint]:
    """Return the endpoints stored in a merchant's item, by ID."""
    merchant = item[ENDPOINTS_KEY]["S"]
    return {name: _endpoint(merchant, name, entry["M"]) for name, entry in item["endpoints"]["M"].items()}


def endpoint_entry(endpoint: Endpoint) -> Item:
    """Return an endpoint as a map value."""
    entry: Item = {
        "url": {"S": endpoint.url},
        "events": {"L": [{"S": name} for name in endpoint.events]},
        "created_at": {"S": format_timestamp(endpoint.created_at)},
        "listens_since": {"S": format_timestamp(endpoint.listens_since)},
        "request_id": {"S": endpoint.request_id},
        "generation": {"N": str(endpoint.generation)},
        "rotations": {"M": {name: {"S": format_timestamp(at)} for name, at in (endpoint.rotations or {}).items()}},
    }
    if endpoint.description is not None:
        entry["description"] = {"S": endpoint.description}
    if endpoint.stripe:
        entry["stripe"] = {"BOOL": True}
    if endpoint.metadata is not None:
        entry["metadata"] = {"S": endpoint.metadata}
    if endpoint.api_version is not None:
        entry["api_version"] = {"S": endpoint.api_version}
    if endpoint.connect:
        entry["connect"] = {"BOOL": True}
    if endpoint.disabled:
        entry["disabled"] = disabled_entry(endpoint.disabled)
    if endpoint.failing:
        entry["failing"] = failing_entry(endpoint.failing)
    if endpoint.unhealthy_since:
        entry["trouble_at"] = {"S": format_timestamp(endpoint.unhealthy_since)}
    return {"M": entry}


def disabled_entry(disabled: Disabled) -> Item:
    """Return when and why an endpoint was disabled, as an attribute value."""
    return {
        "M": {
            "at": {"S": format_timestamp(disabled.at)},
            "because": {"S": str(disabled.because)},
            "told": {"BOOL": disabled.published},
        }
    }


def failing_entry(failing: Failing) -> Item:
    """Return an endpoint's failures, as an attribute value."""
    return {
        "M": {
            "since": {"S": format_timestamp(failing.since)},
            "failures": {"N": str(failing.failures)},
            "last_at": {"S": format_timestamp(failing.last_at)},
        }
    }


def _endpoint(merchant: str, endpoint_id: str, entry: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        id=endpoint_id,
        merchant=merchant,
        url=entry["url"]["S"],
        events=tuple(name["S"] for name in entry["events"]["L"]),
        created_at=parse_timestamp(entry["created_at"]["S"]),
        listens_since=parse_timestamp(entry["listens_since"]["S"]),
        request_id=entry["request_id"]["S"],
        description=entry["description"]["S"] if "description" in entry else None,
        generation=int(entry["generation"]["N"]),
        disabled=_disabled(entry["disabled"]["M"]) if "disabled" in entry else None,
        failing=_failing(entry["failing"]["M"]) if "failing" in entry else None,
        unhealthy_since=parse_timestamp(entry["trouble_at"]["S"]) if "trouble_at" in entry else None,
        stripe="stripe" in entry,
        metadata=entry["metadata"]["S"] if "metadata" in entry else None,
        api_version=entry["api_version"]["S"] if "api_version" in entry else None,
        connect="connect" in entry,
        rotations={name: parse_timestamp(at["S"]) for name, at in entry["rotations"]["M"].items()},
    )


def _disabled(entry: Mapping[str, Any]) -> Disabled:
    return Disabled(
        parse_timestamp(entry["at"]["S"]), DisabledBecause(entry["because"]["S"]), published=entry["told"]["BOOL"]
    )


def _failing(entry: Mapping[str, Any]) -> Failing:
    return Failing(
        since=parse_timestamp(entry["since"]["S"]),
        failures=int(entry["failures"]["N"]),
        last_at=parse_timestamp(entry["last_at"]["S"]),
    )
