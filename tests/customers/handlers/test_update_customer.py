"""PUT /v1/api/customer/{customer_id}."""

from typing import Any

import pytest

from paysandbox.core.errors import Code
from paysandbox.customers.routes import UPDATE_CUSTOMER
from tests.support.builders import build
from tests.support.builders.disbursements import CUSTOMER_ID, EMAIL
from tests.support.clients.call import send
from tests.support.clients.disbursement_requests import Payer


def test_all_attributes_are_replaced(payer: Payer) -> None:
    created = payer.create_customer(name="Jane").json
    changed = payer.update_customer(email="new@example.com").json
    assert changed == {
        "customer_id": created["customer_id"],
        "email": "new@example.com",
        "created_at": created["created_at"],
        "updated_at": changed["updated_at"],
    }
    assert changed["updated_at"] >= created["updated_at"]
    assert payer.customer().json == changed
    assert payer.update_customer(email=EMAIL, name="Jane Doe").json["name"] == "Jane Doe"


@pytest.mark.parametrize("name", [{}, {"name": "Jane"}])
def test_a_repeated_request_gets_the_same_response(payer: Payer, name: dict[str, str]) -> None:
    payer.create_customer(name="John")
    first = payer.update_customer(email="new@example.com", **name)
    assert payer.update_customer(email="new@example.com", **name).text == first.text
    assert payer.customer().text == first.text


@pytest.mark.parametrize("after", [{}, {"name": "John"}, {"name": "Jane"}])
@pytest.mark.parametrize("before", [{}, {"name": "Jane"}])
def test_a_name_is_set_changed_and_removed(payer: Payer, before: dict[str, str], after: dict[str, str]) -> None:
    payer.create_customer(**before)
    assert payer.update_customer(email=EMAIL, **after).json.get("name") == after.get("name")
    assert payer.customer().json.get("name") == after.get("name")


def test_after_an_update_the_original_create_request_conflicts(payer: Payer) -> None:
    payer.create_customer()
    payer.update_customer(email="new@example.com")
    assert payer.create_customer().code == Code.CUSTOMER_EXISTS
    assert payer.create_customer(email="new@example.com").status == 200


@pytest.mark.parametrize("customer_id", ["nobody", "a#b"])
def test_not_found(payer: Payer, customer_id: str) -> None:
    reply = payer.update_customer(customer_id, email=EMAIL)
    assert (reply.status, reply.code, reply.json["param"]) == (404, Code.RESOURCE_NOT_FOUND, "customer_id")


def test_another_merchants_is_not_found(payer: Payer) -> None:
    payer.create_customer()
    assert Payer(build.OTHER_MERCHANT).update_customer(email="new@example.com").status == 404
    assert payer.customer().json["email"] == EMAIL


@pytest.mark.parametrize(
    "body, param",
    [({}, "email"), ({"email": "jane"}, "email"), ({"email": EMAIL, "customer_id": "other"}, "customer_id")],
)
def test_refused(payer: Payer, body: dict[str, Any], param: str) -> None:
    payer.create_customer()
    reply = send(UPDATE_CUSTOMER, path={"customer_id": CUSTOMER_ID}, body=body)
    assert (reply.status, reply.json["param"]) == (400, param)
    assert payer.customer().json["email"] == EMAIL
