"""The rendering of our events as Stripe's: types, order, objects, and the same result at any time."""

import json
from dataclasses import replace
from typing import Any

import pytest
import stripe

from paysandbox.payments.bank.acquirer import AwaitsCardholder
from paysandbox.payments.events.event import events_of
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.payment import BY_TIMER, SIMULATED, Payment
from paysandbox.stripe_api.events.event import STRIPE_EVENT_TYPES, render_stripe_events, stripe_types
from paysandbox.stripe_api.ids import charge_id, event_of_stripe_event, refund_id
from paysandbox.stripe_api.objects.intent_secrets import IntentSecrets
from paysandbox.stripe_api.objects.render import render_charge
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.support.builders import build, disputes, intents, later_steps as steps
from tests.support.builders.stripe_payments import (
    ENDED,
    GIVEN_BACK,
    HELD,
    LIVES,
    LOST,
    NATIVE,
    NOTED,
    OTHER_CARD,
    TAKEN,
    cancelled,
    captured,
    confirmed,
    expired,
    noted,
    opened,
    refunded,
    revised,
    settled,
    tried,
)
from tests.support.tools.stripe_shapes import class_of, faults

CREATED = "payment_intent.created"
FAILED = ["charge.failed", "payment_intent.payment_failed"]
PROMISED = ["charge.succeeded", "payment_intent.amount_capturable_updated"]
AT_ONCE = ["charge.succeeded", "payment_intent.succeeded"]
REFUNDED = ["charge.refunded", "refund.created"]
CHARGE_BEFORE = {"description": None, "fraud_details": {"user_report": None}, "metadata": {"order": None}}
CHARGE_BEFORE |= {"receipt_email": None}
UPDATED = ["refund.updated", "charge.refund.updated"]
REFUND = {"refund.created", "refund.failed", *UPDATED}
CAPTURABLE = "payment_intent.amount_capturable_updated"
WAITS = intents.lived(opened(), intents.begin(AwaitsCardholder))
MANUAL = intents.lived(intents.opened(confirmation_method="manual"), intents.begin(AwaitsCardholder))
MANUALLY_AUTHENTICATED = intents.lived(MANUAL, intents.simulate("authenticate", result="Y"))
ASKED_FOR = intents.lived(opened(), intents.begin(AwaitsCardholder, soft=True))


def told(before: Payment | None, after: Payment, **more: Any) -> list[dict[str, Any]]:
    return [body for event in events_of(before, after) for body in render_stripe_events(event, **more)]


CAPTURED_BEFORE = {"amount_captured": 0, "balance_transaction": None, "captured": False}
ASYNC: dict[str, Any] = {"automatic": True, "capture_method": "automatic_async"}


def last(payment: Payment) -> str:
    return payment.operations[-1].id


def charge_of(payment: Payment) -> str:
    return authorization_of(payment).id


