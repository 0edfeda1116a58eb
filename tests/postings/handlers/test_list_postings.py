"""GET /payments/{transaction_id}/postings: what each operation moved between accounts."""

import pytest

from paysandbox.postings.routes import LIST_POSTINGS
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, send


def postings(transaction_id: str, merchant: str = build.MERCHANT) -> Reply:
    return send(LIST_POSTINGS, path={"transaction_id": transaction_id}, api_key=build.api_key(merchant))


def test_the_postings_of_each_operation(demo: Merchant) -> None:
    auth_id = demo.authorized(20_00)
    capture_id = demo.captured(15_00, of=auth_id)
    refund_id = demo.refunded(capture_id, 5_00)
    reply = postings(refund_id)
    assert reply.status == 200
    rows = [(row["transaction_id"], row["debit"], row["credit"], row["amount"]) for row in reply.json["data"]]
    assert rows == [
        (auth_id, "memo_hold", "memo_hold_contra", 20_00),
        (capture_id, "memo_hold_contra", "memo_hold", 15_00),
        (capture_id, "scheme_receivable", "merchant_pending:demo", 15_00),
        (refund_id, "merchant_pending:demo", "refund_clearing", 5_00),
        (refund_id, "refund_clearing", "scheme_receivable", 5_00),
    ]
    operations = {one["transaction_id"]: one["created_at"] for one in demo.payment(auth_id).json["operations"]}
    assert all(row["created_at"] == operations[row["transaction_id"]] for row in reply.json["data"])
    assert {row["currency"] for row in reply.json["data"]} == {"USD"}


def test_a_declined_payment_has_none(demo: Merchant) -> None:
    auth_id = demo.asking("decline:lost_card").authorize().json["auth_id"]
    assert postings(auth_id).json == {"data": []}


@pytest.mark.parametrize("transaction_id", ["x", "auth_" + "a" * 26])
def test_an_unknown_payment_is_not_found(transaction_id: str) -> None:
    assert (postings(transaction_id).status, postings(transaction_id).json["code"]) == (404, "resource_not_found")


def test_another_merchants_payment_is_not_found(demo: Merchant) -> None:
    assert postings(demo.authorized(), merchant=build.OTHER_MERCHANT).status == 404


def test_an_operation_that_did_not_happen_is_not_found(demo: Merchant) -> None:
    auth_id = demo.authorized()
    assert postings(f"cap_{auth_id.removeprefix('auth_')}{'a' * 10}").status == 404
