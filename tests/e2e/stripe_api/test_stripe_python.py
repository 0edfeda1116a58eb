"""Stripe's official Python SDK on the deployed sandbox: every resource, and the life of an intent.

Only the SDK's address setting is changed. Each answer is checked against the SDK's own classes
(tests/support/clients/stripe_sdk.py).
"""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import pytest
import stripe

from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk_calls import CARD, UNEXPECTED, Sdk, held, is_about, native, opened, paid, refused
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

# --- payment intents --------------------------------------------------------------------------------------------------


def test_an_intent_with_every_field(sdk: Sdk) -> None:
    intent = opened(
        sdk,
        20_00,
        capture_method="manual",
        confirm=True,
        payment_method_data={
            "type": "card",
            "card": CARD,
            "billing_details": {"name": "Jenny Rosen", "address": {"line1": "510 Townsend St", "postal_code": "94103"}},
        },
        allowed_payment_method_types=["card"],
        metadata={"order": "6735", "Größe": "ø & [a]=b"},
        description="Two tickets",
        receipt_email="jenny@example.com",
        return_url="https://shop.example/paid",
        statement_descriptor_suffix="TICKETS",
        expand=["latest_charge", "payment_method"],
    )
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 20_00, 0)
    assert (intent.currency, intent.capture_method, intent.livemode) == ("usd", "manual", False)
    assert intent.metadata.to_dict() == {"order": "6735", "Größe": "ø & [a]=b"}
    assert (intent.description, intent.receipt_email) == ("Two tickets", "jenny@example.com")
    assert intent.statement_descriptor_suffix == "TICKETS"
    assert abs(intent.created - time.time()) < 60
    checks = {"address_line1_check": "pass", "address_postal_code_check": "pass", "cvc_check": "pass"}
    charge = intent.latest_charge
    assert charge.payment_method_details.card.checks.to_dict() == checks
    assert intent.payment_method.card.checks.to_dict() == checks
    assert (charge.amount, charge.captured, charge.paid, charge.status) == (20_00, False, True, "succeeded")
    assert charge.outcome.type == "authorized"


def test_an_intent_step_by_step(sdk: Sdk) -> None:
    intent = opened(sdk, automatic_payment_methods={"enabled": True, "allow_redirects": "never"})
    assert intent.status == "requires_payment_method"
    changed = sdk.v1.payment_intents.update(
        intent.id, {"amount": 12_00, "payment_method": "pm_card_mastercard", "metadata": {"a": "1", "b": "2"}}
    )
    assert (changed.status, changed.amount) == ("requires_confirmation", 12_00)
    changed = sdk.v1.payment_intents.update(intent.id, {"metadata": {"a": "", "c": "3"}, "description": "More"})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    confirmed = sdk.v1.payment_intents.confirm(intent.id)
    assert (confirmed.status, confirmed.amount_received, confirmed.description) == ("succeeded", 12_00, "More")
    assert sdk.v1.payment_intents.retrieve(intent.id).to_dict() == confirmed.to_dict()
    # Once paid, only the descriptive fields may change.
    assert sdk.v1.payment_intents.update(intent.id, {"description": ""}).description is None
    assert refused(lambda: sdk.v1.payment_intents.update(intent.id, {"amount": 1})).code == UNEXPECTED
    assert refused(lambda: sdk.v1.payment_intents.confirm(intent.id)).code == UNEXPECTED


def test_a_declined_attempt_is_followed_by_one_with_another_card(sdk: Sdk) -> None:
    intent = opened(sdk, payment_method="pm_card_visa_chargeDeclinedInsufficientFunds")
    assert intent.status == "requires_confirmation"
    with pytest.raises(stripe.CardError) as declined:
        sdk.v1.payment_intents.confirm(intent.id)
    error = declined.value.error
    assert error is not None
    assert (declined.value.http_status, error.type) == (402, "card_error")
    assert (error.code, error.decline_code) == ("card_declined", "insufficient_funds")
    assert error.payment_intent is not None
    assert error.payment_intent.status == "requires_payment_method"

    shown = sdk.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (shown.status, shown.payment_method) == ("requires_payment_method", None)
    assert shown.last_payment_error.decline_code == "insufficient_funds"
    assert shown.last_payment_error.charge == shown.latest_charge.id == error.charge
    assert (shown.latest_charge.status, shown.latest_charge.failure_code) == ("failed", "card_declined")
    assert shown.latest_charge.outcome.network_status == "declined_by_network"

    sdk.v1.payment_intents.update(intent.id, {"amount": 8_00})
    done = sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "expand": ["latest_charge"]})
    assert (done.status, done.amount_received, done.last_payment_error) == ("succeeded", 8_00, None)
    assert done.latest_charge.id != shown.latest_charge.id
    attempts = sdk.v1.charges.list({"payment_intent": intent.id})
    assert [(one.status, one.amount) for one in attempts] == [("succeeded", 8_00), ("failed", 10_00)]


