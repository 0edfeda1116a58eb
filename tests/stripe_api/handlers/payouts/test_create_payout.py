"""POST /v1/payouts: funds leave for a bank account, step by step on the sandbox's clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.stripe_api.ids import payout_of_stripe_payout
from paysandbox.stripe_api.resources.payouts.payout import FAILURES
from paysandbox.stripe_api.routes import GET_BALANCE
from tests.stripe_api.handlers.payouts.payouts import SHOP, advance_to, paid_out, shown, sweep
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import DAY, HOUR, MERCHANT
from tests.support.clients.stripe_merchant import done, missing, wrong
from tests.support.clients.transfers import connected, funded, funds_of, sent
from tests.support.worlds.handlers import Clock

INVALID = (400, "invalid_request_error")


def test_what_it_shows() -> None:
    funded()
    made = paid_out(description="May", metadata={"a": "1"}, statement_descriptor="MAY")
    assert shown(made["id"]) == made
    name, created, arrives = made.pop("id"), made.pop("created"), made.pop("arrival_date")
    assert name.startswith("po_")
    assert payout_of_stripe_payout(name) is None, "no payout of settlement has such an ID"
    midnight = datetime.fromtimestamp(arrives, UTC)
    assert (midnight.hour, midnight.minute, midnight.second) == (0, 0, 0)
    assert (midnight.date() - datetime.fromtimestamp(created, UTC).date()).days == 2
    assert made == {
        "object": "payout", "amount": 40_00, "application_fee": None, "application_fee_amount": None,
        "automatic": False, "balance_transaction": f"txn_{name[3:]}o", "currency": "usd", "description": "May",
        "destination": None, "failure_balance_transaction": None, "failure_code": None, "failure_message": None,
        "livemode": False, "metadata": {"a": "1"}, "method": "standard", "original_payout": None,
        "payout_method": None, "reconciliation_status": "not_applicable", "reversed_by": None,
        "source_type": "card", "statement_descriptor": "MAY", "status": "pending", "trace_id": None,
        "type": "bank_account",
    }  # fmt: skip
    assert funds_of(MERCHANT) == {"USD": 60_00}


def test_it_is_sent_and_arrives(clock: Clock) -> None:
    funded()
    made = paid_out()
    assert sweep() == 0
    clock.advance(HOUR)
    assert (sweep(), shown(made["id"])["status"]) == (1, "in_transit")
    advance_to(clock, made["arrival_date"])
    assert (sweep(), shown(made["id"])["status"]) == (1, "paid")
    clock.advance(30 * DAY)
    assert (sweep(), shown(made["id"])["status"]) == (0, "paid")
    assert funds_of(MERCHANT) == {"USD": 60_00}


def test_an_instant_one_arrives_within_half_an_hour(clock: Clock) -> None:
    funded()
    made = paid_out(method="instant")
    assert (made["method"], made["arrival_date"] - made["created"]) == ("instant", 1800)
    clock.advance(timedelta(minutes=31))
    assert (sweep(), shown(made["id"])["status"]) == (1, "paid")


@pytest.mark.parametrize("code", FAILURES)
def test_one_that_fails_gives_its_amount_back(code: str) -> None:
    funded()
    made = paid_out(outcome=f"payout={code}")
    assert funds_of(MERCHANT) == {"USD": 60_00}
    assert sweep() == 1
    after = shown(made["id"])
    assert (after["status"], after["failure_code"], after["failure_message"]) == ("failed", code, FAILURES[code])
    assert funds_of(MERCHANT) == {"USD": 100_00}
    assert sweep() == 0


def test_one_that_was_paid_fails_later(clock: Clock) -> None:
    funded()
    made = paid_out(outcome="payout=paid:no_account")
    assert (sweep(), shown(made["id"])["status"], funds_of(MERCHANT)) == (1, "paid", {"USD": 60_00})
    clock.advance(DAY + HOUR)
    assert (sweep(), shown(made["id"])["status"], funds_of(MERCHANT)) == (1, "failed", {"USD": 100_00})
    assert (sweep(), funds_of(MERCHANT)) == (0, {"USD": 100_00})


def test_one_is_paid_at_once() -> None:
    funded()
    made = paid_out(outcome="payout=paid")
    assert (sweep(), shown(made["id"])["status"]) == (1, "paid")


def test_a_replay_is_the_first_answer_and_pays_nothing() -> None:
    funded(40_00)
    params = {"amount": 40_00, "currency": "usd", "metadata": {"sandbox_outcome": "payout=paid"}, "key": "k"}
    first = SHOP.post(RESOURCE["create_payout"], **params)
    sweep()
    again = SHOP.post(RESOURCE["create_payout"], **params)
    assert (again.text, again.replayed) == (first.text, True)
    assert funds_of(MERCHANT) == {"USD": 0}


def test_funds_that_do_not_cover_it() -> None:
    funded(40_00)
    for params in ({"amount": 40_01, "currency": "usd"}, {"amount": 1, "currency": "eur"}):
        assert wrong(SHOP.post(RESOURCE["create_payout"], **params)) == (*INVALID, "balance_insufficient", None)
    assert funds_of(MERCHANT) == {"USD": 40_00}


def test_of_a_connected_account() -> None:
    funded()
    account = connected()
    sent(account, 40_00)
    of_account = {"Stripe-Account": account}
    params = {"amount": 15_00, "currency": "usd", "metadata": {"sandbox_outcome": "payout=no_account"}}
    made = done(SHOP.ask(RESOURCE["create_payout"], None, params, headers=of_account))
    assert (funds_of(MERCHANT), funds_of(account)) == ({"USD": 60_00}, {"USD": 25_00})
    beyond = SHOP.ask(RESOURCE["create_payout"], None, params | {"amount": 25_01}, headers=of_account)
    assert wrong(beyond) == (*INVALID, "balance_insufficient", None)
    assert wrong(SHOP.get(RESOURCE["get_payout"], made["id"])) == (404, *missing("payout")[1:])
    sweep()
    assert done(SHOP.ask(RESOURCE["get_payout"], made["id"], headers=of_account))["status"] == "failed"
    assert funds_of(account) == {"USD": 40_00}
    (available,) = done(SHOP.ask(GET_BALANCE, headers=of_account))["available"]
    assert (available["amount"], available["currency"]) == (40_00, "usd")


def test_of_an_account_whose_payouts_are_disabled() -> None:
    account = connected(metadata={"sandbox_outcome": "onboarding"})
    params = {"amount": 1_00, "currency": "usd"}
    refused = SHOP.ask(RESOURCE["create_payout"], None, params, headers={"Stripe-Account": account})
    assert wrong(refused) == (*INVALID, "payouts_not_allowed", None)


@pytest.mark.parametrize("given, refusal", [
    ({"amount": None}, ("parameter_missing", "amount")), ({"amount": 0}, ("parameter_invalid_integer", "amount")),
    ({"currency": "xyz"}, (None, "currency")), ({"method": "fast"}, (None, "method")),
    ({"statement_descriptor": "x" * 23}, (None, "statement_descriptor")),
    ({"source_type": "fpx"}, (None, "source_type")), ({"destination": "ba_1"}, ("parameter_unknown", "destination")),
    ({"currency": "kwd", "amount": 11}, ("parameter_invalid_integer", "amount")),
    *[({"metadata": {"sandbox_outcome": outcome}}, (None, "metadata[sandbox_outcome]"))
      for outcome in ("paid", "payout=", "payout=stolen", "payout=paid:", "payout=paid:paid", "refund=no_account")],
])  # fmt: skip
def test_what_is_refused(given: Any, refusal: Any) -> None:
    funded()
    whole = {"amount": 1_00, "currency": "usd"} | given
    params = {name: value for name, value in whole.items() if value is not None}
    assert wrong(SHOP.post(RESOURCE["create_payout"], **params)) == (*INVALID, *refusal)
    assert funds_of(MERCHANT) == {"USD": 100_00}
