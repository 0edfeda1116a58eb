"""GET /donations/mine: the donor's own donations, newest first."""

from datetime import timedelta

import pytest

from paysandbox.core.timestamps import format_timestamp
from tests.support.builders import build
from tests.support.clients.donation_requests import ADA, BOB, Account, observe, paid
from tests.support.worlds.handlers import Clock


def test_no_donations() -> None:
    assert ADA.mine().json == {"data": [], "next_cursor": None}


def test_fields_of_a_donation(stripe: Account) -> None:
    donation = observe(paid(50_00, message="For the library", anonymous=True), paid=50_00, refunded=20_00)
    assert ADA.mine().json["data"] == [
        {
            "donation_id": donation.id,
            "amount": 50_00,
            "currency": "usd",
            "status": "SUCCEEDED",
            "refunded": 20_00,
            "message": "For the library",
            "anonymous": True,
            "receipt": "due",
            "created_at": format_timestamp(donation.created_at),
        }
    ]


def test_pending_and_failed_donations_are_listed(stripe: Account) -> None:
    ADA.given(50_00)
    observe(ADA.given(60_00), failed=True)
    assert {one["amount"]: one["status"] for one in ADA.mine().json["data"]} == {50_00: "PENDING", 60_00: "FAILED"}


def test_other_donors_donations_are_not_listed(stripe: Account) -> None:
    BOB.given(50_00)
    assert ADA.mine().json["data"] == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_newest_first(limit: int, stripe: Account, clock: Clock) -> None:
    for number in range(4):
        clock.advance(timedelta(seconds=1))
        ADA.given(50_00 + number)
    found: list[int] = []
    cursor = None
    while True:
        page = ADA.mine(limit=str(limit), **({"cursor": cursor} if cursor else {})).json
        assert 0 < len(page["data"]) <= limit
        found += [one["amount"] for one in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [50_03, 50_02, 50_01, 50_00]


def test_cursors_are_per_donor(stripe: Account) -> None:
    ADA.given(50_00)
    ADA.given(60_00)
    cursor = ADA.mine(limit="1").json["next_cursor"]
    reply = BOB.mine(cursor=cursor)
    assert (reply.status, reply.code) == (400, "cursor_invalid")


@pytest.mark.parametrize(
    "query, code",
    [
        ({"cursor": "x"}, "cursor_invalid"),
        ({"cursor": ""}, "cursor_invalid"),
        ({"limit": "0"}, "parameter_invalid"),
        ({"limit": "101"}, "parameter_invalid"),
        ({"email": build.ADA}, "parameter_unknown"),
    ],
)
def test_invalid_queries(query: dict[str, str], code: str) -> None:
    reply = ADA.mine(**query)
    assert (reply.status, reply.code) == (400, code)
