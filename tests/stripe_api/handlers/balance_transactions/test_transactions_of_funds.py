"""Balance transactions of what moves funds, and that all of a merchant's add up to its balance, whatever happened."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.balance.journal_audit import JournalAudit
from paysandbox.balance.journal_scan import close_journal, journal_entries, merchants_in
from paysandbox.balance.recount import Recount
from paysandbox.core.payout_destination import PayoutDestination
from paysandbox.disbursements.funds_scan import audit_funds
from paysandbox.disbursements.steps import Step
from paysandbox.disbursements.store.tables import disbursements
from paysandbox.funds.available_table import read_available
from paysandbox.funds.journal_entry import opening_entry
from paysandbox.funds.journal_table import store_entry
from paysandbox.funds.tables import funds
from paysandbox.payments.ledger.items import key, payment_in
from paysandbox.payments.merchant_settings import change_choices
from paysandbox.payments.payment import FEE_KINDS, LineKind, state_of
from paysandbox.payments.simulation.settings import merchant_settings
from paysandbox.settlement.batch import StoredBatch
from paysandbox.settlement.batches import get_batch, latest_batch, statements_of
from paysandbox.settlement.payout_entries import payout_entries
from paysandbox.settlement.payout_schedule import WEEKDAYS
from paysandbox.settlement.settlement import Entry
from paysandbox.settlement.tables import batches
from paysandbox.stripe_api.routes import (
    CREATE_REFUND,
    GET_BALANCE,
    GET_BALANCE_TRANSACTION,
    LIST_BALANCE_TRANSACTIONS,
)
from tests.stripe_api.handlers.pages import Object, walked
from tests.stripe_api.handlers.payouts.payouts import paid_out, sweep
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import MERCHANT
from tests.support.clients.disbursement_requests import Payer, step
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, told, wrong
from tests.support.clients.transfers import (
    PLATFORM,
    charge_of,
    connected,
    funded,
    paid_direct,
    paid_to,
    sent,
    taken_back,
)
from tests.support.tools.ledger_audit import audit
from tests.support.tools.tiers import seeds
from tests.support.worlds import table_snapshot
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario

DISPUTED = (LineKind.CHARGEBACK, LineKind.CHARGEBACK_REVERSAL)


def of_account(account: str | None) -> dict[str, str]:
    return {"Stripe-Account": account} if account else {}


def listed(account: str | None = None, **params: Any) -> list[Object]:
    """Return a merchant's balance transactions, newest first, page by page."""
    every: list[Object] = []
    while True:
        after = {"starting_after": every[-1]["id"]} if every else {}
        asked = {"limit": 100, **params, **after}
        page = done(PLATFORM.ask(LIST_BALANCE_TRANSACTIONS, None, asked, headers=of_account(account)))
        every += page["data"]
        if not page["has_more"] or "limit" in params:
            return every


def shown(account: str | None = None, **params: Any) -> list[tuple[Any, ...]]:
    every = listed(account, **params)
    return [(one["type"], one["amount"], one["fee"], one["source"], one["reporting_category"]) for one in every]


def balance(account: str | None = None) -> tuple[int, int]:
    """Return what is available and pending in USD."""
    body = done(PLATFORM.ask(GET_BALANCE, headers=of_account(account)))
    available, pending = (
        sum(part["amount"] for part in body[name] if part["currency"] == "usd") for name in ("available", "pending")
    )
    return available, pending


def sums(account: str | None = None) -> tuple[int, int]:
    """Return the sums of a merchant's balance transactions in USD: of those that are available, and pending."""
    every = listed(account, currency="usd")
    available, pending = (
        sum(one["net"] for one in every if one["status"] == status) for status in ("available", "pending")
    )
    return available, pending


# --- each of them -----------------------------------------------------------------------------------------------------


