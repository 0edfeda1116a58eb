"""A home that was begun by a version without a journal of balances: its next start enters what was moved, once."""

from typing import Any, Final

import pytest

from cli.sandbox import engine
from cli.state.state_dir import StateDir, read_json, write_json
from paysandbox.aws.schema import FUNDS_KEY, FUNDS_SORT, JOURNAL
from tests.e2e.conftest import Sandbox
from tests.support.clients.stripe_sdk import sdk_on

pytestmark = pytest.mark.full  # it starts a sandbox of its own twice

STEP: Final = "balance transactions of an earlier version entered"


def seen(v1: Any) -> tuple[Any, list[Any]]:
    """Return the balance, and all balance transactions."""
    return v1.balance.retrieve().to_dict(), [
        each.to_dict() for each in v1.balance_transactions.list().auto_paging_iter()
    ]


def without_journal(sandbox: Sandbox) -> int:
    """Make the home one of an earlier version. Return how many items its journal had."""
    client = sandbox.target.client("dynamodb")
    table = sandbox.target.outputs("data")["FundsTable"]
    items = [item for item in client.scan(TableName=table)["Items"] if item[FUNDS_KEY]["S"].startswith(JOURNAL)]
    for item in items:
        client.delete_item(TableName=table, Key={name: item[name] for name in (FUNDS_KEY, FUNDS_SORT)})
    sandbox.run("down")
    record = StateDir(sandbox.home).record_file
    write_json(record, {name: fact for name, fact in read_json(record).items() if name != "has_journal"})
    return len(items)


def test_the_next_start_enters_what_was_moved_once(own_sandbox: Sandbox) -> None:
    made = own_sandbox.json("keys", "create", "--merchant", "acme", "--plan", "load")
    with sdk_on(own_sandbox.base_url, made["api_key"]) as sdk:
        v1 = sdk.v1
        paid: Any = {"amount": 10_00, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        paid |= {"return_url": "https://shop.example/"}
        first, *_ = [v1.payment_intents.create(paid) for _ in range(3)]
        v1.refunds.create({"payment_intent": first.id, "amount": 1_00})
        own_sandbox.run("settlements", "run", "--now", "--wait")
        v1.payment_intents.create(paid)
        own_sandbox.run("disbursements", "fund", "50", "--merchant", "acme")
        before = seen(v1)
        assert len(before[1]) >= 6
        removed = without_journal(own_sandbox)
        assert removed > len(before[1]), "the sums too"

        started = own_sandbox.run("up", "--port", str(own_sandbox.port))
        assert STEP in started.stderr
        assert seen(v1) == before
        # A kill does not lose what the record says is there.
        engine.kill(StateDir(own_sandbox.home))
        assert STEP not in own_sandbox.run("up", "--port", str(own_sandbox.port)).stderr
        assert seen(v1) == before
    own_sandbox.run("audit")
