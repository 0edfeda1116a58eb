"""Responses: exactly of the documented shape, and unchanged when the payment changes later."""

import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from pydantic import RootModel

from api_reference.routes import ROUTES
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.payments.answers import render_payment, render_step
from paysandbox.payments.bank.response import Check, Checks, Decline, Response, RiskLevel
from paysandbox.payments.operations.expiry import Expiry
from paysandbox.payments.operations.settlement import Settled
from paysandbox.payments.payment import CONTRACT, Payment, Status
from paysandbox.payments.schemas import (
    HealthBody,
    PaymentAuthorized,
    PaymentBody,
    PaymentCaptured,
    PaymentList,
    PaymentRefunded,
    PaymentVoided,
)
from tests.support.builders import build, intents
from tests.support.builders.build import MONDAY, PAYMENT_ID
from tests.support.builders.payment_scenario import PaymentScenario, Step, capture, refund, run, times, void

EVERYTHING_TOLD = build.authorized(
    10_00, description="two tickets", reference="order 7", metadata='{"seat": "4", "row": "12"}'
)
CAPTURED_AT_ONCE = build.authorized(10_00, automatic=True)
DECLINED = build.authorized(10_00, declined=build.decline())
BLOCKED = build.authorized(
    10_00, response=Response(None, Decline(decline_code="fraudulent", advice_code="do_not_try_again"))
)
IN_PART = build.authorized(10_00, promised=4_00, response=Response("10"))
CHECKED = Checks(cvc=Check.PASS, zip=Check.FAIL, line1=Check.UNAVAILABLE)