def test_a_transfer_and_its_reversal_for_both_merchants() -> None:
    funded(100_00)
    account = connected()
    transfer = sent(account, 40_00)
    reversal = taken_back(transfer["id"], amount=15_00)
    payment, refund = transfer["destination_payment"], reversal["destination_payment_refund"]
    assert shown()[:2] == [
        ("transfer_refund", 15_00, 0, reversal["id"], "transfer_reversal"),
        ("transfer", -40_00, 0, transfer["id"], "transfer"),
    ]
    assert shown(account) == [
        ("payment_refund", -15_00, 0, refund, "refund"),
        ("payment", 40_00, 0, payment, "charge"),
    ]
    for source, of in ((transfer["id"], None), (reversal["id"], None), (payment, account), (refund, account)):
        assert [one["source"] for one in listed(of, source=source)] == [source]
    assert listed(account, source=transfer["id"]) == listed(source=payment) == []


@pytest.mark.parametrize(
    "outcome, type_of_return", [("payout=no_account", "payout_failure"), (None, "payout_cancel"), ("payout=paid", None)]
)
def test_a_payout_and_what_gives_it_back(outcome: str | None, type_of_return: str | None) -> None:
    funded(100_00)
    payout = paid_out(outcome=outcome)["id"]
    done(PLATFORM.post(RESOURCE["cancel_payout"], payout)) if outcome is None else sweep()
    back = [(type_of_return, 40_00, 0, payout, "payout_reversal")] if type_of_return else []
    assert shown(source=payout) == [*back, ("payout", -40_00, 0, payout, "payout")]
    seen = done(
        PLATFORM.get(RESOURCE["get_payout"], payout, expand=["balance_transaction", "failure_balance_transaction"])
    )
    assert seen["balance_transaction"] == listed(type="payout")[0]
    if type_of_return:
        assert seen["failure_balance_transaction"] == listed(type=type_of_return)[0]
    assert sums() == balance() == ((100_00 if back else 60_00), 0)


def test_a_top_up_and_disbursements_are_of_no_object() -> None:
    payer = Payer()
    paid, failed = payer.ready(100_00).accepted(), payer.accepted()
    step(paid, Step.SEND, Step.PAY)
    step(failed, Step.SEND, Step.FAIL)
    every = listed()
    assert [(one["type"], one["net"], one["source"], one["description"]) for one in every] == [
        ("adjustment", 12_50, None, f"Return of disbursement {failed}"),
        ("adjustment", -12_50, None, f"Disbursement {failed}"),
        ("adjustment", -12_50, None, f"Disbursement {paid}"),
        ("topup", 100_00, None, "Top-up of the sandbox"),
    ]
    assert [done(PLATFORM.get(GET_BALANCE_TRANSACTION, one["id"])) for one in every] == every
    assert sums() == balance() == (87_50, 0)


def test_each_is_found_by_its_id_and_only_by_its_merchant() -> None:
    funded(100_00)
    account = connected()
    transfer = sent(account)
    taken_back(transfer["id"])
    paid_out()
    for of in (None, account):
        for one in listed(of):
            assert done(PLATFORM.ask(GET_BALANCE_TRANSACTION, one["id"], headers=of_account(of))) == one
            assert wrong(StripeMerchant("stranger").get(GET_BALANCE_TRANSACTION, one["id"])) == missing("id")
    theirs = listed(account)[0]["id"]
    assert wrong(PLATFORM.get(GET_BALANCE_TRANSACTION, theirs)) == missing("id")


def test_what_a_transfer_expands_to() -> None:
    funded(100_00)
    account = connected()
    transfer = sent(account)
    taken_back(transfer["id"])
    paths = ["balance_transaction", "destination_payment.balance_transaction", "reversals.data.balance_transaction"]
    seen = done(PLATFORM.get(RESOURCE["get_transfer"], transfer["id"], expand=paths))
    assert seen["balance_transaction"]["amount"] == -40_00
    assert seen["destination_payment"]["balance_transaction"]["type"] == "payment"
    assert seen["reversals"]["data"][0]["balance_transaction"]["type"] == "transfer_refund"
    (moved, *_) = listed(type="transfer", expand=["data.source"])
    assert moved["source"]["object"] == "transfer"


