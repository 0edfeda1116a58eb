"""Refusals: RFC 9457 problems that a program can branch on, which leave the ledger unchanged.

One table of cases for all routes; each row of the route table declares its codes, and each code has a case here.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from api_reference.routes import ROUTES
from paysandbox.aws.conditional_write import Ledger
from paysandbox.clock.routes import MOVE_CLOCK
from paysandbox.core.body_limits import MAX_BODY_BYTES, MAX_OPEN_BYTES
from paysandbox.core.errors import PROBLEM_CONTENT_TYPE, PROBLEM_TYPE_BASE, PROBLEMS, Code
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.customers.routes import CREATE_CUSTOMER, GET_CUSTOMER, UPDATE_CUSTOMER
from paysandbox.disbursements.routes import (
    CANCEL_DISBURSEMENT,
    CREATE_DISBURSEMENT,
    GET_DISBURSEMENT,
    LIST_DISBURSEMENTS,
    LIST_MERCHANT_DISBURSEMENTS,
    RECEIVE_PAYPAL_EVENT,
)
from paysandbox.disputes.routes import ACCEPT_DISPUTE, GET_DISPUTE, LIST_DISPUTES, SUBMIT_EVIDENCE
from paysandbox.donations.routes import CREATE_DONATION_INTENT, LIST_MY_DONATIONS, RECEIVE_STRIPE_EVENT
from paysandbox.feed.routes import GET_FEED
from paysandbox.http.route import FORM, Access, Route
from paysandbox.inbox.routes import GET_INBOX, RECEIVE_WEBHOOK
from paysandbox.payments.routes import (
    AUTHORIZE_PAYMENT,
    CAPTURE_PAYMENT,
    COMPLETE_CHALLENGE,
    GET_PAYMENT,
    LIST_PAYMENTS,
    REFUND_PAYMENT,
    SHOW_CHALLENGE,
    VOID_PAYMENT,
)
from paysandbox.postings.routes import LIST_POSTINGS
from paysandbox.reference.routes import GET_DOCS_ASSET, GET_DOCS_PAGE, GET_ERROR_PAGE
from paysandbox.request_log.routes import GET_REQUEST, LIST_REQUESTS
from paysandbox.settlement.routes import GET_SETTLEMENT, LIST_SETTLEMENTS
from paysandbox.simulate.routes import GET_SIMULATION, LIST_SIMULATIONS, SIMULATE_ACTION
from paysandbox.webhooks.endpoint import MAX_ENDPOINTS
from paysandbox.webhooks.routes import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    ENABLE_ENDPOINT,
    GET_DELIVERY,
    GET_ENDPOINT,
    GET_EVENT,
    LIST_DELIVERIES,
    LIST_EVENTS,
    PING_ENDPOINT,
    REPLAY_ENDPOINT,
    RESEND_EVENT,
    ROTATE_ENDPOINT,
    UPDATE_ENDPOINT,
)
from tests.e2e.test_gateway import PROVOKED
from tests.support import build, tables, webhook_records
from tests.support.build import ABSENT, DAY
from tests.support.call import Merchant, Reply, event, send, send_event
from tests.support.challenges import challenged, place_of, url_of
from tests.support.disputed import accept, disputed, payment_of
from tests.support.endpoints import Subscriber
from tests.support.handlers import Clock
from tests.support.stripe_sdk import sdk_here
from tests.support.stripe_sdk_calls import native
from tests.support.tiers import first_of_each, full_but

Parts = Mapping[str, Any]
Given = Callable[[Merchant, Clock], Parts]


@dataclass(frozen=True)
class Case:
    """A request to a route and its expected refusal. `claims`: by design, the refusal binds the idempotency key."""

    route: Route
    code: Code
    given: Given
    param: str | None = None
    claims: bool = False

    def __str__(self) -> str:
        return f"{self.route.name}: {self.code}"


def _authorize(**body: Any) -> Given:
    return lambda *_: {"body": build.authorize_body(**body)}


def _card(**card: Any) -> Given:
    return _authorize(card=build.card_details(**card))


def _sent(**parts: Any) -> Given:
    return lambda *_: parts


def _key_of_another_body(demo: Merchant, _: Clock) -> Parts:
    demo.authorize("a-key", amount=5_00)
    return {"body": build.authorize_body(amount=5_01), "key": "a-key"}


def _opened(demo: Merchant) -> str:
    intent: Any = sdk_here(demo.name).v1.payment_intents.create({"amount": 10_00, "currency": "usd"})
    return native(intent.id)


def _declined(demo: Merchant) -> str:
    return demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json["auth_id"]


def _voided(demo: Merchant) -> str:
    auth_id = demo.authorized()
    demo.void(auth_id)
    return auth_id


def _captured(demo: Merchant) -> str:
    return demo.payment(demo.captured()).json["auth_id"]


def _captured_twice(demo: Merchant) -> str:
    auth_id = demo.authorized()
    demo.captured(1_00, of=auth_id)
    demo.captured(1_00, of=auth_id)
    return auth_id


def _refunded(demo: Merchant) -> str:
    capture_id = demo.captured()
    demo.refund(capture_id)
    return capture_id


def _expired(demo: Merchant, clock: Clock) -> str:
    auth_id = demo.authorized()
    clock.advance(8 * DAY)
    return auth_id


def _foreign(demo: Merchant) -> str:
    return Merchant("globex").authorized()


def _of_endpoint(endpoint_id: str, **body: Any) -> dict[str, Any]:
    return {"path": {"endpoint_id": endpoint_id}} | ({"body": body} if body else {})


def _foreign_endpoint(**body: Any) -> Given:
    return lambda *_: _of_endpoint(Subscriber("globex").created(), **body)


def _as_many_endpoints_as_may_be(demo: Merchant, _: Clock) -> Parts:
    subscriber = Subscriber(demo.name)
    for number in range(MAX_ENDPOINTS):
        subscriber.created(url=f"https://example.com/{number}")
    return {"body": build.endpoint_body(), "key": "one-more"}


def _disabled_endpoint(demo: Merchant, _: Clock) -> Parts:
    endpoint_id = Subscriber(demo.name).created()
    Subscriber(demo.name).update(endpoint_id, status="disabled")
    return _of_endpoint(endpoint_id)


def _disabled(demo: Merchant, clock: Clock) -> Parts:
    webhook_records.put(webhook_records.endpoint(1, disabled=webhook_records.GONE))
    return _replay_of(webhook_records.endpoint_id(1))(demo, clock)


def _replay_of(endpoint_id: str) -> Given:
    return _sent(path={"endpoint_id": endpoint_id}, body={"since": "2026-11-16T09:30:00Z"})


def _after_reversal(body: Callable[[str], Any]) -> Given:
    """Prepare an authorization that the card's bank has reversed."""

    def given(demo: Merchant, _: Clock) -> Parts:
        auth_id = demo.authorized()
        send(SIMULATE_ACTION, path={"object_id": auth_id, "action": "reverse"}, key=None)
        return {"body": body(auth_id)}

    return given


