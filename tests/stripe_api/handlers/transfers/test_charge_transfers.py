"""Transfers from a charge (`source_transaction`): they draw from its money while it is pending, and never exceed it."""

from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.http.route import Route
from paysandbox.payments.audit_scan import item_of
from paysandbox.payments.ledger.items import payment_from
from paysandbox.payments.payment import steps
from paysandbox.stripe_api.ids import merchant_of_account, payment_of_intent
from paysandbox.stripe_api.resources.transfers.shared_charges import store_shared
from paysandbox.stripe_api.routes import (
    CAPTURE_PAYMENT_INTENT,
    CREATE_REFUND,
    GET_BALANCE,
    GET_BALANCE_TRANSACTION,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    GET_REFUND,
    LIST_BALANCE_TRANSACTIONS,
    RESOURCE_ROUTE as RESOURCE,
)
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, told, wrong
from tests.support.clients.transfers import (
    PLATFORM,
    ROUTE,
    charge_of,
    connected,
    funded,
    funds_of,
    paid_to,
    sent,
    taken_back,
)
from tests.support.tools.ledger_audit import audit
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario

INVALID = (400, "invalid_request_error")


def paid(amount: int = 10_00, **params: Any) -> dict[str, Any]:
    """Pay a charge of the platform, which names no account, and return its intent."""
    return StripeMerchant().paid(amount=amount, **params)


def shown(transfer: str) -> dict[str, Any]:
    return done(PLATFORM.get(ROUTE["get_transfer"], transfer))


def balance(account: str | None = None) -> tuple[int, int]:
    """Return what is available and pending in USD."""
    told()
    body = done(PLATFORM.ask(GET_BALANCE, headers={"Stripe-Account": account} if account else {}))
    available, pending = (
        sum(part["amount"] for part in body[name] if part["currency"] == "usd") for name in ("available", "pending")
    )
    return available, pending


# --- what is seen at once ---------------------------------------------------------------------------------------------


def test_a_charge_is_split_between_accounts_while_it_is_pending() -> None:
    seller, courier = connected(), connected()
    intent = paid(100_00)
    charge = intent["latest_charge"]
    before = balance()
    one = sent(seller, 70_00, source_transaction=charge, description="Soup", metadata={"dish": "1"})
    other = sent(courier, 20_00, source_transaction=charge)
    assert (balance(seller), balance(courier)) == ((0, 70_00), (0, 20_00))
    assert balance() == (before[0], before[1] - 90_00)
    assert (funds_of(MERCHANT), funds_of(seller)) == ({}, {})

    assert shown(one["id"]) == one
    assert {name: one[name] for name in ("amount", "description", "destination", "metadata", "source_transaction")} == {
        "amount": 70_00, "description": "Soup", "destination": seller, "metadata": {"dish": "1"},
        "source_transaction": charge,
    }  # fmt: skip
    listed = done(PLATFORM.get(ROUTE["list_transfers"]))["data"]
    assert {each["id"] for each in listed} == {one["id"], other["id"]}
    audit()


def test_a_charge_without_a_group_gets_one() -> None:
    account = connected()
    intent = paid()
    assert charge_of(intent)["transfer_group"] is None
    transfer = sent(account, 1_00, source_transaction=intent["latest_charge"])
    group = f"group_{intent['id']}"
    assert (transfer["transfer_group"], charge_of(intent)["transfer_group"]) == (group, group)
    assert done(PLATFORM.get(GET_PAYMENT_INTENT, intent["id"]))["transfer_group"] == group
    grouped = paid(transfer_group="ORDER")
    assert sent(account, 1_00, source_transaction=grouped["latest_charge"])["transfer_group"] == "ORDER"
    own = sent(account, 1_00, source_transaction=grouped["latest_charge"], transfer_group="PART")
    assert (own["transfer_group"], charge_of(grouped)["transfer_group"]) == ("PART", "ORDER")