@pytest.mark.parametrize(
    "before, after, types",
    [
        (None, opened(), [CREATED]),
        (opened(), revised(opened(), amount=9_00), []),
        (opened(), tried(opened(), "lost_card"), FAILED),
        (opened(), tried(opened()), PROMISED),
        (opened(automatic=True), TAKEN, AT_ONCE),
        (opened(**ASYNC), tried(opened(**ASYNC)), [*AT_ONCE, "charge.updated"]),
        (None, confirmed(opened()), [CREATED, *PROMISED]),
        (None, confirmed(opened(automatic=True)), [CREATED, *AT_ONCE]),
        (None, confirmed(opened(), "lost_card"), [CREATED, *FAILED]),
        (HELD, captured(HELD), ["charge.captured", "payment_intent.succeeded"]),
        (HELD, captured(HELD, 4_00), ["charge.captured"]),
        # What is released is no refund in the version of events.
        (HELD, captured(HELD, 4_00, final=True), ["charge.captured", "payment_intent.succeeded"]),
        (HELD, captured(HELD, 10_00, final=True), ["charge.captured", "payment_intent.succeeded"]),
        (HELD, cancelled(HELD), ["payment_intent.canceled"]),
        (opened(), cancelled(opened()), ["payment_intent.canceled"]),
        (HELD, expired(HELD), ["charge.expired", "payment_intent.canceled"]),
        # Part of it was captured, so it counts as succeeded once nothing remains.
        (captured(HELD, 4_00), cancelled(captured(HELD, 4_00)), ["payment_intent.succeeded"]),
        (captured(HELD, 4_00), expired(captured(HELD, 4_00)), ["payment_intent.succeeded"]),
        (TAKEN, refunded(TAKEN, 1_00), REFUNDED),
        (TAKEN, settled(TAKEN), []),
        (TAKEN, noted(TAKEN, charge_of(TAKEN), description="Order 7"), ["charge.updated"]),
        (LOST, noted(LOST, charge_of(LOST), user_report="safe"), ["charge.updated"]),
        (TAKEN, noted(TAKEN, charge_of(TAKEN), description=""), []),  # nothing changed
        (GIVEN_BACK, noted(GIVEN_BACK, last(GIVEN_BACK), metadata='{"a":"c"}'), UPDATED),
        (ENDED, noted(ENDED, last(ENDED), metadata='{"a":"b"}'), []),  # made in an earlier version
        # Made by the native routes.
        (None, NATIVE, PROMISED),
        (None, build.authorized(automatic=True), AT_ONCE),
        (None, build.authorized(declined=build.decline()), FAILED),
        (opened(), WAITS, ["payment_intent.requires_action"]),
        # The bank was asked first, and asks for the challenge: the payment has not failed.
        (opened(), ASKED_FOR, ["charge.failed", "payment_intent.requires_action"]),
        # Made by a bank, the network or the cardholder, later.
        (None, steps.CHALLENGED, ["payment_intent.requires_action"]),
        (steps.CHALLENGED, steps.AUTHENTICATED, PROMISED),
        (steps.CHALLENGED, steps.NOT_AUTHENTICATED, ["payment_intent.payment_failed"]),
        (steps.CHALLENGED, steps.DECOUPLED, []),
        (MANUAL, MANUALLY_AUTHENTICATED, []),
        (MANUALLY_AUTHENTICATED, intents.lived(MANUALLY_AUTHENTICATED, intents.attempt(number=2)), PROMISED),
        (None, steps.PENDING, ["payment_intent.processing"]),
        (steps.PENDING, steps.DECLINED_LATER, FAILED),
        (build.authorized(declined=build.decline()), steps.APPROVED_LATE, PROMISED),
        (steps.CAPTURED, steps.CAPTURE_FAILED, ["charge.updated", CAPTURABLE]),
        (steps.CAPTURED, steps.DELAYED, []),
        (steps.CAPTURED, steps.WARNED, ["radar.early_fraud_warning.created"]),
        (NATIVE, steps.REVERSED, ["payment_intent.canceled"]),
        (NATIVE, steps.REVERSED_PARTLY, [CAPTURABLE]),
        (NATIVE, steps.INCREMENTED, [CAPTURABLE]),
        (NATIVE, steps.INCREMENT_DECLINED, []),
        (steps.CAPTURED, steps.REFUND_PENDING, REFUNDED),
        (steps.REFUND_PENDING, steps.REFUND_WAITS, UPDATED),
        (steps.REFUND_PENDING, steps.REFUND_SUCCEEDED, UPDATED),
        (steps.REFUND_PENDING, steps.REFUND_FAILED, ["refund.updated", "refund.failed", "charge.refund.updated"]),
        (steps.REFUND_PENDING, steps.REFUND_CANCELED, UPDATED),
    ],
)
def test_event_types_of_an_operation(before: Payment | None, after: Payment, types: list[str]) -> None:
    assert [body["type"] for body in told(before, after)] == types


@pytest.mark.full
def test_every_event_has_the_sdks_shape(subtests: pytest.Subtests) -> None:
    for life in LIVES:
        with subtests.test(str(life)):
            for body in told(None, LIVES[life]):
                assert faults(body, stripe.Event) == []
                shown = body["data"]["object"]
                assert faults(shown, class_of(shown["object"])) == []
                kind = body["type"].rpartition(".")[0]
                assert shown["object"] == ("refund" if body["type"] in REFUND else kind.removeprefix("charge.") or kind)
                read = stripe.Event.construct_from(body, "sk_test_x")
                assert type(read.data.object) is class_of(shown["object"])


