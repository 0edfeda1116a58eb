"""Destination charges and application fees: what programs see at once, what is refused, and nights that settle them."""

from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.payments.audit_scan import item_of
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.payment import Payment, steps
from paysandbox.stripe_api.ids import merchant_of_account, payment_of_intent
from paysandbox.stripe_api.resources.transfers.shared_charges import store_shared
from paysandbox.stripe_api.routes import (
    CAPTURE_PAYMENT_INTENT,
    CREATE_CHARGE,
    CREATE_PAYMENT_INTENT,
    CREATE_REFUND,
    GET_BALANCE,
    GET_BALANCE_TRANSACTION,
    LIST_BALANCE_TRANSACTIONS,
    RESOURCE_ROUTE as RESOURCE,
    UPDATE_PAYMENT_INTENT,
)
from tests.stripe_api.handlers.checkout import sessions
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import done, told, wrong
from tests.support.clients.transfers import (
    CHARGE,
    PLATFORM,
    ROUTE,
    charge_of,
    connected,
    destination,
    fee_returned,
    paid_direct,
    paid_to,
    taken_back,
)
from tests.support.tools.ledger_audit import audit
from tests.support.worlds.aws_transport import Sent, Wire
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario

INVALID = "invalid_request_error"


def shown(route: str, name: str) -> dict[str, Any]:
    return done(PLATFORM.get(ROUTE[route], name))


def payment_behind(intent: dict[str, Any]) -> Payment:
    item = item_of(runtime.ledger(), payment_of_intent(intent["id"]) or "")
    assert item is not None
    return payment_from(item)


# --- what is seen at once ---------------------------------------------------------------------------------------------


def test_a_destination_charge_has_its_transfer_and_its_fee_at_once() -> None:
    account = connected()
    intent = paid_to(account, transfer_group="ORDER")
    assert intent["transfer_data"] == {"destination": account}
    assert (intent["application_fee_amount"], intent["application"]) == (5_00, None)
    charge = charge_of(intent)
    assert (charge["application_fee_amount"], charge["transfer_data"]) == (
        5_00,
        {"amount": None, "destination": account},
    )

    transfer = shown("get_transfer", charge["transfer"])
    assert (transfer["amount"], transfer["destination"], transfer["reversed"]) == (50_00, account, False)
    assert (transfer["source_transaction"], transfer["transfer_group"]) == (charge["id"], "ORDER")
    fee = shown("get_application_fee", charge["application_fee"])
    assert (fee["amount"], fee["account"], fee["charge"], fee["refunded"]) == (5_00, account, charge["id"], False)
    assert (fee["originating_transaction"], fee["fee_source"]["charge"]) == (charge["id"], charge["id"])
    assert [each["id"] for each in done(PLATFORM.get(ROUTE["list_transfers"]))["data"]] == [transfer["id"]]
    listed = done(PLATFORM.get(ROUTE["list_application_fees"], charge=charge["id"]))["data"]
    assert [each["id"] for each in listed] == [fee["id"]]
    assert done(PLATFORM.get(ROUTE["list_application_fees"], charge="ch_other"))["data"] == []
    assert done(PLATFORM.get(GET_BALANCE_TRANSACTION, fee["balance_transaction"]))["net"] == 5_00


@pytest.mark.parametrize(
    "params, sent, fee",
    [
        ({"fee": None}, 50_00, None),
        ({"fee": None, "amount": 10_00}, 10_00, None),
        ({"fee": 50_00}, 50_00, 50_00),
    ],
)
def test_amounts(params: dict[str, Any], sent: int, fee: int | None) -> None:
    charge = charge_of(paid_to(connected(), **params))
    assert shown("get_transfer", charge["transfer"])["amount"] == sent
    assert (charge["application_fee"] and shown("get_application_fee", charge["application_fee"])["amount"]) == fee


def test_a_part_of_a_charge_is_transferred() -> None:
    account = connected()
    intent = paid_to(account, fee=None, transfer_data={"destination": account, "amount": 8_77})
    assert intent["transfer_data"] == {"destination": account, "amount": 8_77}
    assert shown("get_transfer", charge_of(intent)["transfer"])["amount"] == 8_77


def test_a_direct_charge_gives_its_platform_a_fee() -> None:
    account = connected()
    intent = paid_direct(account)
    charge = charge_of(intent, account)
    fee = shown("get_application_fee", charge["application_fee"])
    assert (fee["account"], fee["amount"], fee["originating_transaction"]) == (account, 5_00, None)
    assert charge["application"] == intent["application"] == fee["application"]
    assert "transfer" not in charge
    assert done(PLATFORM.get(GET_BALANCE_TRANSACTION, fee["balance_transaction"]))["type"] == "application_fee"


