"""Customers of payment intents: named once, shown on all objects of the payment, expanded and filtered by."""

from typing import Any

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.ids import intent_id
from paysandbox.stripe_api.routes import (
    CONFIRM_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    CREATE_REFUND,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    LIST_CHARGES,
    LIST_PAYMENT_INTENTS,
    LIST_REFUNDS,
    SEARCH_PAYMENT_INTENTS,
    UPDATE_PAYMENT_INTENT,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import DECLINED, UNEXPECTED_STATE, VISA, StripeMerchant, done, missing, wrong

INVALID = (400, "invalid_request_error")
ANOTHER = (
    "You cannot modify `customer` on a PaymentIntent once it already has been set. To fulfill a payment with a "
    "different Customer, cancel this PaymentIntent and create a new one."
)
TOO_LATE = (
    "This PaymentIntent's customer could not be updated because it has a status of succeeded. You may only update the "
    "customer of a PaymentIntent with one of the following statuses: requires_payment_method, requires_confirmation, "
    "requires_action."
)


@pytest.fixture
def shop() -> StripeMerchant:
    return StripeMerchant()


def customer(shop: StripeMerchant, **params: Any) -> str:
    return done(shop.post(RESOURCE["create_stripe_customer"], **params))["id"]


def deleted(shop: StripeMerchant) -> str:
    name = customer(shop)
    return done(shop.ask(RESOURCE["delete_stripe_customer"], name))["id"]


def update(shop: StripeMerchant, intent: str, **params: Any) -> StripeReply:
    return shop.post(UPDATE_PAYMENT_INTENT, intent, **params)


def test_all_objects_of_a_payment_have_its_customer(shop: StripeMerchant) -> None:
    jenny = customer(shop)
    paid = shop.paid(customer=jenny, expand=["latest_charge"])
    assert (paid["customer"], paid["latest_charge"]["customer"]) == (jenny, jenny)
    assert done(shop.refund(paid["id"]))["customer"] == jenny


def test_the_native_list_has_the_payments_of_a_customer(shop: StripeMerchant) -> None:
    jenny = customer(shop)
    wanted = [shop.paid(customer=jenny)["id"], shop.opened(customer=jenny)["id"]]
    shop.paid(customer=customer(shop))
    shop.paid()
    page = Merchant("demo").payments(customer=jenny, order="asc").json
    assert [intent_id(payment["auth_id"]) for payment in page["data"]] == wanted
    assert page["searched"] == 4


def test_a_declined_charge_has_the_customer_of_its_time(shop: StripeMerchant) -> None:
    jenny, intent = customer(shop), shop.declined()
    confirmed = update(shop, intent["id"], customer=jenny, payment_method=VISA)
    assert done(confirmed)["customer"] == jenny
    done(shop.confirm(intent["id"]))
    charges = done(shop.get(LIST_CHARGES, payment_intent=intent["id"]))["data"]
    assert [charge["customer"] for charge in charges] == [jenny, None]


@pytest.mark.parametrize("named", [lambda _: "cus_unknown", deleted, lambda _: customer(StripeMerchant("globex"))])
def test_a_customer_must_be_the_merchants(shop: StripeMerchant, named: Any) -> None:
    name = named(shop)
    for params in ({}, {"confirm": True, "payment_method": VISA}, {"confirm": True, "payment_method": DECLINED}):
        assert wrong(shop.create(customer=name, **params)) == missing("customer")
    assert wrong(update(shop, shop.opened()["id"], customer=name)) == missing("customer")
    assert done(shop.get(LIST_CHARGES))["data"] == []


def test_a_list_is_of_a_customer_who_may_be_deleted(shop: StripeMerchant) -> None:
    for route in (LIST_PAYMENT_INTENTS, LIST_CHARGES):
        assert wrong(shop.get(route, customer="cus_unknown")) == missing("customer")
        assert done(shop.get(route, customer=deleted(shop)))["data"] == []


@pytest.mark.parametrize(
    "opened, customer_of, code, says",
    [
        ({}, "another", UNEXPECTED_STATE, ANOTHER),
        ({"confirm": True}, "another", UNEXPECTED_STATE, ANOTHER),
        ({"customer": None, "confirm": True}, "own", UNEXPECTED_STATE, TOO_LATE),
        ({}, "", "parameter_invalid_empty", "You passed an empty string for 'customer'."),
    ],
)
def test_a_customer_is_named_once_and_before_the_payment(
    shop: StripeMerchant, opened: Any, customer_of: str, code: str, says: str
) -> None:
    names = {"own": customer(shop), "another": customer(shop)}
    sent = {"customer": names["own"], **opened}
    intent = shop.opened(**{name: value for name, value in sent.items() if value is not None})["id"]
    reply = update(shop, intent, customer=names.get(customer_of, customer_of))
    assert wrong(reply) == (*INVALID, code, "customer")
    assert reply.error["message"].startswith(says)


def test_an_update_may_repeat_the_customer(shop: StripeMerchant) -> None:
    name = customer(shop)
    paid = shop.paid(customer=name)["id"]
    assert done(update(shop, paid, customer=name, description="Order 6735"))["customer"] == name


def test_a_confirmation_takes_no_customer(shop: StripeMerchant) -> None:
    reply = shop.post(CONFIRM_PAYMENT_INTENT, shop.opened()["id"], customer=customer(shop))
    assert reply.error["message"] == "Received unknown parameter: customer"


def test_a_key_gets_its_answer_again_after_the_customer_is_deleted(shop: StripeMerchant) -> None:
    name = customer(shop)
    intent = shop.opened()["id"]
    asks = [
        lambda: shop.create(key="made", customer=name),
        lambda: shop.post(UPDATE_PAYMENT_INTENT, intent, key="changed", customer=name),
    ]
    first = [ask().text for ask in asks]
    done(shop.ask(RESOURCE["delete_stripe_customer"], name))
    assert [ask().text for ask in asks] == first


def test_lists_and_searches_are_of_one_customer(shop: StripeMerchant) -> None:
    jenny, other = customer(shop), customer(shop)
    mine = [shop.paid(customer=jenny)["id"] for _ in range(3)]
    shop.paid(customer=other)
    shop.paid()

    def intents(route: Route, **params: Any) -> set[str]:
        data = done(shop.get(route, **params))["data"]
        return {each["id"] if each["object"] == "payment_intent" else each["payment_intent"] for each in data}

    assert intents(LIST_PAYMENT_INTENTS, customer=jenny) == {*mine}
    assert intents(LIST_CHARGES, customer=jenny) == {*mine}
    assert intents(LIST_CHARGES, customer=jenny, payment_intent=mine[0]) == {mine[0]}
    assert intents(LIST_CHARGES, customer=other, payment_intent=mine[0]) == set()
    assert intents(SEARCH_PAYMENT_INTENTS, query=f"customer:'{jenny}'") == {*mine}


def test_a_customer_is_expanded_wherever_it_is_shown(shop: StripeMerchant) -> None:
    name = customer(shop, email="jenny@example.com")
    paid = shop.paid(customer=name)
    charge = done(shop.get(GET_PAYMENT_INTENT, paid["id"]))["latest_charge"]
    body: dict[str, Any] = {"amount": 10_00, "currency": "usd", "payment_method": VISA, "customer": name}
    asks: list[tuple[StripeReply, Any]] = [
        (shop.post(CREATE_PAYMENT_INTENT, **body, expand=["customer"]), lambda one: one["customer"]),
        (shop.get(GET_PAYMENT_INTENT, paid["id"], expand=["latest_charge.customer"]),
         lambda one: one["latest_charge"]["customer"]),
        (shop.get(GET_CHARGE, charge, expand=["payment_intent.customer", "customer.default_source"]),
         lambda one: one["payment_intent"]["customer"]),
        (shop.get(LIST_PAYMENT_INTENTS, expand=["data.customer"]), lambda one: one["data"][-1]["customer"]),
        (shop.post(CREATE_REFUND, payment_intent=paid["id"], amount=1_00, expand=["charge.customer"]),
         lambda one: one["charge"]["customer"]),
        (shop.get(LIST_REFUNDS, charge=charge, expand=["data.customer"]), lambda one: one["data"][0]["customer"]),
        (shop.get(SEARCH_PAYMENT_INTENTS, query="amount>1", expand=["data.customer"]),
         lambda one: one["data"][-1]["customer"]),
    ]  # fmt: skip
    shown = done(shop.get(RESOURCE["get_stripe_customer"], name))
    assert [at(done(reply)) for reply, at in asks] == [shown] * len(asks)

    gone = done(shop.ask(RESOURCE["delete_stripe_customer"], name))
    assert done(shop.get(GET_PAYMENT_INTENT, paid["id"], expand=["customer"]))["customer"] == gone
    assert done(shop.get(GET_PAYMENT_INTENT, shop.opened()["id"], expand=["customer"]))["customer"] is None
