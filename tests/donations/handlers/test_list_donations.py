"""GET /donations: the donations with a status, as their merchant sees them."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.aws.cursor import cursor_of
from paysandbox.core.timestamps import format_timestamp
from paysandbox.donations.donation import MERCHANT, Donation
from tests.support.builders import build
from tests.support.clients.call import Reply
from tests.support.clients.donation_requests import ADA, BOB, Account, Giver, listed, observe, paid
from tests.support.worlds.handlers import Clock

NOTHING = {"data": [], "next_cursor": None}


def found(reply: Reply) -> list[str]:
    return [donation["donation_id"] for donation in reply.json["data"]]


def pages(**query: str) -> list[str]:
    """Return the ids of all pages. A page has at least one, and no more than its limit."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        reply = listed(**query, **({"cursor": cursor} if cursor else {}))
        assert 0 < len(found(reply)) <= int(query["limit"])
        ids += found(reply)
        cursor = reply.json["next_cursor"]
        if cursor is None:
            return ids


def test_no_donations() -> None:
    assert listed().json == NOTHING


def test_fields_of_a_donation(stripe: Account) -> None:
    donation = observe(paid(50_00, message="For the library"), paid=50_00, refunded=20_00)
    assert listed().json["data"] == [
        {
            "donation_id": donation.id,
            "donor_name": "Ada Lovelace",
            "amount": 50_00,
            "currency": "usd",
            "status": "SUCCEEDED",
            "refunded": 20_00,
            "receipt": "due",
            "payment_intent": donation.intent_id,
            "created_at": format_timestamp(donation.created_at),
        }
    ]


@pytest.mark.parametrize(
    "seen, status, failure",
    [
        ({}, "PENDING", None),
        ({"failed": True, "failure": "card_declined"}, "FAILED", "card_declined"),
        ({"paid": 50_00, "failed": True, "failure": "card_declined"}, "SUCCEEDED", "card_declined"),
        ({"paid": 50_00, "refunded": 50_00}, "REFUNDED", None),
    ],
    ids=str,
)
def test_donations_of_one_status_are_listed(
    seen: dict[str, Any], status: str, failure: str | None, stripe: Account
) -> None:
    donation = ADA.given(50_00)
    if seen:
        observe(donation, **seen)
    shown = {of: listed(status=of).json["data"] for of in ("PENDING", "SUCCEEDED", "FAILED", "REFUNDED")}
    [listed_once] = shown.pop(status)
    assert (listed_once["status"], listed_once.get("failure")) == (status, failure)
    assert [*shown.values()] == [[]] * 3


@pytest.mark.parametrize("status", ["PENDING", "SUCCEEDED"])
def test_no_page_or_cursor_identifies_a_donor(status: str, stripe: Account, clock: Clock) -> None:
    texts = ["@", "Lovelace", "Babbage"]
    for giver in (ADA, BOB):
        donation = giver.given(50_00, anonymous=True, message="From a@friend.example")
        texts.append(donation.donor.user_id)
        clock.advance(timedelta(seconds=1))
        if status == "SUCCEEDED":
            observe(donation, paid=50_00)
    first = listed(status=status, limit="1")
    second = listed(status=status, limit="1", cursor=first.json["next_cursor"])
    for page in (first, second):
        assert [donation["donor_name"] for donation in page.json["data"]] == ["Anonymous"]
        assert not {"email", "message", "user_id"} & {*page.json["data"][0]}
        assert not [text for text in texts if text in page.text]
    assert b"@" not in base64.urlsafe_b64decode(first.json["next_cursor"] + "==")


