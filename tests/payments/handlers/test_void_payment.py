"""POST /payments/void: release the uncaptured part of an authorization."""

from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.payments.routes import VOID_PAYMENT
from tests.support.builders import build
from tests.support.builders.build import ABSENT, MICROSECOND, VALIDITY
from tests.support.clients.call import Merchant
from tests.support.worlds import tables


def test_a_void_releases_the_full_amount(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    answer = demo.void(auth_id).json
    assert answer == {
        "status": "completed",
        "transaction_id": answer["transaction_id"],
        "auth_id": auth_id,
        "amount": 10_00,
        "currency": "USD",
        "created_at": answer["created_at"],
    }
    shown = demo.payment(answer["transaction_id"]).json
    assert (shown["status"], shown["released"], shown["remaining"]) == ("voided", 10_00, 0)


def test_a_void_keeps_captures(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    capture_id = demo.captured(4_00, of=auth_id)
    assert demo.void(auth_id).json["amount"] == 6_00
    shown = demo.payment(auth_id).json
    assert (shown["status"], shown["captured"], shown["released"]) == ("captured", 4_00, 6_00)
    assert demo.refund(capture_id).json["amount"] == 4_00


def test_a_void_keeps_the_due_time(demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized(10_00)
    due_at = tables.items(ledger)[auth_id]["due_at"]
    demo.void(auth_id)
    assert tables.items(ledger)[auth_id]["due_at"] == due_at


@pytest.mark.parametrize(
    "body, code, param",
    [
        (build.void_body(ABSENT), "parameter_missing", "auth_id"),
        (build.void_body(None), "parameter_invalid", "auth_id"),
        (build.void_body(amount=4_00), "parameter_unknown", "amount"),  # no partial void: use a final capture
        (build.void_body(currency="USD"), "parameter_unknown", "currency"),
    ],
)
def test_invalid_bodies_write_no_idempotency_record(
    body: dict[str, Any], code: str, param: str, demo: Merchant, ledger: Ledger
) -> None:
    reply = demo.post(VOID_PAYMENT, body)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert tables.items(ledger) == {}


@pytest.mark.parametrize("auth_id", [build.PAYMENT_ID, "", "auth_x", build.operation_id("void"), "clm_" + "p" * 26])
def test_ids_of_other_kinds(auth_id: str, demo: Merchant) -> None:
    reply = demo.void(auth_id)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_another_merchants_authorization_is_not_found(demo: Merchant, globex: Merchant) -> None:
    auth_id = demo.authorized()
    assert globex.void(auth_id).code == "resource_not_found"
    assert demo.payment(auth_id).json["status"] == "approved"


def test_declined_authorization(demo: Merchant) -> None:
    declined = demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json["auth_id"]
    reply = demo.void(declined)
    assert (reply.status, reply.code, reply.json["current_status"]) == (409, "payment_declined", "declined")


def test_second_void_under_another_key(demo: Merchant) -> None:
    auth_id = demo.authorized()
    demo.void(auth_id)
    reply = demo.void(auth_id)
    assert (reply.status, reply.code) == (409, "already_voided")
    assert (reply.json["current_status"], reply.json["remaining"]) == ("voided", 0)


def test_second_void_after_a_partial_capture(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    demo.captured(4_00, of=auth_id)
    demo.void(auth_id)
    assert demo.void(auth_id).code == "already_voided"
    assert demo.capture(auth_id).code == "already_voided"


def test_captured_authorization_names_the_refundable_amount(demo: Merchant) -> None:
    capture_id = demo.captured(10_00)
    reply = demo.void(demo.payment(capture_id).json["auth_id"])
    assert (reply.status, reply.code) == (409, "already_captured")
    assert (reply.json["remaining"], reply.json["refundable"]) == (0, 10_00)


@pytest.mark.parametrize("after, outcome", [(VALIDITY - MICROSECOND, "completed"), (VALIDITY, "authorization_expired")])
def test_expired_authorization(after: Any, outcome: str, demo: Merchant) -> None:
    """Its hold has ended, and the expiry will record that."""
    answer = demo.authorize().json
    reply = demo.at(parse_timestamp(answer["created_at"]) + after).void(answer["auth_id"])
    assert reply.says == outcome