def test_with_asynchronous_capture_the_answer_has_neither_yet() -> None:
    intent = done(PLATFORM.post(CREATE_PAYMENT_INTENT, **destination(capture_method="automatic_async"),
                                expand=["latest_charge"]))  # fmt: skip
    charge = intent["latest_charge"]
    assert (charge["application_fee"], charge.get("transfer")) == (None, None)
    assert shown("get_transfer", charge_of({"latest_charge": charge["id"]})["transfer"])["amount"] == 50_00


def test_a_capture_can_change_the_fee_and_the_transfer() -> None:
    held = done(PLATFORM.post(CREATE_PAYMENT_INTENT, **destination(capture_method="manual")))
    assert done(PLATFORM.get(ROUTE["list_transfers"]))["data"] == []
    taken = done(
        PLATFORM.post(CAPTURE_PAYMENT_INTENT, held["id"], amount_to_capture=20_00, application_fee_amount=7_00)
    )
    charge = charge_of(taken)
    assert shown("get_transfer", charge["transfer"])["amount"] == 20_00
    assert shown("get_application_fee", charge["application_fee"])["amount"] == 7_00
    assert (taken["application_fee_amount"], charge["application_fee_amount"]) == (7_00, 7_00)


def test_a_charge_without_an_intent() -> None:
    account = connected()
    charge = done(PLATFORM.post(CREATE_CHARGE, amount=50_00, currency="usd", source="tok_visa",
                                transfer_data={"destination": account}, application_fee_amount=5_00))  # fmt: skip
    assert shown("get_transfer", charge["transfer"])["destination"] == account
    assert shown("get_application_fee", charge["application_fee"])["charge"] == charge["id"]


def test_an_update_changes_the_fee_until_it_is_paid() -> None:
    new = destination(confirm=False)
    opened = done(PLATFORM.post(CREATE_PAYMENT_INTENT, **new))["id"]
    changed = done(PLATFORM.post(UPDATE_PAYMENT_INTENT, opened, application_fee_amount=6_00))
    assert changed["application_fee_amount"] == 6_00
    assert (
        done(PLATFORM.post(UPDATE_PAYMENT_INTENT, opened, application_fee_amount=""))["application_fee_amount"] is None
    )
    assert done(PLATFORM.post(UPDATE_PAYMENT_INTENT, opened, transfer_data={"amount": 1_00}))["transfer_data"] == {
        **new["transfer_data"],
        "amount": 1_00,
    }
    done(PLATFORM.confirm(opened))
    refused = PLATFORM.post(UPDATE_PAYMENT_INTENT, opened, transfer_data={"amount": 2_00})
    assert wrong(refused)[2] == "payment_intent_unexpected_state"


def test_a_checkout_session_can_be_shared() -> None:
    account = connected()
    data = {"transfer_data": {"destination": account}, "application_fee_amount": 1_00, "on_behalf_of": account}
    session = sessions.opened(payment_intent_data=data)
    assert sessions.pay(session["url"]).status == 303
    intent = PLATFORM.shown(sessions.shown(session["id"])["payment_intent"])
    assert (intent["transfer_data"]["destination"], intent["on_behalf_of"]) == (account, account)
    charge = charge_of(intent)
    assert shown("get_application_fee", charge["application_fee"])["amount"] == 1_00
    assert shown("get_transfer", charge["transfer"])["amount"] == charge["amount"]


def test_a_checkout_session_is_refused_as_its_payment_would_be() -> None:
    data = {"transfer_data": {"destination": connected(metadata={"sandbox_outcome": "transfers=pending"})}}
    alone = {"application_fee_amount": 1_00}
    for sent, param in ((data, "transfer_data[destination]"), (alone, "application_fee_amount")):
        assert wrong(sessions.create(payment_intent_data=sent))[::3] == (400, param)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params, code, param",
    [
        ({"application_fee_amount": 1_00}, None, "application_fee_amount"),
        ({"application_fee_amount": 0, "transfer_data": {"destination": "account"}}, "parameter_invalid_integer",
         "application_fee_amount"),
        ({"application_fee_amount": 50_01, "transfer_data": {"destination": "account"}}, None,
         "application_fee_amount"),
        ({"application_fee_amount": 1_00, "transfer_data": {"destination": "account", "amount": 2_00}}, None,
         "application_fee_amount"),
        ({"transfer_data": {"destination": "acct_unknown"}}, "resource_missing", "transfer_data[destination]"),
        ({"transfer_data": {"destination": "theirs"}}, "resource_missing", "transfer_data[destination]"),
        ({"transfer_data": {"destination": "incapable"}}, "insufficient_capabilities_for_transfer",
         "transfer_data[destination]"),
        ({"transfer_data": {"amount": 1_00}}, "parameter_missing", "transfer_data[destination]"),
    ],
)  # fmt: skip
def test_what_is_refused(params: dict[str, Any], code: str | None, param: str) -> None:
    accounts = {
        "account": connected,
        "theirs": lambda: connected(OTHER_MERCHANT),
        "incapable": lambda: connected(metadata={"sandbox_outcome": "transfers=pending"}),
    }
    sent = params.get("transfer_data", {})
    if make := accounts.get(sent.get("destination", "")):
        params = {**params, "transfer_data": {**sent, "destination": make()}}
    status, kind, found, named = wrong(PLATFORM.post(CREATE_PAYMENT_INTENT, **CHARGE, **params))
    assert (status, kind, named) == (400, INVALID, param)
    assert code in (None, found)
    assert done(PLATFORM.get(ROUTE["list_transfers"]))["data"] == []


