"""Queries over donations: totals, recent donations, a donor's own donations, and those that need follow-up."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby, islice
from typing import Any, Final

from paysandbox.aws.cursor import LAST, cursor_of, just_below, position_of
from paysandbox.aws.dynamodb.sharded_index import POSITION, ListPage
from paysandbox.aws.schema import DONATIONS_KEY, DONATIONS_SORT, OPEN_RECEIPTS, RECENT_DONATIONS
from paysandbox.core.record import record
from paysandbox.core.timestamps import format_timestamp
from paysandbox.donations.donation import MERCHANT, Donation, DonationStatus, Receipt
from paysandbox.donations.table import DONATION, Donations, donation_from
from paysandbox.donations.writes import SUM, TOTAL, TOTALS

RECENT: Final = 10

_DONATION_PLACE: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# Sorts before every time.
_FIRST: Final = "0"


@record(kw_only=True)
class Filter:
    """Filters for a list of donations, and its order. `created_from` is inclusive and `created_to` exclusive."""

    status: DonationStatus = DonationStatus.SUCCEEDED
    created_from: datetime | None = None
    created_to: datetime | None = None
    oldest_first: bool = False


def totals(donations: Donations) -> dict[str, int]:
    """Return totals net of refunds, by currency (lower case), in minor units. Queries all rows of the totals."""
    found: dict[str, int] = {}
    for item in _every(donations, KeyConditionExpression="#0 = :0", **_equal({DONATIONS_KEY: TOTALS})):
        currency = item[DONATIONS_SORT]["S"].removeprefix(SUM).partition("#")[0]
        found[currency] = found.get(currency, 0) + int(item[TOTAL]["N"])
    return found


def recent(donations: Donations) -> list[Donation]:
    """Return the ten most recent successful donations, newest first, with one query."""
    answer = donations.client.query(
        TableName=donations.table,
        IndexName=RECENT_DONATIONS.name,
        KeyConditionExpression="#0 = :0",
        ScanIndexForward=False,
        Limit=RECENT,
        **_equal({RECENT_DONATIONS.partition_key: DonationStatus.SUCCEEDED}),
    )
    return [donation_from(item) for item in answer["Items"]]


def list_donations(
    donations: Donations, merchant: str, filters: Filter, *, limit: int, cursor: str | None = None
) -> ListPage[Donation]:
    """Return a page of the donations with a status, newest first, or `oldest_first`. Another merchant has none.

    Status and time are asked of the index, which is eventually consistent. A cursor has a donation's time and id: the
    index's own would have its donor's e-mail address. Raises Refused(cursor_invalid).
    """
    since = format_timestamp(filters.created_from) if filters.created_from else None
    until = format_timestamp(filters.created_to) if filters.created_to else None
    order = ("asc",) if filters.oldest_first else ()
    tied_to = ("list_donations", merchant, str(filters.status), since, until, *order)
    after = position_of(cursor, tied_to, POSITION) if cursor is not None else None
    if merchant != MERCHANT:
        return ListPage([], [], None, tied_to)
    first, last = since or _FIRST, just_below(until) if until else LAST
    if after is not None:
        at = after.partition("#")[0]
        first, last = (max(first, at), last) if filters.oldest_first else (first, min(last, at))
    # The cursor's own donation, the first one of the next page, and one after it, which may be of the same moment.
    found = _in_order(_between(donations, filters, first, last, at_once=limit + 3), oldest_first=filters.oldest_first)
    rest = (
        (position, donation)
        for position, donation in found
        if after is None or (position > after if filters.oldest_first else position < after)
    )
    page = [*islice(rest, limit + 1)]
    positions = [position for position, _ in page[:limit]]
    next_cursor = cursor_of(positions[-1], tied_to) if len(page) > limit else None
    return ListPage([donation for _, donation in page[:limit]], positions, next_cursor, tied_to)


def _between(donations: Donations, filters: Filter, first: str, last: str, *, at_once: int) -> Iterator[Donation]:
    """Iterate over the donations created from `first` to `last`, both inclusive, as the index has them."""
    if first > last:
        return iter(())
    query = _every(
        donations,
        IndexName=RECENT_DONATIONS.name,
        KeyConditionExpression="#0 = :0 AND #1 BETWEEN :1 AND :2",
        ExpressionAttributeNames={"#0": RECENT_DONATIONS.partition_key, "#1": RECENT_DONATIONS.sort_key},
        ExpressionAttributeValues={":0": {"S": filters.status}, ":1": {"S": first}, ":2": {"S": last}},
        ScanIndexForward=filters.oldest_first,
        Limit=at_once,
    )
    return map(donation_from, query)


def _in_order(found: Iterator[Donation], *, oldest_first: bool) -> Iterator[tuple[str, Donation]]:
    """Yield donations with their positions: time and id, by which the index leaves those of one moment unsorted."""
    for created_at, moment in groupby(found, key=lambda donation: donation.created_at):
        for donation in sorted(moment, key=lambda donation: donation.id, reverse=not oldest_first):
            yield f"{format_timestamp(created_at)}#{donation.id}", donation


def donations_of(
    donations: Donations, email: str, *, limit: int, cursor: str | None = None
) -> tuple[list[Donation], str | None]:
    """Return a page of a donor's donations, newest first, and the cursor of the next page.

    Raises Refused(cursor_invalid).
    """
    tied_to = ("list_my_donations", email)
    before = DONATION + (position_of(cursor, tied_to, _DONATION_PLACE) if cursor is not None else "~")
    answer: Any = donations.client.query(
        TableName=donations.table,
        # BETWEEN includes the cursor's own item, so the limit has one item more for it, and one for the next page.
        KeyConditionExpression="#0 = :0 AND #1 BETWEEN :1 AND :2",
        ExpressionAttributeNames={"#0": DONATIONS_KEY, "#1": DONATIONS_SORT},
        ExpressionAttributeValues={":0": {"S": f"USER#{email}"}, ":1": {"S": DONATION}, ":2": {"S": before}},
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=limit + 2,
    )
    found = [donation_from(item) for item in answer["Items"] if item[DONATIONS_SORT]["S"] != before]
    page = found[:limit]
    return page, cursor_of(page[-1].id, tied_to) if len(found) > limit else None


def pending_before(donations: Donations, at: datetime) -> Iterator[Donation]:
    """Iterate over pending donations created before `at`, oldest first. The index is eventually consistent."""
    return map(
        donation_from,
        _every(
            donations,
            IndexName=RECENT_DONATIONS.name,
            KeyConditionExpression="#0 = :0 AND #1 < :1",
            ExpressionAttributeNames={"#0": RECENT_DONATIONS.partition_key, "#1": RECENT_DONATIONS.sort_key},
            ExpressionAttributeValues={":0": {"S": DonationStatus.PENDING}, ":1": {"S": format_timestamp(at)}},
        ),
    )


def receipts_before(donations: Donations, receipt: Receipt, at: datetime) -> Iterator[str]:
    """Iterate over ids of donations whose receipt has been in a status since before `at`, oldest first.

    The index is eventually consistent.
    """
    keys = _every(
        donations,
        IndexName=OPEN_RECEIPTS.name,
        KeyConditionExpression="#0 = :0 AND #1 < :1",
        ExpressionAttributeNames={"#0": OPEN_RECEIPTS.partition_key, "#1": OPEN_RECEIPTS.sort_key},
        ExpressionAttributeValues={":0": {"S": receipt}, ":1": {"S": format_timestamp(at)}},
    )
    return (item[DONATIONS_SORT]["S"].removeprefix(DONATION) for item in keys)


def _every(donations: Donations, **query: Any) -> Iterator[dict[str, Any]]:
    while True:
        answer = donations.client.query(TableName=donations.table, **query)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _equal(key: dict[str, str]) -> dict[str, Any]:
    [(name, value)] = key.items()
    return {"ExpressionAttributeNames": {"#0": name}, "ExpressionAttributeValues": {":0": {"S": value}}}
