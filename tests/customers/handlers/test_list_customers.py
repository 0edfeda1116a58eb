"""GET /v1/api/customer: newest first, page by page, and filtered."""

from datetime import timedelta

import pytest

from paysandbox.customers.customers_table import create_customer
from paysandbox.customers.routes import LIST_CUSTOMERS
from paysandbox.customers.tables import customers
from tests.support.builders import build, disbursements
from tests.support.builders.disbursements import CUSTOMER_ID, EMAIL
from tests.support.clients.call import Reply, send
from tests.support.clients.disbursement_requests import Payer

pytestmark = pytest.mark.usefixtures("either_shards")


def make(*customer_ids: str, merchant: str = build.MERCHANT) -> None:
    """Store customers, each a minute later than the one before. Their e-mail addresses are `<ID>@example.com`."""
    for minute, customer_id in enumerate(customer_ids):
        at = build.MONDAY + timedelta(minutes=minute)
        email = f"{customer_id}@example.com"
        made = disbursements.customer(merchant=merchant, id=customer_id, email=email, created_at=at, updated_at=at)
        create_customer(customers(), made)


def listed(**query: str) -> Reply:
    return send(LIST_CUSTOMERS, query=query)


def ids_of(reply: Reply) -> list[str]:
    return [each["customer_id"] for each in reply.json["data"]]


def pages(**query: str) -> list[list[str]]:
    """Return the IDs of every page of two."""
    found: list[list[str]] = []
    cursor: dict[str, str] = {}
    while not found or cursor["cursor"] is not None:
        reply = listed(limit="2", **query, **cursor)
        cursor = {"cursor": reply.json["next_cursor"]}
        found.append(ids_of(reply))
    return found


def test_newest_first_page_by_page(payer: Payer) -> None:
    make("a", "b.c", "d@e.com", "f-g_h", "i")
    make("z", merchant=build.OTHER_MERCHANT)
    assert pages() == [["i", "f-g_h"], ["d@e.com", "b.c"], ["a"]]
    assert pages(order="asc") == [["a", "b.c"], ["d@e.com", "f-g_h"], ["i"]]


def test_the_same_time_is_no_obstacle(payer: Payer) -> None:
    """The ID that a merchant chose is a part of the cursor, so each character of one ends a page."""
    made = {*"azAZ09._@-", "x" * 64, f"{'x' * 63}@"}
    for customer_id in made:
        create_customer(customers(), disbursements.customer(id=customer_id))
    for order in ("desc", "asc"):
        found = pages(order=order)
        assert [len(page) for page in found] == [2] * 6
        assert {customer_id for page in found for customer_id in page} == made


def test_none(payer: Payer) -> None:
    assert listed().json == {"data": [], "next_cursor": None}


def test_a_customer_as_it_is_shown_alone_after_a_change(payer: Payer) -> None:
    payer.create_customer(name="Jane")
    changed = payer.update_customer(email="new@example.com").json
    assert listed().json["data"] == [changed]


@pytest.mark.parametrize(
    "query, found",
    [
        ({"email": "b@example.com"}, ["b"]),
        ({"email": "B@Example.com"}, ["b"]),
        ({"email": "example.com"}, []),
        ({"created_from": "2026-11-16T09:31:00Z"}, ["c", "b"]),
        ({"created_to": "2026-11-16T09:31:00Z"}, ["a"]),
        ({"email": "a@example.com", "created_from": "2026-11-16T09:31:00Z"}, []),
    ],
)
def test_filters(payer: Payer, query: dict[str, str], found: list[str]) -> None:
    make("a", "b", "c")
    assert ids_of(listed(**query)) == found


def test_a_filter_without_an_index_says_what_it_was_compared_with(payer: Payer) -> None:
    make("a", "b", "c")
    assert listed(email="a@example.com").json["searched"] == 3
    assert "searched" not in listed(created_from="2026-01-01T00:00:00Z").json


def test_a_cursor_is_bound_to_its_filters_and_its_merchant(payer: Payer) -> None:
    make("a", "b")
    make("a", "b", merchant=build.OTHER_MERCHANT)
    cursor = listed(limit="1").json["next_cursor"]
    for query in ({"email": EMAIL}, {"created_from": "2026-01-01T00:00:00Z"}):
        assert listed(limit="1", cursor=cursor, **query).json["code"] == "cursor_invalid"
    other = send(LIST_CUSTOMERS, query={"cursor": cursor}, api_key=build.api_key(build.OTHER_MERCHANT))
    assert other.code == "cursor_invalid"


@pytest.mark.parametrize(
    "query, param",
    [
        ({"limit": "101"}, "limit"),
        ({"order": "oldest"}, "order"),
        ({"email": "x" * 128}, "email"),
        ({"created_from": "2001-01-01T00:00:00Z", "created_to": "2000-01-01T00:00:00Z"}, "created_to"),
        ({"cursor": "x"}, "cursor"),
        ({"name": CUSTOMER_ID}, "name"),
    ],
)
def test_refused(payer: Payer, query: dict[str, str], param: str) -> None:
    reply = listed(**query)
    assert (reply.status, reply.json["param"]) == (400, param)
