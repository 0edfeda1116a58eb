"""Hundreds of random programs of a payment with everything that the bank and the network do by themselves. Pure."""

import random

import pytest

from paysandbox.payments.disputes import steps as dispute_steps
from paysandbox.payments.simulation import bank_steps, refund_steps
from tests.support.bank_program import BankProgram
from tests.support.tiers import SEEDS, full_but

# Other tests run every line that this file runs; tracing would double its time.
pytestmark = pytest.mark.untraced

PROGRAMS = 100


@pytest.mark.parametrize("first", full_but(range(0, SEEDS * PROGRAMS, PROGRAMS), keep=lambda first: first == 0))
def test_programs_of_a_payment(first: int) -> None:
    """Uses the same programs every time."""
    for number in range(first, first + PROGRAMS):
        try:
            BankProgram.random(random.Random(number))
        except BaseException as failed:
            failed.add_note(f"in program {number}")
            raise


@pytest.mark.full
def test_random_programs_cover_every_operation() -> None:
    done = set[str]().union(*(BankProgram.random(random.Random(number)).done for number in range(150)))
    assert done >= {action.name for action in bank_steps.ACTIONS} | {"capture", "refund", "void", "simulate", "wait"}
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
        number = random.randrange(10**12)
        try:
            BankProgram.random(random.Random(number), steps=60)
        except BaseException as failed:
            failed.add_note(f"in program {number}")
            raise
