"""POST /v1/charges: a payment with one attempt and no intent, on the same ledger."""

from typing import Any

import pytest

from paysandbox.aws.runtime import ledger
from paysandbox.payments.audit import breaks_of
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.payments.ledger import lookup
from paysandbox.stripe_api.ids import attempt_of_charge, intent_id
from paysandbox.stripe_api.routes import (
    CREATE_CHARGE,
    CREATE_REFUND,
    DELETE_CUSTOMER_SOURCE,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    LIST_CHARGES,
    LIST_PAYMENT_INTENTS,
    LIST_REFUNDS,
    LIST_STRIPE_EVENTS,
    REFUND_CHARGE,
    SEARCH_CHARGES,
    SEARCH_PAYMENT_INTENTS,
    UPDATE_CHARGE,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.call import Merchant
from tests.support.clients.saved_cards import CUSTOMER, attached, customer, saved
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, told, wrong

ORDER = {
    "description": "Tea",
    "metadata": {"order": "7", "paid": "True"},
    "receipt_email": "jenny@example.com",
    "shipping": {"name": "Jenny Rosen", "address": {"line1": "1 Main St"}},
    "statement_descriptor": "TEA SHOP",
    "statement_descriptor_suffix": "TEA 7",
    "transfer_group": "g",
}


def charge(*, key: str | None = None, **params: Any) -> StripeReply:
    return StripeMerchant().post(CREATE_CHARGE, key=key, **{"amount": 10_00, "currency": "usd", **params})


def charged(**params: Any) -> dict[str, Any]:
    return done(charge(**{"source": "tok_visa", **params}))


def events() -> list[str]:
    told()
    return [event["type"] for event in done(StripeMerchant().get(LIST_STRIPE_EVENTS))["data"]][::-1]


def test_a_charge_belongs_to_no_intent() -> None:
    shown = charged(**ORDER)
    assert {name: shown[name] for name in ORDER} | {"shipping": ORDER["shipping"]} == ORDER
    assert shown["shipping"]["address"]["line1"] == "1 Main St"
    assert (shown["payment_intent"], shown["paid"], shown["captured"], shown["amount_captured"]) == (
        None,
        True,
        True,
        10_00,
    )
    source = shown["source"]
    assert (source["id"], source["brand"], source["cvc_check"]) == (shown["payment_method"], "Visa", "pass")
    assert source["id"].startswith("card_")
    assert done(StripeMerchant().get(GET_CHARGE, shown["id"])) == shown
    assert [each["id"] for each in done(StripeMerchant().get(LIST_CHARGES))["data"]] == [shown["id"]]
    found = done(StripeMerchant().get(SEARCH_CHARGES, query="metadata['order']:'7'"))["data"]
    assert [each["id"] for each in found] == [shown["id"]]
    assert events() == ["charge.succeeded"]


def test_no_intent_is_shown_of_a_charge(demo: Merchant) -> None:
    name = charged()["id"]
    payment = attempt_of_charge(name) or ""
    shop = StripeMerchant()
    assert done(shop.get(LIST_PAYMENT_INTENTS))["data"] == []
    assert done(shop.get(SEARCH_PAYMENT_INTENTS, query="amount>1"))["data"] == []
    for reply in (
        shop.get(GET_PAYMENT_INTENT, intent_id(payment)),
        shop.get(LIST_CHARGES, payment_intent=intent_id(payment)),
        shop.get(LIST_REFUNDS, payment_intent=intent_id(payment)),
    ):
        assert reply.error["code"] == "resource_missing"
    native = demo.payment(payment).json
    assert (native["status"], native["amount"]) == ("captured", 10_00)


def test_a_token_pays_one_charge() -> None:
    token = StripeMerchant().token(address_zip="90210")
    first = charge(source=token, key="k")
    assert done(first)["source"]["id"] == "card_" + token.removeprefix("tok_")
    assert done(first)["source"]["address_zip_check"] == "pass"
    assert charge(source=token, key="k").text == first.text
    again = charge(source=token)
    assert (again.status, again.error["code"], again.error["param"]) == (400, "token_already_used", "source")
    assert done(StripeMerchant().get(RESOURCE["get_token"], token))["used"]


def test_a_decline_is_a_card_error_and_a_failed_charge() -> None:
    refused = charge(source="tok_visa_chargeDeclinedInsufficientFunds", key="k", **ORDER)
    error = refused.error
    assert (refused.status, error["type"], error["code"]) == (402, "card_error", "card_declined")
    assert (error["decline_code"], "payment_intent" in error) == ("insufficient_funds", False)
    assert charge(source="tok_visa_chargeDeclinedInsufficientFunds", key="k", **ORDER).text == refused.text
    (failed,) = done(StripeMerchant().get(LIST_CHARGES))["data"]
    assert (failed["id"], failed["status"], failed["paid"]) == (error["charge"], "failed", False)
    assert (failed["failure_code"], failed["metadata"]) == ("card_declined", ORDER["metadata"])
    assert events() == ["charge.failed"]
    nothing = StripeMerchant().post(CREATE_REFUND, charge=failed["id"])
    assert (nothing.status, "code" in nothing.error) == (400, True)


@pytest.mark.parametrize("source, code", [
    ("tok_authenticationRequired", "authentication_required"),
    ("tok_threeDSecureRequired", "authentication_required"),
    ("tok_chargeDeclinedExpiredCard", "expired_card"),
    ("tok_radarBlock", "card_declined"),
])  # fmt: skip
def test_codes_of_declines(source: str, code: str) -> None:
    assert charge(source=source).error["code"] == code


def test_a_charge_is_updated_refunded_and_disputed() -> None:
    name = charged(metadata={"order": "7"})["id"]
    shop = StripeMerchant()
    updated = done(shop.post(UPDATE_CHARGE, name, description="Coffee", metadata={"count": 2}))
    assert (updated["description"], updated["metadata"]) == ("Coffee", {"order": "7", "count": "2"})
    refund = done(shop.post(CREATE_REFUND, charge=name, amount=2_00))
    assert (refund["charge"], refund["payment_intent"]) == (name, None)
    assert done(shop.get(LIST_REFUNDS, charge=name))["data"] == [refund]
    too_much = shop.post(REFUND_CHARGE, name, amount=9_00)
    assert too_much.status == 400
    assert simulate(name, "dispute").status == 200
    assert done(shop.get(GET_CHARGE, name, expand=["payment_intent", "refunds"]))["disputed"]
    payment = lookup.existing_payment(ledger(), "demo", {"transaction_id": attempt_of_charge(name) or ""})
    assert breaks_of(payment) == ()
    assert [kind for kind in events() if kind != "charge.dispute.funds_withdrawn"] == [
        "charge.succeeded",
        "charge.updated",
        "charge.refunded",
        "refund.created",
        "charge.dispute.created",
    ]


@pytest.mark.parametrize("params, code, param", [
    ({}, None, None),
    ({"source": "tok_nobody"}, "resource_missing", "source"),
    ({"source": "pm_card_visa"}, "resource_missing", "source"),
    ({"source": "tok_visa", "amount": 0}, "parameter_invalid_integer", "amount"),
    ({"source": "tok_visa", "statement_descriptor_suffix": "77"}, None, "statement_descriptor_suffix"),
    ({"customer": "cus_1"}, "resource_missing", "customer"),
    ({"source": "tok_visa", "application_fee": 1}, "parameter_unknown", "application_fee"),
    ({"source": "tok_visa", "metadata": {OUTCOME_ENTRY: "pending:3600:approve"}}, None, "X-Sandbox-Outcome"),
])  # fmt: skip
def test_refusals(params: dict[str, Any], code: str | None, param: str | None) -> None:
    refused = charge(**params)
    assert (refused.status, refused.error.get("code"), refused.error.get("param")) == (400, code, param)


def test_a_key_of_a_charge_is_no_key_of_an_intent() -> None:
    charged(key="k")
    refused = StripeMerchant().create(key="k")
    assert refused.error["type"] == "idempotency_error"
    assert "('/v1/payment_intents' vs '/v1/charges')" in refused.error["message"]


def test_a_hold_that_was_not_captured_cannot_be_refunded() -> None:
    name = charged(capture="false")["id"]
    refused = StripeMerchant().post(CREATE_REFUND, charge=name)
    assert (refused.status, "payment_intent" in refused.error) == (400, False)
    assert refused.error["message"] == f"Charge {name} was not captured, so it cannot be refunded."


def test_a_customers_default_card_pays() -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    first, second = saved(shop, jenny), saved(shop, jenny, "tok_mastercard")
    for source, card in ((None, first), (second, second)):
        paid = done(charge(customer=jenny, expand=["customer"], **({"source": source} if source else {})))
        assert (paid["payment_method"], paid["source"]["id"], paid["source"]["customer"]) == (card, card, jenny)
        assert (paid["customer"]["id"], paid["paid"]) == (jenny, True)
    assert len(done(shop.get(LIST_CHARGES, customer=jenny))["data"]) == 2


def test_a_customer_without_a_card_pays_nothing() -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    attached(shop, jenny)
    refused = charge(customer=jenny)
    assert wrong(refused) == (402, "card_error", "missing", "card")
    assert refused.error["message"] == "Cannot charge a customer that has no active card"


def test_only_the_customers_own_cards_pay() -> None:
    shop, other = StripeMerchant(), StripeMerchant(OTHER_MERCHANT)
    jenny = customer(shop)
    deleted = saved(shop, jenny)
    done(shop.ask(DELETE_CUSTOMER_SOURCE, (jenny, deleted)))
    theirs, foreign, method = saved(shop, customer(shop)), saved(other, customer(other)), attached(shop, jenny)
    for source in (deleted, theirs, foreign, method, "card_1", "tok_visa", shop.token()):
        refused = charge(customer=jenny, source=source)
        assert wrong(refused) == (400, "invalid_request_error", "missing", "source")
        assert refused.error["message"] == f"Customer {jenny} does not have a linked source with ID {source}."
    for name in (customer(other), done(shop.ask(CUSTOMER["delete_stripe_customer"], customer(shop)))["id"]):
        assert wrong(charge(customer=name))[2:] == ("resource_missing", "customer")
    # A card of a customer is not charged without its customer.
    assert wrong(charge(source=theirs))[2:] == ("resource_missing", "source")


def test_a_replay_is_the_first_answer_after_the_card_was_deleted() -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    card = saved(shop, jenny)
    first = charge(customer=jenny, key="k")
    done(shop.ask(DELETE_CUSTOMER_SOURCE, (jenny, card)))
    assert charge(customer=jenny, key="k").text == first.text
    done(shop.ask(CUSTOMER["delete_stripe_customer"], jenny))
    assert charge(customer=jenny, key="k").text == first.text
    assert charge(customer=jenny, key="other").status == 400


def test_a_key_of_another_route_is_refused_first() -> None:
    shop = StripeMerchant()
    jenny = customer(shop)
    done(shop.post(CUSTOMER["create_stripe_customer"], key="k"))
    assert charge(customer=jenny, key="k").status in (400, 402)
