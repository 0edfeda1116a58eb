"""Refusals: RFC 9457 problems that a program can branch on, which leave the ledger unchanged.

The cases are `REFUSALS` in `tests/<feature>/scenarios.py`. Each row of the route table declares its codes, and each
code has a case. What every route refuses is sent to each.
"""

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from api_reference.routes import ROUTES
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.clock.routes import MOVE_CLOCK
from paysandbox.core.body_limits import MAX_BODY_BYTES
from paysandbox.core.errors import PROBLEM_CONTENT_TYPE, PROBLEM_TYPE_BASE, PROBLEMS, Code
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.customers.routes import CREATE_CUSTOMER, GET_CUSTOMER, LIST_CUSTOMERS, UPDATE_CUSTOMER
from paysandbox.disbursements.routes import (
    CANCEL_DISBURSEMENT,
    CREATE_DISBURSEMENT,
    GET_DISBURSEMENT,
    LIST_DISBURSEMENTS,
    LIST_MERCHANT_DISBURSEMENTS,
    RECEIVE_PAYPAL_EVENT,
)
from paysandbox.donations.routes import CREATE_DONATION_INTENT, RECEIVE_STRIPE_EVENT
from paysandbox.fault_rules import routes as fault_rules
from paysandbox.fault_rules.routes import CREATE_FAULT
from paysandbox.http.route import Access, BodyFormat, Route
from paysandbox.inbox.routes import RECEIVE_WEBHOOK
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    REFUND_PAYMENT,
    VOID_PAYMENT,
)
from paysandbox.reference.routes import GET_DOCS_ASSET, GET_DOCS_PAGE, GET_ERROR_PAGE, GET_STRIPE_JS_FRAME
from paysandbox.stripe_api.routes import PAY_CHECKOUT_SESSION
from paysandbox.webhooks.routes import (
    RESEND_EVENT,
    ROTATE_ENDPOINT,
)
from tests.e2e.http.test_gateway import PROVOKED
from tests.support.builders import build
from tests.support.builders.build import DAY
from tests.support.builders.scenario import Parts, Refusal, sending
from tests.support.builders.scenarios import REFUSALS
from tests.support.clients.call import Merchant, Reply, event, send, send_event
from tests.support.tools.tiers import first_of_each, full_but
from tests.support.worlds import tables
from tests.support.worlds.handlers import Clock

WITH_JSON = [route for route in ROUTES if route.body and route.body_format is not BodyFormat.FORM]


def _of_any_route(route: Route) -> list[Refusal]:
    """Return what each route of its kind refuses, with one value each; the tests below have the others."""
    cases = [Refusal(route, Code.HEADER_UNKNOWN, sending(headers={"X-Sandbox-Outcom": "approve"}), "x-sandbox-outcom")]
    if route.access is Access.API_KEY:
        # The gateway's own answer, before the body, the idempotency key or the path is checked.
        without = sending(api_key="sk_test_demo", gateway="engine", body="not JSON", key=None)
        cases.append(Refusal(route, Code.API_KEY_INVALID, without))
    if route.access is not Access.PUBLIC and route.query is None:
        cases.append(Refusal(route, Code.PARAMETER_UNKNOWN, sending(query={"expand": "a"}), "expand"))
    if route.access is Access.DONOR:
        for code, claims in (
            (Code.TOKEN_INVALID, build.claims(token_use="access")),
            (Code.FORBIDDEN, build.claims(email_verified="false")),
        ):
            cases.append(Refusal(route, code, sending(claims=claims, body=build.donation_body())))
    if route.body:
        cases.append(Refusal(route, Code.MEDIA_TYPE_UNSUPPORTED, sending(body="{}", content_type="text/plain")))
    if route in WITH_JSON:
        cases.append(Refusal(route, Code.REQUEST_INVALID, sending(body="not JSON")))
        cases.append(Refusal(route, Code.BODY_TOO_LARGE, sending(body="x" * (MAX_BODY_BYTES + 1))))
        if route.body_format is not BodyFormat.OPTIONAL_JSON:
            cases.append(Refusal(route, Code.REQUEST_INVALID, sending(body=None)))
    return cases


OF_ANY_ROUTE = {route.name: _of_any_route(route) for route in ROUTES}
FIRST_OF_FEATURE = first_of_each(ROUTES, by=lambda route: route.group)

