# pyright: standard
"""Objects that move funds: stored in one transaction with their movements and the balances that these change.

So an object is there if, and only if, its money has moved, once, whatever is repeated or stops halfway.
"""

from collections.abc import Sequence
from typing import Any, Final

from paysandbox.aws import backoff
from paysandbox.aws.dynamodb.contention import is_undecided
from paysandbox.core.errors import Code, Refused
from paysandbox.funds.funds_table import move
from paysandbox.funds.movement import Movement
from paysandbox.funds.store import is_false, transact
from paysandbox.funds.tables import funds
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.objects_table import object_in, put_part
from paysandbox.stripe_api.resource_kit.tables import objects_table

INSUFFICIENT: Final = (
    "You have insufficient available funds in your Stripe account. "
    "What is pending becomes available when it settles; POST /sandbox/fund adds funds at once."
)
"""The first sentence is Stripe's, as public programs have recorded it."""

_PARTS: Final = 3
"""Writes of a movement: of the balance, of itself, and of its entry in the journal."""

_TRIES: Final = 8
"""Of a transaction that meets one under the same idempotency key."""


def store_with_movements(
    stored: StoredObject, movements: Sequence[Movement], insufficient: str = INSUFFICIENT
) -> StoredObject:
    """Store an object as `put_objects` does, with what it moves. Returns it, or the one that is stored in its place.

    Raises Refused: insufficient_balance, with these words, if a balance does not cover what is taken of it;
    service_unavailable if other writes were in the way for too long.
    """
    table = objects_table()
    parts = [part for movement in movements for part in move(funds(), movement)]
    writes: list[Any] = [put_part(table, stored), *parts]
    for tries in range(1, _TRIES + 1):
        reasons = transact(table.client, writes)
        if not reasons:
            return stored
        # The object comes first: if it is stored already, its movements are too.
        if "Item" in reasons[0]:
            return object_in(reasons[0]["Item"])
        if not is_undecided(reasons[0]) and any(map(is_false, reasons[1::_PARTS])):
            raise Refused(Code.INSUFFICIENT_BALANCE, insufficient)
        # Another request under the same key is about to store this object, and may be the one that took the balance.
        backoff.wait(tries)
    raise Refused(Code.SERVICE_UNAVAILABLE, "The funds are busy. Retry.")