def test_a_declined_intent_exists(sdk: Sdk) -> None:
    with pytest.raises(stripe.CardError) as declined:
        paid(sdk, payment_method="pm_card_chargeDeclinedExpiredCard")
    assert (declined.value.code, declined.value.param) == ("expired_card", "exp_month")
    error = declined.value.error
    assert error is not None
    assert error.payment_intent is not None
    intent = error.payment_intent.id
    assert sdk.v1.payment_intents.retrieve(intent).status == "requires_payment_method"
    assert sdk.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"}).status == "succeeded"


@pytest.mark.full
def test_of_twenty_confirms_at_once_one_is_approved(sdk: Sdk) -> None:
    intent = opened(sdk, payment_method="pm_card_visa")

    def confirm() -> str:
        try:
            return sdk.v1.payment_intents.confirm(intent.id).status
        except stripe.InvalidRequestError as error:
            return str(error.code)

    with ThreadPoolExecutor(20) as pool:
        outcomes = [one.result() for one in [pool.submit(confirm) for _ in range(20)]]
    assert sorted(outcomes) == [*[UNEXPECTED] * 19, "succeeded"]
    assert len(sdk.v1.charges.list({"payment_intent": intent.id}).data) == 1
    assert sdk.v1.payment_intents.retrieve(intent.id).amount_received == 10_00


def test_captures_in_part(sdk: Sdk) -> None:
    intent = held(sdk)
    once = sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 4_00})
    assert (once.status, once.amount_capturable, once.amount_received) == ("succeeded", 0, 4_00)
    assert refused(lambda: sdk.v1.payment_intents.capture(intent.id)).code == UNEXPECTED

    intent = held(sdk)
    first = sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 4_00, "final_capture": False})
    assert (first.status, first.amount_capturable, first.amount_received) == ("requires_capture", 6_00, 4_00)
    too_much = refused(lambda: sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 6_01}))
    assert too_much.code == "amount_too_large"
    rest = sdk.v1.payment_intents.capture(intent.id)
    assert (rest.status, rest.amount_capturable, rest.amount_received) == ("succeeded", 0, 10_00)
    assert sdk.v1.charges.retrieve(rest.latest_charge).amount_captured == 10_00


def test_an_authorization_is_incremented(sdk: Sdk) -> None:
    asked = {"card": {"request_incremental_authorization": "if_available"}}
    intent = held(sdk, payment_method_options=asked)
    charge = sdk.v1.charges.retrieve(intent.latest_charge)
    assert charge.payment_method_details.card.incremental_authorization.status == "available"
    declining = {"amount": 15_00, "metadata": {"sandbox_outcome": "decline:insufficient_funds"}}
    with pytest.raises(stripe.CardError) as declined:
        sdk.v1.payment_intents.increment_authorization(intent.id, declining)
    assert (declined.value.code, declined.value.http_status) == ("card_declined", 402)
    raised = sdk.v1.payment_intents.increment_authorization(intent.id, {"amount": 15_00})
    assert (raised.amount, raised.amount_capturable) == (15_00, 15_00)
    unasked = refused(lambda: sdk.v1.payment_intents.increment_authorization(held(sdk).id, {"amount": 15_00}))
    assert unasked.http_status == 400