def test_its_balance_transactions_and_their_source() -> None:
    account = connected()
    transfer = sent(account, 6_00, source_transaction=paid()["latest_charge"])["id"]
    reversal = taken_back(transfer, amount=2_00)["id"]
    told()
    listed = done(PLATFORM.get(LIST_BALANCE_TRANSACTIONS))["data"]
    assert [(each["type"], each["net"], each["source"]) for each in listed[:2]] == [
        ("transfer_refund", 2_00, reversal), ("transfer", -6_00, transfer),
    ]  # fmt: skip
    taken, sent_ = (each["id"] for each in listed[:2])
    assert shown(transfer)["balance_transaction"] == sent_
    assert shown(transfer)["reversals"]["data"][0]["balance_transaction"] == taken
    assert done(PLATFORM.get(GET_BALANCE_TRANSACTION, sent_)) == listed[1]
    for source, of_source in ((transfer, sent_), (reversal, taken)):
        found = done(PLATFORM.get(LIST_BALANCE_TRANSACTIONS, source=source))["data"]
        assert [each["id"] for each in found] == [of_source]
    expanded = done(PLATFORM.get(ROUTE["get_transfer"], transfer, expand=["balance_transaction.source"]))
    assert expanded["balance_transaction"]["source"]["id"] == transfer


# --- what the account sees --------------------------------------------------------------------------------------------


def seen(route: Route, name: str, account: str, **params: Any) -> dict[str, Any]:
    """Retrieve something as a connected account."""
    return done(PLATFORM.ask(route, name, params, headers={"Stripe-Account": account}))


def test_the_account_gets_a_payment_and_a_refund_for_a_reversal() -> None:
    account = connected()
    transfer = sent(account, 6_00, source_transaction=paid()["latest_charge"])
    payment = seen(GET_CHARGE, transfer["destination_payment"], account)
    assert payment["id"].startswith("py_")
    assert {name: payment[name] for name in ("amount", "amount_refunded", "paid", "refunded", "source_transfer")} == {
        "amount": 6_00, "amount_refunded": 0, "paid": True, "refunded": False, "source_transfer": transfer["id"],
    }  # fmt: skip
    moved = seen(GET_BALANCE_TRANSACTION, payment["balance_transaction"], account)
    assert (moved["type"], moved["net"], moved["source"]) == ("payment", 6_00, payment["id"])

    reversal = taken_back(transfer["id"], amount=2_00)
    after = seen(GET_CHARGE, payment["id"], account, expand=["refunds"])
    (refund,) = after["refunds"]["data"]
    assert (after["amount_refunded"], after["refunded"]) == (2_00, False)
    assert (refund["id"], refund["charge"]) == (reversal["destination_payment_refund"], payment["id"])
    assert (refund["amount"], refund["source_transfer_reversal"]) == (2_00, reversal["id"])
    assert seen(GET_REFUND, refund["id"], account) == refund
    back = seen(GET_BALANCE_TRANSACTION, refund["balance_transaction"], account, expand=["source"])
    assert (back["type"], back["net"], back["source"]["id"]) == ("payment_refund", -2_00, refund["id"])
    for source, one in ((payment["id"], moved["id"]), (refund["id"], back["id"])):
        found = done(
            PLATFORM.ask(LIST_BALANCE_TRANSACTIONS, None, {"source": source}, headers={"Stripe-Account": account})
        )
        assert [each["id"] for each in found["data"]] == [one]


def test_its_platform_expands_the_payment_and_others_do_not_see_it() -> None:
    account, other = connected(), connected()
    transfer = sent(account, 6_00, source_transaction=paid()["latest_charge"])
    name = transfer["destination_payment"]
    shown_whole = done(PLATFORM.get(ROUTE["get_transfer"], transfer["id"], expand=["destination_payment.refunds"]))
    assert shown_whole["destination_payment"] == seen(GET_CHARGE, name, account, expand=["refunds"])
    reversal = taken_back(transfer["id"], expand=["destination_payment_refund"])
    assert reversal["destination_payment_refund"]["charge"] == name
    for headers in ({}, {"Stripe-Account": other}):
        assert wrong(PLATFORM.ask(GET_CHARGE, name, headers=headers)) == missing("id")
        refund = reversal["destination_payment_refund"]["id"]
        assert wrong(PLATFORM.ask(GET_REFUND, refund, headers=headers)) == missing("id")
    unknown = PLATFORM.ask(GET_REFUND, "pyr_" + "a" * 36, headers={"Stripe-Account": account})
    assert wrong(unknown) == missing("id")


