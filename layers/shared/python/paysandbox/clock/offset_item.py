"""The offset of the environment's clock: one item of the `MerchantSettings` table, moved by conditional updates.

Its key cannot be a merchant's name. Functions read it (`paysandbox.aws.environment_item`), so a move is this one write,
and a wait until no function has the offset from before.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.environment_item import environment_in, read_environment
from paysandbox.aws.schema import CLOCK_ITEM, MERCHANT_SETTINGS_KEY
from paysandbox.clock.rules import AHEAD_S_MAX, in_the_past, offset_at, too_far
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_KEY: Final = {MERCHANT_SETTINGS_KEY: {"S": CLOCK_ITEM}}


@record
class ClockTable:
    """A DynamoDB client and the name of the `MerchantSettings` table."""

    client: "DynamoDBClient"
    table: str


def get_offset(clock: ClockTable) -> int | None:
    """Return the offset in seconds that was set last, or None if none was ever set."""
    return read_environment(clock.client, clock.table).offset_s


def advance(clock: ClockTable, seconds: int, wall: datetime, move_id: str) -> int:
    """Advance the clock by seconds (0: not at all), and return its offset. Two at once advance it by both.

    boto3 sends the update again if its answer is lost. The item has the last advance's `move_id`, a random one for each
    advance, so that it counts once.

    Raises Refused(clock_out_of_range) beyond the limit.
    """
    if seconds > AHEAD_S_MAX:
        raise too_far((get_offset(clock) or 0) + seconds)
    try:
        return _update(
            clock,
            "offset_s = if_not_exists(offset_s, :none) + :seconds, last_advance = :move",
            "(attribute_not_exists(offset_s) OR offset_s <= :most) "
            "AND (attribute_not_exists(last_advance) OR last_advance <> :move)",
            {":none": 0, ":seconds": seconds, ":most": AHEAD_S_MAX - seconds},
            wall,
            {":move": {"S": move_id}},
        )
    except ClientError as error:
        item = item_on_conflict(error) if is_condition_failure(error) else None
        if item is None:
            raise
        if item.get("last_advance", {}).get("S") == move_id:
            return _offset_in(item)
        raise too_far(_offset_in(item) + seconds) from None


def advance_until(clock: ClockTable, until: datetime, wall: datetime) -> int:
    """Advance the clock to a time (UTC), and return its offset. `wall` is wall-clock time.

    Raises Refused(clock_out_of_range) for a time in the past, or beyond the limit.
    """
    wanted_s = offset_at(until, wall)
    if wanted_s > AHEAD_S_MAX:
        raise too_far(wanted_s)
    if wanted_s < 0:
        raise in_the_past(until, wall, get_offset(clock) or 0)
    try:
        return _update(
            clock, "offset_s = :new", "attribute_not_exists(offset_s) OR offset_s <= :new", {":new": wanted_s}, wall
        )
    except ClientError as error:
        if is_condition_failure(error):
            raise in_the_past(until, wall, get_offset(clock) or 0) from None
        raise


def reset(clock: ClockTable, wall: datetime) -> int:
    """Return the clock to wall time, and return its offset: 0."""
    return _update(clock, "offset_s = :new", None, {":new": 0}, wall)


def _update(
    clock: ClockTable,
    assignment: str,
    condition: str | None,
    numbers: dict[str, int],
    wall: datetime,
    texts: dict[str, Any] | None = None,
) -> int:
    values: dict[str, Any] = {name: {"N": str(number)} for name, number in numbers.items()} | (texts or {})
    request: dict[str, Any] = {}
    if condition is not None:
        request = {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    written = clock.client.update_item(
        TableName=clock.table,
        Key=_KEY,
        UpdateExpression=f"SET {assignment}, moved_at = :at",
        ExpressionAttributeValues=values | {":at": {"S": format_timestamp(wall)}},
        ReturnValues="ALL_NEW",
        **request,
    )
    return _offset_in({**written["Attributes"]})


def _offset_in(item: dict[str, Any]) -> int:
    return environment_in(item).offset_s or 0