def test_a_refund_cannot_return_what_was_not_shared() -> None:
    plain, sent = PLATFORM.paid()["id"], paid_to(connected(), fee=None)["id"]
    for intent, name in (
        (plain, "reverse_transfer"),
        (plain, "refund_application_fee"),
        (sent, "refund_application_fee"),
    ):
        refused = PLATFORM.ask(CREATE_REFUND, None, {"payment_intent": intent, name: True})
        assert wrong(refused) == (400, INVALID, None, name)
    assert done(PLATFORM.post(CREATE_REFUND, payment_intent=sent, reverse_transfer=True))["transfer_reversal"]


def test_a_destination_cannot_be_changed() -> None:
    opened = done(PLATFORM.post(CREATE_PAYMENT_INTENT, **destination(confirm=False)))["id"]
    refused = PLATFORM.post(UPDATE_PAYMENT_INTENT, opened, transfer_data={"destination": connected()})
    assert wrong(refused)[0] == 400


# --- what is returned -------------------------------------------------------------------------------------------------


def test_a_refund_returns_its_part_of_both() -> None:
    intent = paid_to(connected())
    charge = charge_of(intent)
    refund = done(PLATFORM.post(CREATE_REFUND, payment_intent=intent["id"], amount=20_00, reverse_transfer=True,
                                refund_application_fee=True))  # fmt: skip
    reversal = done(PLATFORM.get(RESOURCE["get_transfer_reversal"], (charge["transfer"], refund["transfer_reversal"])))
    assert (reversal["amount"], reversal["source_refund"]) == (20_00, refund["id"])
    transfer = shown("get_transfer", charge["transfer"])
    assert (transfer["amount_reversed"], transfer["reversed"]) == (20_00, False)
    fee = shown("get_application_fee", charge["application_fee"])
    assert (fee["amount_refunded"], fee["refunded"], len(fee["refunds"]["data"])) == (2_00, False, 1)
    done(PLATFORM.post(CREATE_REFUND, payment_intent=intent["id"], reverse_transfer=True, refund_application_fee=True))
    assert shown("get_transfer", charge["transfer"])["reversed"]
    assert shown("get_application_fee", charge["application_fee"])["refunded"]
    audit()


def test_its_transfer_is_reversed_by_itself_up_to_what_refunds_have_left() -> None:
    intent = paid_to(connected(), fee=None)
    transfer = charge_of(intent)["transfer"]
    done(PLATFORM.post(CREATE_REFUND, payment_intent=intent["id"], amount=20_00, reverse_transfer=True))
    assert wrong(PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer, amount=30_01)) == (
        400,
        INVALID,
        None,
        "amount",
    )
    taken_back(transfer, amount=10_00)
    done(PLATFORM.post(CREATE_REFUND, payment_intent=intent["id"], reverse_transfer=True))
    every = shown("get_transfer", transfer)
    assert (every["reversed"], [each["amount"] for each in every["reversals"]["data"]]) == (True, [20_00, 10_00, 20_00])
    audit()


def test_what_was_not_stored_is_stored_from_the_stream() -> None:
    """Whoever stores it second finds it done."""
    intent = paid_to(connected())
    transfer = shown("get_transfer", charge_of(intent)["transfer"])
    for _ in range(2):
        store_shared(payment_behind(intent))
    assert shown("get_transfer", transfer["id"]) == transfer


def stored(sent: list[Sent]) -> list[str]:
    """Return the calls to the table of Stripe's objects."""
    return [call.operation for call in sent if "StripeObjects" in call.parameters.get("TableName", "")]