def test_an_id_that_is_nearly_one() -> None:
    for name in (
        "txn_",
        "txn_" + "a" * 26 + "x",
        "txn_" + "a" * 26 + "t",
        "txn_20261122114703123456abcdefghijd5",
        "txn_x",
    ):
        assert wrong(PLATFORM.get(GET_BALANCE_TRANSACTION, name)) == missing("id")


def test_what_deleted_payments_moved_stays_in_the_list() -> None:
    """Payments are deleted after their retention: what they moved has no source then, and still adds up."""
    account = connected()
    PLATFORM.refund(PLATFORM.paid(amount=20_00)["id"], amount=5_00)
    simulate(PLATFORM.paid(amount=10_00)["id"], "dispute")
    paid_to(account, amount=30_00)
    told()
    before = {of: listed(of) for of in (None, account)}
    for item in table_snapshot.items():
        runtime.ledger().client.delete_item(TableName=runtime.ledger().table, Key=key(item[PARTITION_KEY]["S"]))
    for of, every in before.items():
        gone = [{**one, "source": None, "description": about(one), "status": "available"} for one in every]
        left = listed(of)
        assert [{**one, "available_on": 0} for one in left] == [{**one, "available_on": 0} for one in gone]
        assert sum(balance(of)) == sum(one["net"] for one in left)
        for one in left:
            assert done(PLATFORM.ask(GET_BALANCE_TRANSACTION, one["id"], headers=of_account(of))) == one
        following = listed(of, limit=2, starting_after=left[0]["id"])
        assert following == left[1:3]
    assert wrong(PLATFORM.get(GET_BALANCE_TRANSACTION, f"txn_{'a' * 36}")) == missing("id")


def test_an_opening_entry_is_an_adjustment_of_no_object() -> None:
    store_entry(funds(), opening_entry(MERCHANT, "USD", 5_00))
    (opened,) = listed()
    assert (opened["type"], opened["net"], opened["source"], opened["created"]) == ("adjustment", 5_00, None, 0)
    assert done(PLATFORM.get(GET_BALANCE_TRANSACTION, opened["id"])) == opened


def about(one: Object) -> str | None:
    """What is said of a transaction without its payment."""
    return "Chargeback withdrawal" if one["reporting_category"] == "dispute" else None


# --- how much is read -------------------------------------------------------------------------------------------------


def test_the_history_changes_nothing_in_what_is_read(wire: Wire) -> None:
    def calls() -> list[tuple[str, ...]]:
        made: list[tuple[str, ...]] = []
        for ask in (balance, lambda: listed(limit=3)):
            with wire.record() as recorded:
                ask()
            made.append(tuple(each.operation for each in recorded if each.operation != "GetSecretValue"))
        return made

    for _ in range(4):
        PLATFORM.paid()
    told()
    few = calls()
    for _ in range(30):
        PLATFORM.refund(PLATFORM.paid()["id"])
    told()
    assert calls() == few
    assert few[0] == ("Query",)


# --- the identity -----------------------------------------------------------------------------------------------------


