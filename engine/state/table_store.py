"""Our own operations of DynamoDB (engine/dynamodb) on ministack's tables. ministack answers what they do not know.

ministack validates a PutItem for five times as long as it writes it, and a query reads its condition for each item. Our
operations read a request once. They say that a request is unusual before they have read anything of a table, so the
answer is that of one of both, and both work on the same items, indexes and streams.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from heapq import heapify, heappop
from operator import itemgetter
from typing import Any, Final

from engine.dynamodb.operations import answer
from engine.dynamodb.refusals import RefusedError, UnusualRequestError
from engine.dynamodb.store import Item, Key, Range, Schema
from engine.dynamodb.tokens import Tokens
from engine.fast_json import encoded
from engine.state.query_bounds import Bounds
from engine.state.table_indexes import Derived, Index, TableIndexes, sort_value

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body, as ministack's functions return them."""
Answering = Callable[[Any], Answer]

OPERATIONS: Final[Mapping[str, str]] = {
    "BatchGetItem": "batch_get_item",
    "BatchWriteItem": "batch_write_item",
    "DeleteItem": "delete_item",
    "GetItem": "get_item",
    "PutItem": "put_item",
    "Query": "query",
    "Scan": "scan",
    "TransactWriteItems": "transact_write_items",
    "UpdateItem": "update_item",
}
"""The operations that are answered so, and ministack's function for each."""

_CONTENT_TYPE: Final = "application/x-amz-json-1.0"


def answer_usual_requests(tables: Any, indexes: TableIndexes) -> None:
    """Answer these operations with our own. `tables` is ministack's DynamoDB service.

    Its functions are replaced, not only its server's: state machines call them too, each in a thread. A request is
    answered while its lock is held, so that threads do not write between what one reads and what it writes.
    """
    store, lock = TableStore(tables, indexes), tables.lock

    def answering(operation: str, by_ministack: Answering) -> Answering:
        def answered(request: Any) -> Answer:
            with lock:
                try:
                    try:
                        return _ok(answer(operation, store.usual(request), store))
                    except UnusualRequestError:
                        return by_ministack(store.unwritten(request))
                except RefusedError as refused:
                    return _refusal(refused)

        return answered

    for operation, function in OPERATIONS.items():
        setattr(tables, function, answering(operation, getattr(tables, function)))


def _ok(response: Mapping[str, Any]) -> Answer:
    return 200, {"Content-Type": _CONTENT_TYPE}, encoded(response)


def _refusal(refused: RefusedError) -> Answer:
    headers = {"Content-Type": _CONTENT_TYPE, "x-amzn-errortype": refused.code}
    return 400, headers, encoded(refused.body())


class TableStore:
    """ministack's tables in the account and the Region of a request, as our operations see them."""

    def __init__(self, tables: Any, indexes: TableIndexes) -> None:
        self._tables = tables
        self._indexes = indexes
        self._seen: dict[str, TableView] = {}
        self._tokens: dict[tuple[str, str], Tokens] = {}

    @property
    def tokens(self) -> Tokens:
        """The tokens of the transactions of the last ten minutes."""
        scope = self._tables.get_account_id(), self._tables.get_region()
        return self._tokens.setdefault(scope, Tokens())

    def usual(self, request: Any) -> Mapping[str, Any]:
        """Return a request. Raises UnusualRequestError for one that has no form, or repeats ministack's transaction."""
        if not isinstance(request, dict):
            raise UnusualRequestError("a request that is no object")
        token = request.get("ClientRequestToken")
        if isinstance(token, str) and self._tables.txn_token_lookup(token) is not None:
            raise UnusualRequestError("the token of a transaction that ministack wrote")
        return request

    def unwritten(self, request: Any) -> Any:
        """Return an unusual request. Raises RefusedError if its token is that of a transaction of ours."""
        token = request.get("ClientRequestToken") if isinstance(request, dict) else None
        if isinstance(token, str):
            self.tokens.is_repeated(token, "")  # no transaction is written so
        return request

    def table(self, name: str) -> "TableView | None":
        """Return a table, or None. Raises UnusualRequestError for one with what only ministack knows."""
        of: dict[str, Any] | None = self._tables.tables.get(name)
        if of is None and name.startswith("arn:"):
            raise UnusualRequestError("a table by its ARN")
        if of is None:
            return None
        derived, seen = self._indexes.derived(of), self._seen.get(name)
        # The derived facts are others when the table or its indexes are.
        if seen is None or seen.derived is not derived:
            seen = self._seen[name] = TableView(of, derived, self._tables)
        if of.get("VectorIndexes"):
            raise UnusualRequestError("a table with a vector index")
        return seen


