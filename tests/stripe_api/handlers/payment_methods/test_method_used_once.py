"""A payment method that was created by itself pays one intent: without a customer, Stripe lets it be used no more."""

from typing import Any

import pytest

from paysandbox.stripe_api.objects.stored_method import PAYMENT_METHOD
from paysandbox.stripe_api.payment_methods.refusals import USED_BEFORE
from paysandbox.stripe_api.resource_kit.objects_table import get_object
from paysandbox.stripe_api.resource_kit.tables import objects_table
from paysandbox.stripe_api.routes import LIST_PAYMENT_INTENTS, UPDATE_PAYMENT_INTENT
from tests.stripe_api.handlers.pages import listed
from tests.support.builders.build import DAY, MERCHANT
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant, done, wrong
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Killed, Sent, Wire
from tests.support.worlds.crash import KILLED_BEFORE
from tests.support.worlds.handlers import Clock

DECLINED_CARD = {**TYPED, "number": "4000000000000002"}


def used_by(method: str) -> str | None:
    """Return the intent that a payment method was used with."""
    stored = get_object(objects_table(), PAYMENT_METHOD, MERCHANT, method)
    assert stored is not None
    return stored.used_by.replace("auth_", "pi_") if stored.used_by else None


def paid_with(method: str, *, key: str | None = None, **params: Any) -> StripeReply:
    """Create an intent that is confirmed with a payment method at once."""
    return StripeMerchant().create(key=key, payment_method=method, confirm=True, **params)


def confirmed_with(method: str) -> StripeReply:
    """Create an intent, and confirm it with a payment method."""
    return StripeMerchant().confirm(done(StripeMerchant().create())["id"], payment_method=method)


def opened_with(method: str) -> StripeReply:
    """Create an intent with a payment method, and confirm it."""
    return StripeMerchant().confirm(StripeMerchant().opened(payment_method=method)["id"])


def updated_with(method: str) -> StripeReply:
    """Create an intent, update it with a payment method, and confirm it."""
    intent = done(StripeMerchant().create())["id"]
    done(StripeMerchant().post(UPDATE_PAYMENT_INTENT, intent, payment_method=method))
    return StripeMerchant().confirm(intent)


WAYS = [paid_with, confirmed_with, opened_with, updated_with]


def refused_as_used(reply: StripeReply) -> bool:
    """Whether a request was refused in Stripe's words."""
    return (*wrong(reply), reply.error.get("message")) == (
        400, "invalid_request_error", None, "payment_method", USED_BEFORE,
    )  # fmt: skip


@pytest.mark.parametrize("second", WAYS)
@pytest.mark.parametrize("first", WAYS)
def test_it_pays_one_intent(first: Any, second: Any) -> None:
    method = StripeMerchant().card()["id"]
    intent = done(first(method))
    assert (intent["status"], used_by(method)) == ("succeeded", intent["id"])
    assert refused_as_used(second(method))
    assert sum(one["amount_received"] for one in listed(LIST_PAYMENT_INTENTS)) == 10_00


@pytest.mark.parametrize("first", WAYS)
def test_a_declined_payment_method_can_be_retried_by_its_own_intent(first: Any) -> None:
    method = StripeMerchant().card(card=DECLINED_CARD)["id"]
    declined = first(method)
    intent = declined.error["payment_intent"]["id"]
    assert (declined.status, used_by(method)) == (402, intent)
    assert StripeMerchant().confirm(intent, payment_method=method).status == 402
    assert refused_as_used(paid_with(method))


def test_naming_it_does_not_use_it() -> None:
    method = StripeMerchant().card()["id"]
    first, second = (StripeMerchant().opened(payment_method=method)["id"] for _ in range(2))
    assert used_by(method) is None
    assert done(StripeMerchant().confirm(second))["status"] == "succeeded"
    assert refused_as_used(StripeMerchant().confirm(first))
    assert done(StripeMerchant().confirm(first, payment_method="pm_card_visa"))["status"] == "succeeded"


def test_an_intent_that_cannot_be_confirmed_uses_no_payment_method() -> None:
    method = StripeMerchant().card()["id"]
    assert StripeMerchant().confirm(StripeMerchant().paid()["id"], payment_method=method).status == 400
    assert used_by(method) is None
    assert done(paid_with(method))["status"] == "succeeded"


def test_the_card_of_another_intent_is_refused_in_the_same_words() -> None:
    method = StripeMerchant().paid()["payment_method"]
    assert refused_as_used(paid_with(method))


def test_a_replay_is_unchanged() -> None:
    method = StripeMerchant().card()["id"]
    first = paid_with(method, key="k")
    again = paid_with(method, key="k")
    assert (again.text, again.replayed) == (first.text, True)
    intent = done(StripeMerchant().create())["id"]
    refused = StripeMerchant().confirm(intent, key="c", payment_method=method)
    again = StripeMerchant().confirm(intent, key="c", payment_method=method)
    assert refused_as_used(refused)
    assert (again.text, again.replayed) == (refused.text, True)


def test_a_key_that_is_free_again_binds_it_to_the_new_intent(clock: Clock) -> None:
    old = done(paid_with(StripeMerchant().card()["id"], key="k"))["id"]
    clock.advance(DAY)
    method = StripeMerchant().card()["id"]
    new = done(paid_with(method, key="k"))
    assert used_by(method) == new["id"] != old
    again = paid_with(method, key="k")
    assert (again.json, again.replayed) == (new, True)


@pytest.mark.parametrize("before", [{}, {"amount": 11_00}], ids=["another route", "another amount"])
def test_a_key_of_another_request_does_not_use_it(before: dict[str, Any]) -> None:
    method = StripeMerchant().card()["id"]
    if before:
        StripeMerchant().create(key="k", **before)
    else:
        StripeMerchant().capture(StripeMerchant().held()["id"], key="k")
    assert wrong(paid_with(method, key="k"))[1] == "idempotency_error"
    assert used_by(method) is None


@pytest.mark.parametrize("way", ["create", "confirm"])
def test_after_a_kill_between_the_two_writes_only_the_same_intent_continues(way: str, wire: Wire) -> None:
    method = StripeMerchant().card()["id"]
    intent = done(StripeMerchant().create())["id"]

    def ask() -> StripeReply:
        if way == "create":
            return paid_with(method, key="k")
        return StripeMerchant().confirm(intent, key="k", payment_method=method)

    writes: list[str] = []

    def is_after_the_method(sent: Sent) -> bool:
        """Whether this is the first write after the one that binds the payment method."""
        bound = tables.STRIPE_OBJECTS in writes
        if sent.operation in ("PutItem", "UpdateItem"):
            writes.append(sent.parameters["TableName"])
        return bound and len(writes) == writes.index(tables.STRIPE_OBJECTS) + 2

    with wire.broken(KILLED_BEFORE.fault, when=is_after_the_method), pytest.raises(Killed):
        ask()
    owner = used_by(method)
    assert owner is not None
    assert refused_as_used(paid_with(method))
    assert (done(ask())["id"], used_by(method)) == (owner, owner)
