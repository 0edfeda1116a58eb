"""GET /disputes/{dispute_id}: a dispute with its evidence and operations."""

from datetime import timedelta

import pytest

from paysandbox.core import ids
from tests.support.builders import build
from tests.support.clients.call import Merchant
from tests.support.clients.disputed import disputed, evidence, payment_of, show, simulate
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock


def test_a_new_dispute(demo: Merchant) -> None:
    dispute_id = disputed(demo, reason="product_not_received")
    shown = show(dispute_id).json
    assert (
        shown | {"status": "needs_response", "amount": 10_00, "fee": 15_00, "reason": "product_not_received"} == shown
    )
    assert (shown["evidence"], shown["has_evidence"], shown["past_due"], shown["submissions"]) == ({}, False, False, 0)
    [opening] = shown["operations"]
    assert (opening["dispute_id"], opening["kind"]) == (dispute_id, "chargeback")


def test_the_evidence_as_saved_last(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    evidence(dispute_id, {"receipt": "file_1", "customer_name": "Ada"})
    evidence(dispute_id, {"receipt": "file_2", "customer_name": ""})
    shown = show(dispute_id).json
    assert (shown["evidence"], shown["has_evidence"]) == ({"receipt": "file_2"}, True)


def test_its_own_operations_only(demo: Merchant) -> None:
    first = disputed(demo, amount=4_00)
    evidence(first, {"receipt": "file_1"}, submit=True)
    simulate(first, "lose")
    second = disputed(demo, of=ids.payment_of(first))
    kinds = [[one["type"] for one in show(each).json["operations"]] for each in (first, second)]
    assert kinds == [["dispute", "dispute_evidence", "dispute_decision"], ["dispute"]]


def test_evidence_is_past_due_until_the_loss_is_recorded(demo: Merchant, clock: Clock) -> None:
    dispute_id = disputed(demo)
    clock.advance(timedelta(days=10, seconds=1))
    assert show(dispute_id).json["past_due"]
    simulate(dispute_id, "expire")
    shown = show(dispute_id).json
    assert (shown["status"], shown["past_due"]) == ("lost", False)


def test_one_call_reads_it(demo: Merchant, wire: Wire) -> None:
    dispute_id = disputed(demo)
    with wire.record() as sent:
        show(dispute_id)
    assert [one.operation for one in sent] == ["BatchGetItem"]


@pytest.mark.parametrize(
    "text", ["du_" + "z" * 36, "du_x", "x", "%20", build.PAYMENT_ID, "cap_" + "a" * 36, "du_" + "a" * 37]
)
def test_other_ids_are_not_found(text: str) -> None:
    assert show(text).code == "resource_not_found"


def test_only_disputes_are_found_by_it(demo: Merchant) -> None:
    payment = payment_of(disputed(demo))
    for operation in payment.operations:
        assert show(operation.id).code == "resource_not_found"
    assert show(ids.dispute_id(payment.id, 2)).code == "resource_not_found"


def test_another_merchants_dispute_is_not_found(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    evidence(dispute_id, {"customer_name": "Ada Lovelace"})
    reply = show(dispute_id, merchant="globex")
    assert (reply.status, reply.code) == (404, "resource_not_found")
    assert "Lovelace" not in reply.text
