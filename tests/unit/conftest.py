"""What unit tests ask for by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from paysandbox.aws.conditional_write import Ledger
from paysandbox.payments.payment import Payment, state_of
from tests.support import tables

# Examples are the same on every machine, and no slow neighbour fails a test.
settings.register_profile(
    "paysandbox", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("paysandbox")


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """An empty ledger in an AWS of its own."""
    with tables.sandbox() as empty:
        yield empty


def pytest_make_parametrize_id(val: Any) -> str | None:
    """Tables of cases by what they say: steps by their names, a payment by its status."""
    if isinstance(val, Payment):
        return str(state_of(val).status)
    if isinstance(val, list) and all(callable(step) for step in val):
        return ", ".join(step.__name__ for step in val) or "at first"
    return None


TRACED_HERE = {"fees", "business_day", "settlement", "settlement_close", "settlement_report", "reconciliation"}
"""Rooms of which the workers' tests run only what goes well: their own tests are the only ones that see what they
refuse (84 % of the books' check without them), and of the reconciliation, which no function has, anything at all."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The handlers' tests run every line of the other rooms again, and tracing doubles the time of a test."""
    here = Path(__file__).parent
    for item in items:
        if item.path.stem.removeprefix("test_") in TRACED_HERE:
            continue
        if here / "domain" in item.path.parents or here / "table" in item.path.parents:
            item.add_marker(pytest.mark.no_cover)
