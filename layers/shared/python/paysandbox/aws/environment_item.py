"""What every function reads of its environment: the clock's offset, and which merchants have faults. One item of the
`MerchantSettings` table, whose key cannot be a merchant's name.

An execution environment keeps what it read for a moment (`VALID_MS`). Whoever changes the item waits as long after the
write, so that no request that is sent afterwards finds what was before.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from paysandbox.aws.backoff import pause
from paysandbox.aws.schema import CLOCK_ITEM, MERCHANT_SETTINGS_KEY
from paysandbox.core.record import record

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

VALID_MS: Final = 250
_VALID: Final = timedelta(milliseconds=VALID_MS)

FAULTS: Final = "faults:"
"""Begins the attribute with the time, in milliseconds since 1970 of wall time, until which a merchant may have faults.
The merchant's name follows."""


@record
class EnvironmentItem:
    """The clock's offset in seconds, None if none was ever set, and by merchant the end of its faults (`FAULTS`)."""

    offset_s: int | None = None
    faults_until_ms: Mapping[str, int] = field(default_factory=dict[str, int], hash=False)


_last_read: Final[dict[str, tuple[datetime, EnvironmentItem]]] = {}
"""By table, the wall time before the last read, and the item."""


def read_environment(client: "DynamoDBClient", table: str) -> EnvironmentItem:
    """Return the item as it is now. Strongly consistent."""
    key = {MERCHANT_SETTINGS_KEY: {"S": CLOCK_ITEM}}
    return environment_in(client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {}))


def environment_in(item: Mapping[str, Any]) -> EnvironmentItem:
    """Return the contents of the item. An empty one is none."""
    until = {name.removeprefix(FAULTS): int(value["N"]) for name, value in item.items() if name.startswith(FAULTS)}
    return EnvironmentItem(int(item["offset_s"]["N"]) if "offset_s" in item else None, until)


def current_environment(client: "DynamoDBClient", table: str, wall: datetime) -> EnvironmentItem:
    """Return the item at a wall time (UTC). Reads it unless it was read just before."""
    known = _last_read.get(table)
    # Not a monotonic clock, which may stand still while Lambda freezes the execution environment.
    if known is None or not timedelta() <= wall - known[0] < _VALID:
        known = _last_read[table] = (wall, read_environment(client, table))
    return known[1]


def wait_for_readers() -> None:
    """Wait until no execution environment has what was before the last change."""
    pause(VALID_MS)


def forget() -> None:
    """Forget what was read, for tests."""
    _last_read.clear()
