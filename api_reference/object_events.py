"""An example of each event of a declared resource's object, made by the rules of the product."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from api_reference.billing_events import billing_events
from paysandbox.core.cards.brand import Brand
from paysandbox.core.record import replace
from paysandbox.core.timestamps import parse_timestamp
from paysandbox.customers.test_bank_accounts import PAID
from paysandbox.payments.bank.card import Card
from paysandbox.payments.terms import Method
from paysandbox.reference.error_docs import EXAMPLE_REQUEST_ID
from paysandbox.stripe_api.checkout.rules import completed, decided, expired
from paysandbox.stripe_api.connect.application_fee import with_refund
from paysandbox.stripe_api.connect.external_account import BANK, Sent, entry_of
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.ids import new_account_id
from paysandbox.stripe_api.objects.decline import setup_authentication_error
from paysandbox.stripe_api.objects.granted_token import GRANTED_TOKEN, taken
from paysandbox.stripe_api.objects.method import NamedMethod, render_method
from paysandbox.stripe_api.objects.stored_method import attached_to, detached, method_attributes
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    changed,
    deleted,
    new_object,
)
from paysandbox.stripe_api.resource_kit.declaration import Deletion, Resource
from paysandbox.stripe_api.resource_kit.events import object_messages, written_messages
from paysandbox.stripe_api.resource_kit.parameters import Operation, attributes_after, shape_of
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.resources.accounts import CONTROLLERS
from paysandbox.stripe_api.resources.examples import EXAMPLES, Example
from paysandbox.stripe_api.resources.payouts.payout import after_step
from paysandbox.stripe_api.resources.transfers.transfer import reversal_entry, with_reversal
from paysandbox.stripe_api.setup_intents.rules import Challenge, SetupAttempt, attempted, authenticated, canceled

_MERCHANT: Final = "demo"
_AT: Final = parse_timestamp("2026-11-16T09:30:00.000000Z")
_SUFFIX: Final = "lq3ixxwqhhv4esbl5ohtdhmqau"
_VISA: Final = Card(card_id=f"card_{_SUFFIX}", brand=Brand.VISA, last4="3220", exp_month=12, exp_year=2040)
_CARD: Final = render_method(NamedMethod(id=f"pm_{_SUFFIX}", method=Method(_VISA, ("cvc",)), created_at=_AT))
_PAGE: Final = Challenge(
    url=f"https://sandbox.example/authenticate/setup/demo/setatt_{_SUFFIX}q6m2tzg5xw/h7v3ck2m5zx6wvn3hr5cp2dgjl",
    return_url="https://shop.example/cards",
    payment_method=_CARD,
)
_OPEN: Final[Attributes] = {
    "client_secret": f"seti_{_SUFFIX}_secret_b4kq7yt2m5zx6wvn3hr5cp2dgjle4fsu",
    "customer": f"cus_{_SUFFIX}",
}
_SESSION: Final[Attributes] = {
    "mode": "payment",
    "currency": "usd",
    "items": [
        {
            "id": f"li_{_SUFFIX}", "price": f"price_{_SUFFIX}", "product": f"prod_{_SUFFIX}", "unit": "2000",
            "quantity": 1, "currency": "usd", "description": "Hat",
        }
    ],
    "success_url": "https://shop.example.com/thanks?session={CHECKOUT_SESSION_ID}",
    "page": f"https://payments.example.com/c/pay/{_MERCHANT}/cs_test_{_SUFFIX}/{_SUFFIX}",
    "expires_at": int((_AT + timedelta(days=1)).timestamp()),
    "collected": {"email": "jenny@example.com", "name": "Jenny Rosen"},
    "payment_intent": f"pi_{_SUFFIX}",
}  # fmt: skip
_ACCOUNT: Final[Attributes] = {
    "type": "express",
    "controller": CONTROLLERS["express"],
    "country": "US",
    "default_currency": "usd",
    "capabilities": {"transfers": {"requested": True, "requested_at": int(_AT.timestamp())}},
}
_TEN_OFF: Final[Attributes] = {"percent_off": 100_000, "name": "Ten percent off"}


def _setup_intents() -> tuple[Attributes, ...]:
    attempt = SetupAttempt(
        id=f"setatt_{_SUFFIX}q6m2tzg5xw", payment_method=f"pm_{_SUFFIX}", at=_AT, shown=_CARD, challenge=_PAGE
    )
    waiting = attempted(_OPEN, attempt)
    failed = authenticated(waiting, "N", setup_authentication_error() | {"payment_method": _CARD})
    return _OPEN, waiting, failed, canceled(failed, "abandoned"), authenticated(waiting, "Y", None)


def _payment_methods() -> tuple[Attributes, ...]:
    new = method_attributes(Method(_VISA, ("cvc",)))
    attached = attached_to(f"cus_{_SUFFIX}", new)
    return new, attached, {**attached, "metadata": {"nickname": "Travel"}}, detached(attached)


def _sources() -> tuple[Attributes, ...]:
    new = method_attributes(Method(_VISA, ("cvc",)), billing_details={"name": "Jenny Rosen"})
    return ({**new, "source": {"client_secret": "src_client_secret_b4kq7yt2m5zx6wvn3hr5cp2dgjle4fsu"}},)


def _granted_tokens() -> tuple[Attributes, ...]:
    limits = {"currency": "usd", "max_amount": 10_00, "expires_at": int((_AT + timedelta(days=1)).timestamp())}
    new: Attributes = {**method_attributes(Method(_VISA, ("cvc",))), "usage_limits": limits}
    part = taken(new, 4_00, _AT)
    return new, part, taken(part, 6_00, _AT)


def _transfers() -> tuple[Attributes, ...]:
    new = {"amount": 40_00, "currency": "usd", "destination": f"acct_{_SUFFIX[:16]}", "transfer_group": "ORDER_6735"}
    noted = {**new, "metadata": {"order": "6735"}}
    cause = Cause(operation_id="2", request_id=EXAMPLE_REQUEST_ID, at=_AT)
    return new, noted, with_reversal(noted, reversal_entry(f"trr_{_SUFFIX}q6m2tzg5xw", 10_00, cause))


def _application_fees() -> tuple[Attributes, ...]:
    new = {
        "account": f"acct_{_SUFFIX[:16]}",
        "amount": 5_00,
        "balance_transaction": f"txn_{_SUFFIX}q6m2tzg5xw",
        "charge": f"ch_{_SUFFIX}q6m2tzg5xw",
        "currency": "usd",
    }
    cause = Cause(operation_id="2", request_id=EXAMPLE_REQUEST_ID, at=_AT)
    return new, with_refund(new, reversal_entry(f"fr_{_SUFFIX}q6m2tzg5xw", 2_00, cause))


def _payouts() -> tuple[Attributes, ...]:
    arrives = int((_AT + timedelta(days=2)).timestamp())
    new = {"amount": 40_00, "currency": "usd", "arrival_date": arrives, "requested": "paid:account_closed"}
    sent = after_step(new)
    paid = after_step(sent)
    return new, {**new, "status": "canceled"}, sent, paid, after_step(paid)


_SHOWN_COUPON: Final = render(
    RESOURCES["coupon"],
    new_object(_MERCHANT, "coupon", "TENOFF", _TEN_OFF, Cause(operation_id="1", request_id="1", at=_AT)),
)
_STATES: Final[Mapping[str, tuple[Attributes, ...]]] = {
    "product": ({"name": "Gold Plan"}, {"name": "Gold Plan", "description": "Everything in Silver, and support."}),
    "price": (
        {"currency": "usd", "product": f"prod_{_SUFFIX}", "unit_amount": 10_00, "lookup_key": "gold"},
        {"currency": "usd", "product": f"prod_{_SUFFIX}", "unit_amount": 10_00, "lookup_key": "gold", "active": False},
    ),
    "customer": (
        {"email": "jenny@example.com", "name": "Jenny Rosen"},
        {"email": "jenny.rosen@example.com", "name": "Jenny Rosen"},
    ),
    "payment_method": _payment_methods(),
    "card": _payment_methods(),
    "source": _sources(),
    "tax_id": ({"customer": f"cus_{_SUFFIX}", "type": "eu_vat", "value": "DE123456789"},),
    "setup_intent": _setup_intents(),
    GRANTED_TOKEN: _granted_tokens(),
    "coupon": (_TEN_OFF, {**_TEN_OFF, "times_redeemed": 1}),
    "checkout.session": (_SESSION, completed(_SESSION, "unpaid", awaits_bank=True)),
    "transfer": _transfers(),
    "application_fee": _application_fees(),
    "payout": _payouts(),
    "promotion_code": (
        {"code": "SUMMER", "coupon": "TENOFF", "coupon_shown": _SHOWN_COUPON},
        {"code": "SUMMER", "coupon": "TENOFF", "coupon_shown": _SHOWN_COUPON, "active": False},
    ),
}
"""What the object of a resource has at first, and after each change. Others have an example."""


def _states_of_examples() -> dict[str, tuple[Attributes, ...]]:
    return {
        name: _states_of(RESOURCES[name], example) for name, example in EXAMPLES.items() if RESOURCES[name].event_types
    }


def _states_of(resource: Resource, example: Example) -> tuple[Attributes, ...]:
    attributes: Attributes = {}
    states: list[Attributes] = []
    sent: dict[Operation, Mapping[str, str]] = {"create": example.created, "update": example.updated}
    for operation, parameters in sent.items():
        body = shape_of(resource, operation).shape().model_validate(dict(parameters))
        attributes = attributes_after(resource, attributes, body)
        states.append(attributes)
    return tuple(states)


_IDS: Final = {"coupon": "TENOFF"}
"""Those that callers choose."""


def _events() -> Iterator[dict[str, Any]]:
    for name, (first, *later) in (_STATES | _states_of_examples()).items():
        resource = RESOURCES[name]
        deletion = resource.routes.deletion or Deletion()
        cause = Cause(operation_id="1", request_id=EXAMPLE_REQUEST_ID, idempotency_key=f"{name}-gold", at=_AT)
        images = [
            StoredObject(
                object=name, id=_IDS.get(name, f"{resource.prefix}_{_SUFFIX}"), merchant=_MERCHANT, attributes=first,
                created_by=cause, updated_at=_AT,
            )
        ]  # fmt: skip
        for after in later:
            images.append(changed(images[-1], after, replace(cause, idempotency_key=None)))
        images.append(deleted(images[-1], {**images[-1].attributes, **deletion.attributes}, cause))
        for before, after in zip([None, *images], images, strict=False):
            for message in object_messages(resource, before, after):
                yield json.loads(message.body)
    yield from billing_events()
    yield from _ends_of_sessions()
    yield from _of_accounts()


def _ends_of_sessions() -> Iterator[dict[str, Any]]:
    """Yield the other ends of a Checkout session: it expires, and a bank that answers later approves or declines."""
    resource = RESOURCES["checkout.session"]
    waiting = completed(_SESSION, "unpaid", awaits_bank=True)
    cause = Cause(operation_id="1", request_id=EXAMPLE_REQUEST_ID, at=_AT)
    for before, after in (
        (_SESSION, expired(_SESSION)),
        (waiting, decided(waiting, approved=True)),
        (waiting, decided(waiting, approved=False)),
    ):
        stored = new_object(_MERCHANT, resource.object, f"{resource.prefix}_{_SUFFIX}", before, cause)
        for message in object_messages(resource, stored, changed(stored, after, cause)):
            yield json.loads(message.body)


def _of_accounts() -> Iterator[dict[str, Any]]:
    """Yield the events of a connected account: of what is stored in it, of itself, and of its end."""
    cause = Cause(operation_id="1", request_id=EXAMPLE_REQUEST_ID, at=_AT)
    account_id = new_account_id(cause.operation_id)
    bank = {
        **entry_of(Sent(routing_number=BANK, account_number=PAID, currency="usd"), "1"),
        "default_for_currency": True,
    }
    states: tuple[Attributes, ...] = (
        {**_ACCOUNT, "external_accounts": [bank]},
        {**_ACCOUNT, "external_accounts": [{**bank, "metadata": {"order_id": "6735"}}]},
        _ACCOUNT,
    )
    images: list[StoredObject] = [new_object(_MERCHANT, "account", account_id, _ACCOUNT, cause)]
    for after in states:
        images.append(changed(images[-1], after, cause))
    images.append(deleted(images[-1], _ACCOUNT, cause))
    for before, after in zip([None, *images], images, strict=False):
        for message in written_messages(before, after, RESOURCES):
            yield json.loads(message.body)


OBJECT_EVENTS: Final = {event["data"]["type"]: event for event in _events()}
"""By Stripe's type."""
