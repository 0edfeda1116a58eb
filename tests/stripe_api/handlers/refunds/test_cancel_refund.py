"""POST /v1/refunds/{refund}/cancel: only a refund that requires an action can be canceled."""

import pytest

from paysandbox.stripe_api.routes import CANCEL_REFUND, GET_REFUND, LIST_REFUNDS
from tests.stripe_api.handlers.pages import listed
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


def test_it_is_refused_because_it_succeeded() -> None:
    refund = done(StripeMerchant().refund(StripeMerchant().paid()["id"]))
    held = StripeMerchant().held()["id"]
    StripeMerchant().cancel(held)
    earlier = StripeMerchant(version=BEFORE_BASIL)
    (released,) = listed(LIST_REFUNDS, shop=earlier, payment_intent=held)
    for one in (refund, released):
        refused = earlier.post(CANCEL_REFUND, one["id"])
        assert wrong(refused) == (400, "invalid_request_error", None, None)
        assert "status of succeeded" in refused.error["message"]
        assert done(earlier.get(GET_REFUND, one["id"])) == one


def test_a_refund_that_requires_an_action_is_canceled_and_its_amount_can_be_refunded_again() -> None:
    shop = StripeMerchant()
    intent = shop.paid(metadata={"sandbox_outcome": "refund=pending:3600"})["id"]
    refund = done(shop.refund(intent))
    assert "status of pending" in shop.post(CANCEL_REFUND, refund["id"]).error["message"]
    assert simulate(refund["id"], "require_action").status == 200
    first, again = (shop.post(CANCEL_REFUND, refund["id"], key="k", expand=["charge"]) for _ in range(2))
    assert (first.json["status"], first.json["charge"]["amount_refunded"]) == ("canceled", 0)
    assert (again.text, first.replayed, again.replayed) == (first.text, False, True)
    assert "status of canceled" in shop.post(CANCEL_REFUND, refund["id"]).error["message"]
    assert done(shop.refund(intent))["amount"] == 10_00


def test_a_refusal_stays_the_answer_under_its_key() -> None:
    """Although the refund requires an action by the time of the retry: another key can cancel it, once."""
    shop = StripeMerchant()
    refund = done(shop.refund(shop.paid(metadata={"sandbox_outcome": "refund=pending:3600"})["id"]))["id"]
    refused = shop.post(CANCEL_REFUND, refund, key="k")
    assert wrong(refused) == (400, "invalid_request_error", None, None)
    assert simulate(refund, "require_action").status == 200
    again = shop.post(CANCEL_REFUND, refund, key="k")
    assert (again.status, again.text, again.replayed) == (400, refused.text, True)
    assert shop.get(GET_REFUND, refund).json["status"] == "requires_action"
    replies = [shop.post(CANCEL_REFUND, refund, key=key) for key in ("l", "m", "l", "m")]
    answered = [(reply.status, reply.replayed) for reply in replies]
    assert answered == [(200, False), (400, False), (200, True), (400, True)]


@pytest.mark.parametrize("name", [f"re_{PAYMENT_ID[5:]}{'q' * 10}", f"re_{PAYMENT_ID[5:]}{'q' * 10}v", "re_x"])
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(StripeMerchant().post(CANCEL_REFUND, name)) == missing("id")


def test_another_merchants_is_not_there() -> None:
    shop = StripeMerchant(OTHER_MERCHANT)
    theirs = done(shop.refund(shop.paid()["id"]))["id"]
    assert wrong(StripeMerchant().post(CANCEL_REFUND, theirs)) == missing("id")


def test_a_parameter_is_refused() -> None:
    refund = done(StripeMerchant().refund(StripeMerchant().paid()["id"]))["id"]
    reply = StripeMerchant().post(CANCEL_REFUND, refund, reason="duplicate")
    assert wrong(reply) == (400, "invalid_request_error", "parameter_unknown", "reason")
