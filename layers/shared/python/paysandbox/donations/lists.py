"""Queries over donations: totals, recent donations, a donor's own donations, and those that need follow-up."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from paysandbox.aws.cursor import cursor_of, position_of
from paysandbox.aws.schema import DONATIONS_KEY, DONATIONS_SORT, OPEN_RECEIPTS, RECENT_DONATIONS
from paysandbox.core.timestamps import format_timestamp
from paysandbox.donations.donation import Donation, DonationStatus, Receipt
from paysandbox.donations.table import DONATION, Donations, donation_from
from paysandbox.donations.writes import SUM, TOTAL, TOTALS

RECENT: Final = 10

_DONATION_PLACE: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
