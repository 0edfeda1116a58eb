"""One balance: what is available can be moved, and what was moved is not paid out by settlement."""

from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.payments.merchant_settings import change_choices
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.settlement import tables as settlement_tables
from paysandbox.settlement.batch import Statement
from paysandbox.settlement.batches import get_statement
from paysandbox.settlement.business_day import business_date
from paysandbox.settlement.payout_schedule import WEEKDAYS
from paysandbox.stripe_api.ids import merchant_of_account
from paysandbox.stripe_api.routes import (
    GET_BALANCE,
    LIST_BALANCE_TRANSACTIONS,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import DAY, MERCHANT
from tests.support.clients.disbursement_requests import Payer
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import done, told
from tests.support.clients.transfers import PLATFORM, connected, funded, funds_of, paid_to, sent
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario

EARLY = "pm_card_bypassPending"
USD = {"amount": 10_00, "currency": "usd"}


@pytest.fixture
def settling(clock: Clock) -> SettlementScenario:
    return SettlementScenario(clock, every_shard=True)


def keep_payouts() -> None:
    """Let what settlement would pay out to the platform stay available."""
    change_choices(merchant_settings(), MERCHANT, payout_destination=PayoutDestination.BALANCE)


def scheduled(**schedule: Any) -> str:
    """Create a connected account with this schedule of payouts, and return its ID."""
    return connected(settings={"payouts": {"schedule": schedule}})


def night(settling: SettlementScenario, account: str | None = None) -> Statement:
    """Settle what happened until midnight. Return the statement of the platform, or of an account."""
    told()
    settling.night()
    assert settling.settle().status == "SUCCEEDED"
    merchant = merchant_of_account(account) if account else MERCHANT
    statement = get_statement(settlement_tables.batches(), settling.latest().name, str(merchant))
    assert statement is not None
    return statement


def balance(account: str | None = None) -> tuple[int, int]:
    """Return what is available and pending in USD. Fails if the audit of funds does, or if all transactions differ."""
    told()
    headers = {"Stripe-Account": account} if account else {}
    body = done(PLATFORM.ask(GET_BALANCE, headers=headers))
    available, pending = (body[name][0]["amount"] for name in ("available", "pending"))
    every = done(PLATFORM.ask(LIST_BALANCE_TRANSACTIONS, None, {"limit": 100}, headers=headers))["data"]
    assert sum(one["net"] for one in every) == available + pending
    assert funds_of(account or MERCHANT).get("USD", 0) == available
    return available, pending


def insufficient(reply: StripeReply) -> bool:
    return (reply.status, reply.error.get("code")) == (400, "balance_insufficient")


def paid_out(amount: int, account: str | None = None) -> StripeReply:
    headers = {"Stripe-Account": account} if account else {}
    return PLATFORM.ask(RESOURCE["create_payout"], None, {"amount": amount, "currency": "usd"}, headers=headers)


def test_settled_money_can_be_transferred(settling: SettlementScenario) -> None:
    """To the last cent, and nothing of what is pending."""
    keep_payouts()
    account = connected()
    PLATFORM.paid(amount=20_00)
    assert balance() == (0, 19_12)
    assert insufficient(PLATFORM.post(RESOURCE["create_transfer"], **USD, destination=account))
    night(settling)
    PLATFORM.paid(amount=20_00)
    assert balance() == (19_12, 19_12)
    transfer = sent(account, 19_12)
    assert (balance(), balance(account)) == ((0, 19_12), (19_12, 0))
    assert insufficient(PLATFORM.post(RESOURCE["create_transfer"], **USD, destination=account))
    done(PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer["id"], amount=9_12))
    assert (balance(), balance(account)) == ((9_12, 19_12), (10_00, 0))


def test_settled_money_can_be_paid_out_by_request_and_disbursed(settling: SettlementScenario) -> None:
    keep_payouts()
    PLATFORM.paid(amount=50_00)
    night(settling)
    assert balance() == (48_25, 0)
    Payer().ready(1).accepted()
    done(paid_out(20_00))
    assert balance() == (48_25 + 1 - 12_50 - 20_00, 0)
    assert insufficient(paid_out(20_00))


def test_what_is_available_early_can_be_transferred_and_is_paid_out_no_more(settling: SettlementScenario) -> None:
    account = connected()
    PLATFORM.paid(amount=20_00, payment_method=EARLY)
    assert balance() == (19_12, 0)
    sent(account, 12_00)
    assert balance() == (7_12, 0)
    closed = night(settling).balances["USD"]
    assert (closed.opening, closed.net, closed.draws, closed.paid_out, closed.closing) == (0, 19_12, 12_00, 7_12, 0)
    assert (balance(), balance(account)) == ((0, 0), (12_00, 0))


def test_what_came_by_a_transfer_is_not_paid_out_by_settlement(settling: SettlementScenario) -> None:
    """Neither it nor what was funded."""
    account = connected()
    funded(50_00)
    sent(account, 40_00)
    PLATFORM.paid(amount=20_00)
    paid_to(account, amount=20_00)
    assert night(settling).balances["USD"].draws == 0
    assert (balance(), balance(account)) == ((10_00, 0), (40_00, 0))


def test_a_debt_refuses_transfers_and_payouts_until_it_is_filled(settling: SettlementScenario) -> None:
    account = connected()
    paid = PLATFORM.paid(amount=50_00)
    night(settling)
    PLATFORM.refund(paid["id"])
    night(settling)
    assert balance() == (-50_00, 0)
    funded(50_01)
    assert balance() == (1, 0)
    assert insufficient(PLATFORM.post(RESOURCE["create_transfer"], **USD, destination=account))
    assert insufficient(paid_out(2))
    PLATFORM.paid(amount=70_00)
    closed = night(settling).balances["USD"]
    assert (closed.opening, closed.net, closed.paid_out) == (-50_00, 67_67, 17_67)
    assert balance() == (50_01, 0), "what was funded is there again"
    sent(account, 50_01)


# --- schedules of payouts ---------------------------------------------------------------------------------------------


def test_a_manual_schedule_leaves_the_money_available(settling: SettlementScenario) -> None:
    account = scheduled(interval="manual")
    for nights in (1, 2):
        paid_to(account, amount=20_00, fee=None)
        closed = night(settling, account).balances["USD"]
        assert (closed.net, closed.payout, closed.closing) == (20_00, None, nights * 20_00)
        assert balance(account) == (nights * 20_00, 0)
    done(paid_out(30_00, account))
    assert insufficient(paid_out(10_01, account))
    paid_to(account, amount=5_00, fee=None)
    closed = night(settling, account).balances["USD"]
    assert (closed.opening, closed.draws, closed.closing) == (40_00, 30_00, 15_00)
    assert balance(account) == (15_00, 0)
    # The schedule of the moment counts.
    done(PLATFORM.post(RESOURCE["update_account"], account, settings={"payouts": {"schedule": {"interval": "daily"}}}))
    assert night(settling, account).balances["USD"].paid_out == 15_00


@pytest.mark.parametrize("interval", ["weekly", "monthly"])
def test_a_schedule_pays_out_with_the_batch_of_its_day(interval: str, settling: SettlementScenario) -> None:
    """The day after tomorrow is the day."""
    day = business_date(runtime.now()) + 2 * DAY
    account = scheduled(interval=interval, weekly_anchor=WEEKDAYS[day.weekday()], monthly_anchor=day.day)
    paid_to(account, amount=20_00, fee=None)
    assert [night(settling, account).balances["USD"].paid_out for _ in range(3)] == [0, 0, 20_00]
    assert settling.latest().batch.name.day == day
    assert balance(account) == (0, 0)