# Tested in tests/<feature>/handlers where the state takes many operations to build, and by pages that do not exist.
ELSEWHERE = {
    # The local engine's error: test_aws_trouble.py.
    (AUTHORIZE_PAYMENT.name, Code.PAYMENT_LIMIT_REACHED),
    (CAPTURE_PAYMENT.name, Code.TOO_MANY_CAPTURES),
    (REFUND_PAYMENT.name, Code.TOO_MANY_REFUNDS),
    (ROTATE_ENDPOINT.name, Code.TOO_MANY_ROTATIONS),
    (RESEND_EVENT.name, Code.ENDPOINT_DISABLED),
    (RESEND_EVENT.name, Code.TOO_MANY_RESENDS),
    (GET_DOCS_ASSET.name, Code.RESOURCE_NOT_FOUND),
    (GET_DOCS_PAGE.name, Code.RESOURCE_NOT_FOUND),
    (GET_ERROR_PAGE.name, Code.RESOURCE_NOT_FOUND),
    (GET_STRIPE_JS_FRAME.name, Code.RESOURCE_NOT_FOUND),
    # Customers and disbursements, which the ledger has nothing of: tests/customers and tests/disbursements.
    (CREATE_CUSTOMER.name, Code.CUSTOMER_EXISTS),
    (CREATE_CUSTOMER.name, Code.ROUTING_NUMBER_INCORRECT),
    (CREATE_CUSTOMER.name, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX),
    (LIST_CUSTOMERS.name, Code.CURSOR_INVALID),
    (GET_CUSTOMER.name, Code.RESOURCE_NOT_FOUND),
    (UPDATE_CUSTOMER.name, Code.RESOURCE_NOT_FOUND),
    (UPDATE_CUSTOMER.name, Code.ROUTING_NUMBER_INCORRECT),
    (UPDATE_CUSTOMER.name, Code.LIVE_BANK_ACCOUNT_IN_SANDBOX),
    (CREATE_DISBURSEMENT.name, Code.BANK_ACCOUNT_MISSING),
    (CREATE_DISBURSEMENT.name, Code.STRIPE_ACCOUNT_MISSING),
    (CREATE_DISBURSEMENT.name, Code.RESOURCE_NOT_FOUND),
    (CREATE_DISBURSEMENT.name, Code.INSUFFICIENT_BALANCE),
    (CREATE_DISBURSEMENT.name, Code.AMOUNT_TOO_SMALL),
    (CREATE_DISBURSEMENT.name, Code.AMOUNT_TOO_LARGE),
    (CREATE_DISBURSEMENT.name, Code.OUTCOME_INVALID),
    (LIST_DISBURSEMENTS.name, Code.CURSOR_INVALID),
    (LIST_MERCHANT_DISBURSEMENTS.name, Code.CURSOR_INVALID),
    (GET_DISBURSEMENT.name, Code.RESOURCE_NOT_FOUND),
    (CANCEL_DISBURSEMENT.name, Code.RESOURCE_NOT_FOUND),
    (CANCEL_DISBURSEMENT.name, Code.DISBURSEMENT_STATE_UNEXPECTED),
    # Signed by PayPal.
    (RECEIVE_PAYPAL_EVENT.name, Code.REQUEST_INVALID),
    (RECEIVE_PAYPAL_EVENT.name, Code.SIGNATURE_INVALID),
    (RECEIVE_PAYPAL_EVENT.name, Code.BODY_TOO_LARGE),
    (RECEIVE_PAYPAL_EVENT.name, Code.PAYPAL_NOT_CONFIGURED),
    (RECEIVE_PAYPAL_EVENT.name, Code.PAYPAL_UNAVAILABLE),
    # Totals that a payer chooses: tests/stripe_api/handlers/checkout/test_amount_limits.py.
    (PAY_CHECKOUT_SESSION.name, Code.AMOUNT_TOO_SMALL),
    (PAY_CHECKOUT_SESSION.name, Code.AMOUNT_TOO_LARGE),
    # Of an environment whose clock is fixed, and of a hundred rules: test_faults.py and tests/fault_rules.
    *((route.name, Code.FAULTS_NOT_ALLOWED) for route in fault_rules.ROUTES),
    (CREATE_FAULT.name, Code.FAULT_LIMIT_REACHED),
    # Any body and any token: tests/inbox.
    (RECEIVE_WEBHOOK.name, Code.REQUEST_INVALID),
    (RECEIVE_WEBHOOK.name, Code.RESOURCE_NOT_FOUND),
    (RECEIVE_WEBHOOK.name, Code.BODY_TOO_LARGE),
    # With functions to update: tests/clock.
    (MOVE_CLOCK.name, Code.FORBIDDEN),
    (MOVE_CLOCK.name, Code.CLOCK_FIXED),
    (MOVE_CLOCK.name, Code.CLOCK_OUT_OF_RANGE),
    # With a Stripe account, and without one.
    (CREATE_DONATION_INTENT.name, Code.STRIPE_NOT_CONFIGURED),
    (CREATE_DONATION_INTENT.name, Code.STRIPE_UNAVAILABLE),
    (RECEIVE_STRIPE_EVENT.name, Code.STRIPE_NOT_CONFIGURED),
    # Signed requests.
    (RECEIVE_STRIPE_EVENT.name, Code.REQUEST_INVALID),
    (RECEIVE_STRIPE_EVENT.name, Code.BODY_TOO_LARGE),
}


