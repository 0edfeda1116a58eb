"""GET /donations/recent: the ten latest successful donations."""

from datetime import timedelta
from typing import Any

import pytest

from paysandbox.core.timestamps import format_timestamp
from tests.support.clients.donation_requests import ADA, BOB, Account, Giver, observe, paid, recent
from tests.support.worlds.handlers import Clock


def test_no_donations() -> None:
    assert (recent().text, recent().headers["Content-Type"]) == ("[]", "application/json")


def test_response_is_an_array_of_four_fields_each(stripe: Account) -> None:
    donation = paid(50_00, message="not for everybody")
    assert recent().json == [
        {
            "donor_name": "Ada Lovelace",
            "amount": 50_00,
            "currency": "usd",
            "created_at": format_timestamp(donation.created_at),
        }
    ]


def test_anonymous_donors_have_no_name(stripe: Account) -> None:
    paid(50_00, anonymous=True)
    assert [one["donor_name"] for one in shown()] == ["Anonymous"]


def test_ten_latest_newest_first(stripe: Account, clock: Clock) -> None:
    for number in range(12):
        clock.advance(timedelta(seconds=10))
        paid(50_00 + number, by=ADA if number % 2 else BOB)
    assert [one["amount"] for one in shown()] == [50_00 + number for number in reversed(range(2, 12))]


@pytest.mark.parametrize(
    "seen, is_shown",
    [
        ({}, False),
        ({"failed": True}, False),
        ({"paid": 50_00}, True),
        ({"paid": 50_00, "failed": True}, True),
        ({"paid": 50_00, "refunded": 20_00}, True),
        ({"paid": 50_00, "refunded": 50_00}, False),
    ],
    ids=str,
)
def test_only_succeeded_donations_are_listed(seen: dict[str, Any], is_shown: bool, stripe: Account) -> None:
    observe(ADA.given(50_00), **seen)
    assert [one["amount"] for one in shown()] == ([50_00] if is_shown else [])


def test_names_are_plain_text(stripe: Account) -> None:
    paid(by=Giver({"name": '<img src=x onerror="alert(1)">'}))
    reply = recent()
    assert reply.headers["Content-Type"] == "application/json"
    assert [one["donor_name"] for one in shown()] == ['<img src=x onerror="alert(1)">']


def test_response_is_cacheable_with_an_etag(stripe: Account) -> None:
    first = recent()
    assert first.headers["Cache-Control"] == "public, max-age=5"
    assert recent(headers={"If-None-Match": first.headers["ETag"]}).status == 304
    paid()
    assert recent(headers={"If-None-Match": first.headers["ETag"]}).status == 200


def shown() -> list[dict[str, Any]]:
    """Return the public rows."""
    found: Any = recent().json
    return found