def test_cancelling(sdk: Sdk) -> None:
    given_up = sdk.v1.payment_intents.cancel(opened(sdk).id, {"cancellation_reason": "abandoned"})
    assert (given_up.status, given_up.cancellation_reason) == ("canceled", "abandoned")
    assert given_up.canceled_at >= given_up.created
    intent = held(sdk)
    cancelled = sdk.v1.payment_intents.cancel(intent.id)
    assert (cancelled.status, cancelled.amount_capturable, cancelled.cancellation_reason) == ("canceled", 0, None)
    assert sdk.v1.payment_intents.retrieve(intent.id).to_dict() == cancelled.to_dict()
    for call in (sdk.v1.payment_intents.cancel, sdk.v1.payment_intents.confirm, sdk.v1.payment_intents.capture):
        assert refused(lambda call=call: call(intent.id)).code == UNEXPECTED
    assert refused(lambda: sdk.v1.payment_intents.cancel(paid(sdk).id)).code == UNEXPECTED


def test_intents_are_listed_from_the_newest_on(sdk: Sdk) -> None:
    made = [opened(sdk, 1_00 + number).id for number in range(5)][::-1]
    first = sdk.v1.payment_intents.list({"limit": 2})
    assert ([one.id for one in first], first.has_more, first.url) == (made[:2], True, "/v1/payment_intents")
    assert [one.id for one in islice(first.auto_paging_iter(), 5)] == made
    after = sdk.v1.payment_intents.list({"limit": 2, "starting_after": made[2]})
    assert [one.id for one in after] == made[3:]
    before = sdk.v1.payment_intents.list({"limit": 3, "ending_before": made[4]})
    assert [one.id for one in before] == made[1:4]
    backwards = sdk.v1.payment_intents.list({"limit": 2, "ending_before": made[4]})
    assert [one.id for one in backwards.auto_paging_iter()] == made[3::-1]
    created = sdk.v1.payment_intents.retrieve(made[-1]).created
    of_then = sdk.v1.payment_intents.list({"created": {"gte": created, "lt": created + 1}, "limit": 100})
    assert made[-1] in [one.id for one in of_then]
    assert {one.created for one in of_then} == {created}
    assert sdk.v1.payment_intents.list({"created": {"gt": created + 3_600}}).data == []


# --- payment methods --------------------------------------------------------------------------------------------------


def test_a_payment_method_pays_one_intent(sdk: Sdk) -> None:
    method = sdk.v1.payment_methods.create({"type": "card", "card": CARD, "metadata": {"of": "Jenny"}})
    assert (method.card.brand, method.card.last4, method.card.exp_year) == ("visa", "4242", 2040)
    assert method.metadata.to_dict() == {"of": "Jenny"}
    assert sdk.v1.payment_methods.retrieve(method.id).to_dict() == method.to_dict()
    intent = paid(sdk, payment_method=method.id)
    assert intent.payment_method == method.id
    assert sdk.v1.charges.retrieve(intent.latest_charge).payment_method == method.id
    again = refused(lambda: paid(sdk, payment_method=method.id))
    assert "was previously used with a PaymentIntent without Customer attachment" in str(again.user_message)
    updated = refused(lambda: sdk.v1.payment_methods.update(method.id, {"metadata": {"of": "Ada"}}))
    assert updated.user_message == "You must save this PaymentMethod to a customer before you can update it."


@pytest.mark.parametrize(
    "name, brand, last4",
    [("visa", "visa", "4242"), ("mastercard", "mastercard", "4444"), ("amex", "amex", "0005")],
)
def test_cards_by_the_names_that_stripe_publishes(name: str, brand: str, last4: str, sdk: Sdk) -> None:
    by_token = sdk.v1.payment_methods.create({"type": "card", "card": {"token": f"tok_{name}"}})
    assert (by_token.card.brand, by_token.card.last4) == (brand, last4)
    intent = paid(sdk, payment_method=f"pm_card_{name}", expand=["payment_method"])
    assert (intent.payment_method.card.brand, intent.payment_method.card.last4) == (brand, last4)
    assert intent.payment_method.card.fingerprint == by_token.card.fingerprint
    # The card of an intent is a payment method too, and can be retrieved.
    assert sdk.v1.payment_methods.retrieve(intent.payment_method.id).card.last4 == last4


