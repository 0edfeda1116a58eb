"""Hundreds of random programs of a payment with everything that the bank and the network do by themselves. Pure."""

import random

import pytest

from paysandbox.payments.disputes import steps as dispute_steps
from paysandbox.payments.simulation import bank_steps, refund_steps
from tests.payments.simulation.bank_program import BankProgram

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

FEW, MANY = range(50), range(50, 200)
"""The same programs every time."""
LONG = 60
"""The number of steps of a long program."""
RARE = {72079173286: "win after a withdrawal", 377041463772: "pre-arbitration"}
"""Long programs, with what happens in few others. In the second, a refund fails before the bank contests a dispute."""


def done_by(number: int, *, steps: int = 25) -> set[str]:
    """Run a program, and return what it did."""
    try:
        return BankProgram.random(random.Random(number), steps=steps).done
    except BaseException as failed:
        failed.add_note(f"in program {number}")
        raise


def test_programs_of_a_payment() -> None:
    for number in FEW:
        assert done_by(number)


@pytest.mark.full
def test_programs_with_rare_events() -> None:
    for number, event in RARE.items():
        assert event in done_by(number, steps=LONG)


@pytest.mark.full
def test_random_programs_cover_every_operation() -> None:
    done = set[str]().union(*map(done_by, MANY))
    assert done >= {action.name for action in bank_steps.ACTIONS} | {
        "capture",
        "increment",
        "refund",
        "void",
        "simulate",
        "wait",
    }
    assert done >= {f"refund: {action.name}" for action in refund_steps.ACTIONS}
    assert done >= {f"dispute: {action.name}" for action in dispute_steps.ACTIONS}
    assert done >= {"win by a timer", "lose by a timer", "escalate by a timer"}
    assert done >= {
        "planned dispute",
        "submit",
        "accept",
        "pre-arbitration",
        "refund during an inquiry",
        "refund that ends an inquiry",
        "pending refund that ends an inquiry",
    }


@pytest.mark.soak
def test_many_long_programs() -> None:
    """Uses different programs every time."""
    for _ in range(20_000):
        done_by(random.randrange(10**12), steps=LONG)
