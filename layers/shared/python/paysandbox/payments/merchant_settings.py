"""The `MerchantSettings` table: what merchants set for their sandbox. One item per merchant; defaults have none.

No request that moves money reads it. The sweep of timers reads it for the merchants whose timers are due, and
settlement for those that it pays out.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.schema import MERCHANT_SETTINGS_KEY
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.core.record import record

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_SIMULATION: Final = "simulation"
_PAYOUT_DESTINATION: Final = "payout_destination"


class SimulationMode(StrEnum):
    """Whether simulated steps happen by themselves when they are due, or only when they are requested."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


@record
class MerchantSettings:
    """A DynamoDB client and the name of the table."""

    client: "DynamoDBClient"
    table: str


@record(kw_only=True)
class MerchantChoices:
    """A merchant's settings. The values are the defaults."""

    simulation: SimulationMode = SimulationMode.AUTOMATIC
    payout_destination: PayoutDestination = PayoutDestination.BANK


def get_choices(settings: MerchantSettings, merchant: str) -> MerchantChoices:
    """Return a merchant's settings as of now."""
    key = {MERCHANT_SETTINGS_KEY: {"S": merchant}}
    response = settings.client.get_item(TableName=settings.table, Key=key, ConsistentRead=True)
    return _choices({**response.get("Item", {})})


def change_choices(
    settings: MerchantSettings,
    merchant: str,
    *,
    simulation: SimulationMode | None = None,
    payout_destination: PayoutDestination | None = None,
) -> MerchantChoices:
    """Set those of a merchant's settings that are not None, and return all of them. Idempotent."""
    values = {_SIMULATION: simulation, _PAYOUT_DESTINATION: payout_destination}
    changed = {name: value for name, value in values.items() if value is not None}
    if not changed:
        return get_choices(settings, merchant)
    written = settings.client.update_item(
        TableName=settings.table,
        Key={MERCHANT_SETTINGS_KEY: {"S": merchant}},
        UpdateExpression="SET " + ", ".join(f"#{place} = :{place}" for place in range(len(changed))),
        ExpressionAttributeNames={f"#{place}": name for place, name in enumerate(changed)},
        ExpressionAttributeValues={f":{place}": {"S": str(value)} for place, value in enumerate(changed.values())},
        ReturnValues="ALL_NEW",
    )
    return _choices({**written["Attributes"]})


def manual_among(settings: MerchantSettings, merchants: Iterable[str]) -> frozenset[str]:
    """Return those of these merchants whose steps happen only when they are requested. One read per 100 merchants.

    Raises Refused(service_unavailable) if DynamoDB repeatedly leaves keys unprocessed.
    """
    items = items_by_id(settings.client, settings.table, MERCHANT_SETTINGS_KEY, merchants, only=(_SIMULATION,))
    return frozenset(merchant for merchant, item in items.items() if _choices(item).simulation is SimulationMode.MANUAL)


def _choices(item: Mapping[str, Any]) -> MerchantChoices:
    stored = {name: item[name]["S"] for name in (_SIMULATION, _PAYOUT_DESTINATION) if name in item}
    return MerchantChoices(
        simulation=SimulationMode(stored.get(_SIMULATION, SimulationMode.AUTOMATIC)),
        payout_destination=PayoutDestination(stored.get(_PAYOUT_DESTINATION, PayoutDestination.BANK)),
    )