def test_a_customers_cards_by_tokens(sdk: Sdk) -> None:
    """The API of charges, tokens and sources, which is older than payment methods."""
    token = sdk.v1.tokens.create({"card": CARD})
    jenny = sdk.v1.customers.create({"source": token.id, "expand": ["default_source"]})
    first, sources = jenny.default_source, sdk.v1.customers.payment_sources
    assert (first.object, first.last4, first.customer) == ("card", "4242", jenny.id)
    second = sources.create(jenny.id, {"source": "tok_mastercard"})
    assert (second.brand, sdk.v1.customers.retrieve(jenny.id).default_source) == ("MasterCard", first.id)
    assert sources.update(jenny.id, second.id, {"name": "Jenny Rosen"}).name == "Jenny Rosen"
    assert [one.id for one in sources.list(jenny.id, {"object": "card"})] == [second.id, first.id]
    # The same cards are payment methods.
    methods = sdk.v1.customers.payment_methods.list(jenny.id)
    assert [one.id for one in methods] == [second.id, first.id]
    assert paid(sdk, customer=jenny.id, payment_method=second.id).status == "succeeded"
    charge = sdk.v1.charges.create({"amount": 10_00, "currency": "usd", "customer": jenny.id})
    assert (charge.source.id, charge.payment_method, charge.customer) == (first.id, first.id, jenny.id)
    assert sources.delete(jenny.id, first.id).to_dict() == {"id": first.id, "object": "card", "deleted": True}
    assert sdk.v1.customers.retrieve(jenny.id).default_source == second.id
    third = sdk.v1.customers.update(jenny.id, {"source": "tok_amex", "expand": ["sources"]})
    assert [one.id for one in third.sources] == [third.default_source]
    sources.delete(jenny.id, third.default_source)
    with pytest.raises(stripe.CardError) as none_left:
        sdk.v1.charges.create({"amount": 10_00, "currency": "usd", "customer": jenny.id})
    assert (none_left.value.code, none_left.value.param) == ("missing", "card")


def test_sources_of_cards(sdk: Sdk) -> None:
    """What came between tokens and payment methods."""
    made = sdk.v1.sources.create({"type": "card", "card": CARD, "owner": {"email": "jenny@example.com"}})
    assert (made.status, made.usage, made.card.last4) == ("chargeable", "reusable", "4242")
    jenny = sdk.v1.customers.create({"source": made.id, "expand": ["default_source"]})
    assert (jenny.default_source.object, jenny.default_source.id) == ("source", made.id)
    charge = sdk.v1.charges.create({"amount": 10_00, "currency": "usd", "customer": jenny.id, "source": made.id})
    assert (charge.source.id, charge.source.status, charge.payment_method) == (made.id, "chargeable", made.id)
    assert paid(sdk, customer=jenny.id, payment_method=made.id).status == "succeeded"
    assert sdk.v1.sources.update(made.id, {"metadata": {"order": "7"}}).metadata["order"] == "7"
    assert sdk.v1.sources.detach(jenny.id, made.id).status == "consumed"
    with pytest.raises(stripe.InvalidRequestError, match="The reusable source you provided is consumed") as consumed:
        sdk.v1.charges.create({"amount": 10_00, "currency": "usd", "source": made.id})
    assert consumed.value.param == "source"
    with pytest.raises(stripe.InvalidRequestError, match="does not simulate yet") as other:
        sdk.v1.sources.create({"type": "ideal", "currency": "eur"})
    assert other.value.param == "type"


def test_a_customers_tax_ids(sdk: Sdk) -> None:
    vat = {"type": "eu_vat", "value": "DE000000000"}
    jenny = sdk.v1.customers.create({"tax_id_data": [vat], "expand": ["tax_ids"]})
    assert [(one.country, one.verification.status) for one in jenny.tax_ids] == [("DE", "verified")]
    tax_ids = sdk.v1.customers.tax_ids
    second = tax_ids.create(jenny.id, {"type": "us_ein", "value": "12-3456789", "expand": ["customer"]})
    assert (second.customer.id, second.owner.customer) == (jenny.id, jenny.id)
    assert [one.id for one in tax_ids.list(jenny.id)] == [second.id, jenny.tax_ids.data[0].id]
    assert tax_ids.retrieve(jenny.id, second.id).value == "12-3456789"
    assert tax_ids.delete(jenny.id, second.id).to_dict() == {"id": second.id, "object": "tax_id", "deleted": True}
    assert len(tax_ids.list(jenny.id).data) == 1


