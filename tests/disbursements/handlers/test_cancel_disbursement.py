"""POST /v1/api/payment/{customer_id}/{payment_id}/cancel."""

import pytest

from paysandbox.core.errors import Code
from paysandbox.disbursements.steps import Step
from tests.support.builders import build
from tests.support.clients.disbursement_requests import Payer, books, step, stored


def test_a_canceled_pending_one_returns_its_money(payer: Payer) -> None:
    payment_id = payer.ready().accepted()
    reply = payer.cancel(payment_id)
    assert (reply.status, reply.json["status"], reply.json["cancel_requested"]) == (200, "canceled", False)
    assert reply.text == payer.payment(payment_id).text
    assert books() == {"USD": (100_00, 100_00, 0)}


def test_an_unclaimed_one_is_to_be_canceled_at_the_provider(payer: Payer) -> None:
    payment_id = payer.ready().accepted()
    step(payment_id, Step.SEND, Step.UNCLAIM)
    reply = payer.cancel(payment_id)
    assert (reply.status, reply.json["status"], reply.json["cancel_requested"]) == (200, "unclaimed", True)
    assert books() == {"USD": (100_00, 87_50, 12_50)}
    step(payment_id, Step.CANCEL)
    assert payer.cancel(payment_id).json["status"] == "canceled"
    assert books() == {"USD": (100_00, 100_00, 0)}


@pytest.mark.parametrize("steps", [(), (Step.SEND, Step.UNCLAIM)], ids=["pending", "unclaimed"])
def test_a_repeated_cancellation_gets_the_same_response(payer: Payer, steps: tuple[Step, ...]) -> None:
    payment_id = payer.ready().accepted()
    step(payment_id, *steps)
    first = payer.cancel(payment_id)
    version = stored()[0].version
    assert payer.cancel(payment_id).text == first.text
    assert stored()[0].version == version


@pytest.mark.parametrize(
    "steps, status",
    [
        ((Step.SEND,), "processing"),
        ((Step.SEND, Step.PAY), "paid"),
        ((Step.SEND, Step.FAIL), "failed"),
        ((Step.SEND, Step.HOLD), "held"),
        ((Step.SEND, Step.BLOCK), "blocked"),
        ((Step.SEND, Step.PAY, Step.REVERSE), "returned"),
    ],
)
def test_any_other_is_refused(payer: Payer, steps: tuple[Step, ...], status: str) -> None:
    payment_id = payer.ready().accepted()
    step(payment_id, *steps)
    kept = books()
    reply = payer.cancel(payment_id)
    assert (reply.status, reply.code) == (409, Code.DISBURSEMENT_STATE_UNEXPECTED)
    assert reply.json["current_status"] == status
    assert books() == kept


def test_another_merchants_is_not_found(payer: Payer) -> None:
    payment_id = payer.ready().accepted()
    reply = Payer(build.OTHER_MERCHANT).ready().cancel(payment_id)
    assert (reply.status, reply.code) == (404, Code.RESOURCE_NOT_FOUND)
    assert payer.payment(payment_id).json["status"] == "pending"
