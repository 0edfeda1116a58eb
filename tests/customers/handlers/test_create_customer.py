"""POST /v1/api/customer."""

from typing import Any

import pytest

from paysandbox.aws.schema import CUSTOMERS
from paysandbox.core.errors import Code
from paysandbox.customers.routes import CREATE_CUSTOMER
from paysandbox.http.body_shape import WRONG_SHAPE
from tests.support.builders import build
from tests.support.builders.disbursements import BANK_ACCOUNT, BANK_ACCOUNT_SHOWN, CUSTOMER_ID, EMAIL
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


def test_a_customer_with_a_bank_account(payer: Payer) -> None:
    assert payer.create_customer(bank_account=BANK_ACCOUNT).json["bank_account"] == BANK_ACCOUNT_SHOWN
    assert payer.customer().json["bank_account"] == BANK_ACCOUNT_SHOWN


def test_a_customer_with_a_stripe_account(payer: Payer) -> None:
    assert payer.create_customer(stripe_account="acct_1NvPzq2eZvKYlo2C").json["stripe_account"].startswith("acct_1Nv")
    assert payer.customer().json["stripe_account"] == "acct_1NvPzq2eZvKYlo2C"


@pytest.mark.parametrize(
    "account", ["", "acct_", "acct-1", "ACCT_1", "acct_1\n", "acct_a_b", f"acct_{'a' * 65}", 1, []]
)
def test_refused_stripe_accounts(payer: Payer, account: Any) -> None:
    reply = payer.create_customer(stripe_account=account)
    assert (reply.status, reply.code, reply.json["param"]) == (400, Code.PARAMETER_INVALID, "stripe_account")
    assert table_snapshot.items_of(DISBURSEMENT_TABLES[CUSTOMERS]) == []


@pytest.mark.parametrize(
    "more", [{"name": "Jane Doe"}, {"bank_account": BANK_ACCOUNT}, {"bank_account": None}, {"stripe_account": "acct_1"}]
)
def test_a_repeated_request_gets_the_same_response(payer: Payer, more: dict[str, Any]) -> None:
    first, again = payer.create_customer(**more), payer.create_customer(**more)
    assert (again.status, again.text) == (200, first.text)


@pytest.mark.parametrize(
    "again, param",
    [
        ({"email": "other@example.com"}, "email"),
        ({"email": EMAIL.upper()}, "email"),  # the part before the @ may depend on it
        ({"name": "John"}, "name"),
        ({"email": "other@example.com", "name": "John"}, "email"),
        ({"bank_account": BANK_ACCOUNT}, "bank_account"),
        ({"stripe_account": "acct_1"}, "stripe_account"),
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


def test_another_account_of_a_known_customer(payer: Payer) -> None:
    payer.create_customer(bank_account=BANK_ACCOUNT)
    for parts in ({"account_number": "000111111116"}, {"account_type": "savings"}, {"account_holder_name": "John Doe"}):
        reply = payer.create_customer(bank_account=BANK_ACCOUNT | parts)
        assert (reply.status, reply.code, reply.json["param"]) == (409, Code.CUSTOMER_EXISTS, "bank_account")
    assert payer.create_customer().code == Code.CUSTOMER_EXISTS
    assert payer.customer().json["bank_account"] == BANK_ACCOUNT_SHOWN


@pytest.mark.parametrize(
    "parts, code, param",
    [
        ({"routing_number": "110000001"}, Code.ROUTING_NUMBER_INCORRECT, "routing_number"),
        ({"routing_number": "011000015"}, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, "routing_number"),
        ({"account_number": "000123456780"}, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX, "account_number"),
        ({"routing_number": "11000000"}, Code.PARAMETER_INVALID, "routing_number"),
        ({"routing_number": "1100000000"}, Code.PARAMETER_INVALID, "routing_number"),
        ({"routing_number": "110000000\n"}, Code.PARAMETER_INVALID, "routing_number"),
        ({"routing_number": "\u0661\u0661\u0660000000"}, Code.PARAMETER_INVALID, "routing_number"),
        ({"routing_number": 110000000}, Code.PARAMETER_INVALID, "routing_number"),
        ({"account_number": "123"}, Code.PARAMETER_INVALID, "account_number"),
        ({"account_number": "0" * 18}, Code.PARAMETER_INVALID, "account_number"),
        ({"account_number": 123456789}, Code.PARAMETER_INVALID, "account_number"),
        ({"account_number": "000-123-456"}, Code.PARAMETER_INVALID, "account_number"),
        ({"account_number": build.VISA}, Code.LIVE_CARD_IN_SANDBOX, "account_number"),
        ({"account_type": "current"}, Code.PARAMETER_INVALID, "account_type"),
        ({"account_holder_name": ""}, Code.PARAMETER_INVALID, "account_holder_name"),
        ({"account_holder_name": "a\nb"}, Code.PARAMETER_INVALID, "account_holder_name"),
        ({"account_holder_name": build.VISA}, Code.LIVE_CARD_IN_SANDBOX, "account_holder_name"),
        ({"last4": "6789"}, Code.PARAMETER_UNKNOWN, "last4"),
        *(({name: build.ABSENT}, Code.PARAMETER_MISSING, name) for name in BANK_ACCOUNT),
    ],
)
def test_refused_bank_accounts(payer: Payer, parts: dict[str, Any], code: Code, param: str) -> None:
    account = {name: value for name, value in (BANK_ACCOUNT | parts).items() if value is not build.ABSENT}
    reply = payer.create_customer(bank_account=account)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, f"bank_account.{param}")
    assert table_snapshot.items_of(DISBURSEMENT_TABLES[CUSTOMERS]) == []


@pytest.mark.parametrize(
    "body, code, param",
    [
        ({"customer_id": "", "email": EMAIL}, Code.PARAMETER_INVALID, "customer_id"),
        ({"customer_id": "a", "email": EMAIL, "bank_account": "000123456789"}, Code.PARAMETER_INVALID, "bank_account"),
        ({"customer_id": "a", "email": EMAIL, "bank_account": [BANK_ACCOUNT]}, Code.PARAMETER_INVALID, "bank_account"),
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