def test_coupons_promotion_codes_shipping_rates_and_tax_rates(sdk: Sdk) -> None:
    five = {"amount_off": 5_00, "currency": "usd", "currency_options": {"eur": {"amount_off": 4_00}}}
    coupon = sdk.v1.coupons.create({**five, "expand": ["currency_options"]})
    assert (coupon.valid, coupon.currency_options.to_dict()["eur"]) == (True, {"amount_off": 4_00})
    assert sdk.v1.coupons.update(coupon.id, {"name": "Five off"}).name == "Five off"
    promotion = {"type": "coupon", "coupon": coupon.id}
    code = sdk.v1.promotion_codes.create({"promotion": promotion, "code": "SDK-FIVE"})
    with pytest.raises(
        stripe.InvalidRequestError, match="An active promotion code with `code: sdk-five` already exists"
    ):
        sdk.v1.promotion_codes.create({"promotion": promotion, "code": "sdk-five"})
    found = until(lambda: sdk.v1.promotion_codes.list({"code": "sdk-five"}).data, "the code is listed")
    assert [one.id for one in found] == [code.id]
    assert sdk.v1.coupons.delete(coupon.id).deleted
    ended = sdk.v1.promotion_codes.retrieve(code.id, {"expand": ["promotion.coupon"]})
    assert (ended.active, ended.promotion.coupon.name, ended.promotion.coupon.valid) == (False, "Five off", False)
    # Before 2025-09-30, a code has its coupon itself.
    earlier = sdk.v1.promotion_codes.retrieve(code.id, {}, {"stripe_version": "2025-08-27.basil"}).to_dict()
    assert earlier["coupon"]["amount_off"] == 5_00
    ground = {"amount": 5_00, "currency": "usd"}
    vat = sdk.v1.tax_rates.create({"display_name": "VAT", "inclusive": False, "percentage": 19.25})
    assert sdk.v1.tax_rates.update(vat.id, {"active": False}).percentage == 19.25
    rate = sdk.v1.shipping_rates.create({"display_name": "Ground", "fixed_amount": ground})
    assert sdk.v1.shipping_rates.update(rate.id, {"active": False}).fixed_amount.to_dict() == ground


# --- search -----------------------------------------------------------------------------------------------------------


def test_an_orders_payment_is_found_by_its_metadata(sdk: Sdk) -> None:
    orders = [f"search-{n}" for n in range(3)]
    intents = [paid(sdk, metadata={"order": order, "of": "search"}) for order in orders]
    query = {"query": "metadata['of']:'search' AND status:'succeeded'", "limit": 2}
    found = until(
        lambda: [one.id for one in sdk.v1.payment_intents.search(query).auto_paging_iter()][2:] and intents,
        "the intents in their list",
    )
    every = [one.id for one in sdk.v1.payment_intents.search(query).auto_paging_iter()]
    assert every == [one.id for one in reversed(found)]
    (one,) = sdk.v1.charges.search({"query": f"metadata['order']:'{orders[1]}' amount>1"}).data
    assert one.payment_intent == intents[1].id
    assert refused(lambda: sdk.v1.charges.search({"query": "description~'tea'"})).param == "query"


# --- charges ----------------------------------------------------------------------------------------------------------


def test_charges(sdk: Sdk) -> None:
    first, second = paid(sdk), held(sdk)
    charge = sdk.v1.charges.retrieve(first.latest_charge, {"expand": ["payment_intent"]})
    assert (charge.amount, charge.amount_captured, charge.captured, charge.refunded) == (10_00, 10_00, True, False)
    assert charge.payment_intent.to_dict() == first.to_dict()
    listed = sdk.v1.charges.list({"limit": 2, "expand": ["data.payment_intent"]})
    assert [one.id for one in listed] == [second.latest_charge, first.latest_charge]
    assert [one.payment_intent.id for one in listed] == [second.id, first.id]
    assert [one.id for one in sdk.v1.charges.list({"payment_intent": first.id})] == [charge.id]
    assert [one.id for one in islice(listed.auto_paging_iter(), 4)][:2] == [second.latest_charge, charge.id]


# --- refunds ----------------------------------------------------------------------------------------------------------


