"""Random sequences of changes to intents: the table and an in-memory ledger must give the same refusals and payments.

After every step the payment passes the audit and the invariants that tests check of every payment. A decision may use a
state read some steps earlier, as when requests overtake each other.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.core.errors import Refused
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.bank.acquirer import AwaitsBank, AwaitsCardholder
from paysandbox.payments.change import Change
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.ledger.store import change_payment, get_payment, put_payment
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment, state_of
from paysandbox.stripe_api.ids import operation_of_refund
from paysandbox.stripe_api.objects.refund import refunds_of
from paysandbox.stripe_api.objects.render import render_charge, render_refund
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.support.builders import intents
from tests.support.builders.build import PAYMENT_ID
from tests.support.builders.intents import (
    ANOTHER_CARD,
    CARD,
    INCREMENTAL,
    Decide,
    attempt,
    begin,
    cancel,
    capture,
    increment,
    note,
    refund,
    refund_later,
    revise,
    simulate,
    terms,
)
from tests.support.builders.payment_scenario import check
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.memory_ledger import MemoryLedger

RUNS, STEPS = 16, 25
CHANGES = [
    *["revise", "note", "cancel", "attempt"],
    *["begin", "step", "capture", "later"] * 2,
    *["step", "capture", "refund", "increment", "increment"],
]
STEPS_OF_OTHERS: list[tuple[str, dict[str, str]]] = [
    ("authenticate", {"result": "Y"}),
    ("authenticate", {"result": "Y"}),
    ("authenticate", {"result": "N"}),
    ("authenticate", {"result": "D"}),
    ("approve", {}),
    ("decline", {"code": "lost_card"}),
    ("expire", {}),
    ("reverse", {"amount": "3"}),
    ("fraud_warning", {}),
    ("succeed", {}),
    ("fail", {}),
    ("require_action", {}),
]
"""Steps of a bank, the network or the cardholder."""


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """Provide one ledger for all runs: each run overwrites the previous run's payment."""
    with tables.sandbox() as ledger:
        yield ledger


@dataclass
class Run:
    """One intent in both ledgers, and its states read so far. `dice` decides each step."""

    dice: Random
    table: Ledger
    memory: MemoryLedger = field(default_factory=MemoryLedger)
    seen: list[Payment] = field(default_factory=list[Payment])
    steps: list[Decide] = field(default_factory=list[Decide])
    outcomes: list[str] = field(default_factory=list[str])

    def open(self) -> None:
        """Write an intent, unconfirmed or confirmed at once."""
        automatic = self.dice.random() < 0.3
        method = CARD if self.dice.random() < 0.8 else None
        options = {"payment_method_options": INCREMENTAL}
        payment = intents.opened(20, method, automatic=automatic, **options)
        if self.dice.random() < 0.3:
            payment = intents.attempted(20, self.dice.choice(["00", "51"]), automatic=automatic)
        self.table.client.put_item(TableName=self.table.table, Item=payment_item(payment))
        self.memory.put(payment)
        self.seen.append(payment)

    def step(self, number: int) -> None:
        """Make a new change or repeat an earlier one, on the current state or an earlier one."""
        again = self.steps and self.dice.random() < 0.15
        step = self.dice.choice(self.steps) if again else self.another(number)
        self.steps.append(step)
        seen = self.seen[-1] if self.dice.random() < 0.8 else self.dice.choice(self.seen)
        decide = step(seen)
        on_table = told(lambda: change_payment(self.table, decide))
        assert told(lambda: self.memory.change(PAYMENT_ID, decide)) == on_table
        held = get_payment(self.table, PAYMENT_ID)
        assert held == self.memory.payments[PAYMENT_ID]
        assert held is not None
        check(held)
        assert breaks_of(held) == ()
        check_as_shown(held)
        self.outcomes.append(on_table if isinstance(on_table, str) else str(state_of(held).status))
        self.seen.append(held)

    def noted(self) -> str | None:
        """Return metadata, or None."""
        return self.dice.choice([None, '{"a":"b"}'])

    def another(self, number: int) -> Decide:
        """Return a random change, mostly one that moves money."""
        amount = self.dice.choice([1, 2, 3, 5, 8, 41, 41, None, None])
        match self.dice.choice(CHANGES):
            case "revise":
                card = self.dice.choice([CARD, ANOTHER_CARD, None])
                options = {"payment_method_options": self.dice.choice([INCREMENTAL, INCREMENTAL, None])}
                return revise(terms(self.dice.choice([20, 20, 17]), card, **options), number)
            case "attempt":
                return attempt(self.dice.choice(["00", "51"]), number, method=self.dice.choice([CARD, None]))
            case "capture":
                return capture(amount, number, final=self.dice.random() < 0.1)
            case "increment":
                declined = self.dice.random() < 0.3
                return increment(self.dice.choice([0, 1, 3]), number, declined=declined, metadata=self.noted())
            case "refund":
                return refund(amount, number)
            case "begin":
                wait, soft = self.dice.choice(
                    [(AwaitsBank, False), (AwaitsCardholder, False), (AwaitsCardholder, True)]
                )
                return begin(wait, number, method=self.dice.choice([CARD, None]), soft=soft)
            case "step":
                action, arguments = self.dice.choice(STEPS_OF_OTHERS)
                return simulate(action, number, **arguments)
            case "later":
                return refund_later(amount, number)
            case "note":
                return note(self.noted(), number)
            case _:
                return cancel(number) if self.dice.random() < 0.4 else refund(1, number)


