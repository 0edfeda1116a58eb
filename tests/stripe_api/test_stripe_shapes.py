"""The checker of Stripe's shapes, with planted faults: it must find each, or its passes prove nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from paysandbox.stripe_api.objects.intent_secrets import IntentSecrets
from paysandbox.stripe_api.objects.render import render_intent
from tests.support.builders.stripe_payments import LIVES
from tests.support.tools.stripe_shapes import faults

Body = dict[str, Any]


def intent() -> Body:
    expand = ["payment_method", "latest_charge.refunds.data.payment_intent"]
    given = IntentSecrets("secret", lambda challenge: challenge.id)
    body = render_intent(LIVES["refunded in part"], private=given, expand=expand)
    return json.loads(json.dumps(body))


def put(*path: str | int, value: Any) -> Callable[[Body], None]:
    def plant(body: Any) -> None:
        for name in path[:-1]:
            body = body[name]
        body[path[-1]] = value

    return plant


def without(*path: str | int) -> Callable[[Body], None]:
    def plant(body: Any) -> None:
        for name in path[:-1]:
            body = body[name]
        del body[path[-1]]

    return plant


def test_a_correct_object_has_no_faults() -> None:
    assert faults(intent(), stripe.PaymentIntent) == []


@pytest.mark.parametrize(
    "plant, seen",
    [
        (without("amount"), "PaymentIntent.amount: is missing"),
        (without("object"), "PaymentIntent.object: is missing"),
        (without("metadata"), "PaymentIntent.metadata: is missing"),
        (put("amount", value=None), "PaymentIntent.amount: None is no int"),
        (put("amount", value=True), "PaymentIntent.amount: True is no int"),
        (put("amount", value="1000"), "PaymentIntent.amount: '1000' is no int"),
        (put("livemode", value=0), "PaymentIntent.livemode: 0 is no bool"),
        (put("object", value="intent"), "PaymentIntent.object: 'intent' is none of the published values"),
        (put("status", value="paid"), "PaymentIntent.status: 'paid' is none of the published values"),
        (put("status", value=None), "PaymentIntent.status: is null"),
        (put("canceled_at", value="now"), "PaymentIntent.canceled_at: 'now' is no int"),
        (put("descripton", value=None), "PaymentIntent.descripton: the SDK knows no such field"),
        (put("metadata", "a", value=1), "PaymentIntent.metadata.a: 1 is no str"),
        (put("payment_method_types", value="card"), "PaymentIntent.payment_method_types: 'card' is no list"),
        (put("payment_method_types", 0, value=1), "PaymentIntent.payment_method_types[0]: 1 is no str"),
        (put("amount_details", value=[]), "PaymentIntent.amount_details: [] is no object"),
        # nested
        (
            without("payment_method", "card", "networks", "available"),
            "PaymentIntent.payment_method.card.networks.available: is missing",
        ),
        (put("payment_method", "card", value="visa"), "PaymentIntent.payment_method.card: 'visa' is no object"),
        (
            put("latest_charge", "payment_method_details", "card", "exp_year", value="2040"),
            "PaymentIntent.latest_charge.payment_method_details.card.exp_year: '2040' is no int",
        ),
        (
            put("latest_charge", "outcome", "type", value=None),
            "PaymentIntent.latest_charge.outcome.type: None is no str",
        ),
        # expanded, and in a list
        (put("latest_charge", value=7), "PaymentIntent.latest_charge: 7 is no str"),
        (without("latest_charge", "paid"), "PaymentIntent.latest_charge.paid: is missing"),
        (without("latest_charge", "refunds", "has_more"), "PaymentIntent.latest_charge.refunds.has_more: is missing"),
        (
            put("latest_charge", "refunds", "object", value="set"),
            "PaymentIntent.latest_charge.refunds.object: 'set' is none of the published values",
        ),
        (
            without("latest_charge", "refunds", "data", 0, "created"),
            "PaymentIntent.latest_charge.refunds.data[0].created: is missing",
        ),
        (
            put("latest_charge", "refunds", "data", 0, "payment_intent", "status", value="gone"),
            "PaymentIntent.latest_charge.refunds.data[0].payment_intent.status: 'gone' is none of the published values",
        ),
    ],
)
def test_a_planted_fault_is_located(plant: Callable[[Body], None], seen: str) -> None:
    body = intent()
    plant(body)
    assert faults(body, stripe.PaymentIntent) == [seen]