@pytest.mark.parametrize("version", ["2020-08-27", "2022-11-15"])
def test_a_payment_in_earlier_versions(version: str) -> None:
    account = connected()
    transfer = sent(account, 6_00, source_transaction=paid()["latest_charge"])
    taken_back(transfer["id"])
    headers = {"Stripe-Account": account, "Stripe-Version": version}
    payment = done(PLATFORM.ask(GET_CHARGE, transfer["destination_payment"], headers=headers))
    assert ("refunds" in payment, payment["refunded"]) == (version == "2020-08-27", True)


def test_a_transfer_of_funds_is_a_payment_too() -> None:
    funded()
    account = connected()
    transfer = sent(account, 6_00)
    payment = seen(GET_CHARGE, transfer["destination_payment"], account, expand=["balance_transaction"])
    moved = payment["balance_transaction"]
    assert (moved["type"], moved["amount"], moved["source"]) == ("payment", 6_00, payment["id"])


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_source_that_cannot_be_transferred() -> None:
    account, shop = connected(), StripeMerchant()
    charge, held = paid()["latest_charge"], shop.held()["latest_charge"]
    theirs = StripeMerchant(OTHER_MERCHANT).paid()["latest_charge"]
    for params, refusal in [
        ({"source_transaction": theirs}, missing("source_transaction")),
        ({"source_transaction": "ch_1"}, missing("source_transaction")),
        ({"source_transaction": held}, (*INVALID, None, "source_transaction")),
        ({"source_transaction": charge, "amount": 10_01}, (*INVALID, None, "source_transaction")),
        ({"source_transaction": charge, "currency": "eur"}, (*INVALID, None, "currency")),
        ({"source_transaction": charge, "destination": connected(OTHER_MERCHANT)}, missing("destination")),
        ({"source_transaction": charge, "destination": connected(type="express")},
         (*INVALID, "insufficient_capabilities_for_transfer", "destination")),
    ]:  # fmt: skip
        whole = {"amount": 1_00, "currency": "usd", "destination": account, **params}
        assert wrong(PLATFORM.post(RESOURCE["create_transfer"], **whole)) == refusal
    assert done(PLATFORM.get(ROUTE["list_transfers"]))["data"] == []


def test_transfers_of_a_charge_never_exceed_it() -> None:
    account = connected()
    intent = paid(10_00)
    first = sent(account, 6_00, source_transaction=intent["latest_charge"])["id"]

    def refused(amount: int) -> str:
        whole = {"amount": amount, "currency": "usd", "destination": account}
        reply = PLATFORM.post(RESOURCE["create_transfer"], **whole, source_transaction=intent["latest_charge"])
        assert wrong(reply) == (*INVALID, None, "source_transaction")
        return reply.error["message"]

    assert refused(4_01) == (
        "Transfers using this transaction as a source must not exceed the source amount of $10.00. (There is already a "
        "transfer using this source, amounting to $6.00.)"
    )
    done(PLATFORM.post(CREATE_REFUND, payment_intent=intent["id"], amount=3_00))
    assert refused(1_01).endswith(
        "(There is already a transfer using this source, amounting to $6.00.) $3.00 of it was refunded or disputed: "
        "this sandbox transfers no more than what is left."
    )
    taken_back(first, amount=5_00)
    sent(account, 6_00, source_transaction=intent["latest_charge"])
    assert refused(1)
    audit()


def test_a_destination_charge_has_only_what_it_did_not_transfer() -> None:
    intent = paid_to(connected(), fee=None, transfer_data={"destination": connected(), "amount": 40_00})
    other = connected()
    sent(other, 10_00, source_transaction=intent["latest_charge"])
    reply = PLATFORM.post(
        RESOURCE["create_transfer"],
        amount=1,
        currency="usd",
        destination=other,
        source_transaction=intent["latest_charge"],
    )
    assert wrong(reply) == (*INVALID, None, "source_transaction")
    refund = PLATFORM.post(CREATE_REFUND, payment_intent=paid()["id"], reverse_transfer=True)
    assert wrong(refund) == (*INVALID, None, "reverse_transfer")


