"""POST /v1/test_helpers/refunds/{refund}/expire: a refund that requires an action is canceled, as if 45 days were over.

What it has in common with a cancellation is in `test_cancel_refund.py`.
"""

import pytest

from paysandbox.stripe_api.routes import CANCEL_REFUND, EXPIRE_REFUND, GET_REFUND
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def pending() -> str:
    shop = StripeMerchant()
    return done(shop.refund(shop.paid(metadata={"sandbox_outcome": "refund=pending:3600"})["id"]))["id"]


def test_only_a_refund_that_requires_an_action_can_expire_and_once() -> None:
    shop, refund = StripeMerchant(), pending()
    refused = shop.post(EXPIRE_REFUND, refund, key="k")
    assert wrong(refused) == (400, "invalid_request_error", None, None)
    assert refused.error["message"] == (
        "This refund has a status of pending. Only a refund with a status of requires_action can be expired."
    )
    assert simulate(refund, "require_action").status == 200
    replies = [shop.post(EXPIRE_REFUND, refund, key=key, expand=["charge"]) for key in ("l", "l", "m")]
    assert [(reply.status, reply.replayed) for reply in replies] == [(200, False), (200, True), (400, False)]
    assert (replies[0].json["status"], replies[0].json["charge"]["amount_refunded"]) == ("canceled", 0)
    assert shop.get(GET_REFUND, refund).json["status"] == "canceled"
    assert done(shop.refund(replies[0].json["payment_intent"]))["amount"] == 10_00


def test_a_key_of_a_cancellation_is_used() -> None:
    shop, refund = StripeMerchant(), pending()
    simulate(refund, "require_action")
    done(shop.post(CANCEL_REFUND, refund, key="k"))
    assert wrong(shop.post(EXPIRE_REFUND, refund, key="k"))[:2] == (400, "idempotency_error")


@pytest.mark.parametrize("name", [f"re_{PAYMENT_ID[5:]}{'q' * 10}", "re_x"])
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(StripeMerchant().post(EXPIRE_REFUND, name)) == missing("id")


def test_another_merchants_is_not_there() -> None:
    assert wrong(StripeMerchant(OTHER_MERCHANT).post(EXPIRE_REFUND, pending())) == missing("id")