def test_refunds_by_charge_and_by_intent(sdk: Sdk) -> None:
    intent = paid(sdk)
    part = sdk.v1.refunds.create(
        {
            "charge": intent.latest_charge,
            "amount": 3_00,
            "reason": "requested_by_customer",
            "metadata": {"seat": "12a"},
            "expand": ["charge"],
        }
    )
    assert (part.amount, part.status, part.reason, part.payment_intent) == (
        3_00, "succeeded", "requested_by_customer", intent.id,
    )  # fmt: skip
    assert (part.charge.amount_refunded, part.charge.refunded) == (3_00, False)
    too_much = refused(lambda: sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 7_01}))
    assert too_much.http_status == 400
    rest = sdk.v1.refunds.create({"payment_intent": intent.id})
    assert (rest.amount, rest.charge, rest.metadata.to_dict()) == (7_00, intent.latest_charge, {})
    again = refused(lambda: sdk.v1.refunds.create({"payment_intent": intent.id}))
    assert again.code == "charge_already_refunded"
    shown = sdk.v1.refunds.retrieve(part.id, {"expand": ["payment_intent"]})
    assert (shown.metadata.to_dict(), shown.payment_intent.id) == ({"seat": "12a"}, intent.id)
    charge = sdk.v1.charges.retrieve(intent.latest_charge, {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (10_00, True)
    assert [one.id for one in charge.refunds] == [rest.id, part.id]

    for of in ({"charge": intent.latest_charge}, {"payment_intent": intent.id}):
        listed = sdk.v1.refunds.list({**of, "limit": 1})
        assert ([one.id for one in listed], listed.has_more) == ([rest.id], True)
        assert [one.id for one in listed.auto_paging_iter()] == [rest.id, part.id]
    # The list of all refunds is built from their events, which arrive a moment later.
    newest = [rest.id, part.id]
    until(lambda: [one.id for one in sdk.v1.refunds.list({"limit": 2})] == newest, "the refunds in their list")


def test_a_refund_takes_from_several_captures(sdk: Sdk, api: Api) -> None:
    intent = held(sdk)
    sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 4_00, "final_capture": False})
    sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 5_00})
    assert sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 6_00}).amount == 6_00
    assert sdk.v1.refunds.create({"charge": intent.latest_charge}).amount == 3_00
    payment = api.payment(native(intent.id))
    assert (payment["captured"], payment["refunded"], payment["released"]) == (9_00, 9_00, 1_00)


# --- events -----------------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_events_by_type_and_time(sdk: Sdk) -> None:
    since = int(time.time())
    intent = opened(sdk, capture_method="manual", payment_method="pm_card_visa")
    sdk.v1.payment_intents.confirm(intent.id)
    sdk.v1.payment_intents.capture(intent.id)
    sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1_00})
    expected = [
        "refund.created",
        "charge.refunded",
        "payment_intent.succeeded",
        "charge.captured",
        "payment_intent.amount_capturable_updated",
        "charge.succeeded",
        "payment_intent.created",
    ]

    def told() -> list[Any]:
        every = sdk.v1.events.list({"created": {"gte": since}, "limit": 3}).auto_paging_iter()
        return [one for one in every if is_about(one, intent.id)]

    events = until(lambda: found if len(found := told()) == len(expected) else None, "seven events")
    assert [one.type for one in events] == expected
    assert len({one.id for one in events}) == len(expected)
    for one in events:
        assert sdk.v1.events.retrieve(one.id).to_dict() == one.to_dict()
    # Each event shows the state at its creation, when nothing was captured yet.
    assert events[-1].data.object.status == "requires_confirmation"
    assert events[2].data.object.amount_received == 10_00
    only = sdk.v1.events.list({"type": "charge.refunded", "created": {"gte": since}})
    assert events[1].id in [one.id for one in only]
    assert {one.type for one in only} == {"charge.refunded"}
    some = sdk.v1.events.list({"types": ["charge.captured", "refund.created"], "created": {"gte": since}})
    assert {events[0].id, events[3].id} <= {one.id for one in some}
    assert {one.type for one in some} == {"charge.captured", "refund.created"}
    assert sdk.v1.events.list({"created": {"gt": since + 3_600}}).data == []


# --- transfers --------------------------------------------------------------------------------------------------------