class Shop:
    """A platform with two accounts, to which anything happens that moves money."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self.house = SettlementScenario(clock, every_shard=True)
        self.random = random
        self.accounts = [connected(), connected()]
        self.intents: list[Object] = []
        self.transfers: list[str] = []
        self.payouts: list[tuple[str | None, str]] = []

    @property
    def account(self) -> str:
        return self.random.choice(self.accounts)

    def pay(self) -> None:
        self.intents.append(PLATFORM.paid(amount=self.random.randint(50, 90_00)))

    def pay_early(self) -> None:
        self.intents.append(
            PLATFORM.paid(amount=self.random.randint(50, 90_00), payment_method="pm_card_bypassPending")
        )

    def pay_to_account(self) -> None:
        self.intents.append(paid_to(self.account, amount=self.random.randint(10_00, 90_00)))

    def pay_account(self) -> None:
        paid_direct(self.account, fee=self.random.randint(1, 5_00))

    def refund(self) -> None:
        if self.intents:
            body = {"payment_intent": self.random.choice(self.intents)["id"], "amount": self.random.randint(1, 9_00)}
            PLATFORM.post(CREATE_REFUND, **body)

    def dispute(self) -> None:
        if self.intents:
            simulate(self.random.choice(self.intents)["id"], "dispute")

    def decide(self) -> None:
        payments = [payment for item in table_snapshot.items() if (payment := payment_in(item)) is not None]
        if disputes := sorted(dispute for payment in payments for dispute in state_of(payment).disputes):
            simulate(self.random.choice(disputes), self.random.choice(["win", "lose", "escalate"]))

    def return_fee(self) -> None:
        shared = [intent for intent in self.intents if intent["transfer_data"]]
        if shared and (fee := charge_of(self.random.choice(shared))["application_fee"]):
            PLATFORM.post(RESOURCE["create_fee_refund"], fee, amount=1)

    def fund(self) -> None:
        funded(self.random.randint(1, 50_00))

    def transfer(self) -> None:
        body: dict[str, Any] = {"amount": self.random.randint(1, 30_00), "currency": "usd", "destination": self.account}
        if self.intents and self.random.random() < 0.5:
            body["source_transaction"] = self.random.choice(self.intents)["latest_charge"]
        reply = PLATFORM.post(RESOURCE["create_transfer"], **body)
        if reply.status == 200:
            self.transfers.append(reply.json["id"])

    def reverse(self) -> None:
        if self.transfers:
            PLATFORM.post(
                RESOURCE["create_transfer_reversal"],
                self.random.choice(self.transfers),
                amount=self.random.randint(1, 9_00),
            )

    def pay_out(self) -> None:
        outcome = self.random.choice(["payout=paid", "payout=no_account", None])
        body: dict[str, Any] = {"amount": self.random.randint(1, 20_00), "currency": "usd"}
        body["metadata"] = {"sandbox_outcome": outcome} if outcome else {}
        account = self.random.choice([None, *self.accounts])
        reply = PLATFORM.ask(RESOURCE["create_payout"], None, body, headers=of_account(account))
        if reply.status == 200:
            self.payouts.append((account, reply.json["id"]))

    def cancel(self) -> None:
        if self.payouts:
            account, payout = self.random.choice(self.payouts)
            PLATFORM.ask(RESOURCE["cancel_payout"], payout, {}, headers=of_account(account))

    def schedule(self) -> None:
        schedule = {
            "interval": self.random.choice(["daily", "weekly", "monthly", "manual"]),
            "weekly_anchor": self.random.choice(WEEKDAYS),
            "monthly_anchor": self.random.randint(1, 31),
        }
        done(PLATFORM.post(RESOURCE["update_account"], self.account, settings={"payouts": {"schedule": schedule}}))

    def keep(self) -> None:
        change_choices(merchant_settings(), MERCHANT, payout_destination=self.random.choice([*PayoutDestination]))

    def sweep(self) -> None:
        sweep()

    def night(self) -> None:
        self.house.night()
        assert self.house.settle().status == "SUCCEEDED"


EVENTS: tuple[Callable[[Shop], None], ...] = (
    *[Shop.pay] * 3, *[Shop.pay_to_account] * 3, Shop.pay_account, *[Shop.refund] * 3, *[Shop.transfer] * 3,
    *[Shop.reverse] * 2, Shop.fund, Shop.return_fee, *[Shop.pay_out] * 2, Shop.cancel, Shop.sweep, *[Shop.night] * 2,
    Shop.pay_early, Shop.schedule, Shop.keep, Shop.dispute, Shop.decide,
)  # fmt: skip


@pytest.mark.parametrize("seed", seeds(8, fast=1))
def test_balance_transactions_add_up_to_the_balance(seed: int, clock: Clock) -> None:
    check_history(seed, 60, clock)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
def test_they_add_up_after_a_long_history(clock: Clock) -> None:
    check_history(8, 2_000, clock)


def check_history(seed: int, events: int, clock: Clock) -> None:
    """Let random events happen, and check the balances after each twelfth of them, and at last."""
    shop = Shop(clock, Random(seed))
    for number in range(events):
        shop.random.choice(EVENTS)(shop)
        if number % (events // 12) == 0:
            told()
            for account in (None, *shop.accounts):
                assert balance(account) == sums(account), (number, account)
            audit_balances()
    shop.night()
    told()
    for account in (None, *shop.accounts):
        assert balance(account) == sums(account)
        every = walked(LIST_BALANCE_TRANSACTIONS, limit=7) if account is None else []
        assert len({*every}) == len(every)
    between = [one for of in (None, *shop.accounts) for one in listed(of) if is_between(one)]
    assert sum(one["amount"] for one in between) == 0
    audit()
    audit_balances()
    audit_lines(shop.house)


def audit_lines(house: SettlementScenario) -> None:
    """Each line of a batch is of one balance transaction: its own, or a dispute's, whose fee is another line.

    The lines of a transaction sum to its net. Those without one sum to 0 by payment, as an amount that was never taken.
    """
    entered = {(entry.merchant, entry.id): entry for entry in journal_entries(funds())}
    of_payments: dict[tuple[str, str], list[Entry]] = {}
    for line in house.entries():
        of_payments.setdefault((line.merchant, line.payment_id), []).append(line)
    for (merchant, _), lines in of_payments.items():
        nets = Counter[str]()
        for line in lines:
            nets[transaction_of(line, lines)] += line.net
        without = [net for name, net in nets.items() if (merchant, name) not in entered]
        assert sum(without) == 0, lines
        for name, net in nets.items():
            if (merchant, name) in entered:
                assert entered[merchant, name].net == net, lines


def transaction_of(line: Entry, lines: Sequence[Entry]) -> str:
    """Return the ID of the balance transaction of a line: of a dispute's fee, that of the amount at the same time."""
    if line.kind not in FEE_KINDS:
        return line.operation_id
    (of_amount,) = (one for one in lines if one.occurred_at == line.occurred_at and one.kind in DISPUTED)
    return of_amount.operation_id


