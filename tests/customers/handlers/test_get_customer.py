"""GET /v1/api/customer/{customer_id}."""

import pytest

from paysandbox.core.errors import Code
from tests.support.builders import build
from tests.support.builders.disbursements import CUSTOMER_ID
from tests.support.clients.disbursement_requests import Payer


def test_the_record(payer: Payer) -> None:
    assert payer.create_customer(name="Jane").text == payer.customer().text


def test_an_id_that_is_an_address(payer: Payer) -> None:
    payer.create_customer("jane@example.com")
    assert payer.customer("jane%40example.com").json["customer_id"] == "jane@example.com"


@pytest.mark.parametrize("customer_id", ["nobody", "", "a#b", "x" * 3_000])
def test_not_found(payer: Payer, customer_id: str) -> None:
    reply = payer.customer(customer_id)
    assert (reply.status, reply.code, reply.json["param"]) == (404, Code.RESOURCE_NOT_FOUND, "customer_id")


def test_another_merchants_is_not_found(payer: Payer) -> None:
    payer.create_customer()
    assert Payer(build.OTHER_MERCHANT).customer(CUSTOMER_ID).status == 404