def test_transfers_and_their_reversals(sdk: Sdk, api: Api) -> None:
    api.post("/sandbox/fund", {"amount": 100_00, "currency": "USD"}).raise_for_status()
    seller = sdk.v1.accounts.create({"capabilities": {"transfers": {"requested": True}}}).id
    transfers = sdk.v1.transfers
    sent = transfers.create({"amount": 40_00, "currency": "usd", "destination": seller, "transfer_group": "ORDER"})
    assert (sent.destination, sent.amount_reversed, sent.reversed) == (seller, 0, False)
    back = transfers.reversals.create(sent.id, {"amount": 15_00, "expand": ["transfer"]})
    assert (back.amount, back.transfer.amount_reversed) == (15_00, 15_00)
    assert transfers.reversals.update(sent.id, back.id, {"metadata": {"a": "1"}}).metadata.to_dict() == {"a": "1"}
    assert [one.id for one in transfers.reversals.list(sent.id)] == [back.id]
    assert transfers.reversals.retrieve(sent.id, back.id).amount == 15_00
    assert transfers.update(sent.id, {"description": "May"}).description == "May"
    assert transfers.retrieve(sent.id).reversals.data[0].id == back.id
    until(lambda: [one.id for one in transfers.list({"destination": seller})] == [sent.id], "the transfer in its list")
    short = refused(lambda: transfers.create({"amount": 999_999_99, "currency": "usd", "destination": seller}))
    assert short.code == "balance_insufficient"
    kinds = {"transfer.created", "transfer.updated", "transfer.reversed"}
    until(lambda: {one.type for one in sdk.v1.events.list({"type": "transfer.*"})} == kinds, "their events")


# --- payouts ----------------------------------------------------------------------------------------------------------


def test_payouts_of_funds(sdk: Sdk, api: Api) -> None:
    api.post("/sandbox/fund", {"amount": 100_00, "currency": "USD"}).raise_for_status()
    payouts = sdk.v1.payouts
    made = payouts.create({"amount": 10_00, "currency": "usd", "statement_descriptor": "MAY"})
    assert (made.status, made.automatic, made.type) == ("pending", False, "bank_account")
    assert payouts.update(made.id, {"metadata": {"a": "1"}}).metadata.to_dict() == {"a": "1"}
    assert payouts.cancel(made.id).status == payouts.retrieve(made.id).status == "canceled"
    until(lambda: made.id in [one.id for one in payouts.list({"status": "canceled"})], "the payout in its list")
    short = refused(lambda: payouts.create({"amount": 999_999_99, "currency": "usd"}))
    assert short.code == "balance_insufficient"


@pytest.mark.full
def test_a_payout_that_fails(sdk: Sdk, api: Api) -> None:
    api.post("/sandbox/fund", {"amount": 10_00, "currency": "EUR"}).raise_for_status()
    outcome = {"metadata": {"sandbox_outcome": "payout=account_closed"}}
    made = sdk.v1.payouts.create({"amount": 10_00, "currency": "eur", **outcome}).id
    until(lambda: sdk.v1.payouts.retrieve(made).failure_code == "account_closed", "its failure")
    assert {one.currency: one.amount for one in sdk.v1.balance.retrieve().available}["eur"] == 10_00


# --- webhook endpoints ------------------------------------------------------------------------------------------------


@pytest.mark.full
def test_a_balance_has_what_was_answered_before(sdk: Sdk) -> None:
    """A worker enters what the ledger's stream says. It is awaited, also by lists, while others go on paying."""

    def pay(_: int) -> str:
        charge: str = opened(sdk, 10_00, payment_method="pm_card_visa", confirm=True, currency="nok").latest_charge
        return charge

    def pending() -> int:
        return {one.currency: one.amount for one in sdk.v1.balance.retrieve().pending}.get("nok", 0)

    before = pending()
    for number in range(1, 21):
        charge = pay(number)
        assert pending() == before + number * 9_41
        assert sdk.v1.balance_transactions.list({"limit": 1}).data[0].source == charge
    with ThreadPoolExecutor(4) as payers:
        paid_at_once = [*payers.map(pay, range(40))]
    assert pending() == before + 60 * 9_41
    listed = sdk.v1.balance_transactions.list({"currency": "nok", "limit": 10}).auto_paging_iter()
    assert {one.source for one in listed} >= {*paid_at_once}