def test_every_type_is_published_and_is_one_of_stripes() -> None:
    lives = (*LIVES.values(), disputes.WON)
    seen = {body["type"] for payment in lives for body in told(None, payment)}
    assert seen == set(STRIPE_EVENT_TYPES)
    assert len(set(STRIPE_EVENT_TYPES.values())) == len(STRIPE_EVENT_TYPES)
    assert stripe.api_version == STRIPE_VERSION


def test_the_fields_of_an_event_around_its_object() -> None:
    (event,) = events_of(HELD, captured(HELD))
    charged, _ = render_stripe_events(event)

    assert {name: value for name, value in charged.items() if name != "data"} == {
        "id": f"{event.id}h",
        "object": "event",
        "api_version": STRIPE_VERSION,
        "created": int(event.at.timestamp()),
        "livemode": False,
        "pending_webhooks": 0,
        "request": {"id": "req_requestofcapture", "idempotency_key": None},
        "type": "charge.captured",
    }
    assert event_of_stripe_event(charged["id"]) == event.id


def test_an_expiry_has_no_request() -> None:
    assert {body["request"]["id"] for body in told(HELD, expired(HELD))} == {None}


@pytest.mark.parametrize(
    "request_id, source, shown",
    [("of-page", None, None), ("of-call", SIMULATED, "req_ofcall"), (BY_TIMER, None, None)],
)
def test_events_of_a_cardholders_answer_name_no_merchant_request(
    request_id: str, source: str | None, shown: str | None
) -> None:
    of_answer = (replace(one, request_id=request_id, source=source) for one in steps.AUTHENTICATED.operations[1:])
    answered = replace(steps.AUTHENTICATED, operations=(*steps.CHALLENGED.operations, *of_answer))
    assert {body["request"]["id"] for body in told(steps.CHALLENGED, answered)} == {shown}


def test_ids_are_all_different_and_name_our_event() -> None:
    payment = LIVES["refunded in two parts"]
    bodies = told(None, payment)
    assert len({body["id"] for body in bodies}) == len(bodies)
    for event in events_of(None, payment):
        named = [body["id"] for body in render_stripe_events(event)]
        assert named == [event.id + STRIPE_EVENT_TYPES[kind] for kind in stripe_types(event)]
        assert {event_of_stripe_event(one) for one in named} == {event.id}


def test_objects_are_as_they_were_right_after_the_operation() -> None:
    """Rendering them later, from the payment's later state, gives the same objects."""
    declined = tried(opened(), "lost_card")
    held = tried(revised(declined, method=OTHER_CARD))
    grown = (opened(), declined, held, captured(held, 4_00), refunded(captured(held, 4_00), 1_00))

    for then in grown:
        told_then = told(None, then)
        assert json.dumps(told(None, grown[-1])[: len(told_then)]) == json.dumps(told_then)


def test_of_several_attempts_each_event_is_of_its_own() -> None:
    payment = LIVES["held at the second attempt"]
    first, second = (operation.id for operation in payment.operations if operation.id.startswith("att_"))
    charges = [body["data"]["object"] for body in told(None, payment) if body["type"].startswith("charge.")]
    assert [(charge["id"], charge["status"]) for charge in charges] == [
        (charge_id(first), "failed"),
        (charge_id(second), "succeeded"),
    ]


def test_a_refund_has_events_of_itself_and_its_charge() -> None:
    payment = LIVES["refunded in two parts"]
    back = [operation.id for operation in payment.operations if operation.id.startswith("ref_")]
    bodies = [body for body in told(None, payment) if body["type"] in REFUNDED]
    charged = [body["data"]["object"]["amount_refunded"] for body in bodies[::2]]
    assert charged == [5_00, 6_00]
    assert [body["data"]["object"]["id"] for body in bodies[1::2]] == [refund_id(one) for one in back]


def test_a_charge_captured_at_once_is_shown_as_captured() -> None:
    charged, succeeded = (body["data"]["object"] for body in told(opened(automatic=True), TAKEN))
    assert (charged["captured"], charged["amount_captured"]) == (True, 10_00)
    assert succeeded["status"] == "succeeded"


