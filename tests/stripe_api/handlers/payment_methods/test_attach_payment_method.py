"""POST /v1/payment_methods/{id}/attach: a customer's payment methods pay its payments, and no others."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from paysandbox.stripe_api.objects.stored_method import ATTACHED_MAX
from paysandbox.stripe_api.payment_methods.attachable import ALREADY_ATTACHED
from paysandbox.stripe_api.payment_methods.attaching import TOO_MANY
from paysandbox.stripe_api.payment_methods.bank import OF_A_CUSTOMER
from paysandbox.stripe_api.payment_methods.refusals import NOT_THEIRS, USED_BEFORE
from paysandbox.stripe_api.routes import (
    CREATE_CUSTOMER_SOURCE,
    CREATE_PAYMENT_METHOD,
    DETACH_PAYMENT_METHOD,
    GET_CUSTOMER_PAYMENT_METHOD,
    GET_PAYMENT_METHOD,
    UPDATE_PAYMENT_INTENT,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import INVALID, attach, attached, customer, listed, refusal
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, missing, wrong

GET_CUSTOMER, UPDATE_CUSTOMER = RESOURCE["get_stripe_customer"], RESOURCE["update_stripe_customer"]


def test_an_attached_payment_method_pays_its_customers_payments_again_and_again(
    shop: StripeMerchant, jenny: str
) -> None:
    method = attached(shop, jenny, shop.card()["id"])
    paid = [shop.paid(customer=jenny, payment_method=method, off_session=True) for _ in range(2)]
    assert [(intent["status"], intent["payment_method"]) for intent in paid] == [("succeeded", method)] * 2
    opened = shop.opened(customer=jenny, payment_method=method)
    assert done(shop.confirm(opened["id"]))["payment_method"] == method


def test_one_of_stripes_names_is_a_new_payment_method_each_time(shop: StripeMerchant, jenny: str) -> None:
    first, second = attached(shop, jenny), attached(shop, jenny)
    assert listed(shop, jenny) == [second, first] or listed(shop, jenny) == [first, second]
    cards = [done(shop.get(GET_CUSTOMER_PAYMENT_METHOD, (jenny, name)))["card"] for name in (first, second)]
    assert first != second
    assert cards[0]["fingerprint"] == cards[1]["fingerprint"]


def test_the_same_key_attaches_once(shop: StripeMerchant, jenny: str) -> None:
    first, again = (attach(shop, VISA, jenny, key="k") for _ in range(2))
    assert (again.json, again.replayed) == (first.json, True)
    done(shop.post(DETACH_PAYMENT_METHOD, first.json["id"]))
    assert attach(shop, VISA, jenny, key="k").json == first.json
    assert listed(shop, jenny) == []


def test_attaching_is_shown_and_can_be_expanded(shop: StripeMerchant, jenny: str) -> None:
    card = shop.card(metadata={"a": "1"}, billing_details={"name": "Jenny", "address": {"city": "Berlin"}})
    assert card["billing_details"]["address"]["city"] == "Berlin"
    kept = done(attach(shop, card["id"], jenny))
    assert kept == card | {"customer": jenny}
    expanded = done(shop.get(GET_PAYMENT_METHOD, card["id"], expand=["customer"]))
    assert expanded["customer"] == done(shop.get(GET_CUSTOMER, jenny))


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda shop, method, jenny: done(attach(shop, method, jenny)), ALREADY_ATTACHED),
        (lambda shop, method, _: done(attach(shop, method, customer(shop))), ALREADY_ATTACHED),
        (lambda shop, method, _: shop.paid(payment_method=method), USED_BEFORE),
        (lambda shop, method, jenny: shop.paid(payment_method=method, customer=jenny), USED_BEFORE),
        (
            lambda shop, method, jenny: (
                done(attach(shop, method, jenny)),
                done(shop.post(DETACH_PAYMENT_METHOD, method)),
            ),
            USED_BEFORE,
        ),
    ],
    ids=["attached", "another's", "used", "used by the customer", "detached"],
)
def test_only_a_new_payment_method_can_be_attached(shop: StripeMerchant, jenny: str, spoil: Any, message: str) -> None:
    method = shop.card()["id"]
    spoil(shop, method, jenny)
    assert refusal(attach(shop, method, jenny)) == (*INVALID, "payment_method", message)


def test_neither_may_be_unknown_or_another_merchants(shop: StripeMerchant, jenny: str) -> None:
    theirs = StripeMerchant(OTHER_MERCHANT)
    for method in ("pm_" + "q" * 26, "pm_x", theirs.card()["id"], "tok_visa"):
        assert wrong(attach(shop, method, jenny)) == missing("payment_method")
    gone = customer(shop)
    done(shop.ask(RESOURCE["delete_stripe_customer"], gone))
    for name in ("cus_x", customer(theirs), gone):
        assert wrong(attach(shop, VISA, name)) == missing("customer")


@pytest.mark.full
def test_a_customer_has_at_most_a_hundred(shop: StripeMerchant, jenny: str) -> None:
    for _ in range(ATTACHED_MAX):
        attached(shop, jenny)
    assert refusal(attach(shop, VISA, jenny)) == (*INVALID, "payment_method", TOO_MANY.format(jenny))
    assert len(listed(shop, jenny, limit=100)) == ATTACHED_MAX
    done(shop.post(DETACH_PAYMENT_METHOD, listed(shop, jenny)[0]))
    attached(shop, jenny)


def test_concurrent_attachments_are_all_kept(shop: StripeMerchant, jenny: str) -> None:
    cards = [shop.card()["id"] for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda card: attach(shop, card, jenny), cards))
    assert sorted(done(reply)["id"] for reply in replies) == sorted(listed(shop, jenny)) == sorted(cards)


def test_of_two_customers_one_gets_the_payment_method(shop: StripeMerchant) -> None:
    card, people = shop.card()["id"], [customer(shop) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda of: attach(shop, card, of), people))
    assert sorted(reply.status for reply in replies) == [200, 400]
    owner = done(shop.get(GET_PAYMENT_METHOD, card))["customer"]
    assert [listed(shop, of) for of in people] == [[card] if of == owner else [] for of in people]


def test_a_payment_method_pays_for_its_customer_only(shop: StripeMerchant, jenny: str) -> None:
    method, other = attached(shop, jenny), customer(shop)
    ways: list[dict[str, Any]] = [{}, {"confirm": True}]
    for params in ways:
        assert refusal(shop.create(payment_method=method, **params)) == (*INVALID, None, OF_A_CUSTOMER)
        foreign = shop.create(payment_method=method, customer=other, **params)
        assert refusal(foreign) == (*INVALID, "payment_method", NOT_THEIRS.format(method))
    intent = done(shop.create(customer=other))["id"]
    for reply in (shop.confirm(intent, payment_method=method),
                  shop.post(UPDATE_PAYMENT_INTENT, intent, payment_method=method)):  # fmt: skip
        assert refusal(reply) == (*INVALID, "payment_method", NOT_THEIRS.format(method))


def test_it_is_attached_after_it_was_named(shop: StripeMerchant, jenny: str) -> None:
    method = shop.card()["id"]
    intent = shop.opened(customer=jenny, payment_method=method)["id"]
    done(attach(shop, method, jenny))
    assert done(shop.confirm(intent))["payment_method"] == method


def test_a_customer_can_be_created_with_its_payment_method(shop: StripeMerchant) -> None:
    settings = {"default_payment_method": VISA}
    create = RESOURCE["create_stripe_customer"]
    made = shop.post(create, key="k", payment_method=VISA, invoice_settings=settings)
    jenny = done(made)
    default = jenny["invoice_settings"]["default_payment_method"]
    assert listed(shop, jenny["id"]) == [default]
    done(shop.post(DETACH_PAYMENT_METHOD, default))
    again = shop.post(create, key="k", payment_method=VISA, invoice_settings=settings)
    assert (again.json, again.replayed) == (jenny, True)
    assert done(shop.get(GET_CUSTOMER, jenny["id"]))["invoice_settings"]["default_payment_method"] is None


def test_a_default_must_be_attached_and_can_be_expanded(shop: StripeMerchant, jenny: str) -> None:
    method, other = attached(shop, jenny), attached(shop, customer(shop))
    path = "invoice_settings.default_payment_method"
    param = "invoice_settings[default_payment_method]"
    for name in (other, VISA, "pm_x"):
        reply = shop.post(UPDATE_CUSTOMER, jenny, invoice_settings={"default_payment_method": name})
        assert refusal(reply) == (*INVALID, param, NOT_THEIRS.format(name))
    updated = done(
        shop.post(UPDATE_CUSTOMER, jenny, invoice_settings={"default_payment_method": method}, expand=[path])
    )
    assert updated["invoice_settings"]["default_payment_method"] == done(shop.get(GET_PAYMENT_METHOD, method))
    cleared = done(shop.post(UPDATE_CUSTOMER, jenny, invoice_settings={"default_payment_method": ""}))
    assert cleared["invoice_settings"]["default_payment_method"] is None


@pytest.mark.parametrize("name, code, decline_code", [
    ("chargeDeclined", "card_declined", "generic_decline"),
    ("chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("chargeDeclinedExpiredCard", "expired_card", "expired_card"),
])  # fmt: skip
def test_a_card_that_its_bank_declines_is_not_attached(
    shop: StripeMerchant, jenny: str, name: str, code: str, decline_code: str
) -> None:
    stored = done(shop.post(CREATE_PAYMENT_METHOD, type="card", card={"token": f"tok_{name}"}))["id"]
    for reply in (
        attach(shop, f"pm_card_{name}", jenny),
        attach(shop, stored, jenny),
        shop.post(RESOURCE["create_stripe_customer"], payment_method=f"pm_card_{name}"),
        shop.post(RESOURCE["create_stripe_customer"], source=f"tok_{name}"),
        shop.post(CREATE_CUSTOMER_SOURCE, jenny, source=f"tok_{name}"),
    ):
        assert (reply.status, reply.error["type"], reply.error["code"]) == (402, "card_error", code)
        assert reply.error["decline_code"] == decline_code
    assert listed(shop, jenny) == []


@pytest.mark.parametrize("name", ["chargeCustomerFail", "authenticationRequired", "radarBlock"])
def test_a_card_that_is_only_declined_later_is_attached(shop: StripeMerchant, jenny: str, name: str) -> None:
    method = attached(shop, jenny, f"pm_card_{name}")
    assert listed(shop, jenny) == [method]
    assert shop.create(customer=jenny, payment_method=method, confirm=True, off_session=True).status == 402


def test_a_payer_who_is_not_there_is_sent_nowhere(shop: StripeMerchant, jenny: str) -> None:
    terms = {"payment_method": VISA, "customer": jenny, "automatic_payment_methods": {"enabled": True}}
    assert wrong(shop.create(**terms, confirm=True))[3] == "return_url"
    assert done(shop.create(**terms, confirm=True, off_session=True))["status"] == "succeeded"
    opened = done(shop.create(**terms))["id"]
    assert wrong(shop.confirm(opened))[3] == "return_url"
    assert done(shop.confirm(opened, off_session=True))["status"] == "succeeded"
