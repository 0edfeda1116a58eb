"""Reads of balances, and what takes from them, wait until what was written to the ledger before is entered.

The worker that reads the ledger's stream enters it, some milliseconds after the answer to the request that moved money.
On AWS, a balance lacks that for about a second. Here, whoever captures and then asks for the balance sees the capture,
as at Stripe, and can transfer what is available of it: a read of the journal, and a transaction that takes from what is
available, is held back, for little more than a second, until the worker has read all records that the stream contains
when it arrives.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

from engine.lane.lanes import Answer, Call, Caller, Reply
from engine.workers.batches import Source, service_of
from engine.workers.event_sources import Polling
from paysandbox.aws.schema import COVERED, JOURNAL, LEDGER

WAITED_S_MAX: Final = 1.2
"""Less than the functions wait for an answer (`aws/runtime.py`): a request that they give up would be sent again."""
_PAUSE_S: Final = 0.002

_READS: Final = frozenset({"DynamoDB_20120810.GetItem", "DynamoDB_20120810.Query"})
_TRANSACTION: Final = "DynamoDB_20120810.TransactWriteItems"
_COVERED: Final = COVERED.encode()
_JOURNAL: Final = JOURNAL.encode()


class JournalReads:
    """What holds back such requests. The modules are ministack's Lambda and DynamoDB."""

    def __init__(self, functions: Any, tables: Any, sources: Callable[[], Iterator[Source]], polling: Polling) -> None:
        self._functions, self._tables = functions, tables
        self._sources = sources
        self._polling = polling

    def over_lanes(self, answer: Answer) -> Answer:
        """Return the function that responds to calls over lanes, after it has held them back."""

        async def held_back(caller: Caller, call: Call) -> Reply:
            await self._wait_for(call.target, call.body)
            return await answer(caller, call)

        return held_back

    def over_http(self, handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return DynamoDB's handler of HTTP requests, after it has held them back."""

        async def held_back(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
            await self._wait_for(headers.get("x-amz-target", ""), body)
            return await handle(method, path, headers, body, query)

        return held_back

    async def _wait_for(self, target: str, body: bytes) -> None:
        if _JOURNAL in body and (
            (target in _READS and _is_of_journal(body)) or (target == _TRANSACTION and _COVERED in body)
        ):
            await self._wait()

    async def _wait(self) -> None:
        """Wait until the readers of the ledger's stream have read what it contains now."""
        ends = {source[2]["UUID"]: (source, self._end(source)) for source in self._sources() if _is_of_ledger(source)}
        until = time.monotonic() + WAITED_S_MAX
        self._polling.awaited += 1
        try:
            while any(self._position(source) < end for source, end in ends.values()):
                if self._polling.is_ended or time.monotonic() > until:
                    return
                self._functions.esm_wake.set()
                await asyncio.sleep(_PAUSE_S)
        finally:
            self._polling.awaited -= 1

    def _end(self, source: Source) -> int:
        account, region, mapping = source
        table = _table_of(mapping)
        records = self._tables.stream_records.get_scoped(account, region, table) or ()
        trimmed: int = self._tables.stream_trimmed.get_scoped(account, region, table, 0)
        return trimmed + len(records)

    def _position(self, source: Source) -> int:
        account, region, mapping = source
        return self._functions.dynamodb_stream_positions.get_scoped(account, region, mapping["UUID"]) or 0


def _is_of_journal(body: bytes) -> bool:
    try:
        request = json.loads(body)
        values = [*request.get("ExpressionAttributeValues", {}).values(), *request.get("Key", {}).values()]
    except (ValueError, AttributeError):
        return False  # DynamoDB knows how to refuse it
    return any(isinstance(value, dict) and str(value.get("S", "")).startswith(JOURNAL) for value in values)


def _is_of_ledger(source: Source) -> bool:
    return service_of(source) == "dynamodb" and _table_of(source[2]).rpartition("-")[2] == LEDGER


def _table_of(mapping: Mapping[str, Any]) -> str:
    arn: str = mapping["EventSourceArn"]
    return arn.partition("/stream/")[0].rpartition("/")[2]
