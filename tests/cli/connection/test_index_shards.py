"""What the program itself stores is where the functions of its target look for it: here in the first shard."""

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.connection.target import Target
from cli.dead_letters.dead_letter_queue import WAIT_S
from cli.deploy.installation import ROOT
from cli.disbursements.tables import disbursements_table
from cli.payments.disputes_table import disputes_table
from cli.payments.timers_table import timers_table
from cli.request_log.dead_batches import redrive_batches
from paysandbox.aws.schema import (
    DISBURSEMENTS,
    DISPUTES,
    FEED,
    INDEX_SHARDS,
    MERCHANT_FUNDS,
    REQUEST_LOG,
    TIMERS,
)
from paysandbox.disbursements.store.disbursements_table import accept
from paysandbox.disputes.dispute_audit import dispute_rows_in
from paysandbox.disputes.disputes_table import store_disputes
from paysandbox.funds.funds_table import add_funding
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.timers.timer import timers_of
from paysandbox.payments.timers.timers import store_timers
from tests.request_log.workers.test_store_requests import delivery, line
from tests.support.builders import build, disputes
from tests.support.builders.disbursements import accepted, funding
from tests.support.worlds import tables
from tests.support.worlds.deployed_account import Account, deployed

NEEDED = (TIMERS, DISPUTES, DISBURSEMENTS, MERCHANT_FUNDS, REQUEST_LOG, FEED)
TABLES = {name: f"paysandbox-dev-{name}" for name in NEEDED}

DISPUTED = disputes.NEEDS_RESPONSE
"""A payment with a dispute, and a timer of its deadline."""

STORES = ("Deliveries", "DisbursementsTable", "DisputesTable", "RequestLog", "Timers")
"""Tables with lists to which the program adds something."""

OF_FUNCTIONS = {"create_customer", "put_objects", "store_event", "index_shards", "written_shards"}
"""What writes as many shards as a function's environment says, which the program does not have."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setitem(WAIT_S, False, 0)
    with deployed("dev") as account:
        for like, name in TABLES.items():
            tables.create_table(account.client("dynamodb"), name, like)
        outputs = {
            "TimersTable": TABLES[TIMERS],
            "DisputesTable": TABLES[DISPUTES],
            "RetentionDays": "90",
            "DisbursementsTable": TABLES[DISBURSEMENTS],
            "FundsTable": TABLES[MERCHANT_FUNDS],
        }
        account.deploy_stack("data", outputs)
        yield account


def a_timer(_: Account, target: Target) -> None:
    table = timers_table(target)
    assert table is not None
    store_timers(table, timers_of(DISPUTED))


def a_dispute(_: Account, target: Target) -> None:
    table = disputes_table(target)
    assert table is not None
    store_disputes(table, dispute_rows_in([payment_item(DISPUTED)], table).values())


def a_disbursement(_: Account, target: Target) -> None:
    table = disbursements_table(target)
    add_funding(table.funds, funding())
    accept(table, accepted(1))


def a_request(account: Account, target: Target) -> None:
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="paysandbox-dev-dead-requests")["QueueUrl"]
    account.deploy_stack("requests", {"DeadRequestsQueueUrl": url})
    payload = {"requestPayload": delivery(line(request_id="request-1"))}
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(payload))
    redrive_batches(target, "requests", as_json=True)


@pytest.mark.parametrize("place", ["here", "target"])
@pytest.mark.parametrize(
    "table, store",
    [(TIMERS, a_timer), (DISPUTES, a_dispute), (DISBURSEMENTS, a_disbursement), (REQUEST_LOG, a_request)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_command_stores_is_listed(
    account: Account, table: str, store: Callable[[Account, Target], None], place: str
) -> None:
    target: Target = getattr(account, place)
    assert target.index_shards == (1 if place == "here" else INDEX_SHARDS)
    store(account, target)
    keys = {item["merchant_key"]["S"] for item in account.client("dynamodb").scan(TableName=TABLES[table])["Items"]}
    assert keys
    if place == "here":
        assert keys == {f"{build.MERCHANT}#0"}
    else:
        assert keys != {f"{build.MERCHANT}#0"}, "the examples are in other shards on AWS"


def _calls(file: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))


def test_every_table_that_the_program_adds_to_names_its_shards() -> None:
    files = [*(ROOT / "cli").rglob("*.py")]
    made = [each for file in files for each in _calls(file) if getattr(each.func, "id", None) in STORES]
    assert {getattr(each.func, "id", "") for each in made} == {*STORES}
    for each in made:
        assert ast.unparse(each.args[-1]) == "target.index_shards", ast.unparse(each)


def test_the_program_calls_nothing_that_asks_a_functions_environment() -> None:
    files = (ROOT / "cli").rglob("*.py")
    called: set[Any] = {getattr(each.func, "id", None) for file in files for each in _calls(file)}
    assert called.isdisjoint(OF_FUNCTIONS)