@pytest.mark.parametrize(
    "order, limit, seconds",
    [
        *(("desc", limit, 0) for limit in ("1", "2", "3", "5", "6")),
        *(("asc", limit, 0) for limit in ("1", "2")),
        *(("desc", limit, 1) for limit in ("1", "2")),
        ("asc", "2", 1),
    ],
)
def test_every_donation_is_on_one_page(order: str, limit: str, seconds: int, stripe: Account, clock: Clock) -> None:
    """Also those of one moment, which the index sorts by nothing."""
    made: list[Donation] = []
    for number in range(5):
        clock.advance(timedelta(seconds=seconds))
        made.append(paid(50_00 + number, by=Giver({"email": f"{number}@example.com", "sub": str(number)})))
    oldest_first = sorted(made, key=lambda donation: (donation.created_at, donation.id))
    expected = [donation.id for donation in oldest_first]
    assert pages(order=order, limit=limit) == (expected if order == "asc" else expected[::-1])


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_cursor_outlives_its_donation(order: str, stripe: Account, clock: Clock) -> None:
    """A refund between two pages takes the last donation of the first page out of the list."""
    made: list[Donation] = []
    for number in range(3):
        clock.advance(timedelta(seconds=1))
        made.append(paid(50_00 + number))
    in_order = made if order == "asc" else made[::-1]
    cursor = listed(order=order, limit="1").json["next_cursor"]
    observe(in_order[0], paid=in_order[0].amount, refunded=in_order[0].amount)
    assert found(listed(order=order, cursor=cursor)) == [donation.id for donation in in_order[1:]]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_times(order: str, stripe: Account, clock: Clock) -> None:
    made: list[Donation] = []
    for number in range(4):
        clock.advance(timedelta(seconds=1))
        made.append(paid(50_00 + number))
    second, last = (format_timestamp(made[place].created_at) for place in (1, 3))
    expected = [donation.id for donation in made[1:3]]
    span = {"created_from": second, "created_to": last, "order": order}
    assert found(listed(**span)) == (expected if order == "asc" else expected[::-1])
    assert pages(limit="1", **span) == found(listed(**span))
    assert sorted(found(listed(created_from=last))) == [made[3].id]
    assert found(listed(created_to=second)) == [made[0].id]


def test_a_cursor_is_of_one_list(stripe: Account, clock: Clock) -> None:
    for number in range(3):
        clock.advance(timedelta(seconds=1))
        paid(50_00 + number)
    page = listed(limit="1")
    cursor = page.json["next_cursor"]
    at = page.json["data"][0]["created_at"]
    for query in ({"status": "FAILED"}, {"order": "asc"}, {"created_to": at}, {"created_from": "2020-01-01T00:00:00Z"}):
        assert listed(cursor=cursor, **query).code == "cursor_invalid"
    assert listed("demo", cursor=cursor).code == "cursor_invalid"


@pytest.mark.parametrize("order, place", [("asc", "2030"), ("desc", "2010")])
def test_nothing_follows_a_forged_cursor_beyond_the_times(order: str, place: str, stripe: Account) -> None:
    paid()
    since, until = "2020-01-01T00:00:00.000000Z", "2029-01-01T00:00:00.000000Z"
    tied_to = ("list_donations", MERCHANT, "SUCCEEDED", since, until, *(["asc"] if order == "asc" else []))
    cursor = cursor_of(f"{place}-01-01T00:00:00.000000Z#a", tied_to)
    assert listed(created_from=since, created_to=until, order=order, cursor=cursor).json == NOTHING


def test_another_merchant_has_no_donations(stripe: Account) -> None:
    paid()
    for status in ("PENDING", "SUCCEEDED"):
        assert listed("demo", status=status).json == NOTHING


@pytest.mark.parametrize(
    "query, code, param",
    [
        ({"cursor": ""}, "cursor_invalid", "cursor"),
        ({"limit": "0"}, "parameter_invalid", "limit"),
        ({"limit": "101"}, "parameter_invalid", "limit"),
        ({"status": "succeeded"}, "parameter_invalid", "status"),
        ({"created_from": "yesterday"}, "parameter_invalid", "created_from"),
        (
            {"created_from": "2026-01-02T00:00:00Z", "created_to": "2026-01-02T00:00:00Z"},
            "parameter_invalid",
            "created_to",
        ),
        ({"email": build.ADA}, "parameter_unknown", "email"),
    ],
    ids=str,
)
def test_invalid_queries(query: dict[str, str], code: str, param: str) -> None:
    reply = listed(**query)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
