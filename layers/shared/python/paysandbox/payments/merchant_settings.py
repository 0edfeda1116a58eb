"""The `MerchantSettings` table: what merchants set for their sandbox. One item per merchant; defaults have none.

No request that moves money reads it. The sweep of timers reads it for the merchants whose timers are due.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws.batch_get import items_by_id
from paysandbox.aws.schema import MERCHANT_SETTINGS_KEY

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_SIMULATION: Final = "simulation"


class SimulationMode(StrEnum):
    """Whether simulated steps happen by themselves when they are due, or only when they are requested."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class MerchantSettings:
    """A DynamoDB client and the name of the table."""

    client: "DynamoDBClient"
    table: str


def get_simulation_mode(settings: MerchantSettings, merchant: str) -> SimulationMode:
    """Return a merchant's mode as of now."""
    key = {MERCHANT_SETTINGS_KEY: {"S": merchant}}
    response = settings.client.get_item(TableName=settings.table, Key=key, ConsistentRead=True)
    return _mode({**response.get("Item", {})})


def set_simulation_mode(
    settings: MerchantSettings, merchant: str, mode: SimulationMode | None = None
) -> SimulationMode:
    """Set a merchant's mode, or leave it (None), and return it. Idempotent; its other settings stay as they are."""
    written = settings.client.update_item(
        TableName=settings.table,
        Key={MERCHANT_SETTINGS_KEY: {"S": merchant}},
        UpdateExpression="SET #0 = :0" if mode else "SET #0 = if_not_exists(#0, :0)",
        ExpressionAttributeNames={"#0": _SIMULATION},
        ExpressionAttributeValues={":0": {"S": str(mode or SimulationMode.AUTOMATIC)}},
        ReturnValues="ALL_NEW",
    )
    return _mode({**written["Attributes"]})


def _mode(item: Mapping[str, Any]) -> SimulationMode:
    return SimulationMode(item[_SIMULATION]["S"]) if _SIMULATION in item else SimulationMode.AUTOMATIC


def manual_among(settings: MerchantSettings, merchants: Iterable[str]) -> frozenset[str]:
    """Return those of these merchants whose steps happen only when they are requested. One read per 100 merchants.

    Raises Refused(service_unavailable) if DynamoDB repeatedly leaves keys unprocessed.
    """
    items = items_by_id(settings.client, settings.table, MERCHANT_SETTINGS_KEY, merchants, only=(_SIMULATION,))
    return frozenset(merchant for merchant, item in items.items() if _mode(item) is SimulationMode.MANUAL)