AUTHORIZED = {
    "status": "approved",
    "auth_id": PAYMENT_ID,
    "transaction_id": PAYMENT_ID,
    "amount": 10_00,
    "currency": "USD",
    "capture_method": "manual",
    "card": {"card_id": "card_" + "c" * 26, "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040},
    "response_code": "00",
    "checks": {"cvc": "unchecked", "zip": "unchecked", "line1": "unchecked"},
    "risk_level": "normal",
    "created_at": "2026-11-16T09:30:00.000000Z",
    "expires_at": "2026-11-23T09:30:00.000000Z",
}


def sent(body: Any) -> str:
    """Return a body as it leaves the handler."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


# --- contents ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payment, body",
    [
        (build.authorized(10_00), AUTHORIZED),
        (
            EVERYTHING_TOLD,
            AUTHORIZED | {"description": "two tickets", "reference": "order 7", "metadata": {"seat": "4", "row": "12"}},
        ),
        (
            CAPTURED_AT_ONCE,
            AUTHORIZED
            | {
                "status": "captured",
                "capture_method": "automatic",
                "captures": [{"transaction_id": CAPTURED_AT_ONCE.operations[1].id, "amount": 10_00}],
            },
        ),
        (
            DECLINED,
            {name: value for name, value in AUTHORIZED.items() if name != "expires_at"}
            | {
                "status": "declined",
                "decline_code": "insufficient_funds",
                "advice_code": "try_again_later",
                "response_code": "51",
            },
        ),
        (
            BLOCKED,
            {name: value for name, value in AUTHORIZED.items() if name not in {"expires_at", "response_code"}}
            | {"status": "declined", "decline_code": "fraudulent", "advice_code": "do_not_try_again"},
        ),
        (IN_PART, AUTHORIZED | {"amount": 4_00, "amount_requested": 10_00, "response_code": "10"}),
        (
            build.authorized(10_00, response=Response(checks=CHECKED, risk_level=RiskLevel.HIGHEST)),
            AUTHORIZED | {"checks": {"cvc": "pass", "zip": "fail", "line1": "unavailable"}, "risk_level": "highest"},
        ),
    ],
    ids=["manual", "with texts", "automatic", "declined", "blocked", "in part", "checked"],
)
def test_response_to_an_authorization(payment: Payment, body: dict[str, Any]) -> None:
    assert render_step(payment, payment.id) == body | ({"status": "approved"} if payment.automatic else {})


@pytest.mark.full
@pytest.mark.parametrize(
    "given, asked, kind, said",
    [
        ([], capture(4_00), "cap", {"amount": 4_00, "final": False, "remaining": 6_00, "released": 0}),
        ([], capture(), "cap", {"amount": 10_00, "final": False, "remaining": 0, "released": 0}),
        ([], capture(4_00, final=True), "cap", {"amount": 4_00, "final": True, "remaining": 0, "released": 6_00}),
        ([], void(), "void", {"amount": 10_00}),
        ([capture(4_00)], void(), "void", {"amount": 6_00}),
        (
            [capture(4_00)],
            refund(1_00, of=1, reason="torn"),
            "ref",
            {"amount": 1_00, "refundable": 3_00, "reason": "torn"},
        ),
        ([capture(4_00)], refund(1_00), "ref", {"amount": 1_00, "refundable": 3_00}),
        ([capture(4_00), refund(1_00)], refund(of=1), "ref", {"amount": 3_00, "refundable": 0}),
        ([capture(4_00), capture(6_00)], refund(1_00, of=1), "ref", {"amount": 1_00, "refundable": 3_00}),
    ],
)
def test_response_to_an_operation(
    ledger: Ledger, given: list[Step], asked: Step, kind: str, said: dict[str, Any]
) -> None:
    scenario = PaymentScenario.open(ledger, build.authorized(10_00))
    run(scenario, *given, asked)
    operation_id = build.operation_id(kind, scenario.asked)

    assert render_step(scenario.held(), operation_id) == said | {
        "status": "completed",
        "transaction_id": operation_id,
        "auth_id": PAYMENT_ID,
        "currency": "USD",
        "created_at": "2026-11-16T09:30:00.000000Z",
        **({"capture_id": scenario.capture_id(1)} if kind == "ref" else {}),
    }


def test_payments_have_totals_and_operations(ledger: Ledger) -> None:
    scenario = PaymentScenario.open(ledger, EVERYTHING_TOLD)
    run(scenario, capture(4_00), refund(1_00, reason="torn"), capture(1_00, final=True))

    shown = render_payment(scenario.held())
    assert (shown["captured"], shown["released"], shown["refunded"], shown["remaining"]) == (5_00, 5_00, 1_00, 0)
    assert shown["status"] == "partially_refunded"
    assert shown["captures"] == [
        {"transaction_id": scenario.capture_id(1), "amount": 4_00, "refunded": 1_00},
        {"transaction_id": scenario.capture_id(2), "amount": 1_00, "refunded": 0},
    ]
    assert [(line["type"], line["amount"]) for line in shown["operations"]] == [
        ("authorization", 10_00),
        ("capture", 4_00),
        ("refund", 1_00),
        ("capture", 1_00),
    ]
    assert shown["operations"][2]["capture_id"] == scenario.capture_id(1)
    assert shown["operations"][2]["reason"] == "torn"


def test_payments_show_their_customer() -> None:
    shown = render_payment(intents.opened(customer="cus_1"))
    assert shown["customer"] == PaymentBody.model_validate_json(sent(shown)).customer == "cus_1"
    assert "customer" not in render_payment(EVERYTHING_TOLD)


# --- shapes -----------------------------------------------------------------------------------------------------------


def expired() -> Payment:
    """Return a payment whose remainder expired uncaptured."""
    payment = build.lived(10_00, captures=[4_00])
    expiry = Expiry(id=build.operation_id("exp"), request_id="sweep", at=payment.capture_before, contract=CONTRACT)
    return replace(
        payment,
        operations=(*payment.operations, expiry),
        version=payment.version + 1,
        amounts={**payment.amounts, expiry.id: 6_00},
        remaining=0,
    )


def settled() -> Payment:
    """Return a payment with a capture in a batch, and a refund of more than that capture."""
    payment = build.lived(10_00, captures=[4_00, 6_00], refunds=[(2, 5_00)])
    operation = build.settlement(Settled(build.operation_id("cap", 1), 42), Settled(build.operation_id("ref", 3), 0))
    return replace(payment, operations=(*payment.operations, operation), version=payment.version + 1)


def test_settlements_are_listed_among_the_operations() -> None:
    shown = render_payment(settled())
    assert shown["operations"][-1] == {
        "transaction_id": "set_" + "p" * 26 + settled().operations[-1].id[-10:],
        "type": "settlement",
        "amount": 4_00 - 5_00,
        "fee": 42,
        "batch": "2026-11-16",
        "settled": [build.operation_id("cap", 1), build.operation_id("ref", 3)],
        "created_at": "2026-11-17T09:30:00.000000Z",
        "request_id": "request-of-settlement",
    }
    assert (shown["status"], shown["captured"], shown["refunded"]) == ("partially_refunded", 10_00, 5_00)


PAYMENTS = {
    "approved": build.authorized(10_00),
    "with texts": EVERYTHING_TOLD,
    "automatic": CAPTURED_AT_ONCE,
    "declined": DECLINED,
    "captured": build.lived(10_00, captures=[4_00, 6_00]),
    "refunded": build.lived(10_00, captures=[4_00], refunds=[(1, 1_00), (1, 3_00)], reason="torn"),
    "expired": expired(),
    "settled": settled(),
}
SHAPES = {"auth": PaymentAuthorized, "cap": PaymentCaptured, "void": PaymentVoided, "ref": PaymentRefunded}


def test_payments_match_their_schema(subtests: pytest.Subtests) -> None:
    for name, payment in PAYMENTS.items():
        with subtests.test(str(name)):
            PaymentBody.model_validate_json(sent(render_payment(payment)))
            PaymentList.model_validate_json(sent({"data": [render_payment(payment)] * 2, "next_cursor": "next"}))
            PaymentList.model_validate_json(sent({"data": [], "next_cursor": None}))


def test_responses_match_their_schema(subtests: pytest.Subtests) -> None:
    for name, payment in PAYMENTS.items():
        with subtests.test(str(name)):
            for operation in payment.operations:
                kind = operation.id.partition("_")[0]
                if kind in SHAPES:  # no route requests an expiry
                    SHAPES[kind].model_validate_json(sent(render_step(payment, operation.id)))


def test_void_responses_match_their_schema(ledger: Ledger) -> None:
    scenario = PaymentScenario.open(ledger, build.authorized(10_00))
    run(scenario, void())

    PaymentVoided.model_validate_json(sent(render_step(scenario.held(), build.operation_id("void"))))
    PaymentBody.model_validate_json(sent(render_payment(scenario.held())))


def test_schemas_are_strict_and_closed(subtests: pytest.Subtests) -> None:
    """No undocumented field is returned, and no value is coerced to another type."""
    for route in [route for route in ROUTES if route.answer]:
        with subtests.test(str(route.name)):
            shape = route.answer_shape
            assert shape is not None
            # A bare array, or one of several objects.
            shapes = get_args(shape.model_fields["root"].annotation) if issubclass(shape, RootModel) else (shape,)
            for one in shapes:
                assert one.model_config.get("extra") == "forbid"
                assert one.model_config.get("strict") is True


def test_every_status_is_in_the_schema() -> None:
    annotation = PaymentBody.model_fields["status"].annotation

    assert set(annotation.__args__) == set(Status)  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue] - a literal has arguments


def test_health_response_matches_its_schema() -> None:
    body = {"status": "ok", "version": "1", "environment": "local", "checks": {"ledger": "ok", "pepper": "ok"}}

    HealthBody.model_validate_json(sent(body))


# --- unchanged over time ----------------------------------------------------------------------------------------------


def test_responses_do_not_change_with_later_operations(ledger: Ledger) -> None:
    """A replay is byte-identical, although it is rendered from the payment's current state."""
    scenario = PaymentScenario.open(ledger, EVERYTHING_TOLD)
    steps = [capture(2_00), refund(50), capture(2_00), refund(of=1), *times(3, refund(10, of=2)), void()]
    first: dict[str, str] = {PAYMENT_ID: sent(render_step(scenario.held(), PAYMENT_ID))}
    for step in steps:
        run(scenario, step)
        newest = scenario.held().operations[-1].id
        first[newest] = sent(render_step(scenario.held(), newest))

    assert len(first) == len(steps) + 1
    assert {operation_id: sent(render_step(scenario.held(), operation_id)) for operation_id in first} == first


def test_an_unknown_operation_is_an_internal_error() -> None:
    with pytest.raises(AssertionError, match="has no operation"):
        render_step(build.authorized(now=MONDAY), build.operation_id("cap"))
