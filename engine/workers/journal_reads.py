"""Reads of balances, and what takes from them, wait until what was written to the ledger before is entered.

The worker that reads the ledger's stream enters it, some milliseconds after the answer to the request that moved money.
On AWS, a balance lacks that for about a second. Here, whoever captures and then asks for the balance sees the capture,
as at Stripe, and can transfer what is available of it: a read of the journal, and a transaction that takes from what is
available, is held back, for little more than a second, until the worker has read the records of the merchant that the
stream contains when it arrives. Of other merchants, only the records of connected accounts hold anything back, since a
record does not say whose account it is of. An account waits for the records of all.

A busy machine may take the rest of the time that a function waits for an answer. So what it sends again is not held
back again.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, Final

from engine.lane.lanes import Answer, Call, Caller, Reply, is_retry
from engine.workers.batches import Source, service_of
from engine.workers.event_sources import Polling
from paysandbox.aws.schema import COVERED, JOURNAL, LEDGER
from paysandbox.core.merchant import is_connected

WAITED_S_MAX: Final = 1.2
"""Less than the functions wait for an answer (`aws/runtime.py`): what they give up, they send again."""
_PAUSE_S: Final = 0.002

_READS: Final = frozenset({"DynamoDB_20120810.GetItem", "DynamoDB_20120810.Query"})
_TRANSACTION: Final = "DynamoDB_20120810.TransactWriteItems"
_COVERED: Final = COVERED.encode()
_JOURNAL: Final = JOURNAL.encode()
_MERCHANTS: Final = re.compile(rb'"%b([^"#]+)#' % re.escape(_JOURNAL))
"""Whose journal a request names. It reads, or takes from, no other."""
_NONE: Final = {"S": ""}


class JournalReads:
    """What holds back such requests. The modules are ministack's Lambda and DynamoDB."""

    def __init__(self, functions: Any, tables: Any, sources: Callable[[], Iterator[Source]], polling: Polling) -> None:
        self._functions, self._tables = functions, tables
        self._sources = sources
        self._polling = polling

    def over_lanes(self, answer: Answer) -> Answer:
        """Return the function that responds to calls over lanes, after it has held them back."""

        async def held_back(caller: Caller, call: Call) -> Reply:
            if not call.is_retry:
                await self._wait_for(call.target, call.body)
            return await answer(caller, call)

        return held_back

    def over_http(self, handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return DynamoDB's handler of HTTP requests, after it has held them back."""

        async def held_back(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Any:
            if not is_retry(headers.get("amz-sdk-request", "")):
                await self._wait_for(headers.get("x-amz-target", ""), body)
            return await handle(method, path, headers, body, query)

        return held_back

    async def _wait_for(self, target: str, body: bytes) -> None:
        if _JOURNAL in body and (target in _READS or (target == _TRANSACTION and _COVERED in body)):
            await self._wait(frozenset(name.decode() for name in _MERCHANTS.findall(body)))

    async def _wait(self, merchants: frozenset[str]) -> None:
        """Wait until the readers of the ledger's stream have read what it contains now of any of these merchants."""
        sources = [source for source in self._sources() if _is_of_ledger(source)]
        ends = [(source, end) for source in sources if (end := self._end(source, merchants)) is not None]
        if not ends:
            return
        until = time.monotonic() + WAITED_S_MAX
        self._polling.awaited += 1
        try:
            while any(self._position(source) < end for source, end in ends):
                if self._polling.is_ended or time.monotonic() > until:
                    return
                self._functions.esm_wake.set()
                await asyncio.sleep(_PAUSE_S)
        finally:
            self._polling.awaited -= 1

    def _end(self, source: Source, merchants: frozenset[str]) -> int | None:
        """Return the position behind the last unread record of one of the merchants, or None if it has read all."""
        account, region, mapping = source
        table = _table_of(mapping)
        records = self._tables.stream_records.get_scoped(account, region, table) or ()
        trimmed: int = self._tables.stream_trimmed.get_scoped(account, region, table, 0)
        unread_from = max(self._position(source) - trimmed, 0)
        for place in range(len(records) - 1, unread_from - 1, -1):
            if _may_move(records[place], merchants):
                return trimmed + place + 1
        return None

    def _position(self, source: Source) -> int:
        account, region, mapping = source
        return self._functions.dynamodb_stream_positions.get_scoped(account, region, mapping["UUID"]) or 0


def _may_move(record: Mapping[str, Any], merchants: frozenset[str]) -> bool:
    """Return whether what a record tells may have moved money of one of these merchants.

    A charge of a connected account pays a fee to its platform, and one of a platform may pay an account: whose account
    it is, records do not say.
    """
    change = record["dynamodb"]
    image = change.get("NewImage") or change.get("OldImage") or {}
    merchant = image.get("merchant", _NONE)["S"]
    return merchant in merchants or (merchant != "" and any(map(is_connected, (merchant, *merchants))))


def _is_of_ledger(source: Source) -> bool:
    return service_of(source) == "dynamodb" and _table_of(source[2]).rpartition("-")[2] == LEDGER


def _table_of(mapping: Mapping[str, Any]) -> str:
    arn: str = mapping["EventSourceArn"]
    return arn.partition("/stream/")[0].rpartition("/")[2]
