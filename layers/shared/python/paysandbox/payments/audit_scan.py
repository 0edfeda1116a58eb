"""Scan the whole ledger for an audit: every item once, safe with concurrent writes.

Each item is read consistently and audited independently, and the totals come from the items as read. So a payment that
is created or changed during the scan does not cause breaks.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Final

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.index_shards import listed_as
from paysandbox.aws.schema import BY_CARD, BY_MERCHANT, BY_REFERENCE, INDEX_SHARDS, PARTITION_KEY
from paysandbox.payments.audit import Books, Break
from paysandbox.payments.ledger.items import (
    idempotency_record_from,
    idempotency_record_item,
    is_idempotency_record,
    key,
    payment_from,
    payment_item,
)
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.ledger.refusals import refusals_as_stored
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment

SEGMENTS: Final = 8

_UNREADABLE: Final = (LookupError, ValueError, TypeError, AttributeError, AssertionError)


@dataclass(slots=True)
class TableAudit:
    """An audit of items: the number of idempotency records (`claims`), the books, and all breaks so far."""

    claims: int = 0
    books: Books = field(default_factory=Books)
    breaks: list[Break] = field(default_factory=list[Break])

    @property
    def items(self) -> int:
        """The number of audited items."""
        return self.claims + self.books.payments

    def take(self, item: Item) -> Payment | None:
        """Audit one item. Returns its payment, or None for an idempotency record or an unreadable item."""
        item_id: str = item[PARTITION_KEY]["S"]
        if is_idempotency_record(item):
            self.claims += 1
            return self._read(item_id, item, _record_as_stored)
        payment = self._read(item_id, item, _payment_as_stored)
        if payment is None:
            self.books.payments += 1
            self.books.left_out += 1
        else:
            self.breaks += self.books.take(payment)
        return payment

    def close(self) -> list[Break]:
        """Return all breaks, those of the totals last. Call it once, after the last item."""
        self.breaks += self.books.close()
        return self.breaks

    def _read(self, item_id: str, item: Item, read: Callable[[Item], tuple[Payment | None, Item]]) -> Payment | None:
        try:
            payment, expected = read(item)
        except _UNREADABLE as error:
            detail = f"it cannot be read: {type(error).__name__}: {error}"
            self.breaks.append(Break(rule="layout", where=item_id, detail=detail))
            return None
        for name in sorted(item.keys() | expected.keys()):
            if item.get(name) != expected.get(name):
                self.breaks.append(Break(rule="layout", where=item_id, detail=_attribute_fault(name, item, expected)))
        return payment


def pages(ledger: Ledger) -> Iterator[list[Item]]:
    """Yield all items, in no order, by a parallel scan with consistent reads. Buffers at most one page per segment."""
    with ThreadPoolExecutor(SEGMENTS) as pool:
        pending = {pool.submit(_page, ledger, segment, None): segment for segment in range(SEGMENTS)}
        while pending:
            for completed in wait(pending, return_when=FIRST_COMPLETED).done:
                segment = pending.pop(completed)
                items, next_key = completed.result()
                if next_key:
                    pending[pool.submit(_page, ledger, segment, next_key)] = segment
                yield items


def item_of(ledger: Ledger, payment_id: str) -> Item | None:
    """Return a payment's current item, even if it cannot be parsed. None if missing or an idempotency record."""
    response = ledger.client.get_item(TableName=ledger.table, Key=key(payment_id), ConsistentRead=True)
    return {**response["Item"]} if "Item" in response and not is_idempotency_record(response["Item"]) else None


def _page(ledger: Ledger, segment: int, start: Item | None) -> tuple[list[Item], Item | None]:
    begin: dict[str, Any] = {} if start is None else {"ExclusiveStartKey": start}
    answer = ledger.client.scan(
        TableName=ledger.table, ConsistentRead=True, Segment=segment, TotalSegments=SEGMENTS, **begin
    )
    items: list[Item] = [{**item} for item in answer["Items"]]
    last = answer.get("LastEvaluatedKey")
    return items, {**last} if last else None


def _payment_as_stored(item: Item) -> tuple[Payment, Item]:
    """Return the payment, and the item as it should be stored."""
    payment = payment_from(item)
    if not payment.operations or not isinstance(payment.operations[0], Authorization):
        return payment, item  # `payment_item` does not apply; invalid operations are reported by the books
    expected = listed_as(item, payment_item(payment, INDEX_SHARDS), BY_CARD, BY_MERCHANT, BY_REFERENCE)
    if payment.unallocated_refund is not None:
        expected["unallocated_refund"] = {"N": str(payment.unallocated_refund)}  # set by updates only
    return payment, {**expected, **refusals_as_stored(item, payment)}


def _record_as_stored(item: Item) -> tuple[None, Item]:
    return None, idempotency_record_item(idempotency_record_from(item))


def _attribute_fault(name: str, item: Item, expected: Item) -> str:
    if name not in expected:
        return f"{name} has no place in it"
    if name not in item:
        return f"{name} is missing"
    return f"{name} does not match the rest of the item"