# AWS failures: tests/http/handlers/test_aws_trouble.py.
OF_TROUBLE = {Code.INTERNAL_ERROR, Code.SERVICE_UNAVAILABLE}

# Intents, and subscriptions in Checkout, in Stripe's envelope: tests/stripe_api/handlers.
OF_STRIPE = {
    Code.INCREMENT_UNAVAILABLE,
    Code.INTENT_CHANGED,
    Code.INTENT_STATE_UNEXPECTED,
    Code.NOT_YET_SIMULATED,
    Code.PAYMENT_METHOD_REQUIRED,
    Code.TOO_MANY_CHANGES,
}

# Only AWS's gateway returns these; the local one has no 29-second timeout and no firewall, and reports a
# function's failure in its own words. AWS's answers are checked in the template: tests/infra/api/test_api.py.
ONLY_IN_THE_TEMPLATE = {Code.UPSTREAM_ERROR, Code.UPSTREAM_TIMEOUT}


def test_every_code_has_a_test() -> None:
    """The code comes from a handler or from the deployed gateway."""
    cases = [*REFUSALS, *(case for of_route in OF_ANY_ROUTE.values() for case in of_route)]
    produced = {case.code for case in cases} | {code for _, code in ELSEWHERE}
    produced |= OF_TROUBLE | OF_STRIPE | set(PROVOKED)
    assert set(Code) - produced == ONLY_IN_THE_TEMPLATE


@pytest.mark.parametrize("case", REFUSALS, ids=str)
def test_errors_are_problems_and_leave_the_ledger_unchanged(
    case: Refusal, demo: Merchant, clock: Clock, ledger: Ledger
) -> None:
    _check_refusal(case, demo, clock, ledger)


@pytest.mark.parametrize("route", full_but(ROUTES, keep=FIRST_OF_FEATURE), ids=lambda route: route.name)
def test_what_every_route_refuses(route: Route, demo: Merchant, clock: Clock, ledger: Ledger) -> None:
    for case in OF_ANY_ROUTE[route.name]:
        _check_refusal(case, demo, clock, ledger)


def _check_refusal(case: Refusal, demo: Merchant, clock: Clock, ledger: Ledger) -> None:
    parts = case.given(demo, clock)
    before = tables.items(ledger)
    reply = send(case.route, request_id="request-1", **parts)
    _check_problem(reply, case)
    after = tables.items(ledger)
    new = after.keys() - before.keys()
    assert {item_id: after[item_id] for item_id in before} == before, case
    assert len(new) == case.claims, case
    assert all(item_id.startswith("clm_") for item_id in new)


def _check_problem(reply: Reply, case: Refusal) -> None:
    constant = PROBLEMS[case.code]
    body = reply.json
    assert reply.status == constant.status, case
    assert reply.headers["Content-Type"] == PROBLEM_CONTENT_TYPE == "application/problem+json"
    assert reply.headers["Request-Id"] == "request-1"
    assert not reply.replayed
    assert body["type"] == PROBLEM_TYPE_BASE + case.code.replace("_", "-")
    assert body["title"] == constant.title
    assert body["status"] == constant.status
    assert body["detail"]
    assert body["code"] == case.code
    assert body["retryable"] is False
    assert body["instance"] == case.route.path
    assert body["request_id"] == "request-1"
    assert body.get("param") == case.param
    if constant.status == 409 and case.route.group == "payments" and case.code is not Code.SIMULATION_NOT_ALLOWED:
        assert {"current_status", "remaining", "refundable", "currency"} <= body.keys()
    assert "Retry-After" not in reply.headers


