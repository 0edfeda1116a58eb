"""Stripe's events and objects as observations of a donation.

The bodies are those of the sandbox's own Stripe API, whose shapes other tests check against Stripe's classes.
"""

import json
from typing import Any

import pytest

from paysandbox.donations.donation import Observation
from paysandbox.donations.stripe_incoming import end_of_intent, observation_of, of_charge, read_stripe_event
from paysandbox.payments.events.event import events_of
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.events.event import render_stripe_events
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.objects.render import render_charge, render_intent
from tests.support.builders import build, donations
from tests.support.builders.stripe_payments import cancelled, opened, refunded, tried

AT = build.MONDAY + build.HOUR
BEGUN = opened(50_00, automatic=True, metadata=json.dumps({"donation_id": donations.DONATION_ID}))
TAKEN = tried(BEGUN)


def seen(**parts: Any) -> Observation:
    return Observation(donation_id=donations.DONATION_ID, intent_id=intent_id(BEGUN.id), currency="usd", at=AT, **parts)


def told(before: Payment, after: Payment) -> dict[str, Observation]:
    """Return the observations from a write, by the type of the Stripe event."""
    bodies = [body for event in events_of(before, after) for body in render_stripe_events(event)]
    heard = {body["type"]: observation_of(read_stripe_event(json.dumps(body)), AT) for body in bodies}
    return {kind: one for kind, one in heard.items() if one}


@pytest.mark.parametrize(
    "before, after, heard",
    [
        (BEGUN, TAKEN, {"payment_intent.succeeded": seen(paid=50_00)}),
        (
            BEGUN,
            tried(BEGUN, "lost_card"),
            {"payment_intent.payment_failed": seen(failed=True, failure="lost_card")},
        ),
        (
            BEGUN,
            cancelled(BEGUN, "requested_by_customer"),
            {"payment_intent.canceled": seen(failed=True, failure="requested_by_customer")},
        ),
        (BEGUN, cancelled(BEGUN), {"payment_intent.canceled": seen(failed=True, failure="canceled")}),
        (TAKEN, refunded(TAKEN, 12_50), {"charge.refunded": seen(paid=50_00, refunded=12_50)}),
        (
            refunded(TAKEN, 12_50),
            refunded(refunded(TAKEN, 12_50), 2_50),
            {"charge.refunded": seen(paid=50_00, refunded=15_00)},
        ),
    ],
)
def test_observations_of_each_event(before: Payment, after: Payment, heard: dict[str, Observation]) -> None:
    assert told(before, after) == heard


def test_an_intent_can_be_an_expanded_object() -> None:
    charge = charge_of(TAKEN) | {"payment_intent": intent_of(TAKEN)}
    body = json.dumps({"id": "evt_1", "type": "charge.refunded", "data": {"object": charge}})
    assert observation_of(read_stripe_event(body), AT) == seen(paid=50_00)


@pytest.mark.parametrize(
    "payment, heard",
    [
        (BEGUN, None),
        (tried(BEGUN, "lost_card"), None),
        (TAKEN, seen(paid=50_00)),
        (cancelled(BEGUN, "abandoned"), seen(failed=True, failure="abandoned")),
    ],
)
def test_observations_of_a_finished_intent(payment: Payment, heard: Observation | None) -> None:
    assert end_of_intent(intent_of(payment), AT) == heard


def test_observation_of_an_intent_with_a_refunded_charge() -> None:
    payment = refunded(TAKEN, 12_50)
    intent = intent_of(payment) | {"latest_charge": charge_of(payment)}
    assert end_of_intent(intent, AT) == seen(paid=50_00, refunded=12_50)


def of_stripe(currency: str, **amounts: int) -> dict[str, Any]:
    """Return a PaymentIntent or a Charge, as far as it is read."""
    about = {"id": "pi_1", "payment_intent": "pi_1", "status": "succeeded", "metadata": {"donation_id": "1"}}
    return {**about, "currency": currency, **amounts}


@pytest.mark.parametrize(
    "currency, at_stripe, amount",
    [("isk", 500, 5), ("ugx", 500, 5), ("mga", 5, 5_00), ("kwd", 5_120, 5_120), ("jpy", 500, 500)],
)
def test_amounts_are_read_in_stripes_units(currency: str, at_stripe: int, amount: int) -> None:
    paid = end_of_intent(of_stripe(currency, amount_received=at_stripe), AT)
    refunded = of_charge(of_stripe(currency, amount_captured=at_stripe, amount_refunded=at_stripe), AT)

    assert paid is not None
    assert paid.paid == amount
    assert (refunded.paid, refunded.refunded) == (amount, amount)


def charge_of(payment: Payment) -> dict[str, Any]:
    return render_charge(payment, payment.operations[1].id)


def intent_of(payment: Payment) -> dict[str, Any]:
    return render_intent(payment, private=None)