def test_a_refund_reverses_no_separate_transfer() -> None:
    """Stripe: "Separate charges and transfers" are refunded apart from each other."""
    intent = paid()
    transfer = sent(connected(), 6_00, source_transaction=intent["latest_charge"])["id"]
    refund = PLATFORM.post(CREATE_REFUND, payment_intent=intent["id"], reverse_transfer=True)
    assert wrong(refund) == (*INVALID, None, "reverse_transfer")
    done(PLATFORM.post(CREATE_REFUND, payment_intent=intent["id"]))
    assert shown(transfer)["amount_reversed"] == 0
    audit()


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_replay_is_the_first_answer_although_the_account_is_gone() -> None:
    account = connected()
    body = {"amount": 6_00, "currency": "usd", "destination": account, "source_transaction": paid()["latest_charge"]}
    first = PLATFORM.post(RESOURCE["create_transfer"], **body, key="k")
    done(PLATFORM.post(ROUTE["update_transfer"], done(first)["id"], description="later"))
    taken_back(done(first)["id"], amount=1_00)
    done(PLATFORM.ask(ROUTE["delete_account"], account))
    again = PLATFORM.post(RESOURCE["create_transfer"], **body, key="k")
    assert (again.text, again.replayed) == (first.text, True)
    assert shown(done(first)["id"])["amount_reversed"] == 1_00


def test_what_it_shows_of_a_reversal_and_of_its_replay() -> None:
    transfer = sent(connected(), 6_00, source_transaction=paid()["latest_charge"])["id"]
    first = PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer, amount=2_00, metadata={"a": "1"}, key="k")
    assert (done(first)["amount"], done(first)["metadata"]) == (2_00, {"a": "1"})
    rest = taken_back(transfer)
    assert rest["amount"] == 4_00
    again = PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer, amount=2_00, metadata={"a": "1"}, key="k")
    assert (again.text, again.replayed) == (first.text, True)
    assert done(PLATFORM.get(RESOURCE["get_transfer_reversal"], (transfer, rest["id"]))) == rest
    reply = PLATFORM.post(RESOURCE["create_transfer_reversal"], transfer)
    assert wrong(reply) == (*INVALID, None, None)
    assert reply.error["message"] == f"The transfer {transfer} is already fully reversed."
    audit()


def test_the_stream_stores_nothing_more_of_it(wire: Wire) -> None:
    """It is stored with its operation."""
    intent = paid()
    sent(connected(), 6_00, source_transaction=intent["latest_charge"])
    item = item_of(runtime.ledger(), payment_of_intent(intent["id"]) or "")
    assert item is not None
    payment = payment_from(item)
    *_, change = steps(payment)
    with wire.record() as published:
        store_shared(payment, change)
    assert published == []


# --- nights -----------------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_it_is_settled_with_its_charge_and_taken_back_after_it_was_paid_out(clock: Clock) -> None:
    house = SettlementScenario(clock, every_shard=True)
    seller, courier = connected(), connected()
    intent = paid(50_00)
    one = sent(seller, 30_00, source_transaction=intent["latest_charge"])["id"]
    sent(courier, 10_00, source_transaction=intent["latest_charge"])
    fee = 1_75  # the processor's
    assert (balance(), balance(seller), balance(courier)) == ((0, 10_00 - fee), (0, 30_00), (0, 10_00))
    batch = _settled(house)
    paid_out = {name: house.statement(batch, name).balances["USD"].paid_out for name in _merchants(seller, courier)}
    assert [*paid_out.values()] == [10_00 - fee, 30_00, 10_00]

    taken_back(one, amount=12_00)
    assert (balance(), balance(seller)) == ((0, 12_00), (0, -12_00))
    batch = _settled(house)
    assert house.statement(batch, _merchants(seller)[1]).balances["USD"].closing == -12_00
    assert house.statement(batch, MERCHANT).balances["USD"].paid_out == 12_00


def test_captures_of_a_held_charge_are_transferred_as_they_come() -> None:
    held = StripeMerchant().held(amount=10_00)
    account = connected()
    whole = {"amount": 5_00, "currency": "usd", "destination": account, "source_transaction": held["latest_charge"]}
    assert wrong(PLATFORM.post(RESOURCE["create_transfer"], **whole))[3] == "source_transaction"
    done(PLATFORM.post(CAPTURE_PAYMENT_INTENT, held["id"], amount_to_capture=5_00))
    done(PLATFORM.post(RESOURCE["create_transfer"], **whole))
    assert balance(account) == (0, 5_00)
    audit()


def _settled(house: SettlementScenario) -> str:
    house.night()
    outcome = house.settle()
    assert outcome.status == "SUCCEEDED", outcome
    audit()
    return house.latest().name


def _merchants(*accounts: str) -> list[str]:
    return [MERCHANT, *(merchant_of_account(account) or "" for account in accounts)]