def _voided_challenge(demo: Merchant, _: Clock) -> Parts:
    answer = challenged(demo)
    demo.void(answer["auth_id"])
    return {"path": place_of(url_of(answer)), "body": "result=Y", "content_type": FORM}


def _accepted(demo: Merchant, _: Clock) -> dict[str, Any]:
    """A dispute that was lost. A body is sent to routes that take one."""
    dispute_id = disputed(demo)
    accept(dispute_id)
    return {"path": {"dispute_id": dispute_id}, "body": {"evidence": {"receipt": "file_1"}}}


def _past_due(demo: Merchant, clock: Clock) -> dict[str, Any]:
    dispute_id = disputed(demo)
    clock.advance(11 * DAY)
    return {"path": {"dispute_id": dispute_id}, "body": {"submit": True}}


WITH_JSON = [route for route in ROUTES if route.body and not route.form]
CASES = [
    Case(AUTHORIZE_PAYMENT, Code.AMOUNT_TOO_SMALL, _authorize(amount=0), "amount"),
    Case(AUTHORIZE_PAYMENT, Code.AMOUNT_TOO_LARGE, _authorize(amount=10**9), "amount"),
    Case(AUTHORIZE_PAYMENT, Code.AMOUNT_INVALID, _authorize(amount=1.5), "amount"),
    Case(AUTHORIZE_PAYMENT, Code.CURRENCY_UNSUPPORTED, _authorize(currency="XXX"), "currency"),
    Case(AUTHORIZE_PAYMENT, Code.PARAMETER_MISSING, _authorize(amount=ABSENT), "amount"),
    Case(AUTHORIZE_PAYMENT, Code.PARAMETER_UNKNOWN, _authorize(tip=1), "tip"),
    Case(AUTHORIZE_PAYMENT, Code.PARAMETER_INVALID, _authorize(reference=1), "reference"),
    Case(AUTHORIZE_PAYMENT, Code.CARD_NUMBER_INCORRECT, _card(number="4242424242424241"), "card.number"),
    Case(AUTHORIZE_PAYMENT, Code.CARD_EXPIRY_INVALID, _card(exp_year=2020), "card.exp_year"),
    Case(AUTHORIZE_PAYMENT, Code.CVC_INVALID, _card(cvc="1"), "card.cvc"),
    Case(AUTHORIZE_PAYMENT, Code.LIVE_CARD_IN_SANDBOX, _card(number="4539578763621486"), "card.number"),
    Case(AUTHORIZE_PAYMENT, Code.NOT_YET_SIMULATED, _card(number="4000000000000077"), "card.number"),
    Case(
        AUTHORIZE_PAYMENT,
        Code.OUTCOME_INVALID,
        _authorize(metadata={"sandbox_outcome": "succeed"}),
        "metadata.sandbox_outcome",
    ),
    Case(
        REFUND_PAYMENT,
        Code.OUTCOME_INVALID,
        lambda demo, _: {"body": build.refund_body(demo.captured()), "headers": {"X-Sandbox-Outcome": "refund=soon"}},
        "X-Sandbox-Outcome",
    ),
    Case(AUTHORIZE_PAYMENT, Code.IDEMPOTENCY_KEY_REUSED, _key_of_another_body),
    *(
        Case(route, code, _sent(body=body, key=key))
        for route, body in (
            (AUTHORIZE_PAYMENT, build.authorize_body()),
            (CAPTURE_PAYMENT, build.capture_body()),
            (VOID_PAYMENT, build.void_body()),
            (REFUND_PAYMENT, build.refund_body()),
        )
        for code, key in ((Code.IDEMPOTENCY_KEY_REQUIRED, None), (Code.IDEMPOTENCY_KEY_INVALID, "k" * 256))
    ),
    Case(COMPLETE_CHALLENGE, Code.BODY_TOO_LARGE, _sent(body="x" * (MAX_OPEN_BYTES + 1), content_type=FORM)),
    Case(
        CAPTURE_PAYMENT,
        Code.RESOURCE_NOT_FOUND,
        lambda demo, _: {"body": build.capture_body(_foreign(demo))},
        claims=True,
    ),
    Case(
        CAPTURE_PAYMENT,
        Code.CURRENCY_MISMATCH,
        lambda demo, _: {"body": build.capture_body(demo.authorized(), currency="EUR")},
        claims=True,
    ),
    Case(
        CAPTURE_PAYMENT,
        Code.PAYMENT_PENDING,
        lambda demo, _: {"body": build.capture_body(_opened(demo))},
        claims=True,
    ),
    Case(
        CAPTURE_PAYMENT,
        Code.PAYMENT_DECLINED,
        lambda demo, _: {"body": build.capture_body(_declined(demo))},
        claims=True,
    ),
    Case(
        CAPTURE_PAYMENT,
        Code.PAYMENT_REQUIRES_ACTION,
        lambda demo, _: {"body": build.capture_body(challenged(demo)["auth_id"])},
        claims=True,
    ),
    Case(
        CAPTURE_PAYMENT,
        Code.PAYMENT_PROCESSING,
        lambda demo, _: {"body": build.capture_body(demo.asking("pending:60:approve").authorized())},
        claims=True,
    ),
    Case(
        CAPTURE_PAYMENT,
        Code.CAPTURE_DECLINED,
        lambda demo, _: {"body": build.capture_body(demo.asking("capture=decline:lost_card").authorized())},
        claims=True,
    ),
    Case(CAPTURE_PAYMENT, Code.AUTHORIZATION_REVERSED, _after_reversal(build.capture_body), claims=True),
    Case(VOID_PAYMENT, Code.AUTHORIZATION_REVERSED, _after_reversal(build.void_body), claims=True),
    Case(
        CAPTURE_PAYMENT, Code.ALREADY_VOIDED, lambda demo, _: {"body": build.capture_body(_voided(demo))}, claims=True
    ),
    Case(
        CAPTURE_PAYMENT,
        Code.ALREADY_CAPTURED,
        lambda demo, _: {"body": build.capture_body(_captured(demo))},
        claims=True,
    ),
    Case(
        CAPTURE_PAYMENT,
        Code.AUTHORIZATION_EXPIRED,
        lambda demo, clock: {"body": build.capture_body(_expired(demo, clock))},
        claims=True,
    ),
    Case(
        CAPTURE_PAYMENT,
        Code.CAPTURE_EXCEEDS_AUTHORIZED,
        lambda demo, _: {"body": build.capture_body(demo.authorized(10_00), amount=10_01)},
        claims=True,
    ),
    Case(
        VOID_PAYMENT,
        Code.RESOURCE_NOT_FOUND,
        lambda demo, _: {"body": build.void_body(_foreign(demo))},
        claims=True,
    ),
    Case(VOID_PAYMENT, Code.PAYMENT_PENDING, lambda demo, _: {"body": build.void_body(_opened(demo))}, claims=True),
    Case(
        VOID_PAYMENT, Code.PAYMENT_DECLINED, lambda demo, _: {"body": build.void_body(_declined(demo))}, claims=True
    ),
    Case(VOID_PAYMENT, Code.ALREADY_VOIDED, lambda demo, _: {"body": build.void_body(_voided(demo))}, claims=True),
    Case(
        VOID_PAYMENT, Code.ALREADY_CAPTURED, lambda demo, _: {"body": build.void_body(_captured(demo))}, claims=True
    ),
    Case(
        VOID_PAYMENT,
        Code.AUTHORIZATION_EXPIRED,
        lambda demo, clock: {"body": build.void_body(_expired(demo, clock))},
        claims=True,
    ),
    Case(
        REFUND_PAYMENT,
        Code.RESOURCE_NOT_FOUND,
        lambda demo, _: {"body": build.refund_body(_foreign(demo))},
        claims=True,
    ),
    Case(
        REFUND_PAYMENT,
        Code.CURRENCY_MISMATCH,
        lambda demo, _: {"body": build.refund_body(_captured(demo), currency="EUR")},
        claims=True,
    ),
    Case(
        REFUND_PAYMENT,
        Code.NOT_CAPTURED,
        lambda demo, _: {"body": build.refund_body(demo.authorized())},
        claims=True,
    ),
    Case(
        REFUND_PAYMENT,
        Code.CAPTURE_AMBIGUOUS,
        lambda demo, _: {"body": build.refund_body(_captured_twice(demo))},
        claims=True,
    ),
    Case(
        REFUND_PAYMENT,
        Code.ALREADY_REFUNDED,
        lambda demo, _: {"body": build.refund_body(_refunded(demo))},
        claims=True,
    ),
    Case(
        REFUND_PAYMENT,
        Code.REFUND_EXCEEDS_CAPTURED,
        lambda demo, _: {"body": build.refund_body(demo.captured(10_00), amount=10_01)},
        claims=True,
    ),
    Case(GET_PAYMENT, Code.RESOURCE_NOT_FOUND, lambda demo, _: {"path": {"transaction_id": _foreign(demo)}}),
    Case(LIST_POSTINGS, Code.RESOURCE_NOT_FOUND, lambda demo, _: {"path": {"transaction_id": _foreign(demo)}}),
    Case(LIST_PAYMENTS, Code.CURSOR_INVALID, _sent(query={"cursor": "x"}), "cursor"),
    Case(LIST_PAYMENTS, Code.PARAMETER_INVALID, _sent(query={"limit": "x"}), "limit"),
    Case(CREATE_ENDPOINT, Code.URL_NOT_ALLOWED, _sent(body=build.endpoint_body("https://10.0.0.1/")), "url"),
    Case(CREATE_ENDPOINT, Code.ENDPOINT_LIMIT_REACHED, _as_many_endpoints_as_may_be, claims=True),
    Case(CREATE_ENDPOINT, Code.IDEMPOTENCY_KEY_REQUIRED, _sent(body=build.endpoint_body(), key=None)),
    Case(UPDATE_ENDPOINT, Code.URL_NOT_ALLOWED, lambda *_: _of_endpoint("we", url="http://example.com"), "url"),
    Case(UPDATE_ENDPOINT, Code.RESOURCE_NOT_FOUND, _foreign_endpoint(status="disabled")),
    Case(GET_ENDPOINT, Code.RESOURCE_NOT_FOUND, _foreign_endpoint()),
    Case(DELETE_ENDPOINT, Code.RESOURCE_NOT_FOUND, _foreign_endpoint()),
    *(
        Case(route, Code.RESOURCE_NOT_FOUND, _foreign_endpoint(), claims=True)
        for route in (ROTATE_ENDPOINT, PING_ENDPOINT, ENABLE_ENDPOINT)
    ),
    Case(PING_ENDPOINT, Code.ENDPOINT_DISABLED, _disabled_endpoint, claims=True),
    Case(GET_REQUEST, Code.RESOURCE_NOT_FOUND, lambda *_: {"path": {"request_id": "request-of-nobody"}}),
    Case(LIST_REQUESTS, Code.CURSOR_INVALID, _sent(query={"cursor": "x"}), "cursor"),
    Case(GET_FEED, Code.CURSOR_INVALID, _sent(query={"after": "x"}), "after"),
    Case(GET_INBOX, Code.CURSOR_INVALID, _sent(query={"cursor": "x"}), "cursor"),
    Case(LIST_EVENTS, Code.CURSOR_INVALID, _sent(query={"cursor": "x"}), "cursor"),
    Case(GET_EVENT, Code.RESOURCE_NOT_FOUND, _sent(path={"event_id": "evt_" + "z" * 26})),
    Case(
        RESEND_EVENT, Code.RESOURCE_NOT_FOUND, _sent(path={"event_id": "evt_" + "z" * 26}, body={}), claims=True
    ),
    Case(LIST_DELIVERIES, Code.CURSOR_INVALID, _sent(query={"cursor": "x"}), "cursor"),
    Case(GET_DELIVERY, Code.RESOURCE_NOT_FOUND, _sent(path={"delivery_id": "wd_" + "z" * 26})),
    Case(LIST_SETTLEMENTS, Code.CURSOR_INVALID, _sent(query={"cursor": "x"}), "cursor"),
    Case(LIST_SETTLEMENTS, Code.PARAMETER_INVALID, _sent(query={"from": "yesterday"}), "from"),
    Case(GET_SETTLEMENT, Code.RESOURCE_NOT_FOUND, _sent(path={"batch": "2026-11-20"})),
    Case(REPLAY_ENDPOINT, Code.RESOURCE_NOT_FOUND, _replay_of("we_" + "z" * 26), claims=True),
    Case(REPLAY_ENDPOINT, Code.ENDPOINT_DISABLED, _disabled, claims=True),
    Case(SHOW_CHALLENGE, Code.RESOURCE_NOT_FOUND, _sent(path={"challenge_id": "auth_x", "token": "x"})),
    Case(
        COMPLETE_CHALLENGE,
        Code.RESOURCE_NOT_FOUND,
        _sent(path={"challenge_id": "auth_x", "token": "x"}, body="result=Y", content_type=FORM),
    ),
    Case(COMPLETE_CHALLENGE, Code.SIMULATION_NOT_ALLOWED, _voided_challenge),
    Case(CREATE_DONATION_INTENT, Code.AMOUNT_TOO_SMALL, _sent(body=build.donation_body(49)), "amount"),
    Case(LIST_MY_DONATIONS, Code.CURSOR_INVALID, _sent(query={"cursor": "x"}), "cursor"),
    Case(RECEIVE_STRIPE_EVENT, Code.SIGNATURE_INVALID, _sent(body="{}")),
    *(
        Case(route, code, _sent(claims=claims, body=build.donation_body()))
        for route in ROUTES
        if route.access is Access.DONOR
        for code, claims in (
            (Code.TOKEN_INVALID, build.claims(token_use="access")),
            (Code.FORBIDDEN, build.claims(email_verified="false")),
        )
    ),
    Case(LIST_DISPUTES, Code.CURSOR_INVALID, _sent(query={"cursor": "x"}), "cursor"),
    Case(GET_DISPUTE, Code.RESOURCE_NOT_FOUND, _sent(path={"dispute_id": "du_x"})),
    Case(
        SUBMIT_EVIDENCE,
        Code.RESOURCE_NOT_FOUND,
        _sent(path={"dispute_id": "du_x"}, body={"submit": True}),
        claims=True,
    ),
    Case(ACCEPT_DISPUTE, Code.RESOURCE_NOT_FOUND, _sent(path={"dispute_id": "du_x"}), claims=True),
    Case(SUBMIT_EVIDENCE, Code.DISPUTE_STATE_UNEXPECTED, _accepted, claims=True),
    Case(SUBMIT_EVIDENCE, Code.EVIDENCE_PAST_DUE, _past_due, claims=True),
    Case(ACCEPT_DISPUTE, Code.DISPUTE_STATE_UNEXPECTED, _accepted, claims=True),
    Case(
        REFUND_PAYMENT,
        Code.CHARGE_DISPUTED,
        lambda demo, _: {"body": build.refund_body(payment_of(disputed(demo)).id)},
        claims=True,
    ),
    Case(LIST_SIMULATIONS, Code.CURSOR_INVALID, _sent(query={"waiting": "true", "cursor": "x"}), "cursor"),
    Case(GET_SIMULATION, Code.RESOURCE_NOT_FOUND, _sent(path={"object_id": "auth_x"})),
    Case(SIMULATE_ACTION, Code.RESOURCE_NOT_FOUND, _sent(path={"object_id": "auth_x", "action": "approve"})),
    Case(
        SIMULATE_ACTION,
        Code.SIMULATION_NOT_ALLOWED,
        lambda demo, _: {"path": {"object_id": demo.authorized(), "action": "approve"}},
        claims=True,
    ),
    Case(REFUND_PAYMENT, Code.NOT_YET_SIMULATED, _sent(headers={"X-SANDBOX-FAULT": "timeout"}), "X-Sandbox-Fault"),
]  # fmt: skip


