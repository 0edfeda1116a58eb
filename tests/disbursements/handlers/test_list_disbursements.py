"""GET /v1/api/payment/{customer_id}: a customer's disbursements, newest first."""

import pytest

from paysandbox.core.errors import Code
from tests.support.builders import build
from tests.support.clients.disbursement_requests import Payer


def pages(payer: Payer, limit: int) -> list[list[str]]:
    """Return the IDs on each page of the list."""
    found: list[list[str]] = []
    cursor = None
    while True:
        page = payer.payments(limit=str(limit), cursor=cursor).json
        found.append([one["payment_id"] for one in page["data"]])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("limit, lengths", [(1, [1, 1, 1, 1, 1]), (2, [2, 2, 1]), (5, [5]), (100, [5])])
def test_newest_first_in_pages(payer: Payer, limit: int, lengths: list[int]) -> None:
    payer.ready()
    accepted = [payer.accepted("100") for _ in range(5)]
    found = pages(payer, limit)
    assert [len(page) for page in found] == lengths
    assert [one for page in found for one in page] == accepted[::-1]


def test_entries_are_those_of_get(payer: Payer) -> None:
    payment_id = payer.ready().accepted()
    assert payer.payment(payment_id).text in payer.payments().text


def test_one_that_is_accepted_meanwhile_is_not_on_a_later_page(payer: Payer) -> None:
    payer.ready()
    first, second = payer.accepted(), payer.accepted()
    page = payer.payments(limit="1").json
    payer.accepted()
    following = payer.payments(limit="1", cursor=page["next_cursor"]).json
    assert ([one["payment_id"] for one in page["data"]], following["next_cursor"]) == ([second], None)
    assert [one["payment_id"] for one in following["data"]] == [first]


@pytest.mark.parametrize("customer_id", ["nobody", "a#b", "x" * 3_000])
def test_an_unknown_customer_has_none(payer: Payer, customer_id: str) -> None:
    payer.ready().accepted()
    reply = payer.payments(customer_id)
    assert (reply.status, reply.json) == (200, {"data": [], "next_cursor": None})


def test_disbursements_of_others_are_not_listed(payer: Payer) -> None:
    payment_id = payer.ready().accepted()
    other = Payer(build.OTHER_MERCHANT).ready()
    payer.create_customer("other")
    assert payer.payments("other").json["data"] == other.payments().json["data"] == []
    assert [one["payment_id"] for one in payer.payments().json["data"]] == [payment_id]


def test_a_cursor_of_another_list(payer: Payer) -> None:
    payer.ready()
    for _ in range(2):
        payer.accepted("100")
    payer.create_customer("other")
    cursor = payer.payments(limit="1").json["next_cursor"]
    assert payer.payments("other", cursor=cursor).code == Code.CURSOR_INVALID
    assert payer.payments(cursor="x").code == Code.CURSOR_INVALID
    assert payer.payments(limit="0").code == Code.PARAMETER_INVALID
