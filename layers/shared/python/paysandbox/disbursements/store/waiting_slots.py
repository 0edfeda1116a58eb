"""Slots for requests that wait for a disbursement's result: as many requests wait at once as there are slots.

A waiting request occupies an execution environment of its function, so without a limit a few hundred of them would
leave none for others. A slot is an item of the `MerchantFunds` table, in a partition that no merchant's name can have.
It is taken by one conditional write and has an end, so that a request that was killed keeps it for seconds only.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure
from paysandbox.aws.schema import FUNDS_KEY, FUNDS_SORT
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.funds.store import FundsTable

SLOTS_PARTITION: Final = "#waiting"
"""The partition of the slots. A merchant's name has no `#`."""

MAX_TRIES: Final = 4
"""Slots that a request tries to take, so that it is not delayed by a long series of writes when all are taken."""

_SLOT: Final = "WAIT#"
_FREE: Final = ""
"""Sorts before every time."""


@record(kw_only=True)
class Slot:
    """A slot that a request has taken. `holder` is the request's ID."""

    number: int
    holder: str


def slots_to_try(count: int, seed: bytes) -> list[int]:
    """Return the numbers of a few of `count` slots, beginning with a random one."""
    first = int.from_bytes(seed)
    return [(first + place) % count for place in range(min(count, MAX_TRIES))]


def take_slot(table: FundsTable, numbers: Sequence[int], holder: str, *, now: datetime, until: datetime) -> Slot | None:
    """Take one of these slots until a time (UTC), or return None if all of them are taken.

    `now` and `until` are wall-clock times: the sandbox's clock may be shifted.
    """
    for number in numbers:
        if _write(
            table,
            number,
            {"ends_at": format_timestamp(until), "holder": holder},
            "attribute_not_exists(#0) OR #0 < :0",
            ("ends_at", format_timestamp(now)),
        ):
            return Slot(number=number, holder=holder)
    return None


def free_slot(table: FundsTable, slot: Slot) -> None:
    """Free a slot, unless it ended and another request has it."""
    _write(table, slot.number, {"ends_at": _FREE}, "#0 = :0", ("holder", slot.holder))


def _write(table: FundsTable, number: int, texts: dict[str, str], condition: str, compared: tuple[str, str]) -> bool:
    """Set attributes of a slot, if a condition on one of them (`#0`, with the value `:0`) is true."""
    key: Any = {FUNDS_KEY: {"S": SLOTS_PARTITION}, FUNDS_SORT: {"S": f"{_SLOT}{number}"}}
    attribute, value = compared
    names = {"#0": attribute} | {f"#{name}": name for name in texts}
    values = {":0": {"S": value}} | {f":{name}": {"S": text} for name, text in texts.items()}
    try:
        table.client.update_item(
            TableName=table.table,
            Key=key,
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in texts),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True