@pytest.mark.parametrize("captures", [2, 12])
def test_a_change_writes_what_it_made_however_many_captures_there_are(captures: int, wire: Wire) -> None:
    """A refund writes the transfer of the capture that it refunds: one write is refused, since the transfer exists."""
    intent = done(PLATFORM.post(CREATE_PAYMENT_INTENT, **destination(capture_method="manual", fee=None)))["id"]
    part = {"amount_to_capture": 1_00, "final_capture": False}
    for _ in range(captures - 1):
        done(PLATFORM.post(CAPTURE_PAYMENT_INTENT, intent, **part))
    with wire.record() as captured:
        done(PLATFORM.post(CAPTURE_PAYMENT_INTENT, intent, **part))
    assert stored(captured) == ["PutItem"]
    with wire.record() as refunded:
        done(PLATFORM.post(CREATE_REFUND, payment_intent=intent, amount=50, reverse_transfer=True))
    assert stored(refunded) == ["PutItem"] * 2
    payment = payment_behind({"id": intent})
    *_, change = steps(payment)
    with wire.record() as published:
        store_shared(payment, change)
    assert stored(published) == ["PutItem"]


# --- nights -----------------------------------------------------------------------------------------------------------


def balance(account: str | None = None) -> tuple[int, int]:
    """Return what is available and pending in USD."""
    told()
    headers = {"Stripe-Account": account} if account else {}
    body = done(PLATFORM.ask(GET_BALANCE, headers=headers))
    available, pending = (
        sum(part["amount"] for part in body[name] if part["currency"] == "usd") for name in ("available", "pending")
    )
    return available, pending


def listed() -> tuple[int, int]:
    """Return the sums of the platform's balance transactions: available and pending."""
    told()
    every = done(PLATFORM.get(LIST_BALANCE_TRANSACTIONS, limit=100))["data"]
    available, pending = (
        sum(one["net"] for one in every if one["status"] == status) for status in ("available", "pending")
    )
    return available, pending


def settle(house: SettlementScenario) -> str:
    house.night()
    outcome = house.settle()
    assert outcome.status == "SUCCEEDED", outcome
    audit()
    return house.latest().name


@pytest.mark.full
def test_nights_over_shared_charges(clock: Clock) -> None:
    house = SettlementScenario(clock, every_shard=True)
    account = connected()
    merchant = merchant_of_account(account) or ""
    intent = paid_to(account)
    paid_direct(account, amount=20_00, fee=2_00)
    # 1.75 and 0.88 are the processor's fees.
    assert balance() == (0, -1_75 + 5_00 + 2_00)
    assert balance(account) == (0, 45_00 + 20_00 - 88 - 2_00)

    batch = settle(house)
    assert (balance(), balance(account)) == ((0, 0), (0, 0))
    paid_out = {name: house.statement(batch, name).balances["USD"].paid_out for name in (MERCHANT, merchant)}
    assert paid_out == {MERCHANT: 5_25, merchant: 62_12}
    lines = sorted((entry.kind, entry.gross) for entry in house.entries() if entry.merchant == merchant)
    assert lines == [("application_fee", -5_00), ("application_fee", -2_00), ("capture", 20_00), ("transfer", 50_00)]
    assert house.statement(batch, merchant).totals["USD"].transfers == -43_00

    # Taken back after it was paid out: the account owes it, and its next charges pay it off.
    done(PLATFORM.post(CREATE_REFUND, payment_intent=intent["id"], amount=20_00, reverse_transfer=True))
    assert (balance(), balance(account)) == ((0, 0), (0, -20_00))
    settle(house)
    assert (balance(), balance(account)) == ((0, 0), (-20_00, 0))
    fee_returned(charge_of(intent)["application_fee"])
    paid_to(account)
    batch = settle(house)
    assert house.statement(batch, merchant).balances["USD"].paid_out == 45_00 - 20_00 + 5_00


@pytest.mark.full
def test_the_platforms_balance_is_the_sum_of_its_transactions(clock: Clock) -> None:
    house = SettlementScenario(clock, every_shard=True)
    intent = paid_to(connected())
    charge = charge_of(intent)
    done(PLATFORM.post(CREATE_REFUND, payment_intent=intent["id"], amount=20_00, reverse_transfer=True,
                       refund_application_fee=True))  # fmt: skip
    fee_returned(charge["application_fee"], amount=50)
    assert balance() == listed() == (0, 50_00 - 1_75 - 20_00 - 30_00 + 5_00 - 2_00 - 50)
    settle(house)
    told()
    every = done(PLATFORM.get(LIST_BALANCE_TRANSACTIONS, limit=100))["data"]
    assert sum(one["net"] for one in every if one["type"] != "payout") == 75
    assert {one["status"] for one in every} == {"available"}


def test_a_replay_has_the_first_answer_although_the_account_is_gone() -> None:
    account = connected()
    body = destination(account)
    first = PLATFORM.post(CREATE_PAYMENT_INTENT, key="k", **body)
    done(PLATFORM.ask(ROUTE["delete_account"], account))
    again = PLATFORM.post(CREATE_PAYMENT_INTENT, key="k", **body)
    assert (again.text, again.replayed) == (first.text, True)
    assert wrong(PLATFORM.post(CREATE_PAYMENT_INTENT, key="other", **body))[:3] == (400, INVALID, "resource_missing")