def told(change: Callable[[], Payment]) -> Payment | str:
    """Return the payment after a change, or the code of its refusal."""
    try:
        return change()
    except Refused as refused:
        return str(refused.code)


def check_as_shown(payment: Payment) -> None:
    """Check the amounts that Stripe's objects show: a charge's refunds, and before basil what was released too."""
    state = state_of(payment)
    for version, released in ((STRIPE_VERSION, 0), (BEFORE_BASIL, state.released)):
        refunds = [render_refund(payment, one, version=version) for one in refunds_of(payment, version)]
        assert len({refund["id"] for refund in refunds}) == len(refunds)
        assert {operation_of_refund(refund["id"]) for refund in refunds} == set(refunds_of(payment, version))
        for each in (one for one in payment.operations if isinstance(one, Authorization)):
            charge = render_charge(payment, each.id, expand=["refunds"], version=version)
            mine = [] if each.decline else refunds
            assert charge["refunds"]["data"] == mine
            kept = [refund["amount"] for refund in mine if refund["status"] not in ("failed", "canceled")]
            assert charge["amount_refunded"] == sum(kept) <= charge["amount"]
            if not each.decline:
                assert charge["amount"] == charge["amount_captured"] + state.released + state.remaining
                assert charge["amount_refunded"] == released + state.refunded + state.refund_pending
                whole = charge["amount" if version == BEFORE_BASIL else "amount_captured"]
                assert charge["refunded"] == (0 < charge["amount_refunded"] == whole)


@pytest.mark.full
def test_any_run_is_the_same_in_both_ledgers_and_sound(ledger: Ledger) -> None:
    current: set[str] = set()
    for first in range(RUNS):
        run = Run(Random(first), ledger)
        run.open()
        for number in range(1, STEPS + 1):
            run.step(number)
        current |= {*run.outcomes}
    # If all were refused, the runs would prove nothing.
    assert current >= {
        "pending",
        "declined",
        "approved",
        "captured",
        "partially_refunded",
        "refunded",
        "voided",
        "requires_action",
        "processing",
        "simulation_not_allowed",
        "intent_state_unexpected",
        "increment_unavailable",
        "partially_captured",
        "payment_pending",
        "capture_exceeds_authorized",
        "refund_exceeds_captured",
    }


@pytest.fixture
def wired(ledger: Ledger) -> Iterator[Ledger]:
    """Provide the ledger behind a wire that delivers one call at a time: moto is not thread-safe."""
    Wire().attach(ledger.client)
    yield ledger
    tables.forget()


@pytest.mark.parametrize("automatic", [False, True])
def test_of_twenty_attempts_at_once_one_is_recorded(wired: Ledger, automatic: bool) -> None:
    payment = intents.opened(20, automatic=automatic)
    wired.client.put_item(TableName=wired.table, Item=payment_item(payment))
    decisions: list[Callable[[Payment | None], Change]] = [attempt(number=number)(payment) for number in range(1, 21)]
    with ThreadPoolExecutor(20) as pool:
        outcomes = [*pool.map(lambda decide: told(lambda: change_payment(wired, decide)), decisions)]

    held = get_payment(wired, PAYMENT_ID)
    assert held is not None
    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 1
    assert {outcome for outcome in outcomes if isinstance(outcome, str)} == {"intent_state_unexpected"}
    assert state_of(held).authorized == 20
    check(held)


def test_an_intent_is_listed_under_the_card_of_its_last_attempt(ledger: Ledger) -> None:
    payment = intents.opened(20)
    item = payment_item(payment)
    assert "card_key" not in item
    ledger.client.delete_item(TableName=ledger.table, Key={"transaction_id": item["transaction_id"]})
    put_payment(ledger, payment)
    for number, card in enumerate((CARD, ANOTHER_CARD), start=1):
        seen = get_payment(ledger, PAYMENT_ID)
        assert seen is not None
        change_payment(ledger, attempt("51", number, method=card)(seen))
        (held,) = [one for one in tables.items(ledger).values() if one["transaction_id"]["S"] == PAYMENT_ID]
        shard = held["card_key"]["S"].partition("#")[2]
        assert held["card_key"]["S"] == f"{card.card.card_id}#{shard}"
        assert int(shard, 16) == ids.shard_of(PAYMENT_ID, 16)
