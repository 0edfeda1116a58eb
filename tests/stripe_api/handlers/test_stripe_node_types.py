"""Answers of every simulated object, from the real handlers, against the types of this year's stripe-node (`tsc`)."""

from typing import Any, Final

import pytest

from api_reference.object_events import OBJECT_EVENTS
from paysandbox.http.route import Route
from paysandbox.stripe_api.events.object_event import render_object_event
from paysandbox.stripe_api.routes import (
    CREATE_CHARGE,
    CREATE_SOURCE,
    DELETE_CUSTOMER_SOURCE,
    DELETE_WEBHOOK_ENDPOINT,
    GET_ACCOUNT,
    GET_CHARGE,
    GET_CUSTOMER_SOURCE,
    GET_PAYMENT_METHOD,
    GET_REFUND,
    GET_SOURCE,
    GET_STRIPE_DISPUTE,
    GET_STRIPE_EVENT,
    GET_WEBHOOK_ENDPOINT,
    LIST_CHARGES,
    LIST_CUSTOMER_SOURCES,
    LIST_EARLY_FRAUD_WARNINGS,
    LIST_PAYMENT_INTENTS,
    LIST_REFUNDS,
    LIST_STRIPE_DISPUTES,
    LIST_STRIPE_EVENTS,
    LIST_WEBHOOK_ENDPOINTS,
    UPDATE_CUSTOMER_SOURCE,
)
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.stripe_api.handlers.checkout.sessions import (
    expire as expire_session,
    opened as opened_session,
    pay as pay_session,
    saving as saving_session,
)
from tests.stripe_api.handlers.disputes.stripe_disputes import SHOP, close, disputed, update
from tests.stripe_api.handlers.setup_intents.setups import (
    challenged,
    complete as complete_setup,
    create,
    opened,
    page_of,
    saved,
    shown,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.challenges import complete
from tests.support.clients.saved_cards import saved as saved_by_token
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import TYPED, VISA, StripeMerchant, done, told
from tests.support.clients.transfers import (
    charge_of,
    connected,
    fee_returned,
    funded,
    paid_direct,
    paid_to,
    sent,
    taken_back,
)
from tests.support.tools.stripe_node_types import TYPES, type_faults, type_of

Answers = dict[str, dict[str, Any]]

EVERYTHING: Any = {
    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    "capture_method": "automatic_async",
    "confirmation_method": "manual",
    "description": "Tea",
    "excluded_payment_method_types": ["klarna"],
    "metadata": {"order": "7"},
    "payment_method_options": {
        "card": {"request_three_d_secure": "automatic", "setup_future_usage": "on_session"},
        "link": {"setup_future_usage": "off_session"},
    },
    "receipt_email": "ada@example.com",
    "setup_future_usage": "off_session",
    "shipping": {"name": "Ada", "phone": "555", "address": {"line1": "1 Road", "country": "US"}},
    "statement_descriptor_suffix": "TEA",
    "transfer_group": "order-7",
}


PREVIEWED: Final = "shared_payment."
"""Events that only the SDK's previews have."""


def lives() -> Answers:
    """Return intents in every status, with everything in them that can be expanded."""
    shop = StripeMerchant()
    held = shop.held()["id"]
    declined = shop.declined()["id"]
    refunded = shop.paid(expand=["latest_charge.refunds", "payment_method"])["id"]
    refund = done(shop.refund(refunded, amount=4_00, metadata={"why": "stale"}, reason="duplicate"))
    whole = ["latest_charge.refunds.data.charge", "latest_charge.payment_intent", "payment_method"]
    charge = shop.shown(refunded)["latest_charge"]
    return {
        "opened": done(shop.create()),
        "with everything": shop.opened(**EVERYTHING),
        "with everything, paid": shop.paid(**EVERYTHING, expand=["latest_charge"]),
        "of several types": shop.opened(allowed_payment_method_types=["card", "link", "sepa_debit"]),
        "of allowed types": shop.opened(allowed_payment_method_types=["link", "us_bank_account"]),
        "declined": shop.shown(declined, expand=["latest_charge"]),
        "held": shop.shown(held, expand=["latest_charge"]),
        "captured": done(shop.capture(held, amount_to_capture=6_00, expand=["latest_charge"])),
        "incremented": done(shop.increment(shop.incremental()["id"], 15_00, expand=["latest_charge"])),
        "given up": done(shop.cancel(declined)),
        "refunded": shop.shown(refunded, expand=whole),
        "the charge": done(shop.get(GET_CHARGE, charge, expand=["refunds", "payment_intent"])),
        "the refund": done(shop.get(GET_REFUND, refund["id"], expand=["charge", "payment_intent", "payment_method"])),
        **disputes(),
        **waits(),
        "the card": done(shop.get(GET_PAYMENT_METHOD, shop.shown(refunded)["payment_method"])),
    }


def waits() -> Answers:
    """Return intents and refunds that wait for somebody, and what became of them."""
    shop = StripeMerchant()
    challenged = {
        flow: shop.paid(payment_method=f"pm_card_{card}", confirmation_method="manual")
        for flow, card in {"approved": "threeDSecure2Required", "failed": "authenticationRequired"}.items()
    }
    complete(challenged["approved"]["next_action"]["redirect_to_url"]["url"])
    complete(challenged["failed"]["next_action"]["redirect_to_url"]["url"], "failed")
    confirmed = shop.confirm(challenged["approved"]["id"], expand=["latest_charge"])
    frictionless = {"number": "4000000032200000", "exp_month": 12, "exp_year": 2040}
    pending = done(shop.refund(shop.paid(metadata={"sandbox_outcome": "refund=pending:3600"})["id"]))
    acting, failing = (
        done(shop.refund(shop.paid(metadata={"sandbox_outcome": "refund=pending:3600"})["id"]))["id"] for _ in range(2)
    )
    assert simulate(acting, "require_action").status == simulate(failing, "fail").status == 200
    warned = shop.paid()
    assert simulate(warned["id"], "fraud_warning").status == 200
    return {
        **challenged,
        "not authenticated": shop.shown(challenged["failed"]["id"]),
        "authenticated": done(confirmed),
        "authenticated without a challenge": shop.paid(
            payment_method="",
            payment_method_data={"type": "card", "card": frictionless},
            expand=["latest_charge"],
        ),
        "processing": shop.paid(metadata={"sandbox_outcome": "pending:3600:approve"}),
        "a pending refund": pending,
        "a refund that requires an action": done(shop.get(GET_REFUND, acting)),
        "a failed refund": done(shop.get(GET_REFUND, failing)),
        "a fraud warning": done(shop.get(LIST_EARLY_FRAUD_WARNINGS, payment_intent=warned["id"]))["data"][0],
    }


def disputes() -> Answers:
    """Return an inquiry, and a chargeback in each status."""
    opened = disputed()
    lost, inquiry = done(close(disputed()["id"])), disputed(kind="inquiry")
    sent = done(update(opened["id"], evidence={"customer_name": "Rosa", "receipt": "file_1"}))
    assert simulate(opened["id"], "win").status == 200
    won = done(SHOP.get(GET_STRIPE_DISPUTE, opened["id"], expand=["charge", "payment_intent.latest_charge"]))
    return {"an inquiry": inquiry, "disputed": opened, "under review": sent, "won": won, "lost": lost}


def setup_intents() -> Answers:
    """Return setup intents in every status."""
    requested = {"card": {"request_three_d_secure": "any"}}
    waiting = [challenged(payment_method_options=requested) for _ in range(2)]
    complete_setup(page_of(waiting[0]), "failed")
    complete_setup(page_of(waiting[1]))
    declined = create(payment_method="pm_card_chargeDeclined", confirm=True).error["setup_intent"]
    automatic = {"enabled": True, "allow_redirects": "never"}
    return {
        "a setup intent": done(create(automatic_payment_methods=automatic, flow_directions=["inbound", "outbound"])),
        "with a card": opened(allowed_payment_method_types=["card", "link"], excluded_payment_method_types=["klarna"]),
        "declined setup": declined,
        "challenged": waiting[0],
        "not authenticated setup": shown(waiting[0]["id"]),
        "authenticated setup": shown(waiting[1]["id"]),
        "saved": saved(customer=customer(StripeMerchant())["id"], usage="on_session", expand=["customer"]),
        "canceled": done(
            StripeMerchant().post(RESOURCE["cancel_setup_intent"], declined["id"], cancellation_reason="abandoned")
        ),
    }


def customer(shop: StripeMerchant, **params: Any) -> dict[str, Any]:
    """Create a customer."""
    return done(shop.post(RESOURCE["create_stripe_customer"], email="jenny@example.com", **params))


def sources() -> Answers:
    """Return a customer's cards that were saved by tokens, and a charge of one."""
    shop = StripeMerchant()
    ada = customer(shop, source="tok_visa", expand=["default_source", "sources"])
    first, second = ada["default_source"]["id"], saved_by_token(shop, ada["id"])
    home = {"name": "Ada", "address_line1": "1 Road", "exp_year": 2044, "metadata": {"a": "b"}}
    return {
        "a customer with sources": ada,
        "a source": done(shop.get(GET_CUSTOMER_SOURCE, (ada["id"], second), expand=["customer"])),
        "an updated source": done(shop.post(UPDATE_CUSTOMER_SOURCE, (ada["id"], second), **home)),
        "sources": done(shop.get(LIST_CUSTOMER_SOURCES, ada["id"])),
        "a customer's charge": done(shop.post(CREATE_CHARGE, amount=10_00, currency="usd", customer=ada["id"])),
        "a deleted source": done(shop.ask(DELETE_CUSTOMER_SOURCE, (ada["id"], first))),
    }


def source_objects(shop: StripeMerchant) -> Answers:
    """Return sources that were created by themselves: of a page, of a customer, and of a charge."""
    owner = {"name": "Ada", "address": {"line1": "1 Road"}}
    page = done(StripeMerchant(kind="publishable").post(CREATE_SOURCE, type="card", card=TYPED, owner=owner))
    made = done(shop.post(CREATE_SOURCE, type="card", token="tok_visa", currency="eur"))
    expand = ["default_source", "sources"]
    return {
        "a page's source object": page,
        "a source object": made,
        "a customer with a source object": customer(shop, source=made["id"], expand=expand),
        "a customer's source object": done(shop.get(GET_SOURCE, made["id"])),
        "a source's charge": done(shop.post(CREATE_CHARGE, amount=10_00, currency="usd", source=page["id"])),
    }


def customer_sessions(shop: StripeMerchant) -> Answers:
    """Return sessions with each component's features, and without."""
    features = {
        "customer_sheet": {"payment_method_remove": "enabled"},
        "mobile_payment_element": {"payment_method_save": "enabled"},
        "payment_element": {"payment_method_save_usage": "on_session"},
    }
    every: dict[str, Any] = {name: {"enabled": True, "features": named} for name, named in features.items()}
    made = RESOURCE["create_customer_session"]
    ada = customer(shop)["id"]
    return {
        "a session": done(shop.post(made, customer=ada, components=every, expand=["customer"])),
        "a session of one": done(shop.post(made, customer=ada, components={"pricing_table": {"enabled": True}})),
    }


def tax_ids() -> Answers:
    """Return a customer's tax IDs."""
    shop = StripeMerchant()
    ada = customer(shop, tax_id_data=[{"type": "eu_vat", "value": "DE123456789"}], expand=["tax_ids"])
    made = done(
        shop.post(RESOURCE["create_customer_tax_id"], ada["id"], type="us_ein", value="1", expand=["owner.customer"])
    )
    return {
        "a customer with tax IDs": ada,
        "a tax ID": made,
        "tax IDs": done(shop.get(RESOURCE["list_customer_tax_ids"], ada["id"])),
        "a deleted tax ID": done(shop.ask(RESOURCE["delete_customer_tax_id"], (ada["id"], made["id"]))),
    }


def accounts() -> Answers:
    """Return connected accounts, and what they have."""
    shop = StripeMerchant()
    company = {"name": "Acme", "tax_id": "000000000", "address": {"line1": "510 Townsend St"}}
    person = {"first_name": "Jenny", "dob": {"day": 1, "month": 2, "year": 1990}, "ssn_last_4": "0000"}
    made = done(
        shop.post(
            RESOURCE["create_account"],
            type="custom",
            business_type="company",
            business_profile={"name": "Acme", "mcc": "5734"},
            capabilities={"card_payments": {"requested": True}, "transfers": {"requested": True}},
            company=company,
            individual=person,
            external_account="btok_us_verified",
            tos_acceptance={"date": 1609798905, "ip": "8.8.8.8"},
            settings={"payouts": {"schedule": {"interval": "manual"}}},
            metadata={"sandbox_outcome": "transfers=inactive:company.tax_id card_payments=pending"},
        )
    )
    bank = made["external_accounts"]["data"][0]["id"]
    of_update = {"type": "account_update", "return_url": "https://shop.example"}
    express = done(shop.post(RESOURCE["create_account"], type="express"))["id"]
    added = done(
        shop.post(RESOURCE["create_external_account"], made["id"], external_account="btok_us_verified_noAccount")
    )
    return {
        "a custom account": made,
        "a standard account": done(shop.post(RESOURCE["create_account"])),
        "accounts": done(shop.get(RESOURCE["list_accounts"])),
        "a bank account": done(shop.get(RESOURCE["get_external_account"], (made["id"], bank))),
        "bank accounts": done(shop.get(RESOURCE["list_external_accounts"], made["id"])),
        "a deleted bank account": done(shop.ask(RESOURCE["delete_external_account"], (made["id"], added["id"]))),
        "a capability": done(shop.get(RESOURCE["get_capability"], (made["id"], "transfers"))),
        "capabilities": done(shop.get(RESOURCE["list_capabilities"], made["id"])),
        "an account link": done(shop.post(RESOURCE["create_account_link"], account=made["id"], **of_update)),
        "a login link": done(shop.post(RESOURCE["create_login_link"], express)),
        "a deleted account": done(shop.ask(RESOURCE["delete_account"], made["id"])),
    }


def transfers() -> Answers:
    """Return a transfer that was reversed in part, and its reversals."""
    funded(100_00)
    transfer = sent(connected(), description="May", transfer_group="ORDER")
    first = taken_back(transfer["id"], amount=1_00, expand=["transfer"])
    whole = ["balance_transaction", "destination_payment", "source_transaction"]
    charge = StripeMerchant().paid(amount=10_00)["latest_charge"]
    of_charge = sent(connected(), 5_00, source_transaction=charge, expand=whole)
    returned = taken_back(of_charge["id"], expand=["balance_transaction", "destination_payment_refund"])

    def of_account(route: Route, name: str, *expand: str) -> dict[str, Any]:
        headers = {"Stripe-Account": of_charge["destination"]}
        return done(StripeMerchant().ask(route, name, {"expand": [*expand]}, headers=headers))

    return {
        "a transfer": transfer,
        "a reversal": first,
        "a reversed transfer": done(StripeMerchant().get(RESOURCE["get_transfer"], transfer["id"])),
        "a transfer from a charge": of_charge,
        "its reversal": returned,
        "the account's payment": of_account(GET_CHARGE, of_charge["destination_payment"]["id"], "refunds"),
        "its refund": of_account(GET_REFUND, returned["destination_payment_refund"]["id"]),
        "transfers": done(StripeMerchant().get(RESOURCE["list_transfers"])),
        "reversals": done(StripeMerchant().get(RESOURCE["list_transfer_reversals"], transfer["id"])),
        "a payout": done(
            StripeMerchant().post(RESOURCE["create_payout"], amount=1_00, currency="usd", description="May")
        ),
        "payouts": done(StripeMerchant().get(RESOURCE["list_payouts"])),
    }


def shared_charges() -> Answers:
    """Return a destination charge with its intent, fee, and refund, and a direct charge."""
    shop, account = StripeMerchant(), connected()
    intent, direct = paid_to(account, on_behalf_of=account), paid_direct(account)
    charge = charge_of(intent)
    fee = charge["application_fee"]
    back: dict[str, Any] = {"reverse_transfer": True, "refund_application_fee": True}
    return {
        "a shared intent": intent,
        "a shared charge": charge,
        "a direct charge": charge_of(direct, account),
        "a refund of a fee": fee_returned(fee, amount=1_00, expand=["fee"]),
        "a refund that returns both": done(shop.refund(intent["id"], **back)),
        "a fee": done(shop.get(RESOURCE["get_application_fee"], fee, expand=["account"])),
        "fees": done(shop.get(RESOURCE["list_application_fees"])),
        "refunds of a fee": done(shop.get(RESOURCE["list_fee_refunds"], fee)),
        "a transfer of a charge": done(shop.get(RESOURCE["get_transfer"], charge["transfer"])),
    }


def discounts() -> Answers:
    """Return coupons, promotion codes, shipping rates and tax rates, with all that can be expanded."""
    shop = StripeMerchant()
    product = done(shop.post(RESOURCE["create_product"], name="Gold"))["id"]
    five = {"amount_off": 5_00, "currency": "usd", "currency_options": {"eur": {"amount_off": 4_00}}}
    parts = ["applies_to", "currency_options"]
    coupon = done(shop.post(RESOURCE["create_coupon"], **five, applies_to={"products": [product]}, expand=parts))
    minimum = {"minimum_amount": 5_00, "minimum_amount_currency": "usd"}
    code = done(
        shop.post(
            RESOURCE["create_promotion_code"],
            promotion={"type": "coupon", "coupon": coupon["id"]},
            customer=customer(shop)["id"],
            restrictions={**minimum, "currency_options": {"eur": {"minimum_amount": 4_00}}},
            expand=["promotion.coupon.applies_to", "customer", "restrictions.currency_options"],
        )
    )
    rate = done(
        shop.post(
            RESOURCE["create_shipping_rate"],
            display_name="Ground shipping",
            fixed_amount={"amount": 5_00, "currency": "usd", "currency_options": {"eur": {"amount": 4_00}}},
            delivery_estimate={"maximum": {"unit": "week", "value": 1}},
            expand=["fixed_amount.currency_options"],
        )
    )
    return {
        "a coupon of products": coupon,
        "a coupon in percent": done(shop.post(RESOURCE["create_coupon"], percent_off=12.5)),
        "coupons": done(shop.get(RESOURCE["list_coupons"])),
        "a promotion code": code,
        "promotion codes": done(shop.get(RESOURCE["list_promotion_codes"])),
        "a shipping rate": rate,
        "shipping rates": done(shop.get(RESOURCE["list_shipping_rates"])),
        "a tax rate": done(
            shop.post(RESOURCE["create_tax_rate"], display_name="VAT", inclusive=True, percentage=19, country="DE")
        ),
        "tax rates": done(shop.get(RESOURCE["list_tax_rates"])),
        "a deleted coupon": done(shop.ask(RESOURCE["delete_coupon"], coupon["id"])),
        "a code of a deleted coupon": done(
            shop.get(RESOURCE["get_promotion_code"], code["id"], expand=["promotion.coupon"])
        ),
    }


def checkout_sessions() -> Answers:
    """Return Checkout sessions of each status, with all that can be expanded, and their line items."""
    shop = StripeMerchant()
    coupon = done(shop.post(RESOURCE["create_coupon"], percent_off=25))["id"]
    cost = {"amount": 5_00, "currency": "usd"}
    paid = opened_session(
        customer=customer(shop)["id"],
        discounts=[{"coupon": coupon}],
        shipping_address_collection={"allowed_countries": ["DE"]},
        shipping_options=[{"shipping_rate_data": {"display_name": "Post", "fixed_amount": cost}}],
        custom_fields=[{"key": "color", "type": "text", "label": {"custom": "Color", "type": "custom"}}],
        consent_collection={"terms_of_service": "required"},
        tax_id_collection={"enabled": True},
        payment_intent_data={"setup_future_usage": "off_session"},
        metadata={"order": "6735"},
    )
    assert pay_session(paid["url"]).status == 303
    saved_in = saving_session()
    assert pay_session(saved_in["url"]).status == 303
    parts = ["customer", "line_items", "payment_intent.latest_charge", "shipping_cost.shipping_rate"]
    return {
        "an open session": opened_session(ui_mode="elements", success_url=None, return_url="https://shop.example/"),
        "a paid session": done(shop.get(RESOURCE["get_checkout_session"], paid["id"])),
        "a paid session with its parts": done(shop.get(RESOURCE["get_checkout_session"], paid["id"], expand=parts)),
        "a session that saved a card": done(
            shop.get(RESOURCE["get_checkout_session"], saved_in["id"], expand=["setup_intent"])
        ),
        "an expired session": done(expire_session(opened_session()["id"])),
        "sessions": done(shop.get(RESOURCE["list_checkout_sessions"])),
        "line items of a session": done(shop.get(RESOURCE["list_checkout_line_items"], paid["id"])),
    }


def billing() -> Answers:
    """Return subscriptions and invoices, and what they consist of."""
    shop = StripeMerchant()
    period = {"interval": "month"}
    product = done(shop.post(RESOURCE["create_product"], name="Gold"))["id"]
    price = done(
        shop.post(RESOURCE["create_price"], currency="usd", unit_amount=5_00, product=product, recurring=period)
    )["id"]
    paying = {"payment_method": VISA, "invoice_settings": {"default_payment_method": VISA}}
    ada = customer(shop, **paying)["id"]
    created = done(
        shop.post(RESOURCE["create_subscription"], customer=ada, items=[{"price": price}], expand=["latest_invoice"])
    )
    waiting = done(
        shop.post(
            RESOURCE["create_subscription"],
            customer=ada,
            items=[{"price": price}],
            payment_behavior="default_incomplete",
            expand=["latest_invoice.confirmation_secret", "latest_invoice.payments"],
        )
    )
    item = done(shop.post(RESOURCE["create_invoiceitem"], customer=ada, amount=1_00, currency="usd"))
    draft = done(shop.post(RESOURCE["create_invoice"], customer=ada, pending_invoice_items_behavior="include"))
    return {
        "a subscription": created,
        "a subscription that waits for its payer": waiting,
        "a customer with subscriptions": done(
            shop.get(RESOURCE["get_stripe_customer"], ada, expand=["subscriptions.data.items.data.price.product"])
        ),
        "a trial": done(
            shop.post(RESOURCE["create_subscription"], customer=ada, items=[{"price": price}], trial_period_days=7)
        ),
        "subscriptions": done(shop.get(RESOURCE["list_subscriptions"])),
        "a subscription's items": done(shop.get(RESOURCE["list_subscription_items"], subscription=created["id"])),
        "an invoice item": item,
        "a draft": draft,
        "an open invoice": done(shop.post(RESOURCE["finalize_invoice"], draft["id"])),
        "a void invoice": done(shop.post(RESOURCE["void_invoice"], draft["id"])),
        "invoices": done(shop.get(RESOURCE["list_invoices"])),
        "an invoice's lines": done(shop.get(RESOURCE["list_invoice_lines"], draft["id"])),
        "payments of invoices": done(shop.get(RESOURCE["list_invoice_payments"])),
        "a canceled subscription": done(shop.ask(RESOURCE["cancel_subscription"], waiting["id"])),
    }


def objects() -> Answers:
    """Return the other objects, and each list."""
    shop = StripeMerchant()
    lives()
    endpoint = done(shop.endpoint(description="Hooks", metadata={"a": "b"}))
    told()
    lists = {
        route.name: done(shop.get(route, limit=100))
        for route in (
            LIST_CHARGES,
            LIST_PAYMENT_INTENTS,
            LIST_REFUNDS,
            LIST_STRIPE_DISPUTES,
            LIST_STRIPE_EVENTS,
            LIST_WEBHOOK_ENDPOINTS,
        )
    }
    event = lists[LIST_STRIPE_EVENTS.name]["data"][0]["id"]
    return {
        **lists,
        **{f"event {number}": body for number, body in enumerate(lists[LIST_STRIPE_EVENTS.name]["data"])},
        **{
            kind: render_object_event(event, STRIPE_VERSION)
            for kind, event in OBJECT_EVENTS.items()
            if not kind.startswith(PREVIEWED)
        },
        "an event": done(shop.get(GET_STRIPE_EVENT, event)),
        "a card made by itself": shop.card(metadata={"a": "b"}),
        "the account": done(shop.get(GET_ACCOUNT)),
        "a new endpoint": endpoint,
        "an endpoint": done(shop.get(GET_WEBHOOK_ENDPOINT, endpoint["id"])),
        "a product": done(shop.post(RESOURCE["create_product"], name="Gold", marketing_features=[{"name": "fast"}])),
        "products": done(shop.get(RESOURCE["list_products"])),
        "a price": done(
            shop.post(
                RESOURCE["create_price"],
                currency="usd",
                unit_amount_decimal="0.5",
                recurring={"interval": "month"},
                product_data={"name": "Gold"},
                expand=["product"],
            )
        ),
        **setup_intents(),
        "setup intents": done(shop.get(RESOURCE["list_setup_intents"])),
        "a customer": customer(shop, shipping={"name": "Jenny Rosen", "address": {"line1": "510 Townsend St"}}),
        **sources(),
        **source_objects(shop),
        **customer_sessions(shop),
        **tax_ids(),
        **accounts(),
        **transfers(),
        **shared_charges(),
        **discounts(),
        **checkout_sessions(),
        **billing(),
        "customers": done(shop.get(RESOURCE["list_stripe_customers"])),
        "a deleted customer": done(shop.ask(RESOURCE["delete_stripe_customer"], customer(shop)["id"])),
        "a deleted endpoint": done(shop.post(DELETE_WEBHOOK_ENDPOINT, endpoint["id"])),
    }


@pytest.mark.full
def test_every_answer_is_of_the_types_of_stripe_node() -> None:
    answers = {**objects(), **lives()}
    kinds = {type_of(answer).rpartition(".")[2].rstrip(">") for answer in answers.values()}
    assert kinds >= {kind.rpartition(".")[2] for kind in TYPES.values()}
    assert type_faults(answers) == []


@pytest.mark.full
@pytest.mark.parametrize(
    "field, value, fault",
    [
        ("payment_record", ..., "Property 'payment_record' is missing"),
        ("amount", "1000", "Type 'string' is not assignable to type 'number'"),
        ("descripton", None, "does not exist in type 'PaymentIntent'"),
    ],
)
def test_a_planted_fault_is_reported(field: str, value: Any, fault: str) -> None:
    body = done(StripeMerchant().create()) | {field: value}
    planted = {name: entry for name, entry in body.items() if entry is not ...}
    (told_of,) = type_faults({"an intent": planted})
    assert told_of.startswith("an intent: ")
    assert fault in told_of