def _of_any_route(route: Route) -> list[Case]:
    """Return what each route of its kind refuses, with one value each; the tables below have the others."""
    cases = [Case(route, Code.HEADER_UNKNOWN, _sent(headers={"X-Sandbox-Outcom": "approve"}), "x-sandbox-outcom")]
    if route.access is Access.API_KEY:
        # The gateway's own answer, before the body, the idempotency key or the path is checked.
        without = _sent(api_key="sk_test_demo", gateway="engine", body="not JSON", key=None)
        cases.append(Case(route, Code.API_KEY_INVALID, without))
    if route.body:
        cases.append(Case(route, Code.MEDIA_TYPE_UNSUPPORTED, _sent(body="{}", content_type="text/plain")))
    if route in WITH_JSON:
        cases.append(Case(route, Code.REQUEST_INVALID, _sent(body="not JSON")))
        cases.append(Case(route, Code.BODY_TOO_LARGE, _sent(body="x" * (MAX_BODY_BYTES + 1))))
        if not route.body_optional:
            cases.append(Case(route, Code.REQUEST_INVALID, _sent(body=None)))
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
    # Customers and disbursements, which the ledger has nothing of: tests/customers and tests/disbursements.
    (CREATE_CUSTOMER.name, Code.CUSTOMER_EXISTS),
    (GET_CUSTOMER.name, Code.RESOURCE_NOT_FOUND),
    (UPDATE_CUSTOMER.name, Code.RESOURCE_NOT_FOUND),
    (CREATE_DISBURSEMENT.name, Code.RESOURCE_NOT_FOUND),
    (CREATE_DISBURSEMENT.name, Code.INSUFFICIENT_BALANCE),
    (CREATE_DISBURSEMENT.name, Code.AMOUNT_TOO_SMALL),
    (CREATE_DISBURSEMENT.name, Code.AMOUNT_TOO_LARGE),
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
    # Any body and any token: tests/inbox.
    (RECEIVE_WEBHOOK.name, Code.REQUEST_INVALID),
    (RECEIVE_WEBHOOK.name, Code.RESOURCE_NOT_FOUND),
    (RECEIVE_WEBHOOK.name, Code.BODY_TOO_LARGE),
    # With functions to update: tests/clock.
    (MOVE_CLOCK.name, Code.FORBIDDEN),
    (MOVE_CLOCK.name, Code.CLOCK_FIXED),
    (MOVE_CLOCK.name, Code.CLOCK_OUT_OF_RANGE),
    (MOVE_CLOCK.name, Code.CLOCK_INCOMPLETE),
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

