"""Saved cards: what is stored of a payment method, whom a payment saves its card for, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from paysandbox.core.cards.brand import Brand
from paysandbox.core.errors import Code, Refused
from paysandbox.payments.bank.card import Card
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.errors import no_such
from paysandbox.stripe_api.objects.future_usage import future_usage, saves_for
from paysandbox.stripe_api.objects.stored_method import (
    attached_to,
    detached,
    is_consumed,
    is_source,
    is_source_object,
    is_spent,
    method_attributes,
    method_in,
    shown_method,
    sources_of,
    without_customer,
)
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject, new_object
from paysandbox.stripe_api.payment_methods.refusals import (
    NOT_THEIRS,
    USED_BEFORE,
    not_theirs,
    of_an_intent,
    used_before,
)
from tests.support.builders.build import MONDAY

CARD = Card(card_id="card_1", brand=Brand.VISA, last4="4242", exp_month=12, exp_year=2040)
OF_CARD = {"card_id": "card_1", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040}
OF_INTENT = f"pm_{'b' * 26}{'c' * 10}"


def stored(attributes: Attributes) -> StoredObject:
    return new_object("demo", "payment_method", "pm_1", attributes, Cause(operation_id="o", request_id="r", at=MONDAY))


def terms(usage: str | None = None, options: str | None = None, customer: str | None = "cus_1") -> IntentTerms:
    return IntentTerms(amount=1, setup_future_usage=usage, payment_method_options=options, customer=customer)


@pytest.mark.parametrize("usage, options, shown", [
    (None, None, None),
    ("on_session", None, "on_session"),
    ("off_session", '{"link":{"setup_future_usage":"none"}}', "off_session"),
    ("off_session", '{"card":{"setup_future_usage":"none"}}', None),
    (None, '{"card":{"setup_future_usage":"on_session"}}', "on_session"),
])  # fmt: skip
def test_how_a_card_is_used_later(usage: str | None, options: str | None, shown: str | None) -> None:
    assert future_usage(terms(usage, options)) == shown
    assert saves_for(terms(usage, options)) == ("cus_1" if shown else None)
    assert saves_for(terms(usage, options, customer=None)) is None


def test_what_is_stored_of_a_card() -> None:
    bare = method_attributes(Method(CARD))
    assert bare == {"card": OF_CARD, "given": []}
    details: dict[str, Any] = {"name": "Jenny"}
    method = Method(CARD, ("cvc", "zip"), allow_redisplay="always")
    whole = method_attributes(method, billing_details=details, metadata={"a": "1"})
    extra = {"allow_redisplay": "always", "billing_details": details, "metadata": {"a": "1"}}
    assert whole == {"card": OF_CARD, "given": ["cvc", "zip"], **extra}
    assert method_attributes(Method(CARD), billing_details={}, metadata={}) == bare
    named = Method(CARD, ("cvc", "zip"), "pm_1", "always", billing_details='{"name":"Jenny"}')
    assert method_in(stored(whole)) == named
    assert method_attributes(named, metadata={"a": "1"}) == whole
    assert method_in(stored({"card": OF_CARD})) == Method(CARD, (), "pm_1")
    shown = shown_method(stored(whole))
    assert (shown.id, shown.method, shown.created_at) == ("pm_1", method_in(stored(whole)), MONDAY)
    assert (shown.metadata, shown.billing_details, shown.checks) == ({"a": "1"}, details, None)
    empty = shown_method(stored(bare))
    assert (empty.metadata, empty.billing_details) == ({}, {})


def test_the_life_of_an_attachment() -> None:
    attached = attached_to("cus_1", {"given": []})
    assert attached == {"given": [], "customer": "cus_1"}
    set_up = attached_to("cus_1", attached, set_up=True)
    assert set_up == {**attached, "set_up": True}
    assert attached_to("cus_1", set_up) == set_up
    method = method_in(stored({**set_up, "card": OF_CARD}))
    assert (method.customer, method.set_up) == ("cus_1", True)
    assert method_in(stored({"card": OF_CARD})).set_up is False
    assert detached(set_up) == {"given": [], "set_up": True, "detached": True}
    assert [is_spent(stored(each)) for each in (attached, detached(attached))] == [False, True]
    without = without_customer(stored(attached))
    assert (without.id, without.attributes) == ("pm_1", detached(attached))


@pytest.mark.parametrize("name, source, source_object", [
    ("pm_1", False, False),
    ("card_1", True, False),
    ("src_1", True, True),
    ("source_1", False, False),
])  # fmt: skip
def test_ids_tell_sources_from_payment_methods(name: str, source: bool, source_object: bool) -> None:
    assert (is_source(name), is_source_object(name)) == (source, source_object)


def test_the_sources_of_a_customer_are_in_the_order_of_its_cards() -> None:
    assert sources_of({"payment_methods": ["src_2", "pm_2", "card_1", "pm_1"]}) == ["src_2", "card_1"]
    assert sources_of({}) == []


@pytest.mark.parametrize("attributes, used_by, consumed", [
    ({}, None, False),
    ({}, "ch_1", True),
    ({"customer": "cus_1"}, None, False),
    ({"customer": "cus_1"}, "ch_1", False),
    ({"detached": True}, None, True),
])  # fmt: skip
def test_a_source_is_consumed_by_its_charge_unless_a_customer_has_it(
    attributes: Attributes, used_by: str | None, consumed: bool
) -> None:
    assert is_consumed(replace(stored(attributes), used_by=used_by)) is consumed


def test_refusals_are_in_stripes_words() -> None:
    for refused, detail, param in (
        (used_before(), USED_BEFORE, "payment_method"),
        (used_before(None), USED_BEFORE, None),
        (not_theirs("pm_1"), NOT_THEIRS.format("pm_1"), "payment_method"),
        (not_theirs("pm_1", "default"), NOT_THEIRS.format("pm_1"), "default"),
    ):
        assert (refused.code, refused.detail, refused.param) == (Code.PARAMETER_INVALID, detail, param)


@pytest.mark.parametrize("name, raised, says", [
    (OF_INTENT, no_such("PaymentMethod", OF_INTENT, "id"), "so it is"),
    ("pm_1", no_such("PaymentMethod", "pm_1", "id"), "No such PaymentMethod: 'pm_1'"),
    (OF_INTENT, Refused(Code.TOO_MANY_CHANGES, "too many"), "too many"),
])  # fmt: skip
def test_the_card_of_an_intent_is_not_unknown(name: str, raised: Refused, says: str) -> None:
    with pytest.raises(Refused) as refused, of_an_intent(name, "so it is"):
        raise raised
    assert refused.value.detail == says
    assert refused.value.code is (Code.PARAMETER_INVALID if says == "so it is" else raised.code)
