"""The whole ledger, read for an audit: every item once, as of now, whoever writes meanwhile.

Each item is read consistently and audited by itself, and the sums are made of what was read; so a payment that is made
or changed during the scan disturbs nothing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Final

from paysandbox.aws.conditional_write import Ledger
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.payments.audit import Books, Break
from paysandbox.payments.items import (
    Item,
    idempotency_record_from,
    idempotency_record_item,
    is_idempotency_record,
    key,
    number,
    payment_from,
    payment_item,
)
from paysandbox.payments.operation import Authorization
from paysandbox.payments.payment import Payment
from paysandbox.payments.refusals import refusals_as_stored

SEGMENTS: Final = 8

_UNREADABLE: Final = (LookupError, ValueError, TypeError, AttributeError, AssertionError)


@dataclass(slots=True)
class TableAudit:
    """An audit of items: how many claims, the books, and every break so far."""

    claims: int = 0
    books: Books = field(default_factory=Books)
    breaks: list[Break] = field(default_factory=list[Break])

    @property
    def items(self) -> int:
        """How many were taken in."""
        return self.claims + self.books.payments

    def take(self, item: Item) -> Payment | None:
        """Audit one item: a payment, or a claim, of which there is nothing to add up. Returns the payment it holds."""
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
        """Every break, those of the sums last. Once, after the last item."""
        self.breaks += self.books.close()
        return self.breaks

    def _read(self, item_id: str, item: Item, read: Callable[[Item], tuple[Payment | None, Item]]) -> Payment | None:
        try:
            payment, again = read(item)
        except _UNREADABLE as error:
            told = f"it cannot be read: {type(error).__name__}: {error}"
            self.breaks.append(Break(rule="layout", where=item_id, detail=told))
            return None
        for name in sorted(item.keys() | again.keys()):
            if item.get(name) != again.get(name):
                self.breaks.append(Break(rule="layout", where=item_id, detail=_misplaced(name, item, again)))
        return payment


def pages(ledger: Ledger) -> Iterator[list[Item]]:
    """All items, in no order: a parallel scan of consistent reads, which holds a page of each segment at most."""
    with ThreadPoolExecutor(SEGMENTS) as pool:
        asked = {pool.submit(_page, ledger, segment, None): segment for segment in range(SEGMENTS)}
        while asked:
            for answered in wait(asked, return_when=FIRST_COMPLETED).done:
                segment = asked.pop(answered)
                items, go_on_from = answered.result()
                if go_on_from:
                    asked[pool.submit(_page, ledger, segment, go_on_from)] = segment
                yield items


def item_of(ledger: Ledger, payment_id: str) -> Item | None:
    """One payment's item as of now, whether or not it can be read as a payment. None for a claim in its place."""
    found = ledger.client.get_item(TableName=ledger.table, Key=key(payment_id), ConsistentRead=True)
    return {**found["Item"]} if "Item" in found and not is_idempotency_record(found["Item"]) else None


def _page(ledger: Ledger, segment: int, start: Item | None) -> tuple[list[Item], Item | None]:
    begin: dict[str, Any] = {} if start is None else {"ExclusiveStartKey": start}
    answer = ledger.client.scan(
        TableName=ledger.table, ConsistentRead=True, Segment=segment, TotalSegments=SEGMENTS, **begin
    )
    items: list[Item] = [{**item} for item in answer["Items"]]
    last = answer.get("LastEvaluatedKey")
    return items, {**last} if last else None


def _payment_as_stored(item: Item) -> tuple[Payment, Item]:
    """The payment, and the item that it would be written as."""
    payment = payment_from(item)
    if not payment.operations or not isinstance(payment.operations[0], Authorization):
        return payment, item  # what no payment is written as; the books tell that
    again = payment_item(payment)
    if payment.unallocated_refund is not None:
        again["loose"] = number(payment.unallocated_refund)  # no put has it
    return payment, {**again, **refusals_as_stored(item, payment)}


def _record_as_stored(item: Item) -> tuple[None, Item]:
    return None, idempotency_record_item(idempotency_record_from(item))


def _misplaced(name: str, item: Item, again: Item) -> str:
    if name not in again:
        return f"{name} has no place in it"
    if name not in item:
        return f"{name} is missing"
    return f"{name} is not as the rest of it says"
