"""The first run of each sweep in a new execution environment, as after every move of the clock."""

from importlib import import_module

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.conditional_write import Ledger
from paysandbox.clock.due_sweeps import SWEEPS
from tests.support import tables
from tests.support.webhook_workers import LONG

GROUPS = {"expire_payments": "payments", "sweep_disbursements": "disbursements", "sweep_deliveries": "webhooks"}


@pytest.mark.parametrize("sweep", SWEEPS)
def test_threads_of_a_sweep_share_one_client(ledger: Ledger, sweep: str) -> None:
    """They would make one each: a cold start took twice as long, and a session is not safe for threads."""
    handler = import_module(f"{GROUPS[sweep]}.{sweep}").handler
    tables.forget()
    try:
        assert not handler({}, LONG)["more"]
        made = (runtime.ledger.cache_info().misses, runtime.dynamodb.cache_info().misses)
    finally:
        tables.forget()
    assert max(made) == 1
