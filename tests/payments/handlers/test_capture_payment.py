"""POST /payments/capture: capture all or part of an authorization."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.payment import MAX_CAPTURES
from paysandbox.payments.routes import CAPTURE_PAYMENT
from tests.support.builders import build
from tests.support.builders.build import ABSENT, DAY, MICROSECOND, VALIDITY
from tests.support.clients.call import Merchant
from tests.support.worlds import tables
from tests.support.worlds.handlers import Clock

# --- answers ----------------------------------------------------------------------------------------------------------


def test_fields_of_a_capture(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    answer = demo.capture(auth_id, amount=4_00).json
    assert answer == {
        "status": "completed",
        "transaction_id": answer["transaction_id"],
        "auth_id": auth_id,
        "amount": 4_00,
        "currency": "USD",
        "final": False,
        "remaining": 6_00,
        "released": 0,
        "created_at": answer["created_at"],
    }
    assert answer["transaction_id"].startswith("cap_" + auth_id.removeprefix("auth_"))


@pytest.mark.parametrize(
    "asked, captured, remaining, released, status",
    [
        ({}, 10_00, 0, 0, "captured"),
        ({"amount": None}, 10_00, 0, 0, "captured"),
        ({"amount": 10_00}, 10_00, 0, 0, "captured"),
        ({"amount": 1}, 1, 9_99, 0, "partially_captured"),
        ({"amount": 4_00, "final": False}, 4_00, 6_00, 0, "partially_captured"),
        ({"amount": 4_00, "final": True}, 4_00, 0, 6_00, "captured"),
        ({"amount": 10_00, "final": True}, 10_00, 0, 0, "captured"),
        ({"final": True}, 10_00, 0, 0, "captured"),
        ({"currency": "USD"}, 10_00, 0, 0, "captured"),
        ({"currency": "usd", "amount": 4_00}, 4_00, 6_00, 0, "partially_captured"),
    ],
)
def test_partial_and_full_amounts(
    asked: dict[str, Any], captured: int, remaining: int, released: int, status: str, demo: Merchant
) -> None:
    auth_id = demo.authorized(10_00)
    answer = demo.capture(auth_id, **asked).json
    assert (answer["amount"], answer["remaining"], answer["released"]) == (captured, remaining, released)
    shown = demo.payment(auth_id).json
    assert (shown["captured"], shown["remaining"], shown["released"]) == (captured, remaining, released)
    assert shown["status"] == status


def test_several_captures_up_to_the_authorized_amount(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    assert [demo.capture(auth_id, amount=part).json["remaining"] for part in (3_00, 3_00, 3_99)] == [7_00, 4_00, 1]
    assert demo.capture(auth_id, amount=2).code == "capture_exceeds_authorized"
    assert demo.capture(auth_id).json["amount"] == 1
    assert demo.capture(auth_id).code == "already_captured"
    assert demo.capture(auth_id, amount=1).code == "already_captured"


def test_settlement_is_due_from_the_first_capture(demo: Merchant, ledger: Ledger, clock: Clock) -> None:
    auth_id = demo.authorized(10_00)
    first = demo.capture(auth_id, amount=1_00).json
    clock.advance(DAY)
    second = demo.capture(auth_id, amount=1_00).json
    item = tables.items(ledger)[auth_id]
    assert (item["due_at"], item["unsettled_since"]) == (item["created_at"], {"S": first["created_at"]})
    assert int(item["purge_at"]["N"]) == int((parse_timestamp(second["created_at"]) + build.RETENTION).timestamp())


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoilt, code, param",
    [
        ({"auth_id": ABSENT}, "parameter_missing", "auth_id"),
        ({"auth_id": 7}, "parameter_invalid", "auth_id"),
        ({"auth_id": "x" * 65}, "parameter_invalid", "auth_id"),
        ({"amount": 0}, "amount_too_small", "amount"),
        ({"amount": -5}, "amount_too_small", "amount"),
        ({"amount": 1.5}, "amount_invalid", "amount"),
        ({"amount": "1"}, "amount_invalid", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"final": "yes"}, "parameter_invalid", "final"),
        ({"final": 1}, "parameter_invalid", "final"),
        ({"currency": "XXX"}, "currency_unsupported", "currency"),
        ({"transaction_id": "x"}, "parameter_unknown", "transaction_id"),
    ],
)
def test_invalid_bodies_write_no_idempotency_record(
    spoilt: dict[str, Any], code: str, param: str, demo: Merchant, ledger: Ledger
) -> None:
    auth_id = demo.authorized()
    before = tables.items(ledger)
    reply = demo.post(CAPTURE_PAYMENT, build.capture_body(**{"auth_id": auth_id} | spoilt))
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert tables.items(ledger) == before


@pytest.mark.parametrize(
    "auth_id",
    [
        build.PAYMENT_ID,
        "",
        "auth_",
        "auth_short",
        "AUTH_" + "P" * 26,
        build.PAYMENT_ID + "\n",
        build.PAYMENT_ID + "a",
        build.operation_id("cap"),
        "clm_" + "p" * 26,
        "4242",
        "auth_" + "é" * 26,
    ],
)
def test_ids_of_other_kinds(auth_id: str, demo: Merchant) -> None:
    reply = demo.capture(auth_id)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_only_authorization_ids_are_accepted(demo: Merchant) -> None:
    """A capture's id resolves to its payment in reads, but is not an authorization id."""
    assert demo.capture(demo.captured(4_00, of=demo.authorized())).code == "resource_not_found"


