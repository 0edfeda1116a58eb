"""A merchant's disbursements to all customers: newest first, page by page, and filtered."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.routes import LIST_MERCHANT_DISBURSEMENTS
from paysandbox.disbursements.steps import Step, stepped
from paysandbox.disbursements.store import tables
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable, accept, put_after
from paysandbox.disbursements.store.lists import EVERY, Filter, list_of_merchant
from paysandbox.funds.funds_table import add_funding
from tests.support.builders import build, disbursements
from tests.support.clients.call import Reply, send

MERCHANTS = (build.MERCHANT, "other")


@pytest.fixture
def table(ledger: object) -> DisbursementsTable:
    """Return the table of disbursements, with funds for each merchant."""
    made = tables.disbursements()
    for place, merchant in enumerate(MERCHANTS):
        add_funding(made.funds, disbursements.funding(place, merchant=merchant, amount=1_000_00))
    return made


def pay(table: DisbursementsTable, number: int, **parts: Any) -> Disbursement:
    """Accept a disbursement; each is a minute later than the one of the number before."""
    at = build.MONDAY + timedelta(minutes=number)
    return accept(table, disbursements.accepted(number, created_at=at, **parts))


def pages(table: DisbursementsTable, filters: Filter = EVERY, limit: int = 2) -> list[list[str]]:
    """Return the IDs of every page."""
    found: list[list[str]] = []
    cursor = None
    while not found or cursor is not None:
        page = list_of_merchant(table, build.MERCHANT, filters, limit=limit, cursor=cursor)
        cursor = page.next_cursor
        found.append([disbursement.id for disbursement in page.items])
    return found


@pytest.mark.full
def test_all_customers_newest_first_page_by_page(table: DisbursementsTable) -> None:
    made = [pay(table, number, customer_id=f"unixuser{number % 2}").id for number in range(5)]
    pay(table, 9, merchant="other")
    assert pages(table) == [made[:2:-1], made[2:0:-1], made[:1]]
    assert pages(table, Filter(oldest_first=True)) == [made[:2], made[2:4], made[4:]]
    assert pages(table, Filter(oldest_first=True, payment_id=made[1])) == [[made[1]]]


def test_no_disbursements(table: DisbursementsTable) -> None:
    assert pages(table) == [[]]


def test_the_same_time_is_no_obstacle(table: DisbursementsTable) -> None:
    made = {accept(table, disbursements.accepted(number)).id for number in range(5)}
    found = pages(table)
    assert [len(page) for page in found] == [2, 2, 1]
    assert {payment_id for page in found for payment_id in page} == made


def test_the_status_is_the_current_one(table: DisbursementsTable) -> None:
    first, second = pay(table, 1), pay(table, 2)
    sent = stepped(first, Step.SEND, Source.WORKER, build.MONDAY)
    assert put_after(table, first, sent)
    assert pages(table, Filter(status="processing")) == [[first.id]]
    assert pages(table, Filter(status="pending")) == [[second.id]]
    assert pages(table, Filter(status="requires_attention")) == [[]]


FILTERS: Final[list[tuple[dict[str, Any], bool]]] = [
    ({}, True),
    ({"status": "pending"}, True),
    ({"status": "paid"}, False),
    ({"customer_id": disbursements.CUSTOMER_ID}, True),
    ({"customer_id": "unixuser2"}, False),
    ({"method": "ach"}, True),
    ({"method": "paypal"}, False),
    ({"customer_id": disbursements.CUSTOMER_ID, "status": "paid"}, False),
    ({"created_from": build.MONDAY}, True),
    ({"created_to": build.MONDAY}, False),
    ({"created_from": build.MONDAY + timedelta(microseconds=1)}, False),
    ({"created_to": build.MONDAY + timedelta(microseconds=1)}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    "by_id, filters, matches",
    [*((False, *one) for one in FILTERS), (True, {"status": "pending"}, True), (True, {"status": "paid"}, False)],
)
def test_filters(table: DisbursementsTable, by_id: bool, filters: dict[str, Any], matches: bool) -> None:
    made = pay(table, 0, method="ach")
    of = Filter(payment_id=made.id) if by_id else EVERY
    assert pages(table, replace(of, **filters)) == [[made.id] if matches else []]


def test_another_merchants_id_is_unknown(table: DisbursementsTable) -> None:
    theirs = pay(table, 1, merchant="other")
    assert pages(table, Filter(payment_id=theirs.id)) == [[]]


def test_a_cursor_is_bound_to_its_filters(table: DisbursementsTable) -> None:
    for number in range(3):
        pay(table, number)
    cursor = list_of_merchant(table, build.MERCHANT, limit=1, cursor=None).next_cursor
    others = [Filter(status=str(Status.PENDING)), Filter(payment_id="x"), Filter(customer_id="x"), Filter(method="ach")]
    for filters in (*others, Filter(created_from=build.MONDAY)):
        with pytest.raises(Refused) as refused:
            list_of_merchant(table, build.MERCHANT, filters, limit=1, cursor=cursor)
        assert refused.value.code is Code.CURSOR_INVALID


def listed(**query: str) -> Reply:
    return send(LIST_MERCHANT_DISBURSEMENTS, query=query)


def test_the_route_lists_what_the_api_shows(table: DisbursementsTable) -> None:
    made = pay(table, 1)
    reply = listed(payment_id=made.id)
    assert reply.status == 200
    [shown] = reply.json["data"]
    assert (shown["payment_id"], shown["amount"], shown["status"]) == (made.id, 12_50, "pending")


@pytest.mark.parametrize("query, count", [
    ({"limit": "1"}, 1), ({"status": "pending"}, 2), ({"customer_id": "unixuser9"}, 0), ({"payment_method": "ach"}, 1),
    ({"created_from": "2000-01-01T00:00:00Z", "created_to": "2001-01-01T00:00:00Z"}, 0),
])  # fmt: skip
def test_queries(table: DisbursementsTable, query: dict[str, str], count: int) -> None:
    pay(table, 1, method="ach")
    pay(table, 2)
    assert len(listed(**query).json["data"]) == count


@pytest.mark.parametrize("query, param", [
    ({"status": "late"}, "status"), ({"payment_method": "venmo"}, "payment_method"),
    ({"payment_id": "x" * 65}, "payment_id"), ({"limit": "101"}, "limit"),
    ({"created_from": "2001-01-01T00:00:00Z", "created_to": "2000-01-01T00:00:00Z"}, "created_to"),
    ({"cursor": "x"}, "cursor"), ({"state": "paid"}, "state"), ({"order": "oldest"}, "order"),
])  # fmt: skip
def test_refused_queries(table: DisbursementsTable, query: dict[str, str], param: str) -> None:
    reply = listed(**query)
    assert (reply.status, reply.json["param"]) == (400, param)


@pytest.mark.parametrize("payment_id", ["", "x", "x" * 64])
def test_an_invalid_id_matches_no_disbursement(table: DisbursementsTable, payment_id: str) -> None:
    """DynamoDB refuses a key that is empty, which was a 500."""
    reply = send(LIST_MERCHANT_DISBURSEMENTS, query={"payment_id": payment_id})
    assert (reply.status, reply.json["data"]) == (200, [])