def test_a_charge_that_is_captured_in_the_background_gets_its_balance_transaction_later() -> None:
    """In the events of the write, it has none. `charge.updated` brings it, as "Asynchronous capture" says."""
    payment = tried(opened(**ASYNC))
    charged, succeeded, updated = told(opened(**ASYNC), payment)
    now = render_charge(payment, charge_of(payment))["balance_transaction"]
    assert charged["data"]["object"]["balance_transaction"] is None
    assert succeeded["data"]["object"]["latest_charge"] == updated["data"]["object"]["id"]
    assert (updated["data"]["object"]["balance_transaction"], updated["data"]["previous_attributes"]) == (
        now,
        {"balance_transaction": None},
    )
    _, earlier, _ = told(opened(**ASYNC), payment, version="2020-08-27")
    assert earlier["data"]["object"]["charges"]["data"][0]["balance_transaction"] is None
    # A later event has it, and did not bring it.
    (later, *_) = told(payment, refunded(payment, 1_00))
    assert later["data"]["object"]["balance_transaction"] == now
    assert later["data"]["previous_attributes"] == {"amount_refunded": 0}


@pytest.mark.parametrize(
    "attempted, is_there",
    [(HELD, False), (TAKEN, True), (tried(opened(), "lost_card"), False), (captured(HELD, 4_00), True)],
)
def test_only_a_captured_charge_has_a_balance_transaction(attempted: Payment, *, is_there: bool) -> None:
    """With `automatic` and with a capture, it is there at once."""
    until = attempted.operations[-1].id
    charge = render_charge(attempted, authorization_of(attempted).id, until=until)
    assert (charge["balance_transaction"] is not None) is is_there


@pytest.mark.parametrize(
    "before, after, kind, previous",
    [
        (HELD, captured(HELD), "charge.captured", CAPTURED_BEFORE),
        (HELD, captured(HELD, 4_00, final=True), "charge.captured", CAPTURED_BEFORE),
        (HELD, expired(HELD), "charge.expired", None),
        (TAKEN, refunded(TAKEN, 1_00), "charge.refunded", {"amount_refunded": 0}),
        (GIVEN_BACK, refunded(GIVEN_BACK), "charge.refunded", {"amount_refunded": 1_00, "refunded": False}),
        (TAKEN, noted(TAKEN, charge_of(TAKEN), **NOTED), "charge.updated", CHARGE_BEFORE),
        (
            GIVEN_BACK,
            noted(GIVEN_BACK, last(GIVEN_BACK), metadata='{"a":"c","b":"d"}'),
            "refund.updated",
            {"metadata": {"a": "b", "b": None}},
        ),
        (
            GIVEN_BACK,
            noted(GIVEN_BACK, last(GIVEN_BACK), metadata=""),
            "charge.refund.updated",
            {"metadata": {"a": "b"}},
        ),
        (
            steps.CAPTURED,
            steps.CAPTURE_FAILED,
            "charge.updated",
            {"amount_captured": 4_00, "captured": True, "failure_balance_transaction": None},
        ),
        (
            steps.REFUND_PENDING,
            steps.REFUND_FAILED,
            "refund.updated",
            {
                "destination_details": {"card": {"type": "pending"}},
                "failure_balance_transaction": None,
                "failure_reason": None,
                "pending_reason": "processing",
                "status": "pending",
            },
        ),
        (None, TAKEN, "charge.succeeded", None),
        (None, GIVEN_BACK, "refund.created", None),
        (HELD, captured(HELD), "payment_intent.succeeded", None),
        (None, HELD, "payment_intent.amount_capturable_updated", None),
    ],
)
def test_previous_attributes_of_a_change(
    before: Payment | None, after: Payment, kind: str, previous: dict[str, Any] | None
) -> None:
    (body,) = [body for body in told(before, after) if body["type"] == kind]
    assert body["data"].get("previous_attributes") == previous


def test_events_show_the_requests_idempotency_key() -> None:
    captures = replace(captured(HELD).operations[-1], idempotency_key="order-6735")
    payment = replace(captured(HELD), operations=(*HELD.operations, captures))
    assert {body["request"]["idempotency_key"] for body in told(HELD, payment)} == {"order-6735"}


def test_the_client_secret_is_included_if_it_is_given() -> None:
    given = IntentSecrets("pi_x_secret_y", lambda challenge: challenge.id)
    for private, shown in ((None, None), (given, "pi_x_secret_y")):
        (body,) = told(None, opened(), private=private)
        assert body["data"]["object"]["client_secret"] == shown


def test_an_event_is_json() -> None:
    for payment in LIVES.values():
        for body in told(None, payment):
            assert json.loads(json.dumps(body)) == body
