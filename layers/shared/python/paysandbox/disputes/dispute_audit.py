"""Compare the table of disputes with the ledger: every dispute of a payment has its row, and every row its dispute.

Safe while payments are made: what seems to be missing is read again, because the stream's reader may be some seconds
behind. Of evidence, only the digest of what was submitted is in the ledger too.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.index_shards import listed_as
from paysandbox.aws.schema import DISPUTES_BY_MERCHANT, DISPUTES_KEY, INDEX_SHARDS, PARTITION_KEY, TTL_ATTRIBUTE
from paysandbox.core import ids
from paysandbox.disputes.disputes_table import DisputesTable, dispute_row, evidence_from, stored_disputes
from paysandbox.payments.audit import Break
from paysandbox.payments.disputes.dispute import Dispute
from paysandbox.payments.ledger.items import UNREADABLE, payment_in
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.payment import Payment, state_of

_RULE = "dispute"


@dataclass(slots=True)
class DisputeAudit:
    """The rows that the payments taken so far must have, by dispute. `stored` counts the table's."""

    retention_s: int
    expected: dict[str, Item] = field(default_factory=dict[str, Item])
    disputes: dict[str, Dispute] = field(default_factory=dict[str, Dispute])
    stored: int = 0

    def take(self, payment: Payment | None) -> None:
        """Note a payment's disputes, if it is one that can be read."""
        if payment is None or payment.open_until is None:
            return
        for dispute in state_of(payment).disputes.values():
            self.expected[dispute.id] = dispute_row(payment, dispute.id, self.retention_s, INDEX_SHARDS)
            self.disputes[dispute.id] = dispute

    def close(self, ledger: Ledger, table: DisputesTable, *, look_again: Callable[[], bool]) -> list[Break]:
        """Read the table, and return the differences. Call it once, after the last payment.

        While something seems to be missing, `look_again` waits, and returns whether to read it again.
        """
        stored = {row[DISPUTES_KEY]["S"]: row for row in _every(table)}
        self.stored = len(stored)
        missing = self.expected.keys() - stored.keys()
        while (missing := missing - stored_disputes(table, missing)) and look_again():
            pass
        stray = _without_dispute(ledger, [dispute_id for dispute_id in stored if dispute_id not in self.expected])
        return [
            *(
                _break(dispute_id, "the payment has this dispute, and no row is stored for it")
                for dispute_id in sorted(missing)
            ),
            *(
                _break(dispute_id, "a row is stored for this dispute, and the payment does not have it")
                for dispute_id in stray
            ),
            *(
                found
                for dispute_id in sorted(stored)
                if dispute_id in self.expected
                for found in self._differences(dispute_id, stored[dispute_id])
            ),
        ]

    def _differences(self, dispute_id: str, row: Item) -> Iterator[Break]:
        expected = listed_as(row, self.expected[dispute_id], DISPUTES_BY_MERCHANT)
        differing = [name for name in expected if name != TTL_ATTRIBUTE and row.get(name) != expected[name]]
        if differing:
            yield _break(dispute_id, f"the row's {', '.join(differing)} differ from the payment's")
        evidence, submissions = evidence_from(row), self.disputes[dispute_id].submissions
        if evidence.sealed < len(submissions):
            yield _break(dispute_id, f"evidence was submitted {len(submissions)} times, and sealed {evidence.sealed}")
        elif submissions and evidence.sealed == len(submissions) and evidence.digest != submissions[-1].digest:
            yield _break(dispute_id, "the sealed evidence has another digest than what was submitted")


def dispute_rows_in(items: Iterable[Item], table: DisputesTable) -> dict[str, Item]:
    """Return the rows of the disputes in these items of the ledger, by dispute. Those that cannot be read have none."""
    rows = dict[str, Item]()
    for item in items:
        try:
            payment = payment_in(item)
            if payment is not None and payment.open_until is not None:
                rows |= {
                    dispute_id: dispute_row(payment, dispute_id, table.retention_s, table.shards)
                    for dispute_id in state_of(payment).disputes
                }
        except UNREADABLE:
            continue  # the audit of the ledger reports what cannot be read
    return rows


def _without_dispute(ledger: Ledger, dispute_ids: Iterable[str]) -> list[str]:
    """Return those of these disputes that the current payments do not have. A purged payment has none to compare."""
    payment_ids = {dispute_id: ids.payment_of(dispute_id) or "" for dispute_id in dispute_ids}
    known = [payment_id for payment_id in payment_ids.values() if payment_id]
    items = items_by_id(ledger.client, ledger.table, PARTITION_KEY, known)
    stray = list[str]()
    for dispute_id, payment_id in sorted(payment_ids.items()):
        try:
            payment = payment_in(items.get(payment_id))
            if payment is not None and dispute_id not in state_of(payment).disputes:
                stray.append(dispute_id)
        except UNREADABLE:
            continue
    return stray


def _every(table: DisputesTable) -> Iterator[Item]:
    pages = table.client.get_paginator("scan").paginate(TableName=table.table, ConsistentRead=True)
    for page in pages:
        yield from ({**item} for item in page["Items"])


def _break(dispute_id: str, detail: str) -> Break:
    return Break(rule=_RULE, where=dispute_id, detail=detail)