def test_every_declared_error_has_a_case() -> None:
    cases = [*REFUSALS, *(case for route in ROUTES for case in OF_ANY_ROUTE[route.name])]
    tried = {(case.route.name, case.code) for case in cases} | ELSEWHERE
    assert {(route.name, code) for route in ROUTES for code in route.refusals} - tried == set()


def test_every_case_is_declared_by_its_route() -> None:
    """Codes that every route of a kind can return need no row: those for a faulty body, key or query."""
    of_every_kind = {
        Code.HEADER_UNKNOWN,
        Code.FAULT_UNKNOWN,
        Code.REQUEST_INVALID,
        Code.PARAMETER_MISSING,
        Code.PARAMETER_UNKNOWN,
        Code.PARAMETER_INVALID,
        Code.AMOUNT_INVALID,
        Code.AMOUNT_TOO_LARGE,
        Code.CURRENCY_UNSUPPORTED,
        Code.API_KEY_INVALID,
        Code.TOKEN_INVALID,
        Code.MEDIA_TYPE_UNSUPPORTED,
        Code.BODY_TOO_LARGE,
        Code.IDEMPOTENCY_KEY_REQUIRED,
        Code.IDEMPOTENCY_KEY_INVALID,
        Code.IDEMPOTENCY_KEY_REUSED,
    }
    unpromised = [str(c) for c in REFUSALS if c.code not in of_every_kind and c.code not in c.route.refusals]
    assert unpromised == []


# --- what is not a body -----------------------------------------------------------------------------------------------


# Every other route is sent one of these above.
@pytest.mark.parametrize("body", ["", "[]", '{"amount": 1, "amount": 2}', '{"amount": NaN}', "[" * 100_000])
def test_bodies_must_be_one_json_object(body: str, ledger: Ledger) -> None:
    """tests/http/test_reading.py has all texts that are none."""
    reply = send(AUTHORIZE_PAYMENT, body=body)
    assert (reply.status, reply.code) == (400, "request_invalid")
    assert tables.items(ledger) == {}


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"\x80", json.dumps(build.authorize_body()).encode("utf-16")])
def test_invalid_utf_8(raw: bytes, ledger: Ledger) -> None:
    sent = event(AUTHORIZE_PAYMENT) | {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}
    assert send_event(AUTHORIZE_PAYMENT, sent).code == "request_invalid"
    assert send_event(AUTHORIZE_PAYMENT, sent | {"body": "not base64!"}).code == "request_invalid"
    assert tables.items(ledger) == {}


def test_maximum_nesting(demo: Merchant) -> None:
    """The limit is 32 levels; within it, an unknown field is refused by name."""
    nested: Any = "x"
    for _ in range(31):
        nested = {"a": nested}
    assert demo.authorize(deep=nested).code == "parameter_unknown"
    assert demo.authorize(deep={"a": nested}).code == "request_invalid"


