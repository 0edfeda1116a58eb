"""The offset of the environment's clock, as functions read it: one item of the `MerchantSettings` table.

An execution environment keeps what it read for a moment (`VALID_MS`). A move waits as long after its write, so that no
request that is sent afterwards has the time of before.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from paysandbox.aws.backoff import pause
from paysandbox.aws.schema import CLOCK_ITEM, MERCHANT_SETTINGS_KEY

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

VALID_MS: Final = 250
_VALID: Final = timedelta(milliseconds=VALID_MS)

_last_read: Final[dict[str, tuple[datetime, int]]] = {}
"""By table, the wall time before the last read, and the offset."""


def read_offset(client: "DynamoDBClient", table: str) -> int | None:
    """Return the offset in seconds that was set last, or None if none was ever set. Strongly consistent."""
    item = client.get_item(TableName=table, Key={MERCHANT_SETTINGS_KEY: {"S": CLOCK_ITEM}}, ConsistentRead=True)
    return int(item["Item"]["offset_s"].get("N", "0")) if "Item" in item else None


def current_offset(client: "DynamoDBClient", table: str, wall: datetime) -> int:
    """Return the offset in seconds at a wall time (UTC). Reads it unless it was read just before."""
    known = _last_read.get(table)
    # Not a monotonic clock, which may stand still while Lambda freezes the execution environment.
    if known is None or not timedelta() <= wall - known[0] < _VALID:
        known = _last_read[table] = (wall, read_offset(client, table) or 0)
    return known[1]


def wait_for_readers() -> None:
    """Wait until no execution environment has an offset from before the last move."""
    pause(VALID_MS)


def forget() -> None:
    """Forget what was read, for tests."""
    _last_read.clear()