class TableView:
    """A table of ministack, as our operations see it (engine/dynamodb/store.py)."""

    def __init__(self, of: dict[str, Any], derived: Derived, tables: Any) -> None:
        self._of, self.derived, self._tables = of, derived, tables
        if any(len(index.hashes) != 1 or len(index.ranges) > 1 for index in derived.indexes.values()):
            raise UnusualRequestError("a table whose index has a key of several attributes")
        self.schema = Schema.of(of)

    def read(self, key: Key) -> Item | None:
        """Return an item, or None."""
        return self.derived.items.read(*key)

    def write(self, key: Key, item: Item) -> Item | None:
        """Store an item, and return the previous one. Writes the stream's record as ministack does.

        Raises LedgerFullError (payment_limit.py).
        """
        before: Item | None = self._tables.set_item(self._of, *key, item)
        self._tables.emit_stream_event(self.schema.name, "MODIFY" if before else "INSERT", before, item)
        return before

    def remove(self, key: Key) -> Item | None:
        """Remove an item, and return it, or None if there was none. Writes the stream's record as ministack does."""
        before: Item | None = self._tables.remove_item(self._of, *key)
        if before is not None:
            self._tables.emit_stream_event(self.schema.name, "REMOVE", before, None)
        return before

    def query(self, part: Range) -> Iterator[Item]:
        """Yield the items of a part of a partition."""
        return map(self._stored, self._within(part))

    def scan(self, index: str | None, after: Key | None, segment: int, segments: int) -> Iterator[Item]:
        """Yield the items of a table or an index in the order of ministack's scan: by the texts of their keys."""
        for key in self._behind(after) if index is None else _behind(self.derived.indexes[index], after):
            if segments == 1 or _segment(key[0], segments) == segment:
                yield self._stored(key)

    def _stored(self, key: Key) -> Item:
        item = self.derived.items.read(*key)
        if item is None:
            raise KeyError(key)
        return item

    def _within(self, part: Range) -> Iterator[Key]:
        """Yield the keys of the items of a part of a partition."""
        after, items, sort_type = part.after, self.derived.items, self.schema.keys.sort_type
        bounds = Bounds(part.low, part.low_included, part.high, part.high_included, start=after, forward=part.forward)
        if part.index is not None:
            entries = self.derived.indexes[part.index].partitions.get(part.partition, ())
        elif part.partition not in items:
            entries = ()
        elif sort_type == "S":
            bounds = replace(bounds, start=None if after is None else after[2])
            ordered = sorted(items.sort_keys(part.partition))
            return ((part.partition, sort_key) for sort_key in bounds.each(ordered, str))
        else:
            texts = items.sort_keys(part.partition)
            entries = sorted((sort_value({sort_type: text}, sort_type), part.partition, text) for text in texts)
        return ((key, sort_key) for _, key, sort_key in bounds.each(entries, itemgetter(0)))

    def _behind(self, after: Key | None) -> Iterator[Key]:
        """Yield the keys of the table's items behind one, in order."""
        items = self.derived.items
        for key in _ascending([key for key in items if after is None or key >= after[0]]):
            for sort_key in sorted(items.sort_keys(key)):
                if after is None or (key, sort_key) > after:
                    yield key, sort_key


def _behind(index: Index, after: Key | None) -> Iterator[Key]:
    """Yield the keys of an index's items behind one, in order."""
    keys = ((key, sort_key) for entries in index.partitions.values() for _, key, sort_key in entries)
    return _ascending([key for key in keys if after is None or key > after])


def _ascending(unordered: list[Any]) -> Iterator[Any]:
    """Yield values in order. Orders no more of them than are asked for, since a page has few of a table's items."""
    heapify(unordered)
    while unordered:
        yield heappop(unordered)


def _segment(partition: str, segments: int) -> int:
    """Return the segment of a parallel scan that has a partition."""
    return zlib.crc32(partition.encode("utf-8", "surrogatepass")) % segments
