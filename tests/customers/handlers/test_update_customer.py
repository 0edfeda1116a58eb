"""PUT /v1/api/customer/{customer_id}."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from paysandbox.core.errors import Code
from paysandbox.customers.routes import UPDATE_CUSTOMER
from tests.support.builders import build
from tests.support.builders.disbursements import BANK_ACCOUNT, BANK_ACCOUNT_SHOWN, CUSTOMER_ID, EMAIL
from tests.support.clients.call import Reply, send
from tests.support.clients.disbursement_requests import Payer
from tests.support.worlds.aws_transport import Wire


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


@pytest.mark.parametrize("more", [{}, {"name": "Jane"}, {"bank_account": BANK_ACCOUNT}])
def test_a_repeated_request_gets_the_same_response(payer: Payer, more: dict[str, Any]) -> None:
    payer.create_customer(name="John")
    first = payer.update_customer(email="new@example.com", **more)
    assert payer.update_customer(email="new@example.com", **more).text == first.text
    assert payer.customer().text == first.text


@pytest.mark.parametrize("after", [{}, {"name": "John"}, {"name": "Jane"}])
@pytest.mark.parametrize("before", [{}, {"name": "Jane"}])
def test_a_name_is_set_changed_and_removed(payer: Payer, before: dict[str, str], after: dict[str, str]) -> None:
    payer.create_customer(**before)
    assert payer.update_customer(email=EMAIL, **after).json.get("name") == after.get("name")
    assert payer.customer().json.get("name") == after.get("name")


@pytest.mark.parametrize("after", [{}, {"stripe_account": "acct_1"}, {"stripe_account": "acct_2"}])
@pytest.mark.parametrize("before", [{}, {"stripe_account": "acct_1"}])
def test_a_stripe_account_is_set_changed_and_removed(
    payer: Payer, before: dict[str, str], after: dict[str, str]
) -> None:
    payer.create_customer(**before)
    assert payer.update_customer(email=EMAIL, **after).json.get("stripe_account") == after.get("stripe_account")
    assert payer.customer().json.get("stripe_account") == after.get("stripe_account")


_OTHERS = {"account_number": "000111111116", "account_type": "savings", "account_holder_name": "John Doe"}


@pytest.mark.parametrize(
    "after", [{}, BANK_ACCOUNT, *(BANK_ACCOUNT | {name: value} for name, value in _OTHERS.items())]
)
@pytest.mark.parametrize("before", [{}, BANK_ACCOUNT])
def test_a_bank_account_is_set_changed_and_removed(payer: Payer, before: dict[str, str], after: dict[str, str]) -> None:
    payer.create_customer(**({"bank_account": before} if before else {}))
    body: dict[str, Any] = {"bank_account": after} if after else {}
    changed = payer.update_customer(email=EMAIL, **body)
    shown = {name: value for name, value in after.items() if name != "account_number"}
    expected = shown | {"last4": after["account_number"][-4:]} if after else None
    assert changed.json.get("bank_account") == expected
    assert payer.customer().text == changed.text


def test_of_updates_at_once_one_stands_whole(payer: Payer, wire: Wire) -> None:
    payer.create_customer()
    banks = {"John": "000111111116", "Jane": "000123456789", "Jim": "000111111113"}

    def update(name: str) -> Reply:
        account = BANK_ACCOUNT | {"account_number": banks[name], "account_holder_name": name}
        return payer.update_customer(email=f"{name.lower()}@example.com", name=name, bank_account=account)

    with wire.meeting(len(banks), "UpdateItem"), ThreadPoolExecutor(len(banks)) as pool:
        replies = list(pool.map(update, banks))
    for name, reply in zip(banks, replies, strict=True):
        answered = reply.json
        assert (reply.status, answered["name"], answered["bank_account"]["last4"]) == (200, name, banks[name][-4:])
    stored = payer.customer().json
    assert stored in [reply.json for reply in replies]


def test_a_refused_account_changes_nothing(payer: Payer) -> None:
    payer.create_customer(bank_account=BANK_ACCOUNT)
    for parts, code in (
        ({"account_number": "000123456780"}, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX),
        ({"routing_number": "110000001"}, Code.ROUTING_NUMBER_INCORRECT),
    ):
        reply = payer.update_customer(email="new@example.com", bank_account=BANK_ACCOUNT | parts)
        assert (reply.status, reply.code) == (400, code)
    stored = payer.customer().json
    assert (stored["email"], stored["bank_account"]) == (EMAIL, BANK_ACCOUNT_SHOWN)


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
