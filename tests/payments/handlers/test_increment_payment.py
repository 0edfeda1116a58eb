"""POST /payments/increment: hold more for an authorization."""

from typing import Any

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.payments.limits import MAX_AMOUNT
from paysandbox.payments.routes import INCREMENT_PAYMENT
from tests.support.builders import build
from tests.support.builders.build import ABSENT, MICROSECOND, VALIDITY
from tests.support.clients.call import Merchant
from tests.support.worlds import tables

DECLINE = "decline:insufficient_funds"


def test_an_increment_holds_more(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    answer = demo.increment(auth_id, 5_00).json
    assert answer == {
        "status": "completed",
        "transaction_id": answer["transaction_id"],
        "auth_id": auth_id,
        "amount": 5_00,
        "currency": "USD",
        "authorized": 15_00,
        "remaining": 15_00,
        "response_code": "00",
        "created_at": answer["created_at"],
    }
    shown = demo.payment(answer["transaction_id"]).json
    assert (shown["status"], shown["amount"], shown["remaining"]) == ("approved", 15_00, 15_00)
    assert [one["type"] for one in shown["operations"]] == ["authorization", "increment"]


def test_what_was_added_is_captured(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    demo.increment(auth_id, 5_00)
    assert demo.capture(auth_id, amount=15_01).code == "capture_exceeds_authorized"
    capture_id = demo.captured(15_00, of=auth_id)
    assert demo.refund(capture_id).json["amount"] == 15_00


def test_what_was_added_is_voided(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    demo.increment(auth_id, 5_00)
    assert demo.void(auth_id).json["amount"] == 15_00


def test_an_increment_neither_extends_the_hold_nor_changes_when_it_is_due(demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized(10_00)
    before = tables.items(ledger)[auth_id]
    demo.increment(auth_id)
    after = tables.items(ledger)[auth_id]
    assert {name: before[name] for name in ("capture_before", "due_at", "authorized")} == {
        name: after[name] for name in ("capture_before", "due_at", "authorized")
    }


@pytest.mark.parametrize(
    "header, status, decline, response",
    [
        ("approve", "completed", None, "00"),
        ("iso:00", "completed", None, "00"),
        (DECLINE, "declined", "insufficient_funds", "51"),
        ("iso:51", "declined", "insufficient_funds", "51"),
        ("decline:authentication_required", "declined", "authentication_required", "1A"),
    ],
)
def test_the_header_requests_the_response(
    header: str, status: str, decline: str | None, response: str, demo: Merchant
) -> None:
    auth_id = demo.authorized(10_00)
    answer = demo.asking(header).increment(auth_id).json
    assert (answer["status"], answer.get("decline_code"), answer["response_code"]) == (status, decline, response)
    assert answer["authorized"] == (10_00 if decline else 15_00)


@pytest.mark.parametrize("header", ["partial:1", "pending:1:approve", "late:1", "action:3ds", "capture=fail", "yes"])
def test_other_outcomes_are_refused(header: str, demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized(10_00)
    before = tables.items(ledger)
    reply = demo.asking(header).increment(auth_id)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "outcome_invalid", "X-Sandbox-Outcome")
    assert tables.items(ledger) == before


def test_a_declined_increment_leaves_the_authorization_and_is_recorded(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    demo.asking(DECLINE).increment(auth_id)
    shown = demo.payment(auth_id).json
    assert (shown["status"], shown["amount"], shown["remaining"]) == ("approved", 10_00, 10_00)
    assert (shown["operations"][1]["type"], shown["operations"][1]["decline_code"]) == (
        "increment",
        "insufficient_funds",
    )
    assert demo.captured(10_00, of=auth_id)


def test_the_plan_of_the_payment_declines_increments_unless_the_header_approves(demo: Merchant) -> None:
    auth_id = demo.asking("increment=decline:do_not_honor").authorized(10_00)
    assert demo.increment(auth_id).json["decline_code"] == "do_not_honor"
    assert demo.asking("approve").increment(auth_id).json["authorized"] == 15_00
    assert demo.captured(15_00, of=auth_id)


def test_ten_attempts_declined_ones_included(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    for number in range(10):
        assert demo.asking(DECLINE if number % 2 else "approve").increment(auth_id, 1_00).status == 200
    reply = demo.increment(auth_id, 1_00)
    assert (reply.status, reply.code, reply.json["remaining"]) == (409, "too_many_increments", 15_00)


def test_a_repeated_increment_is_made_once(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    first = demo.increment(auth_id, key="k")
    demo.captured(4_00, of=auth_id)
    again = demo.increment(auth_id, key="k")
    assert (again.text, again.replayed) == (first.text, True)
    assert demo.increment(auth_id, 6_00, key="k").code == "idempotency_key_reused"


def test_a_repeated_decline_is_the_same_decline(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    first = demo.asking(DECLINE).increment(auth_id, key="k")
    again = demo.asking("approve").increment(auth_id, key="k")
    assert (again.text, again.replayed) == (first.text, True)


@pytest.mark.parametrize(
    "body, code, param",
    [
        (build.increment_body(ABSENT), "parameter_missing", "auth_id"),
        (build.increment_body(amount=ABSENT), "parameter_missing", "amount"),
        (build.increment_body(amount=0), "amount_too_small", "amount"),
        (build.increment_body(amount=-1), "amount_too_small", "amount"),
        (build.increment_body(amount="5"), "amount_invalid", "amount"),
        (build.increment_body(amount=MAX_AMOUNT + 1), "amount_too_large", "amount"),
        (build.increment_body(final=True), "parameter_unknown", "final"),
    ],
)
def test_invalid_bodies_write_no_idempotency_record(
    body: dict[str, Any], code: str, param: str, demo: Merchant, ledger: Ledger
) -> None:
    reply = demo.post(INCREMENT_PAYMENT, body)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert tables.items(ledger) == {}


def test_the_total_is_not_above_that_of_any_authorization(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    reply = demo.increment(auth_id, MAX_AMOUNT - 9_99)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "amount_too_large", "amount")
    assert demo.increment(auth_id, MAX_AMOUNT - 10_00).json["authorized"] == MAX_AMOUNT


@pytest.mark.parametrize("auth_id", [build.PAYMENT_ID, "", "auth_x", build.operation_id("cap"), "clm_" + "p" * 26])
def test_ids_of_other_kinds(auth_id: str, demo: Merchant) -> None:
    reply = demo.increment(auth_id)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_another_merchants_authorization_is_not_found(demo: Merchant, globex: Merchant) -> None:
    auth_id = demo.authorized()
    assert globex.increment(auth_id).code == "resource_not_found"
    assert demo.payment(auth_id).json["remaining"] == 10_00


def test_what_is_not_held_or_was_captured_in_part_is_not_incremented(demo: Merchant) -> None:
    declined = demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json["auth_id"]
    voided, captured, partly = (demo.authorized(10_00) for _ in range(3))
    demo.void(voided)
    demo.captured(10_00, of=captured)
    demo.captured(4_00, of=partly)
    expected = {
        declined: "payment_declined",
        voided: "already_voided",
        captured: "already_captured",
        partly: "partially_captured",
    }
    assert {auth_id: demo.increment(auth_id).code for auth_id in expected} == expected
    assert demo.increment(demo.authorized(), currency="EUR").code == "currency_mismatch"


@pytest.mark.parametrize("after, outcome", [(VALIDITY - MICROSECOND, "completed"), (VALIDITY, "authorization_expired")])
def test_expired_authorization(after: Any, outcome: str, demo: Merchant) -> None:
    answer = demo.authorize().json
    reply = demo.at(parse_timestamp(answer["created_at"]) + after).increment(answer["auth_id"])
    assert reply.says == outcome
