"""What reads or takes from balances waits until the ledger's stream is read, as far as it is of the merchant."""

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
LEDGER_TABLE = "paysandbox-local-PaymentsLedger"


def record(merchant: str | None = "demo", image: str = "NewImage") -> dict[str, Any]:
    """A record of the ledger's stream, of a merchant's payment or of an item that belongs to none."""
    return {"dynamodb": {image: {} if merchant is None else {"merchant": {"S": merchant}}}}


class Scoped(dict[str, Any]):
    def get_scoped(self, account: str, region: str, name: str, default: Any = None) -> Any:
        del account, region
        return self.get(name, default)


class Engine:
    """Two sources, of which one reads the ledger's stream, and an answer."""

    def __init__(self) -> None:
        self.positions, self.records = (
            Scoped(reader=2, other=0),
            Scoped({LEDGER_TABLE: [record(), record(), record()]}),
        )
        self.polling = SimpleNamespace(awaited=0, is_ended=False)
        self.woken = 0
        functions = SimpleNamespace(dynamodb_stream_positions=self.positions, esm_wake=SimpleNamespace(set=self._wake))
        self.trimmed = Scoped()
        tables = SimpleNamespace(stream_records=self.records, stream_trimmed=self.trimmed)
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

    def ask(self, target: str = QUERY, body: Any = OF_JOURNAL, *, is_retry: bool = False) -> int:
        """Send a call over a lane. Returns the position at which it was answered."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        call = Call("dynamodb", target, "", "", "", sent, is_retry)

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


@pytest.mark.parametrize(
    "merchant, unread, waits",
    [
        ("demo", [record("other")], False),
        ("demo", [record(None)], False),
        ("demo", [record("demo", "OldImage")], True),
        ("demo", [record("demo"), record("other")], True),
        ("demo", [record("connected-1")], True),
        ("connected-1", [record("demo")], True),
        ("connected-1", [record(None)], False),
    ],
)
@pytest.mark.parametrize("trimmed", [0, 40])
def test_it_waits_for_what_may_have_moved_money_of_the_merchant(
    merchant: str, unread: list[Any], trimmed: int, *, waits: bool
) -> None:
    engine = Engine()
    engine.records[LEDGER_TABLE] = [record(), record(), *unread]
    engine.trimmed[LEDGER_TABLE], engine.positions["reader"] = trimmed, trimmed + 2
    engine.reads_after = None
    body = {"Key": available_key(merchant)}

    async def ask() -> bool:
        call = Call("dynamodb", "DynamoDB_20120810.GetItem", "", "", "", json.dumps(body).encode())
        asked = asyncio.ensure_future(engine.reads.over_lanes(engine.answer)(CALLER, call))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        is_answered = asked.done()
        engine.positions["reader"] += 1
        await asked
        return is_answered

    assert asyncio.run(ask()) is not waits


def test_what_a_function_sends_again_is_not_held_back_again() -> None:
    assert Engine().ask(is_retry=True) == 2


def test_functions_wait_longer_for_the_answer() -> None:
    read_timeout_s: float = runtime._CLIENT.read_timeout
    assert read_timeout_s * 2 / 3 >= WAITED_S_MAX


def test_it_waits_no_longer_than_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_reads, "WAITED_S_MAX", 0.01)
    engine = Engine()
    engine.reads_after = None
    assert engine.ask() == 2
    engine.polling.is_ended = True
    assert engine.ask() == 2


@pytest.mark.parametrize("attempt, answered_at", [("attempt=1", 3), ("ttl=1; attempt=2; max=3", 2)])
def test_over_http(attempt: str, answered_at: int) -> None:
    engine = Engine()

    async def handle(*request: Any) -> tuple[Any, ...]:
        return (engine.positions["reader"], *request)

    async def ask() -> Any:
        headers = {"x-amz-target": QUERY, "amz-sdk-request": attempt}
        return await engine.reads.over_http(handle)("POST", "/", headers, json.dumps(OF_JOURNAL).encode(), {})

    assert asyncio.run(ask())[:3] == (answered_at, "POST", "/")