@pytest.mark.parametrize(
    "letter, count, in_base64, code",
    [
        ("x", MAX_BODY_BYTES, False, "parameter_invalid"),
        ("x", MAX_BODY_BYTES + 1, False, "body_too_large"),
        ("é", MAX_BODY_BYTES // 2, False, "parameter_invalid"),
        ("é", MAX_BODY_BYTES // 2 + 1, False, "body_too_large"),  # the limit is in bytes, not characters
        ("x", 5_000_000, False, "body_too_large"),
        ("é", MAX_BODY_BYTES // 2, True, "parameter_invalid"),
        ("é", MAX_BODY_BYTES // 2 + 1, True, "body_too_large"),
    ],
)
def test_maximum_body_size(letter: str, count: int, in_base64: bool, code: str, demo: Merchant, ledger: Ledger) -> None:
    around = json.dumps(build.authorize_body(description=""))
    body = json.dumps(build.authorize_body(description="…"), ensure_ascii=False)
    body = body.replace("…", letter * (count - -(-len(around) // len(letter.encode()))))
    reply = send(AUTHORIZE_PAYMENT, body=body, in_base64=in_base64)
    assert (reply.status, reply.code) == (PROBLEMS[Code(code)].status, code)
    assert len(reply.text) < 1_500
    assert tables.items(ledger) == {}


def test_number_of_reported_errors_is_bounded(demo: Merchant) -> None:
    """Lambda passes on up to six megabytes; a refusal must not be longer than the request."""
    body = build.authorize_body(**{f"u{number}": 1 for number in range(10_000)})
    reply = demo.post(AUTHORIZE_PAYMENT, body)
    assert reply.code == "parameter_unknown"
    assert len(reply.text) < len(json.dumps(body))


MISTYPED = build.card_details(number="4242424242424241", exp_year=2020, cvc="1234")

# --- the order of refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts, code",
    [
        # From top to bottom, each row fixes the first fault of the row above.
        ({"api_key": "x", "content_type": "x", "body": "x", "key": None}, "api_key_invalid"),
        ({"content_type": "x", "body": "x", "key": None}, "media_type_unsupported"),
        ({"body": "x", "key": None}, "request_invalid"),
        ({"body": build.authorize_body(card=MISTYPED, amount=0), "key": None}, "amount_too_small"),
        ({"body": build.authorize_body(card=MISTYPED), "key": None}, "idempotency_key_required"),
        ({"body": build.authorize_body(card=MISTYPED)}, "card_number_incorrect"),
        ({"body": build.authorize_body(card=build.card_details(exp_year=2020, cvc="1234"))}, "card_expiry_invalid"),
        ({"body": build.authorize_body(card=build.card_details(cvc="1234"))}, "cvc_invalid"),
        ({"body": build.authorize_body()}, None),
    ],
)
def test_the_first_error_determines_the_code(parts: Parts, code: str | None) -> None:
    assert send(AUTHORIZE_PAYMENT, gateway="engine", **parts).code == code


# --- 404 --------------------------------------------------------------------------------------------------------------


def test_unknown_and_foreign_ids_get_the_same_response_on_every_route(demo: Merchant, globex: Merchant) -> None:
    """Unknown, malformed and foreign ids get the same text, so that a caller cannot discover which ids exist."""
    foreign = globex.authorized()
    foreign_capture = globex.captured(1_00, of=foreign)
    asks: list[Callable[[str], Reply]] = [demo.capture, demo.void, demo.refund, demo.payment]
    for ask in asks:
        bodies: list[dict[str, Any]] = []
        for transaction_id in (build.PAYMENT_ID, build.operation_id("cap"), "no-id", foreign, foreign_capture):
            reply = ask(transaction_id)
            body = reply.json
            assert reply.status == 404
            assert body.pop("request_id") == reply.headers["Request-Id"]
            bodies.append(body)
        assert bodies == [bodies[0]] * len(bodies)
        assert foreign not in json.dumps(bodies)


def test_foreign_payments_are_unchanged(demo: Merchant, globex: Merchant, ledger: Ledger) -> None:
    foreign = globex.authorized()
    capture_id = globex.captured(4_00, of=foreign)
    before = tables.items(ledger)[foreign]
    demo.capture(foreign)
    demo.void(foreign)
    demo.refund(foreign)
    demo.refund(capture_id)
    assert tables.items(ledger)[foreign] == before


# --- 409 --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", [CAPTURE_PAYMENT, VOID_PAYMENT, REFUND_PAYMENT], ids=lambda route: route.name)
def test_limits_in_a_409_are_achievable(route: Route, demo: Merchant) -> None:
    """A client that requests exactly the amount in the refusal is granted it."""
    auth_id = demo.authorized(10_00)
    capture_id = demo.captured(4_00, of=auth_id)
    demo.refunded(capture_id, 1_00)
    if route is CAPTURE_PAYMENT:
        refused = demo.capture(auth_id, amount=7_00)
        assert demo.capture(auth_id, amount=refused.json["remaining"]).status == 200
    elif route is REFUND_PAYMENT:
        refused = demo.refund(capture_id, amount=4_00)
        (offered,) = refused.json["captures"]
        assert demo.refund(offered["transaction_id"], amount=offered["refundable"]).status == 200
    else:
        demo.capture(auth_id)
        refused = demo.void(auth_id)
        assert refused.json["refundable"] == 9_00
        assert demo.refund(capture_id, amount=3_00).status == 200
    assert refused.status == 409


def test_expiry_errors_have_the_time(demo: Merchant, clock: Clock) -> None:
    auth_id = demo.authorized()
    clock.advance(7 * DAY)
    for refused in (demo.capture(auth_id), demo.void(auth_id)):
        expires_at = parse_timestamp(refused.json["expires_at"])
        assert isinstance(expires_at, datetime)
        assert refused.json["expires_at"] in refused.json["detail"]
