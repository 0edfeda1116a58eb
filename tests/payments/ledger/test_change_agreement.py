"""A change is defined once and interpreted twice: by DynamoDB as an update, by Python as `Change.apply`.

Any sequence of changes, on a real table and in a ledger in memory, must give the same payments, and the same refusals
for the same reasons. If the two differed, the rules tested in memory would not be those that move money.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.core.errors import Refused
from paysandbox.payments.payment import Payment, state_of
from paysandbox.settlement.business_day import BatchName, business_date
from paysandbox.settlement.fees import STANDARD_FEES, read_fees
from paysandbox.settlement.settlement import Batch, entries_of, settle
from tests.support.builders import build
from tests.support.builders.build import DAY, HOUR, OTHER_MERCHANT
from tests.support.builders.dispute_scenario import accepted, disputed, stepped, submitted
from tests.support.builders.payment_scenario import (
    Books,
    PaymentScenario,
    Step,
    capture,
    check,
    increment,
    named,
    refund,
    requested_by,
    void,
    wait,
)
from tests.support.builders.refund_scenario import does, planned
from tests.support.tools.tiers import SEEDS, seeds
from tests.support.worlds import tables
from tests.support.worlds.memory_ledger import MemoryLedger

LIVES, STEPS = 6, 30
FEES = read_fees(STANDARD_FEES)
KINDS = (
    *["capture", "refund of", "planned", "update", "increment"] * 2,
    "refund",
    "void",
    "wait",
    "settle",
    "stranger",
)
WITH_DISPUTES = (*KINDS, *["dispute", "respond", "respond"] * 3)


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    """One ledger for all lives; each has a payment of its own."""
    with tables.sandbox() as ledger:
        yield ledger


def settled() -> Step:
    """Put every operation recorded a day ago into a batch."""

    def step(scenario: PaymentScenario) -> Payment | None:
        # Read before it is recorded, as a settlement run does.
        seen, cutoff = scenario.held(), scenario.now - DAY
        entries = entries_of(seen, Batch(BatchName(business_date(cutoff)), cutoff), FEES)
        change = settle(seen, entries, request_id="settle", at=scenario.now) if entries else None
        return scenario.change(lambda _: change) if change else None

    return named(step, "settled")


def drawn(dice: Random, kinds: Sequence[str]) -> Step:  # noqa: C901 - one arm for each kind
    """Return any step, in most cases one that the payment accepts."""
    amount = dice.choice([None, 1, 2, 3, 5, 8])
    repeated = dice.choice([1, 2, 3]) if dice.random() < 0.1 else None
    currency = dice.choice(["EUR", "USD"]) if dice.random() < 0.1 else None
    match dice.choice(kinds):
        case "capture":
            return capture(amount, final=dice.random() < 0.1, currency=currency, repeated=repeated)
        case "increment":
            return increment(amount or 13, declined=dice.random() < 0.3, currency=currency, repeated=repeated)
        case "refund":
            return refund(amount, currency=currency, repeated=repeated)
        case "refund of":
            return refund(amount, of=dice.choice([1, 1, 2, 3]), currency=currency, repeated=repeated)
        case "planned":
            return planned(amount, of=dice.choice([None, 1, 1, 2]))
        case "update":
            return updated(dice.choice([1, 1, 2, 3]), dice.choice(["succeed", "fail", "require_action", "expire"]))
        case "dispute" | "respond" as kind:
            return of_dispute(dice, kind, amount)
        case "void":
            return void(repeated=repeated) if dice.random() < 0.2 else wait(HOUR)
        case "settle":
            return settled()
        case "stranger":
            return requested_by(OTHER_MERCHANT if dice.random() < 0.05 else build.MERCHANT)
        case _:
            return wait(dice.choice([HOUR, DAY]))


def updated(number: int, action: str) -> Step:
    """Let something happen to a refund, if there is one of this number."""

    def step(scenario: PaymentScenario) -> Payment | None:
        return does(action, number)(scenario) if len(state_of(scenario.held()).refunds) >= number else None

    return named(step, action, of=number)


def of_dispute(dice: Random, kind: str, amount: int | None) -> Step:
    """Return a step that opens a dispute, or happens to the latest one."""
    if kind == "dispute":
        return disputed(amount or 2, kind=dice.choice(["chargeback", "inquiry"]))
    actions = ("win", "win", "lose", "withdraw", "escalate", "escalate", "expire")
    return responded(dice.choice([submitted(), submitted(), accepted(), *map(stepped, actions)]))


def responded(answer: Step) -> Step:
    """Let something happen to the latest dispute, or open the first one."""

    def step(scenario: PaymentScenario) -> Payment | None:
        return (answer if state_of(scenario.held()).disputes else disputed(2))(scenario)

    return named(step, answer.__name__)


def opened(dice: Random, number: int) -> Payment:
    """Return any initial payment."""
    return build.authorized(
        20,
        payment_id=ids.payment_id("agreement", str(number)),
        automatic=dice.random() < 0.2,
        promised=dice.choice([None, None, 12]),
        declined=build.decline() if dice.random() < 0.05 else None,
    )


def outcome(scenario: PaymentScenario, step: Step) -> tuple[str, object]:
    """Return the result of a step: the payment, or the refusal with all its details."""
    try:
        step(scenario)
    except Refused as refused:
        return str(refused.code), (refused.detail, refused.param, refused.possible)
    return str(state_of(scenario.held()).status), scenario.held()


def outcomes(ledger: Ledger, numbers: Iterable[int], kinds: Sequence[str]) -> set[str]:
    """Let payments of these numbers live on the table and in memory. Returns what their steps led to."""
    current: set[str] = set()
    for number in numbers:
        dice = Random(number)
        payment = opened(dice, number)
        both: list[Ledger | Books] = [ledger, MemoryLedger()]
        on_table, in_memory = (PaymentScenario.open(books, payment) for books in both)
        for _ in range(STEPS):
            step = drawn(dice, kinds)
            told = outcome(on_table, step)
            assert outcome(in_memory, step) == told, step.__name__
            check(in_memory.held())
            current.add(told[0])
    return current


@pytest.mark.full
@pytest.mark.parametrize("seed", seeds(10, fast=1))
def test_dynamodb_and_python_apply_changes_alike(ledger: Ledger, seed: int) -> None:
    reached = outcomes(ledger, range(seed * LIVES, (seed + 1) * LIVES), KINDS)
    # If all changes were refused, they would prove nothing. Soak's lives are too few of too many to promise it.
    assert seed >= SEEDS or reached >= {
        "captured",
        "partially_refunded",
        "already_captured",
        "refund_exceeds_captured",
        "resource_not_found",
        "simulation_not_allowed",
    }


@pytest.mark.parametrize("seed", seeds(10, fast=0))
def test_they_apply_disputes_alike(ledger: Ledger, seed: int) -> None:
    reached = outcomes(ledger, range(100 + seed * LIVES, 100 + (seed + 1) * LIVES), WITH_DISPUTES)
    assert seed >= SEEDS or reached >= {
        "captured",
        "already_captured",
        "charge_disputed",
        "dispute_state_unexpected",
        "resource_not_found",
        "simulation_not_allowed",
    }


@pytest.mark.parametrize("lie", [lambda p: {"refundable": p.refundable + 1}, lambda p: {"version": p.version + 1}])
def test_a_wrong_ledger_is_detected(ledger: Ledger, lie: Callable[[Payment], dict[str, int]]) -> None:
    """The comparison itself must be able to fail."""
    payment = opened(Random(3), 999_999)
    memory = MemoryLedger()
    on_table, in_memory = PaymentScenario.open(ledger, payment), PaymentScenario.open(memory, payment)
    told = outcome(on_table, capture(5))
    outcome(in_memory, capture(5))
    held = memory.payments[payment.id]
    for name, value in lie(held).items():
        object.__setattr__(held, name, value)
    assert outcome(in_memory, wait(HOUR)) != told