# Intents, in Stripe's envelope: tests/stripe_api/handlers.
OF_INTENTS = {
    Code.INTENT_CHANGED,
    Code.INTENT_STATE_UNEXPECTED,
    Code.PAYMENT_METHOD_REQUIRED,
    Code.TOO_MANY_CHANGES,
}

# Only AWS's gateway returns these; the local one has no 29-second timeout and no firewall, and reports a
# function's failure in its own words. AWS's answers are checked in the template: tests/infra/test_api.py.
ONLY_IN_THE_TEMPLATE = {Code.UPSTREAM_ERROR, Code.UPSTREAM_TIMEOUT}


def test_every_code_has_a_test() -> None:
    """The code comes from a handler or from the deployed gateway."""
    produced = {case.code for case in (*CASES, *OF_ANY_ROUTE[AUTHORIZE_PAYMENT.name])} | {code for _, code in ELSEWHERE}
    produced |= OF_TROUBLE | OF_INTENTS | set(PROVOKED)
    assert set(Code) - produced == ONLY_IN_THE_TEMPLATE


@pytest.mark.parametrize("case", CASES, ids=str)
def test_errors_are_problems_and_leave_the_ledger_unchanged(
    case: Case, demo: Merchant, clock: Clock, ledger: Ledger
) -> None:
    _check_refusal(case, demo, clock, ledger)


