"""GET /v1/api/payment/{customer_id}/{payment_id}."""

import pytest

from paysandbox.core.errors import Code
from paysandbox.disbursements.steps import Step
from tests.support.builders import build
from tests.support.builders.disbursements import CUSTOMER_ID
from tests.support.clients.disbursement_requests import Payer, step

UNKNOWN = "20261116T093000.000000Z-abcdefghij"


def test_the_trail_has_every_status(payer: Payer) -> None:
    payment_id = payer.ready().accepted()
    step(payment_id, Step.SEND, Step.PAY, Step.REVERSE)
    reply = payer.payment(payment_id)
    assert reply.status == 200
    assert [one["status"] for one in reply.json["trail"]] == ["pending", "processing", "paid", "returned"]
    assert [one["source"] for one in reply.json["trail"]] == ["api", "worker", "provider", "provider"]
    assert reply.json["status"] == "returned"


@pytest.mark.parametrize(
    "customer_id, payment_id",
    [
        (CUSTOMER_ID, UNKNOWN),
        (CUSTOMER_ID, ""),
        (CUSTOMER_ID, "x" * 3_000),
        ("nobody", UNKNOWN),
        ("a#b", UNKNOWN),
        ("x" * 3_000, UNKNOWN),
    ],
)
def test_not_found(payer: Payer, customer_id: str, payment_id: str) -> None:
    reply = payer.payment(payment_id, customer_id)
    assert (reply.status, reply.code, reply.json["param"]) == (404, Code.RESOURCE_NOT_FOUND, "payment_id")


def test_a_disbursement_of_another_customer_or_merchant_is_not_found(payer: Payer) -> None:
    payment_id = payer.ready().accepted()
    payer.create_customer("other")
    assert payer.payment(payment_id, "other").status == 404
    assert Payer(build.OTHER_MERCHANT).ready().payment(payment_id).status == 404