def test_webhook_endpoints(sdk: Sdk) -> None:
    made = sdk.v1.webhook_endpoints.create(
        {
            "url": "http://127.0.0.1:9999/hooks",
            "enabled_events": ["charge.refunded", "payment_intent.succeeded"],
            "description": "Shop",
            "metadata": {"shop": "1"},
        }
    )
    assert (made.status, made.description, made.metadata.to_dict()) == ("enabled", "Shop", {"shop": "1"})
    assert made.secret.startswith("whsec_")
    shown = sdk.v1.webhook_endpoints.retrieve(made.id)
    assert "secret" not in shown
    assert {**shown.to_dict(), "secret": made.secret} == made.to_dict()
    changed = sdk.v1.webhook_endpoints.update(made.id, {"enabled_events": ["*"], "disabled": True, "description": ""})
    assert (changed.status, changed.enabled_events, changed.description) == ("disabled", ["*"], None)
    other = sdk.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9999/other", "enabled_events": ["*"]})
    listed = sdk.v1.webhook_endpoints.list({"limit": 1})
    assert ([one.id for one in listed], listed.has_more) == ([other.id], True)
    assert [one.id for one in listed.auto_paging_iter()] == [other.id, made.id]
    for one in (made, other):
        gone = sdk.v1.webhook_endpoints.delete(one.id)
        assert (gone.id, gone.deleted) == (one.id, True)
        assert refused(lambda one=one: sdk.v1.webhook_endpoints.retrieve(one.id)).code == "resource_missing"
    assert sdk.v1.webhook_endpoints.list().data == []
    unknown = refused(
        lambda: sdk.v1.webhook_endpoints.create({"url": made.url, "enabled_events": ["customer.invented"]})
    )
    assert unknown.param == "enabled_events[0]"


# --- expanding --------------------------------------------------------------------------------------------------------


def test_expanded_objects_equal_retrieved_ones(sdk: Sdk) -> None:
    intent = paid(sdk)
    charge, method = (
        sdk.v1.charges.retrieve(intent.latest_charge),
        sdk.v1.payment_methods.retrieve(intent.payment_method),
    )
    expanded = sdk.v1.payment_intents.retrieve(
        intent.id, {"expand": ["latest_charge.payment_intent", "payment_method"]}
    ).to_dict()
    assert expanded["latest_charge"] == {**charge.to_dict(), "payment_intent": intent.to_dict()}
    assert expanded["payment_method"] == method.to_dict()
    listed = sdk.v1.payment_intents.list({"limit": 1, "expand": ["data.latest_charge"]}).data[0]
    assert listed.to_dict() == {**intent.to_dict(), "latest_charge": charge.to_dict()}
    assert refused(lambda: sdk.v1.payment_intents.retrieve(intent.id, {"expand": ["wings"]})).param == "expand"


# --- connected accounts -----------------------------------------------------------------------------------------------


def test_a_direct_charge_and_its_event_at_the_platform(sdk: Sdk) -> None:
    """Stripe-Account on the deployed functions, whose event reaches an endpoint of `connect`, and nobody else's."""
    account = sdk.v1.accounts.create({"capabilities": {"card_payments": {"requested": True}}}).id
    with receiver() as platform, receiver() as own:
        made = [
            sdk.v1.webhook_endpoints.create({"url": url, "enabled_events": ["charge.succeeded"], "connect": connect})
            for url, connect in ((platform.url, True), (own.url, False))
        ]
        sale = {"amount": 10_00, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
        charge = sdk.v1.payment_intents.create(sale, {"stripe_account": account}).latest_charge
        assert platform.wait_for(1)
        event = stripe.Webhook.construct_event(
            platform.received[0].body, platform.received[0].headers["stripe-signature"], made[0].secret
        )
        assert (event.account, event.type, event.data.object.id) == (account, "charge.succeeded", charge)
        assert own.received == []
    for endpoint in made:
        sdk.v1.webhook_endpoints.delete(endpoint.id)
    sdk.v1.accounts.delete(account)
    with pytest.raises(stripe.PermissionError):
        sdk.v1.charges.retrieve(charge, None, {"stripe_account": account})
