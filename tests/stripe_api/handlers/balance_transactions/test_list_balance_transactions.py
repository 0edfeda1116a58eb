"""GET /v1/balance_transactions: list what moved the balance: all, of one source, or of one payout."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    GET_BALANCE,
    GET_BALANCE_TRANSACTION,
    GET_CHARGE,
    LIST_BALANCE_TRANSACTIONS,
)
from tests.stripe_api.handlers.pages import Object, listed, made_apart, walked
from tests.stripe_api.handlers.settled_nights import settle_night
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.builders.payment_scenario import refund, run
from tests.support.clients.call import Merchant
from tests.support.clients.disputed import disputed
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, told, wrong
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario

INVALID = "invalid_request_error"


def refunded() -> Object:
    """Pay 10.00 and refund 1.00 of it. Returns the charge with its refunds."""
    intent = StripeMerchant().paid()
    StripeMerchant().refund(intent["id"], amount=1_00)
    told()
    return done(StripeMerchant().get(GET_CHARGE, intent["latest_charge"], expand=["refunds"]))


def test_an_empty_list() -> None:
    assert done(StripeMerchant().get(LIST_BALANCE_TRANSACTIONS)) == {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": "/v1/balance_transactions",
    }


def test_newest_first_as_they_are_shown(demo: Merchant) -> None:
    disputed(demo)  # of a charge
    charge = refunded()
    StripeMerchant(OTHER_MERCHANT).paid()
    StripeMerchant().held()
    told()
    every = listed(LIST_BALANCE_TRANSACTIONS)
    assert [(one["type"], one["amount"]) for one in every[:2]] == [("refund", -1_00), ("charge", 10_00)]
    assert [one["type"] for one in every[2:]] == ["adjustment", "charge"]
    assert [one["source"] for one in every[:2]] == [charge["refunds"]["data"][0]["id"], charge["id"]]
    assert [done(StripeMerchant().get(GET_BALANCE_TRANSACTION, one["id"])) for one in every] == every


def test_the_sources_are_expanded(demo: Merchant) -> None:
    disputed(demo)
    refunded()
    paths = ["data.source", "data.source.charge", "data.source.balance_transaction"]
    back, paid, taken, _ = listed(LIST_BALANCE_TRANSACTIONS, expand=paths)
    assert [one["source"]["object"] for one in (back, paid, taken)] == ["refund", "charge", "dispute"]
    assert (back["source"]["charge"]["object"], taken["source"]["charge"]["object"]) == ("charge", "charge")
    assert back["source"]["balance_transaction"]["id"] == back["id"]


@pytest.mark.full
@pytest.mark.parametrize("limit", [1, 2, 25])
def test_pages_list_each_item_once(limit: int) -> None:
    for _ in range(3):
        refunded()
    every = [one["id"] for one in listed(LIST_BALANCE_TRANSACTIONS, limit=100)]
    assert len({*every}) == 6
    assert walked(LIST_BALANCE_TRANSACTIONS, limit=limit) == every
    assert walked(LIST_BALANCE_TRANSACTIONS, limit=limit, backwards_from=every[-1]) == every[:-1]


def test_only_those_of_a_source_a_type_or_a_currency() -> None:
    StripeMerchant().paid(currency="eur")
    charge = refunded()
    (refund_id,) = [one["id"] for one in charge["refunds"]["data"]]

    def types(**params: Any) -> list[tuple[str, str]]:
        return [(one["type"], one["currency"]) for one in listed(LIST_BALANCE_TRANSACTIONS, **params)]

    assert types(type="charge") == [("charge", "usd"), ("charge", "eur")]
    assert types(currency="eur") == [("charge", "eur")]
    assert types(source=charge["id"]) == [("charge", "usd")]
    assert types(source=refund_id) == [("refund", "usd")]
    assert types(source=refund_id, type="charge") == []
    assert types(source="ch_none") == types(type="payout") == []


def test_only_those_in_a_range_of_time(clock: Clock) -> None:
    newest, middle, oldest = made_apart(3, clock, lambda: StripeMerchant().paid())
    told()
    every = listed(LIST_BALANCE_TRANSACTIONS)
    assert [one["source"] for one in every] == [one["latest_charge"] for one in (newest, middle, oldest)]
    assert listed(LIST_BALANCE_TRANSACTIONS, created={"gt": every[1]["created"]}) == every[:1]
    assert listed(LIST_BALANCE_TRANSACTIONS, created={"lte": every[1]["created"]}) == every[1:]


def test_a_payout_and_what_it_pays_out(clock: Clock) -> None:
    """The first night's balance is carried over to the second payout."""
    house = SettlementScenario(clock)
    poor = house.payment(amount=1_00, automatic=True)
    run(poor, refund(1_00))
    assert settle_night(house) == ""
    house.payment(amount=50_00, automatic=True)
    payout = settle_night(house)
    first, *others = listed(LIST_BALANCE_TRANSACTIONS, payout=payout)
    assert (first["type"], first["source"], first["status"]) == ("payout", payout, "available")
    assert [one["amount"] for one in others] == [50_00, -1_00, 1_00]
    assert sum(one["net"] for one in others) == -first["net"]
    assert listed(LIST_BALANCE_TRANSACTIONS, source=payout) == [first]
    assert listed(LIST_BALANCE_TRANSACTIONS, type="payout") == [first]
    every = listed(LIST_BALANCE_TRANSACTIONS)
    assert [one["id"] for one in every] == [first["id"], *(one["id"] for one in others)]
    assert walked(LIST_BALANCE_TRANSACTIONS, limit=1) == [one["id"] for one in every]
    assert {one["status"] for one in every} == {"available"}
    assert done(StripeMerchant().get(GET_BALANCE_TRANSACTION, first["id"])) == first
    assert done(StripeMerchant().get(GET_BALANCE))["available"][0]["amount"] == 0
    other = StripeMerchant(OTHER_MERCHANT)
    assert wrong(other.get(LIST_BALANCE_TRANSACTIONS, payout=payout)) == missing("payout")
    assert wrong(other.get(GET_BALANCE_TRANSACTION, first["id"])) == missing("id")


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"limit": -1}, (400, INVALID, "parameter_invalid_integer", "limit")),
        ({"payout": "po_x"}, missing("payout")),
        ({"starting_after": "txn_x"}, missing("starting_after")),
        ({"ending_before": "txn_" + "a" * 36}, missing("ending_before")),
        ({"currency": "dollars"}, (400, INVALID, None, "currency")),
        ({"expand": ["data.payout"]}, (400, INVALID, None, "expand")),
        ({"available_on": 1}, (400, INVALID, "parameter_unknown", "available_on")),
    ],
    ids=str,
)
def test_invalid_parameters_are_refused(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    assert wrong(StripeMerchant().get(LIST_BALANCE_TRANSACTIONS, **params)) == expected
