"""POST /payments/refund: refund captured money, never more than was captured."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.ledger.store import get_payment, step_payment
from paysandbox.payments.payment import MAX_AMOUNTS, SIMULATED
from paysandbox.payments.routes import REFUND_PAYMENT
from paysandbox.payments.simulated_action import Stamp
from paysandbox.payments.simulation.simulation import step
from tests.support.builders import build
from tests.support.builders.build import ABSENT, DAY
from tests.support.clients.call import Merchant
from tests.support.worlds import tables
from tests.support.worlds.handlers import Clock

# --- answers ----------------------------------------------------------------------------------------------------------


def test_fields_of_a_refund(demo: Merchant) -> None:
    capture_id = demo.captured(10_00)
    answer = demo.refund(capture_id, amount=3_00, reason="one ticket returned").json
    assert answer == {
        "status": "completed",
        "transaction_id": answer["transaction_id"],
        "auth_id": demo.payment(capture_id).json["auth_id"],
        "capture_id": capture_id,
        "amount": 3_00,
        "currency": "USD",
        "refundable": 7_00,
        "reason": "one ticket returned",
        "created_at": answer["created_at"],
    }


@pytest.mark.full
@pytest.mark.parametrize(
    "asked, refunded, refundable, status",
    [
        ({}, 10_00, 0, "refunded"),
        ({"amount": None, "reason": None, "currency": None}, 10_00, 0, "refunded"),
        ({"amount": 10_00}, 10_00, 0, "refunded"),
        ({"amount": 1}, 1, 9_99, "partially_refunded"),
        ({"amount": 1, "currency": "usd"}, 1, 9_99, "partially_refunded"),
    ],
)
@pytest.mark.parametrize("by", ["transaction_id", "auth_id"])
def test_partial_and_full_amounts(
    by: str, asked: dict[str, Any], refunded: int, refundable: int, status: str, demo: Merchant
) -> None:
    """By the capture's id, or the authorization's while it has exactly one capture: the same answer."""
    capture = demo.capture(demo.authorized(10_00)).json
    answer = demo.refund(capture[by], **asked).json
    assert (answer["amount"], answer["refundable"]) == (refunded, refundable)
    assert answer["capture_id"] == capture["transaction_id"]
    shown = demo.payment(capture["auth_id"]).json
    assert (shown["refunded"], shown["status"]) == (refunded, status)


def test_an_automatic_capture_is_refunded_like_any_other(demo: Merchant) -> None:
    answer = demo.authorize(capture_method="automatic", amount=5_00).json
    capture_id = answer["captures"][0]["transaction_id"]
    assert demo.refund(capture_id, amount=2_00).json["refundable"] == 3_00
    assert demo.refund(answer["auth_id"]).json["amount"] == 3_00


def test_several_refunds_up_to_the_captured_amount(demo: Merchant) -> None:
    capture_id = demo.captured(10_00)
    assert [demo.refund(capture_id, amount=part).json["refundable"] for part in (4_00, 4_00, 1_99)] == [6_00, 2_00, 1]
    assert demo.refund(capture_id, amount=2).code == "refund_exceeds_captured"
    assert demo.refund(capture_id).json["amount"] == 1
    assert demo.refund(capture_id).code == "already_refunded"
    assert demo.refund(capture_id, amount=1).code == "already_refunded"


def test_each_capture_has_its_own_limit(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    first, second = demo.captured(4_00, of=auth_id), demo.captured(6_00, of=auth_id)
    assert demo.refund(first, amount=4_01).code == "refund_exceeds_captured"
    assert demo.refund(first).json["amount"] == 4_00
    assert demo.refund(first, amount=1).code == "already_refunded"
    assert demo.refund(second, amount=6_00).json["refundable"] == 0


def test_refunds_after_expiry_or_void(demo: Merchant, clock: Clock) -> None:
    auth_id = demo.authorized(10_00)
    capture_id = demo.captured(4_00, of=auth_id)
    clock.advance(8 * DAY)
    assert demo.refund(capture_id, amount=1_00).says == "completed"


def test_refund_of_the_rest_after_a_refund_by_authorization_id(demo: Merchant) -> None:
    """Two counters apply, and the smaller one is the limit."""
    auth_id = demo.authorized(10_00)
    capture_id = demo.captured(8_00, of=auth_id)
    demo.refunded(auth_id, 3_00)
    demo.refunded(capture_id, 1_00)
    assert demo.refund(capture_id, amount=4_01).code == "refund_exceeds_captured"
    assert demo.refund(capture_id).json["amount"] == 4_00
    assert demo.payment(auth_id).json["refunded"] == 8_00


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoilt, code, param",
    [
        ({"transaction_id": ABSENT}, "parameter_missing", "transaction_id"),
        ({"transaction_id": 7}, "parameter_invalid", "transaction_id"),
        ({"amount": 0}, "amount_too_small", "amount"),
        ({"amount": 0.5}, "amount_invalid", "amount"),
        ({"amount": False}, "amount_invalid", "amount"),
        ({"reason": ""}, "parameter_invalid", "reason"),
        ({"reason": "a\tb"}, "parameter_invalid", "reason"),
        ({"reason": "x" * 501}, "parameter_invalid", "reason"),
        ({"currency": "usdollar"}, "currency_unsupported", "currency"),
        ({"auth_id": "x"}, "parameter_unknown", "auth_id"),
    ],
)
def test_invalid_bodies_write_no_idempotency_record(
    spoilt: dict[str, Any], code: str, param: str, demo: Merchant, ledger: Ledger
) -> None:
    capture_id = demo.captured()
    before = tables.items(ledger)
    reply = demo.post(REFUND_PAYMENT, build.refund_body(**{"transaction_id": capture_id} | spoilt))
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)
    assert tables.items(ledger) == before


@pytest.mark.parametrize(
    "transaction_id",
    [build.PAYMENT_ID, build.operation_id("cap"), build.operation_id("ref"), "", "cap_x", "clm_" + "p" * 26, "4242"],
)
def test_ids_of_other_kinds(transaction_id: str, demo: Merchant) -> None:
    reply = demo.refund(transaction_id)
    assert (reply.status, reply.code) == (404, "resource_not_found")


def test_other_operations_cannot_be_refunded(demo: Merchant) -> None:
    """The ids of a refund and of a void resolve to the payment in reads, but are not refundable."""
    auth_id = demo.authorized(10_00)
    capture_id = demo.captured(4_00, of=auth_id)
    for transaction_id in (demo.refunded(capture_id, 1_00), demo.void(auth_id).json["transaction_id"]):
        assert demo.refund(transaction_id).code == "resource_not_found"


def test_unknown_capture_of_a_known_payment(demo: Merchant) -> None:
    """The id parses and names an existing payment."""
    capture_id = demo.captured(10_00)
    made_up = capture_id[:-10] + build.own(7)
    assert demo.refund(made_up).code == "resource_not_found"
    assert demo.payment(capture_id).json["refunded"] == 0


def test_another_merchants_capture_is_not_found(demo: Merchant, globex: Merchant) -> None:
    capture_id = demo.captured(10_00)
    assert globex.refund(capture_id).code == "resource_not_found"
    assert globex.refund(demo.payment(capture_id).json["auth_id"]).code == "resource_not_found"
    assert demo.payment(capture_id).json["refunded"] == 0


def _declined(demo: Merchant) -> str:
    return demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json["auth_id"]


def _uncaptured(demo: Merchant) -> str:
    return demo.authorized(10_00)


def _captured_twice(demo: Merchant) -> str:
    auth_id = demo.authorized(10_00)
    demo.captured(4_00, of=auth_id)
    demo.captured(5_00, of=auth_id)
    return auth_id


def _refunded(demo: Merchant) -> str:
    capture_id = demo.captured(10_00)
    demo.refunded(capture_id, 10_00)
    return capture_id


def _partly_refunded(demo: Merchant) -> str:
    capture_id = demo.captured(10_00)
    demo.refunded(capture_id, 9_00)
    return capture_id


@pytest.mark.full
@pytest.mark.parametrize(
    "given, asked, code, possible",
    [
        # Top to bottom, each row fixes the first fault of the row above, so the rows show the order of the guards.
        (_declined, {"currency": "EUR"}, "currency_mismatch", {"currency": "USD", "refundable": 0}),
        (_declined, {}, "not_captured", {"current_status": "declined", "refundable": 0}),
        (_uncaptured, {}, "not_captured", {"current_status": "approved", "remaining": 10_00}),
        (_captured_twice, {"amount": 99_00}, "capture_ambiguous", {"refundable": 9_00, "remaining": 1_00}),
        (_refunded, {"amount": 99_00}, "already_refunded", {"current_status": "refunded", "refundable": 0}),
        (_partly_refunded, {"amount": 1_01}, "refund_exceeds_captured", {"refundable": 1_00}),
        (_partly_refunded, {"amount": 1_00, "currency": "EUR"}, "currency_mismatch", {"currency": "USD"}),
    ],
)
def test_state_errors_have_the_limits(
    given: Any, asked: dict[str, Any], code: str, possible: dict[str, Any], demo: Merchant, ledger: Ledger
) -> None:
    transaction_id = given(demo)
    before = {i: item for i, item in tables.items(ledger).items() if "operations" in item}
    reply = demo.refund(transaction_id, **asked)
    assert (reply.status, reply.code) == (409, code)
    assert {name: reply.json[name] for name in possible} == possible
    assert {i: item for i, item in tables.items(ledger).items() if "operations" in item} == before


def test_an_ambiguous_refund_lists_the_captures_to_choose_from(demo: Merchant) -> None:
    auth_id = demo.authorized(10_00)
    first, second = demo.captured(4_00, of=auth_id), demo.captured(5_00, of=auth_id)
    demo.refunded(first, 1_00)
    assert demo.refund(auth_id).json["captures"] == [
        {"transaction_id": first, "amount": 4_00, "refundable": 3_00},
        {"transaction_id": second, "amount": 5_00, "refundable": 5_00},
    ]


def test_maximum_number_of_operations(demo: Merchant, ledger: Ledger) -> None:
    """The limit is checked before the amount."""
    capture_id = build.operation_id("cap")
    given = {build.operation_id("ref", number): 1 for number in range(MAX_AMOUNTS - 2)}
    fresh = build.authorized(10_00, now=datetime.now(UTC))
    refunds = (build.refund(number, of=capture_id, at=fresh.created_at) for number in range(len(given)))
    payment = replace(
        fresh,
        operations=(*fresh.operations, build.capture(at=fresh.created_at), *refunds),
        version=2 + len(given),
        remaining=0,
        refundable=10_00 - len(given),
        captures={capture_id: 10_00 - len(given)},
        amounts={capture_id: 10_00, **given},
    )
    ledger.client.put_item(TableName=ledger.table, Item=payment_item(payment))
    assert demo.refund(capture_id, amount=1).json["refundable"] == 10_00 - len(given) - 1
    reply = demo.refund(capture_id, amount=10_00)
    assert (reply.status, reply.code) == (409, "too_many_refunds")
    assert reply.json["refundable"] == 10_00 - len(given) - 1


# --- refunds that take time -------------------------------------------------------------------------------------------


def test_fields_of_a_pending_refund(demo: Merchant) -> None:
    capture_id = demo.captured(10_00)
    answer = demo.asking("refund=pending:5").refund(capture_id, amount=3_00, reason="one ticket returned").json
    assert answer == {
        "status": "pending",
        "transaction_id": answer["transaction_id"],
        "auth_id": demo.payment(capture_id).json["auth_id"],
        "capture_id": capture_id,
        "amount": 3_00,
        "currency": "USD",
        "refundable": 7_00,
        "reason": "one ticket returned",
        "created_at": answer["created_at"],
    }


@pytest.mark.parametrize("by", ["transaction_id", "auth_id"])
@pytest.mark.parametrize("amount", [ABSENT, 10_00])
def test_a_pending_refund_holds_its_amount(by: str, amount: Any, demo: Merchant) -> None:
    capture = demo.capture(demo.authorized(10_00)).json
    refund = demo.asking("refund=pending").refund(capture[by], amount=amount).json
    shown = demo.payment(refund["transaction_id"]).json

    assert refund["amount"] == 10_00
    assert (shown["status"], shown["refunded"], shown["refund_pending"]) == ("captured", 0, 10_00)
    assert shown["refunds"] == [
        {
            "transaction_id": refund["transaction_id"],
            "capture_id": capture["transaction_id"],
            "amount": 10_00,
            "status": "pending",
        }
    ]
    assert demo.refund(capture[by], amount=1).code == "already_refunded"


def _let(ledger: Ledger, refund_id: str, action: str, **arguments: Any) -> None:
    """Let something happen to a refund, as a timer or a simulated step does."""
    payment_id = ids.payment_of(refund_id)
    assert payment_id is not None
    now = runtime.now()
    stamp = Stamp(key=action, request_id=action, at=now, contract=1, validity_s=604_800, source=SIMULATED)
    step_payment(ledger, payment_id, lambda current: step(current, refund_id, action, arguments, stamp))


@pytest.mark.parametrize(
    "outcome, status, happens",
    [
        ("refund=pending", "pending", [("succeed", {})]),
        ("refund=pending", "pending", [("require_action", {}), ("expire", {})]),
        ("refund=pending", "pending", [("succeed", {}), ("fail", {"reason": "declined"})]),
        ("refund=fail:declined", "completed", [("fail", {"reason": "declined"})]),
    ],
)
def test_a_replay_gives_the_first_answer_for_ever(
    outcome: str, status: str, happens: list[tuple[str, dict[str, str]]], demo: Merchant, ledger: Ledger
) -> None:
    capture_id = demo.captured(10_00)
    first = demo.asking(outcome).refund(capture_id, "the-key", amount=3_00)
    for action, arguments in happens:
        _let(ledger, first.json["transaction_id"], action, **arguments)
    again = demo.asking(outcome).refund(capture_id, "the-key", amount=3_00)

    assert first.json["status"] == status
    assert (again.text, again.replayed) == (first.text, True)
    assert len(demo.payment(capture_id).json["refunds"]) == 1


@pytest.mark.parametrize(
    "happens, shown, totals",
    [
        ([("succeed", {})], {"status": "succeeded"}, {"refunded": 3_00}),
        ([("fail", {})], {"status": "failed", "failure_reason": "unknown"}, {"refunded": 0}),
        ([("expire", {})], {"status": "canceled"}, {"refunded": 0}),
        ([("require_action", {})], {"status": "requires_action"}, {"refunded": 0, "refund_pending": 3_00}),
        (
            [("succeed", {}), ("fail", {"reason": "lost_or_stolen_card"})],
            {"status": "failed", "failure_reason": "lost_or_stolen_card"},
            {"refunded": 0},
        ),
    ],
)
def test_a_payment_shows_the_status_of_each_refund(
    happens: list[tuple[str, dict[str, str]]],
    shown: dict[str, str],
    totals: dict[str, int],
    demo: Merchant,
    ledger: Ledger,
) -> None:
    refund_id = demo.asking("refund=pending").refund(demo.captured(10_00), amount=3_00).json["transaction_id"]
    for action, arguments in happens:
        _let(ledger, refund_id, action, **arguments)
    payment = demo.payment(refund_id).json
    (line,) = payment["refunds"]

    assert {name: line[name] for name in line if name not in ("transaction_id", "capture_id", "amount")} == shown
    assert {name: payment[name] for name in ("refunded", "refund_pending") if name in payment} == totals
    assert [one["type"] for one in payment["operations"]][3:] == ["refund_update"] * len(happens)


@pytest.mark.parametrize(
    "planned, requested, status, timers",
    [
        ("refund=pending", None, "pending", [("succeed", 60)]),
        ("refund=pending:5:fail:declined", None, "pending", [("fail", 5)]),
        ("refund=fail", None, "completed", [("fail", 60)]),
        ("capture=late:1", None, "completed", []),
        # What the refund itself requests comes first.
        ("refund=pending:5", "refund=pending:7", "pending", [("succeed", 7)]),
        ("refund=pending", "refund=fail", "completed", [("fail", 60)]),
    ],
)
@pytest.mark.parametrize("by", ["transaction_id", "auth_id"])
def test_a_plan_of_the_payment_is_one_of_its_refunds(
    planned: str,
    requested: str | None,
    status: str,
    timers: list[tuple[str, int]],
    by: str,
    demo: Merchant,
    ledger: Ledger,
) -> None:
    auth_id = demo.asking(planned).authorized(10_00)
    capture = demo.capture(auth_id).json
    merchant = demo.asking(requested) if requested else demo
    answer = merchant.refund(capture[by], amount=3_00).json
    payment = get_payment(ledger, auth_id)

    assert answer["status"] == status
    assert payment is not None
    refund = payment.operations[-1]
    assert [(one.step, (one.at - refund.at).total_seconds()) for one in refund.timers] == timers


def test_refunds_of_the_card_that_refunds_slowly_are_pending(demo: Merchant) -> None:
    """And those of the card whose refunds fail succeed at first."""
    for number, status in (("4000000000007726", "pending"), ("4000000000005126", "completed")):
        auth_id = demo.authorized(10_00, card=build.card_details(number=number))
        assert demo.refund(demo.captured(10_00, of=auth_id)).json["status"] == status


@pytest.mark.parametrize(
    "outcome, code",
    [
        ("approve", "outcome_invalid"),
        ("refund=pending:0", "outcome_invalid"),
        ("capture=fail", "outcome_invalid"),
        ("dispute=fraudulent", "outcome_invalid"),
        ("settle=declined", "outcome_invalid"),
    ],
)
def test_other_outcomes_are_refused(outcome: str, code: str, demo: Merchant) -> None:
    capture_id = demo.captured(10_00)
    reply = demo.asking(outcome).refund(capture_id)
    assert (reply.status, reply.code) == (400, code)
    assert demo.payment(capture_id).json["refunded"] == 0


def test_another_merchants_capture_cannot_have_a_pending_refund(demo: Merchant) -> None:
    capture_id = demo.captured(10_00)
    reply = Merchant(build.OTHER_MERCHANT).asking("refund=pending").refund(capture_id)
    assert (reply.status, reply.code) == (404, "resource_not_found")
