"""The table of disputes against the ledger: what the reader of the stream keeps, what is rebuilt, and what differs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.disputes import tables as disputes_tables
from paysandbox.disputes.dispute_audit import DisputeAudit, dispute_rows_in
from paysandbox.disputes.disputes_table import (
    changed_disputes,
    dispute_key,
    dispute_row,
    evidence_from,
    save_evidence,
    store_disputes,
)
from paysandbox.disputes.evidence import NO_EVIDENCE, draft_of, seal, with_draft
from paysandbox.payments.audit import Break
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.payment import Payment, state_of
from tests.support.builders import disputes
from tests.support.builders.build import MONDAY
from tests.support.builders.disputes import EACH, ids_of
from tests.support.worlds import table_snapshot, tables

FOREIGN = ids.dispute_id(disputes.WON.id, 9)
EVIDENCE = with_draft(NO_EVIDENCE, draft_of({"receipt": "file_1"}, "dev_a", MONDAY))


@pytest.fixture(autouse=True)
def empty(ledger: Ledger) -> Iterator[None]:
    """An empty AWS."""
    yield
    tables.forget()


def put(payment: Payment) -> None:
    runtime.ledger().client.put_item(TableName=runtime.ledger().table, Item=payment_item(payment))


def keep(payment: Payment) -> None:
    """Write rows as the stream's reader does: after each operation of the payment, as it was then."""
    table, before = disputes_tables.disputes(), None
    for count in range(1, len(payment.operations) + 1):
        now = replace(payment, operations=payment.operations[:count])
        store_disputes(table, [dispute_row(now, one, table.retention_s) for one in changed_disputes(before, now)])
        before = now


def audit(*payments: Payment) -> list[Break]:
    audited = DisputeAudit(disputes_tables.disputes().retention_s)
    for payment in payments:
        audited.take(payment)
    return audited.close(runtime.ledger(), disputes_tables.disputes(), look_again=lambda: False)


def rows() -> list[dict[str, Any]]:
    return sorted(table_snapshot.items_of(tables.DISPUTED), key=str)


def test_the_projection_rebuilt_equals_the_projection_kept(subtests: pytest.Subtests) -> None:
    for name in EACH:
        with subtests.test(str(name)):
            payment = EACH[name]
            table_snapshot.put_back(table_snapshot.EMPTY)
            keep(payment)
            kept = rows()
            assert len(kept) == len(state_of(payment).disputes)
            table_snapshot.put_back(table_snapshot.EMPTY)
            rebuilt = dispute_rows_in([payment_item(payment)], disputes_tables.disputes())
            store_disputes(disputes_tables.disputes(), rebuilt.values())
            assert rows() == kept


def test_writing_a_row_again_keeps_the_evidence() -> None:
    payment = disputes.NEEDS_RESPONSE
    [dispute_id] = ids_of(payment, [1])
    saved = save_evidence(disputes_tables.disputes(), payment, dispute_id, NO_EVIDENCE, EVIDENCE)
    before = rows()
    keep(payment)
    assert rows() == before
    assert evidence_from(before[0]) == saved


@pytest.mark.parametrize(
    "digest, details",
    [
        (disputes.DIGEST, []),
        ("f" * 64, ["the sealed evidence has another digest than what was submitted"]),
    ],
)
def test_the_digest_is_that_of_the_submission(digest: str, details: list[str]) -> None:
    payment = disputes.UNDER_REVIEW
    keep(payment)
    [dispute_id] = ids_of(payment, [1])
    sealed = replace(seal(EVIDENCE, 0), digest=digest)
    assert save_evidence(disputes_tables.disputes(), payment, dispute_id, NO_EVIDENCE, sealed) is not None
    assert [found.detail for found in audit(payment)] == details


def test_evidence_that_is_sealed_before_it_is_submitted_is_no_break() -> None:
    payment = disputes.NEEDS_RESPONSE
    keep(payment)
    [dispute_id] = ids_of(payment, [1])
    assert save_evidence(disputes_tables.disputes(), payment, dispute_id, NO_EVIDENCE, seal(EVIDENCE, 0)) is not None
    assert audit(payment) == []


def _remove(dispute_id: str) -> None:
    table = disputes_tables.disputes()
    table.client.delete_item(TableName=table.table, Key=dispute_key(dispute_id))


def _change_merchant(dispute_id: str) -> None:
    table = disputes_tables.disputes()
    table.client.update_item(
        TableName=table.table,
        Key=dispute_key(dispute_id),
        UpdateExpression="SET merchant = :m",
        ExpressionAttributeValues={":m": {"S": "globex"}},
    )


def _forge(_: str) -> None:
    table = disputes_tables.disputes()
    row = dispute_row(disputes.NEEDS_RESPONSE, ids_of(disputes.NEEDS_RESPONSE, [1])[0], 0)
    table.client.put_item(TableName=table.table, Item={**row, **dispute_key(FOREIGN)})


@pytest.mark.parametrize(
    "spoil, where, detail",
    [
        (_remove, None, "the payment has this dispute, and no row is stored for it"),
        (_change_merchant, None, "the row's merchant differ from the payment's"),
        (_forge, FOREIGN, "a row is stored for this dispute, and the payment does not have it"),
    ],
)
def test_differences_are_breaks(spoil: Callable[[str], None], where: str | None, detail: str) -> None:
    payment = disputes.NEEDS_RESPONSE
    put(payment)
    keep(payment)
    [dispute_id] = ids_of(payment, [1])
    spoil(dispute_id)
    assert audit(payment) == [Break(rule="dispute", where=where or dispute_id, detail=detail)]


def test_evidence_that_was_submitted_must_be_sealed() -> None:
    keep(disputes.UNDER_REVIEW)
    [found] = audit(disputes.UNDER_REVIEW)
    assert found.detail == "evidence was submitted 1 times, and sealed 0"


def test_a_row_without_its_payment_is_no_break() -> None:
    """The payment was purged, or will be: both are purged by their own time."""
    keep(disputes.NEEDS_RESPONSE)
    assert audit() == []