def test_another_merchants_authorization_is_not_found(demo: Merchant, globex: Merchant) -> None:
    auth_id = demo.authorized()
    assert globex.capture(auth_id).code == "resource_not_found"
    assert demo.payment(auth_id).json["captured"] == 0


def _captured(demo: Merchant) -> str:
    return demo.payment(demo.captured(10_00)).json["auth_id"]


def _partly(demo: Merchant) -> str:
    auth_id = demo.authorized(10_00)
    demo.captured(4_00, of=auth_id)
    return auth_id


def _voided(demo: Merchant) -> str:
    auth_id = demo.authorized()
    demo.void(auth_id)
    return auth_id


def _declined(demo: Merchant) -> str:
    return demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json["auth_id"]


@pytest.mark.parametrize(
    "given, asked, code, possible",
    [
        # Top to bottom, each row fixes the first fault of the row above, so the rows show the order of the guards.
        (_declined, {"currency": "EUR"}, "currency_mismatch", {"currency": "USD", "remaining": 0}),
        (_declined, {}, "payment_declined", {"current_status": "declined", "remaining": 0}),
        (_voided, {"amount": 99_00}, "already_voided", {"current_status": "voided", "remaining": 0}),
        (_captured, {"amount": 99_00}, "already_captured", {"current_status": "captured", "remaining": 0}),
        (_partly, {"amount": 6_01}, "capture_exceeds_authorized", {"remaining": 6_00, "refundable": 4_00}),
        (_partly, {"amount": 6_01, "final": True}, "capture_exceeds_authorized", {"remaining": 6_00}),
        (_partly, {"amount": 6_00, "currency": "GBP"}, "currency_mismatch", {"currency": "USD", "remaining": 6_00}),
    ],
)
def test_state_errors_have_the_limits(
    given: Any, asked: dict[str, Any], code: str, possible: dict[str, Any], demo: Merchant, ledger: Ledger
) -> None:
    auth_id = given(demo)
    before = tables.items(ledger)[auth_id]
    reply = demo.capture(auth_id, **asked)
    assert (reply.status, reply.code) == (409, code)
    assert {name: reply.json[name] for name in possible} == possible
    assert tables.items(ledger)[auth_id] == before


@pytest.mark.parametrize(
    "after, outcome",
    [
        (VALIDITY - MICROSECOND, "completed"),
        (VALIDITY, "authorization_expired"),
        (2 * VALIDITY, "authorization_expired"),
    ],
)
def test_expiry_uses_the_stored_time(after: Any, outcome: str, demo: Merchant) -> None:
    """Even before a sweep: the limit itself is too late, a microsecond earlier is not."""
    answer = demo.authorize().json
    reply = demo.at(parse_timestamp(answer["created_at"]) + after).capture(answer["auth_id"])
    assert reply.says == outcome


def test_expiry_errors_have_the_time(demo: Merchant, clock: Clock) -> None:
    answer = demo.authorize().json
    clock.advance(7 * DAY)
    reply = demo.capture(answer["auth_id"], amount=99_00)
    assert (reply.status, reply.code) == (409, "authorization_expired")  # rather than the amount error
    assert reply.json["expires_at"] == answer["expires_at"]
    assert reply.json["remaining"] == 0


def test_maximum_number_of_captures(demo: Merchant, ledger: Ledger) -> None:
    """The limit is checked before the amount, and blocks neither a void nor a refund."""
    taken = {build.operation_id("cap", number): 1 for number in range(MAX_CAPTURES - 1)}
    fresh = build.authorized(100_00, now=datetime.now(UTC))
    payment = replace(
        fresh,
        operations=(*fresh.operations, *(build.capture(number, at=fresh.created_at) for number in range(len(taken)))),
        version=1 + len(taken),
        remaining=100_00 - len(taken),
        refundable=len(taken),
        captures=taken,
        amounts=taken,
    )
    ledger.client.put_item(TableName=ledger.table, Item=payment_item(payment))
    assert demo.capture(payment.id, amount=1).json["remaining"] == 100_00 - MAX_CAPTURES
    reply = demo.capture(payment.id, amount=100_00)
    assert (reply.status, reply.code) == (409, "too_many_captures")
    assert reply.json["remaining"] == 100_00 - MAX_CAPTURES
    assert demo.refund(build.operation_id("cap", 0)).json["amount"] == 1
    assert demo.void(payment.id).json["amount"] == 100_00 - MAX_CAPTURES


def test_a_capture_after_a_refund_by_the_authorizations_id(demo: Merchant) -> None:
    """The refund stays with the only capture at that time; the second can be refunded in full."""
    auth_id = demo.authorized(10_00)
    first = demo.captured(4_00, of=auth_id)
    demo.refunded(auth_id, 3_00)
    second = demo.captured(5_00, of=auth_id)
    assert demo.refund(first, amount=1_01).code == "refund_exceeds_captured"
    assert demo.refund(second).json["amount"] == 5_00
    assert demo.refund(first).json["amount"] == 1_00
    assert demo.payment(auth_id).json["captures"] == [
        {"transaction_id": first, "amount": 4_00, "refunded": 4_00},
        {"transaction_id": second, "amount": 5_00, "refunded": 5_00},
    ]
