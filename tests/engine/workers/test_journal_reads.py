"""What reads or takes from balances waits until the readers of the ledger's stream have read what it contains."""

import asyncio
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engine.lane.lanes import Call, Caller, Reply
from engine.workers import journal_reads
from engine.workers.journal_reads import WAITED_S_MAX, JournalReads
from paysandbox.aws import runtime
from paysandbox.funds.available_table import available_key, give, take
from paysandbox.funds.store import FundsTable

LEDGER = "arn:aws:dynamodb:us-east-1:000000000000:table/paysandbox-local-PaymentsLedger/stream/2026"
OTHER = "arn:aws:dynamodb:us-east-1:000000000000:table/paysandbox-local-StripeObjects/stream/2026"
QUERY = "DynamoDB_20120810.Query"
OF_JOURNAL = {"ExpressionAttributeValues": {":0": {"S": "journal#demo#sums"}}}
TRANSACTION = "DynamoDB_20120810.TransactWriteItems"
FUNDS = FundsTable(cast("Any", None), "MerchantFunds")
CALLER = Caller("get_balance", "key", "us-east-1")


class Scoped(dict[str, Any]):
    def get_scoped(self, account: str, region: str, name: str, default: Any = None) -> Any:
        del account, region
        return self.get(name, default)


class Engine:
    """Two sources, of which one reads the ledger's stream, and an answer."""

    def __init__(self) -> None:
        self.positions, self.records = (
            Scoped(reader=2, other=0),
            Scoped(**{"paysandbox-local-PaymentsLedger": [1, 2, 3]}),
        )
        self.polling = SimpleNamespace(awaited=0, is_ended=False)
        self.woken = 0
        functions = SimpleNamespace(dynamodb_stream_positions=self.positions, esm_wake=SimpleNamespace(set=self._wake))
        tables = SimpleNamespace(stream_records=self.records, stream_trimmed=Scoped())
        mappings = [{"UUID": "reader", "EventSourceArn": LEDGER}, {"UUID": "other", "EventSourceArn": OTHER}]
        sources = [("0", "us-east-1", mapping) for mapping in mappings]
        polling: Any = self.polling
        self.reads = JournalReads(functions, tables, lambda: iter(sources), polling)
        self.seen: list[int] = []
        self.reads_after: int | None = 2

    def _wake(self) -> None:
        self.woken += 1
        if self.woken == self.reads_after:
            self.positions["reader"] = 3

    async def answer(self, caller: Caller, call: Call) -> Reply:
        del caller, call
        self.seen.append(self.positions["reader"])
        assert self.polling.awaited == 0
        return 200, {}, b""

    def ask(self, target: str = QUERY, body: Any = OF_JOURNAL) -> int:
        """Send a call over a lane. Returns the position at which it was answered."""
        call = Call("dynamodb", target, "", "", "", body if isinstance(body, bytes) else json.dumps(body).encode())

        async def ask() -> None:
            await self.reads.over_lanes(self.answer)(CALLER, call)

        asyncio.run(ask())
        return self.seen[-1]


def test_a_query_waits_for_the_readers_of_the_ledger_alone() -> None:
    engine = Engine()
    assert engine.ask() == 3
    woken = engine.woken
    assert engine.ask() == 3
    assert engine.woken == woken, "nothing was left to read"


@pytest.mark.parametrize(
    "target, body",
    [
        ("DynamoDB_20120810.GetItem", {"Key": available_key("demo")}),
        (TRANSACTION, {"TransactItems": [take(FUNDS, "demo", "USD", 1)]}),
    ],
)
def test_so_do_a_read_of_what_is_available_and_what_takes_from_it(target: str, body: Any) -> None:
    assert Engine().ask(target, body) == 3


@pytest.mark.parametrize(
    "target, body",
    [
        (TRANSACTION, OF_JOURNAL),
        (TRANSACTION, {"TransactItems": [give(FUNDS, "demo", "USD", 1)]}),
        (QUERY, {"ExpressionAttributeValues": {":0": {"S": "demo"}}}),
        (QUERY, {"ExpressionAttributeValues": {":0": {"N": "1"}}, "TableName": "journal#"}),
        (QUERY, b"journal#"),
        (QUERY, b'["journal#"]'),
    ],
)
def test_any_other_request_does_not(target: str, body: Any) -> None:
    assert Engine().ask(target, body) == 2


def test_functions_wait_longer_for_the_answer() -> None:
    """With time to spare for the answer itself: what they give up they send again, and it waits again."""
    read_timeout_s: float = runtime._CLIENT.read_timeout
    assert read_timeout_s * 2 / 3 >= WAITED_S_MAX


def test_it_waits_no_longer_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_reads, "WAITED_S_MAX", 0.01)
    engine = Engine()
    engine.reads_after = None
    assert engine.ask() == 2
    engine.polling.is_ended = True
    assert engine.ask() == 2


def test_over_http() -> None:
    engine = Engine()

    async def handle(*request: Any) -> tuple[Any, ...]:
        return (engine.positions["reader"], *request)

    async def ask() -> Any:
        headers = {"x-amz-target": QUERY}
        return await engine.reads.over_http(handle)("POST", "/", headers, json.dumps(OF_JOURNAL).encode(), {})

    assert asyncio.run(ask())[:3] == (3, "POST", "/")