def audit_balances() -> None:
    """Compare what is available with funds, movements, disbursements and batches, as `paysandbox audit` does."""
    assert audit_funds(disbursements(), look_again=lambda: False).breaks == []
    audited = JournalAudit()
    for item in table_snapshot.items():
        if (payment := payment_in(item)) is not None:
            audited.take_payment(payment)

    def read_batches() -> None:
        for batch in batches_of():
            for statement in statements_of(batches(), batch.name):
                for entry in payout_entries(batch, statement):
                    audited.take_payout(entry)
                for currency, of in statement.balances.items():
                    audited.take_balance(
                        statement.merchant, currency, net=of.net, to_funds=of.to_funds, closing=of.closing
                    )

    breaks = close_journal(audited, runtime.ledger(), funds(), read_batches, look_again=lambda: False)
    assert breaks == []
    audit_recount()


def audit_recount() -> None:
    """Compare what merchants have available with what a rebuild counts."""
    recount = Recount()
    for entry in journal_entries(funds()):
        recount.take_entry(entry)
    for batch in batches_of():
        for statement in statements_of(batches(), batch.name):
            for of in statement.balances.values():
                recount.take_balance(batch.name, of)
    for item in table_snapshot.items():
        if (payment := payment_in(item)) is not None:
            recount.take_early(payment)
    for merchant in merchants_in(funds()):
        stored, counted = read_available(funds(), merchant), recount.available(merchant)
        assert (stored.batch, stored.of) == (counted.batch, counted.of), merchant


def batches_of() -> list[StoredBatch]:
    """Return all batches, oldest first."""
    every: list[StoredBatch] = []
    batch = latest_batch(batches())
    while batch is not None:
        every.insert(0, batch)
        batch = get_batch(batches(), batch.before) if batch.before else None
    return every


def is_between(one: Object) -> bool:
    """Return whether a balance transaction is one of two that two merchants have."""
    kinds = ("transfer", "transfer_refund", "payment", "payment_refund", "application_fee", "application_fee_refund")
    return one["type"] in kinds
