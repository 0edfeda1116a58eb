"""GET /v1/balance: what is settled and not paid out, and what is not settled yet."""

import pytest

from paysandbox.stripe_api.routes import GET_BALANCE, LIST_BALANCE_TRANSACTIONS
from tests.stripe_api.handlers.pages import listed
from tests.stripe_api.handlers.settled_nights import settle_night
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.builders.payment_scenario import refund, run
from tests.support.clients.stripe_merchant import StripeMerchant, done, told, wrong
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario


def balance(merchant: str = StripeMerchant().name) -> dict[str, tuple[int, int]]:
    """Return what is available and pending, by currency."""
    told()
    shown = done(StripeMerchant(merchant).get(GET_BALANCE))
    pending = {part["currency"]: part["amount"] for part in shown["pending"]}
    return {part["currency"]: (part["amount"], pending[part["currency"]]) for part in shown["available"]}


def test_what_is_not_settled_is_pending_less_its_fees() -> None:
    StripeMerchant().refund(StripeMerchant().paid()["id"], amount=1_00)
    StripeMerchant().paid(amount=20_00, currency="eur")
    StripeMerchant().held()
    assert balance() == {"usd": (0, 8_41), "eur": (0, 19_12)}
    assert balance(OTHER_MERCHANT) == {"usd": (0, 0)}


def test_it_is_the_sum_of_the_balance_transactions_before_and_after_settlement(clock: Clock) -> None:
    house = SettlementScenario(clock)

    def sums() -> tuple[int, int]:
        every = listed(LIST_BALANCE_TRANSACTIONS, limit=100)
        nets = [sum(one["net"] for one in every if one["status"] == status) for status in ("available", "pending")]
        return nets[0], nets[1]

    paid = house.payment(amount=10_00, automatic=True)
    assert balance()["usd"] == sums() == (0, 9_41)
    assert settle_night(house) != ""
    assert balance()["usd"] == sums() == (0, 0)
    run(paid, refund(4_00))
    assert balance()["usd"] == sums() == (0, -4_00)
    assert settle_night(house) == ""
    assert balance()["usd"] == sums() == (-4_00, 0)


@pytest.mark.full
def test_funds_that_are_available_at_once(clock: Clock) -> None:
    """They are paid out with their batch nevertheless."""
    house = SettlementScenario(clock)
    house.payment(amount=10_00, automatic=True, plan="funds=available")
    house.payment(amount=20_00, automatic=True)
    assert balance()["usd"] == (9_41, 19_12)
    assert settle_night(house) != ""
    assert balance()["usd"] == (0, 0)


def test_a_card_whose_funds_are_available_at_once() -> None:
    StripeMerchant().paid(payment_method="pm_card_bypassPending")
    told()
    (charged,) = listed(LIST_BALANCE_TRANSACTIONS)
    assert (charged["status"], charged["available_on"]) == ("available", charged["created"])
    assert balance()["usd"] == (9_41, 0)


def test_nothing_of_it_is_expanded() -> None:
    refused = StripeMerchant().get(GET_BALANCE, expand=["available"])
    assert wrong(refused) == (400, "invalid_request_error", None, "expand")
