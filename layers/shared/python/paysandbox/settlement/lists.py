"""A merchant's view of batches: a single batch, or a page of them, newest or oldest first."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Final

from paysandbox.aws.cursor import LAST, cursor_of, just_above, just_below, position_of
from paysandbox.aws.dynamodb.batch_get import items_by_key
from paysandbox.aws.schema import BATCHES_KEY, BATCHES_SORT
from paysandbox.core.record import record
from paysandbox.settlement.batch import Statement, StoredBatch
from paysandbox.settlement.batches import (
    BATCH,
    Batches,
    batch_from,
    batch_key,
    get_batch,
    get_statement,
    merchant_key,
    names_between,
    place_of,
    statement_from,
)
from paysandbox.settlement.business_day import BatchName

_PLACE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}#[0-9]{5}")
# Sorts before every list position, since positions begin with a year.
_FIRST: Final = "0"


@record
class Settled:
    """A batch and the merchant's statement in it."""

    stored: StoredBatch
    statement: Statement


def get_settled(batches: Batches, merchant: str, batch: str) -> Settled | None:
    """Return a batch with the merchant's statement, or None if there is no statement (yet). Reads consistently."""
    statement = get_statement(batches, batch, merchant)
    stored = get_batch(batches, batch) if statement is not None else None
    return Settled(stored, statement) if stored is not None and statement is not None else None


def list_settled(
    batches: Batches,
    merchant: str,
    *,
    since: date | None = None,
    until: date | None = None,
    limit: int,
    cursor: str | None = None,
    oldest_first: bool = False,
) -> tuple[list[Settled], str | None]:
    """Return a page of a merchant's batches, newest first or `oldest_first`, and the cursor of the next page.

    Business dates are from `since` (inclusive) to `until` (exclusive). Raises Refused(cursor_invalid) if the cursor is
    not from this list with the same filters and order.
    """
    days = [day.isoformat() if day else None for day in (since, until)]
    tied_to = ("list_settlements", merchant, *days, *(["asc"] if oldest_first else []))
    first = place_of(BatchName(since)) if since else _FIRST
    last = just_below(place_of(BatchName(until))) if until else LAST
    if cursor is not None:
        position = position_of(cursor, tied_to, _PLACE)
        if oldest_first:
            first = max(first, just_above(position))
        else:
            last = min(last, just_below(position))
    if first > last:
        return [], None
    named = names_between(batches, merchant, first=first, last=last, limit=limit + 1, oldest_first=oldest_first)
    page = settled_in(batches, merchant, [batch for _, batch in named[:limit]])
    return page, cursor_of(named[limit - 1][0], tied_to) if len(named) > limit else None


def settled_in(batches: Batches, merchant: str, names: Sequence[str]) -> list[Settled]:
    """Return the named batches in order, without those whose books were not yet closed when they were read."""
    keys = [key for name in names for key in (batch_key(name), merchant_key(name, merchant))]
    stored: dict[str, StoredBatch] = {}
    statements: dict[str, Statement] = {}
    for item in items_by_key(batches.client, batches.table, keys):
        name = item[BATCHES_KEY]["S"]
        if item[BATCHES_SORT]["S"] == BATCH:
            stored[name] = batch_from(item)
        elif statement := statement_from(item):
            statements[name] = statement
    return [Settled(stored[name], statements[name]) for name in names if name in stored and name in statements]