@pytest.mark.parametrize("route", full_but(ROUTES, keep=FIRST_OF_FEATURE), ids=lambda route: route.name)
def test_what_every_route_refuses(route: Route, demo: Merchant, clock: Clock, ledger: Ledger) -> None:
    for case in OF_ANY_ROUTE[route.name]:
        _check_refusal(case, demo, clock, ledger)


def _check_refusal(case: Case, demo: Merchant, clock: Clock, ledger: Ledger) -> None:
    parts = case.given(demo, clock)
    before = tables.items(ledger)
    reply = send(case.route, request_id="request-1", **parts)
    _check_problem(reply, case)
    after = tables.items(ledger)
    new = after.keys() - before.keys()
    assert {item_id: after[item_id] for item_id in before} == before, case
    assert len(new) == case.claims, case
    assert all(item_id.startswith("clm_") for item_id in new)


def _check_problem(reply: Reply, case: Case) -> None:
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
    cases = [*CASES, *(case for route in ROUTES for case in OF_ANY_ROUTE[route.name])]
    tried = {(case.route.name, case.code) for case in cases} | ELSEWHERE
    assert {(route.name, code) for route in ROUTES for code in route.refusals} - tried == set()


def test_every_case_is_declared_by_its_route() -> None:
    """Codes that every route of a kind can return need no row: those for a faulty body, key or query."""
    of_every_kind = {
        Code.HEADER_UNKNOWN,
        Code.NOT_YET_SIMULATED,
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
    unpromised = [str(c) for c in CASES if c.code not in of_every_kind and c.code not in c.route.refusals]
    assert unpromised == []


# --- what is not a body -----------------------------------------------------------------------------------------------


# The body of an authorization has a reader of its own. Every other route is sent one of these above.
@pytest.mark.parametrize("route", [AUTHORIZE_PAYMENT, CAPTURE_PAYMENT], ids=lambda route: route.name)
@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "null",
        "true",
        "42",
        '"text"',
        "[]",
        '[{"amount": 1}]',
        "{",
        '{"amount": 1',
        "{'amount': 1}",
        '{"amount": 1,}',
        '{"amount": 1} {"amount": 2}',
        '{"amount": NaN}',
        '{"amount": Infinity}',
        '{"amount": -Infinity}',
        '{"amount": 1, "amount": 2}',
        '{"card": {"number": "1", "number": "2"}}',
        '{"amount": 01}',
        '{"amount": ' + "9" * 5_000 + "}",
        "\ufeff{}",
        "amount=10&currency=USD",
        "[" * 100_000,
        '{"a":' * 40 + "1" + "}" * 40,
        '{"a":' * 40_000 + "1" + "}" * 40_000,
    ],
)
def test_bodies_must_be_one_json_object(route: Route, body: str, ledger: Ledger) -> None:
    reply = send(route, body=body)
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
    "letter, count, code",
    [
        ("x", MAX_BODY_BYTES, "parameter_invalid"),
        ("x", MAX_BODY_BYTES + 1, "body_too_large"),
        ("é", MAX_BODY_BYTES // 2, "parameter_invalid"),
        ("é", MAX_BODY_BYTES // 2 + 1, "body_too_large"),  # the limit is in bytes, not characters
        ("x", 5_000_000, "body_too_large"),
    ],
)
@pytest.mark.parametrize("in_base64", [False, True])
def test_maximum_body_size(letter: str, count: int, code: str, in_base64: bool, demo: Merchant, ledger: Ledger) -> None:
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
