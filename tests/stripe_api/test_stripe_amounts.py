"""No amount crosses the edge of /v1 unconverted: no field of an object or event, no parameter of a route."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from paysandbox.core.stripe_amounts import StripeAmount
from paysandbox.payments.events.event import events_of
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.events.event import render_stripe_events
from paysandbox.stripe_api.objects.dispute import disputes_of
from paysandbox.stripe_api.objects.refund import refunds_of
from paysandbox.stripe_api.objects.render import render_charge, render_dispute, render_intent, render_refund
from paysandbox.stripe_api.routes import RESOURCE_ROUTES, ROUTES
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.support.builders.stripe_payments import LIVES
from tests.support.clients.stripe_call import BEFORE_BASIL

NO_AMOUNTS = re.compile(
    r"created|exp_month|exp_year|due_by|available_on|capture_before|canceled_at|email_sent_at|expires_at|"
    r"submission_count|pending_webhooks"
)
"""The numbers of Stripe's objects that are times or counts. All others are amounts."""
AMOUNT = re.compile(r"amount|fee|net|price|cost|total")
NOT_NUMBERS = {"refund_application_fee"}
"""Parameters that are words, or yes or no."""
STORED = {each.route.name for each in RESOURCE_ROUTES}
"""The routes of prices, coupons and the like, whose amounts are none of the ledger: they are stored and shown in the
units that they were sent in."""


def numbers(body: Any, place: str = "") -> Iterator[tuple[str, int]]:
    if isinstance(body, Mapping):
        for name, value in body.items():
            yield from numbers(value, f"{place}.{name}")
    elif isinstance(body, list | tuple):
        for at, value in enumerate(body):
            yield from numbers(value, f"{place}.{at}")
    elif type(body) is int:
        yield place, body


def shown(payment: Payment) -> Iterator[Any]:
    """Yield all that /v1 shows of a payment: its objects, expanded, in two versions, and its events."""
    for version in (STRIPE_VERSION, BEFORE_BASIL):
        yield render_intent(payment, private=None, expand=["latest_charge.refunds"], version=version)
        for one in payment.operations:
            if isinstance(one, Authorization):
                yield render_charge(payment, one.id, expand=["payment_intent"], version=version)
        for refund in refunds_of(payment, version):
            yield render_refund(payment, refund, expand=["charge", "payment_intent"], version=version)
        for dispute in disputes_of(payment):
            yield render_dispute(payment, dispute, {}, expand=["charge", "payment_intent"], version=version)
    for event in events_of(None, payment):
        yield from render_stripe_events(event)


@pytest.mark.parametrize("currency, stripe, ledger", [("ISK", 100, 1), ("MGA", 1, 100)])
def test_every_amount_of_every_object_and_event_is_converted_once(
    currency: str, stripe: int, ledger: int, subtests: pytest.Subtests
) -> None:
    seen: set[str] = set()
    for life, payment in LIVES.items():
        with subtests.test(life):
            pairs = zip(shown(payment), shown(replace(payment, currency=currency)), strict=True)
            for dollars, others in pairs:
                converted = dict(numbers(others))
                for place, value in numbers(dollars):
                    name = place.rpartition(".")[2]
                    whole = abs(value) * stripe // ledger * (1 if value >= 0 else -1)
                    assert converted[place] == (value if NO_AMOUNTS.fullmatch(name) else whole), place
                    seen.add(name)
    assert {"amount", "amount_capturable", "amount_received", "amount_refunded", "fee", "net"} <= seen


def kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for one in get_args(annotation):
        yield from kinds(one)


def shapes(shape: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in shape.model_fields.items():
        yield name, field.annotation
        for one in kinds(field.annotation):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from shapes(one)


def test_every_amount_of_every_request_has_stripes_units() -> None:
    found: list[str] = []
    for route in (route for route in ROUTES if route.name not in STORED):
        for shape in filter(None, (route.body_shape, route.query_shape)):
            for name, annotation in shapes(shape):
                if AMOUNT.search(name) and name not in NOT_NUMBERS:
                    assert StripeAmount in kinds(annotation), f"{shape.__name__}.{name}"
                    found.append(name)
    assert {"amount", "amount_to_capture"} <= set(found)
