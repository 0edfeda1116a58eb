"""POST /v1/api/customer."""

from typing import Any

import pytest

from paysandbox.aws.schema import CUSTOMERS
from paysandbox.core.errors import Code
from paysandbox.customers.routes import CREATE_CUSTOMER
from paysandbox.http.body_shape import WRONG_SHAPE
from tests.support.builders import build
from tests.support.builders.disbursements import CUSTOMER_ID, EMAIL
from tests.support.clients.call import send
from tests.support.clients.disbursement_requests import Payer
from tests.support.worlds import table_snapshot
from tests.support.worlds.tables import DISBURSEMENT_TABLES


def test_a_customer(payer: Payer) -> None:
    reply = payer.create_customer()
    assert reply.status == 200
    at = reply.json["created_at"]
    assert reply.json == {"customer_id": CUSTOMER_ID, "email": EMAIL, "created_at": at, "updated_at": at}


def test_a_customer_with_a_name(payer: Payer) -> None:
    assert payer.create_customer(name="Jane Doe").json["name"] == "Jane Doe"


def test_a_repeated_request_gets_the_same_response(payer: Payer) -> None:
    first, again = payer.create_customer(name="Jane Doe"), payer.create_customer(name="Jane Doe")
    assert (again.status, again.text) == (200, first.text)


@pytest.mark.parametrize(
    "again, param",
    [
        ({"email": "other@example.com"}, "email"),
        ({"email": EMAIL.upper()}, "email"),  # the part before the @ may depend on it
        ({"name": "John"}, "name"),
        ({"email": "other@example.com", "name": "John"}, "email"),
    ],
)
def test_other_attributes_of_a_known_customer(payer: Payer, again: dict[str, Any], param: str) -> None:
    first = payer.create_customer()
    reply = payer.create_customer(**again)
    assert (reply.status, reply.code, reply.json["param"]) == (409, Code.CUSTOMER_EXISTS, param)
    assert payer.customer().text == first.text


def test_each_merchant_has_its_own(payer: Payer) -> None:
    other = Payer(build.OTHER_MERCHANT)
    payer.create_customer()
    assert other.create_customer(email="other@example.com").status == 200
    assert payer.customer().json["email"] == EMAIL


@pytest.mark.parametrize(
    "body, code, param",
    [
        ({"customer_id": "", "email": EMAIL}, Code.PARAMETER_INVALID, "customer_id"),
        ({"customer_id": "a#b", "email": EMAIL}, Code.PARAMETER_INVALID, "customer_id"),
        ({"customer_id": "a b", "email": EMAIL}, Code.PARAMETER_INVALID, "customer_id"),
        ({"customer_id": "x" * 65, "email": EMAIL}, Code.PARAMETER_INVALID, "customer_id"),
        ({"customer_id": "a\n", "email": EMAIL}, Code.PARAMETER_INVALID, "customer_id"),
        ({"customer_id": "a", "email": "jane"}, Code.PARAMETER_INVALID, "email"),
        ({"customer_id": "a", "email": "jane@localhost"}, Code.PARAMETER_INVALID, "email"),
        ({"customer_id": "a", "email": "jane doe@example.com"}, Code.PARAMETER_INVALID, "email"),
        ({"customer_id": "a", "email": "jane@example.com\n"}, Code.PARAMETER_INVALID, "email"),
        ({"customer_id": "a", "email": "a" * 116 + "@example.com"}, Code.PARAMETER_INVALID, "email"),
        ({"customer_id": "a", "email": EMAIL, "name": ""}, Code.PARAMETER_INVALID, "name"),
        ({"customer_id": "a", "email": EMAIL, "name": "a\nb"}, Code.PARAMETER_INVALID, "name"),
        ({"customer_id": "a", "email": EMAIL, "name": "\ud800"}, Code.PARAMETER_INVALID, "name"),
        (
            {"customer_id": "a", "email": EMAIL, "name": build.VISA},
            Code.LIVE_CARD_IN_SANDBOX,
            "name",
        ),
    ],
)
def test_refused(payer: Payer, body: dict[str, Any], code: Code, param: str) -> None:
    reply = send(CREATE_CUSTOMER, body=body)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert table_snapshot.items_of(DISBURSEMENT_TABLES[CUSTOMERS]) == []


@pytest.mark.parametrize(
    "body, code, param",
    [
        ({}, Code.PARAMETER_MISSING, "customer_id"),
        ({"customer_id": "a"}, Code.PARAMETER_MISSING, "email"),
        ({"customer_id": 1, "email": EMAIL}, Code.PARAMETER_INVALID, "customer_id"),
        ({"customer_id": "a", "email": None}, Code.PARAMETER_INVALID, "email"),
        ({"customer_id": "a", "email": EMAIL, "phone": "1"}, Code.PARAMETER_UNKNOWN, "phone"),
    ],
)
def test_another_shape_is_refused_as_api_gateway_does(
    payer: Payer, body: dict[str, Any], code: Code, param: str
) -> None:
    """In AWS the gateway checks names and types, with one response for all. Only the handler lists the parameters."""
    reply = send(CREATE_CUSTOMER, body=body)
    assert (reply.status, reply.code, reply.json["detail"]) == (400, Code.REQUEST_INVALID, WRONG_SHAPE)
    assert (reply.json["errors"][0]["code"], reply.json["errors"][0]["param"]) == (code, param)
    assert "param" not in reply.json
    assert table_snapshot.items_of(DISBURSEMENT_TABLES[CUSTOMERS]) == []
