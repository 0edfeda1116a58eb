"""What all answers have in common: the order of keys, the first request's ID, the intent in a refusal by its status."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.http.dispatch import load_handler
from paysandbox.http.route import Route
from paysandbox.stripe_api.resources.examples import EXAMPLES
from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    CANCEL_PAYMENT_INTENT,
    CANCEL_REFUND,
    CAPTURE_CHARGE,
    CAPTURE_PAYMENT_INTENT,
    CLOSE_STRIPE_DISPUTE,
    CONFIRM_PAYMENT_INTENT,
    CONFIRM_SETUP_INTENT,
    CREATE_CHARGE,
    CREATE_CHARGE_REFUND,
    CREATE_CONFIRMATION_TOKEN_OF_PAGE,
    CREATE_CUSTOMER_CARD,
    CREATE_CUSTOMER_SOURCE,
    CREATE_OAUTH_TOKEN,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    CREATE_REFUND,
    CREATE_SOURCE,
    CREATE_TOKEN,
    CREATE_WEBHOOK_ENDPOINT,
    DEAUTHORIZE_ACCOUNT,
    DETACH_PAYMENT_METHOD,
    EXPIRE_REFUND,
    INCREMENT_AUTHORIZATION,
    LIST_PAYMENT_METHODS,
    REFUND_CHARGE,
    REMOVE_SAVED_METHOD,
    ROUTES,
    UPDATE_CHARGE,
    UPDATE_CUSTOMER_SOURCE,
    UPDATE_PAYMENT_INTENT,
    UPDATE_PAYMENT_METHOD,
    UPDATE_REFUND,
    UPDATE_SOURCE,
    UPDATE_STRIPE_DISPUTE,
)
from tests.stripe_api.billing.scenarios import BILLING_SCENARIOS, parts_of
from tests.stripe_api.handlers.disputes.stripe_disputes import disputed
from tests.stripe_api.handlers.elements.customer_sessions import card_of as shown_again, session
from tests.stripe_api.handlers.oauth.authorized import code
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.call import Context
from tests.support.clients.saved_cards import customer
from tests.support.clients.stripe_call import OF_MOBILE_SDK, stripe_event
from tests.support.clients.stripe_merchant import TYPED, UNEXPECTED_STATE, URL, VISA, StripeMerchant, done, wrong
from tests.support.clients.transfers import charge_of, connected, fee_returned, funded, paid_to, sent, taken_back

BODY = {"amount": 10_00, "currency": "usd"}
PAID = {**BODY, "payment_method": VISA, "confirm": True}
OPEN = "requires_payment_method, requires_confirmation, requires_action"


@pytest.fixture
def shop() -> StripeMerchant:
    return StripeMerchant()


# --- text -------------------------------------------------------------------------------------------------------------


def test_an_answer_begins_with_its_id_and_is_indented(shop: StripeMerchant) -> None:
    """A script that takes the first `pi_…` of a text takes the ID, not the client secret."""
    text = shop.create(key="k").text
    assert text.startswith('{\n  "id": "pi_')
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    names = [line[3:].partition('"')[0] for line in text.splitlines() if line.startswith('  "')]
    assert names == ["id", "object", *sorted({*names} - {"id", "object"})]
    assert shop.create(key="k").text == text


# --- the first request under a key ------------------------------------------------------------------------------------


OF_CHECKOUT = ("/coupons", "/promotion_codes", "/shipping_rates", "/checkout")
GROUND: dict[str, Any] = {"display_name": "Ground", "fixed_amount": {"amount": 5, "currency": "usd"}}
SALE: dict[str, Any] = {
    "mode": "payment",
    "success_url": "https://shop.example",
    "line_items": [
        {"price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Hat"}}, "quantity": 1}
    ],
}
UNDER_A_KEY = [
    (CREATE_PAYMENT_INTENT, PAID),
    (UPDATE_PAYMENT_INTENT, {"description": "x"}),
    (CAPTURE_PAYMENT_INTENT, {}),
    (INCREMENT_AUTHORIZATION, {"amount": 15_00}),
    (CANCEL_PAYMENT_INTENT, {}),
    (CREATE_PAYMENT_METHOD, {"type": "card", "card": TYPED}),
    (ATTACH_PAYMENT_METHOD, {}),
    (UPDATE_PAYMENT_METHOD, {"metadata": {"a": "b"}}),
    (DETACH_PAYMENT_METHOD, {}),
    (REMOVE_SAVED_METHOD, {"customer_session_client_secret": "{secret}"}),
    (CREATE_TOKEN, {"card": TYPED}),
    (CREATE_SOURCE, {"type": "card", "card": TYPED}),
    (UPDATE_SOURCE, {"metadata": {"a": "b"}}),
    (RESOURCE["create_confirmation_token"], {"payment_method": VISA}),
    (CREATE_CONFIRMATION_TOKEN_OF_PAGE, {"payment_method_data": {"type": "card", "card": TYPED}}),
    (
        RESOURCE["create_granted_token"],
        {"payment_method": VISA, "usage_limits": {"currency": "usd", "max_amount": 10_00}},
    ),
    (RESOURCE["revoke_granted_token"], {}),
    (CREATE_CUSTOMER_CARD, {"source": TYPED | {"object": "card"}}),
    (CREATE_CUSTOMER_SOURCE, {"source": "tok_visa"}),
    (RESOURCE["create_customer_tax_id"], {"type": "eu_vat", "value": "DE123456789"}),
    (UPDATE_CUSTOMER_SOURCE, {"name": "Jenny Rosen"}),
    (CREATE_CHARGE, {"amount": 10_00, "currency": "usd", "source": "tok_visa"}),
    (CAPTURE_CHARGE, {}),
    (CREATE_REFUND, {"payment_intent": "{paid}", "amount": 1_00}),
    (CREATE_CHARGE_REFUND, {"amount": 1_00}),
    (REFUND_CHARGE, {"amount": 1_00}),
    (UPDATE_CHARGE, {"description": "x"}),
    (UPDATE_REFUND, {"metadata": {"a": "b"}}),
    (UPDATE_STRIPE_DISPUTE, {"evidence": {"customer_name": "Rosa"}}),
    (CLOSE_STRIPE_DISPUTE, {}),
    (RESOURCE["create_setup_intent"], {"confirm": True, "payment_method": VISA}),
    (RESOURCE["update_setup_intent"], {"description": "x"}),
    (CONFIRM_SETUP_INTENT, {"payment_method": VISA}),
    (RESOURCE["cancel_setup_intent"], {}),
    (CREATE_WEBHOOK_ENDPOINT, {"url": URL, "enabled_events": ["*"]}),
    (RESOURCE["create_customer_session"], {"customer": "{customer}", "components": {"buy_button": {"enabled": True}}}),
    (RESOURCE["create_ephemeral_key"], {"customer": "{customer}"}),
    (RESOURCE["create_transfer"], {"amount": 10_00, "currency": "usd", "destination": "{account}"}),
    (RESOURCE["update_transfer"], {"description": "May"}),
    (RESOURCE["create_transfer_reversal"], {}),
    (RESOURCE["update_transfer_reversal"], {"metadata": {"a": "b"}}),
    (RESOURCE["create_fee_refund"], {}),
    (RESOURCE["update_fee_refund"], {"metadata": {"a": "b"}}),
    (RESOURCE["create_payout"], {"amount": 10_00, "currency": "usd"}),
    (RESOURCE["update_payout"], {"metadata": {"a": "b"}}),
    (RESOURCE["cancel_payout"], {}),
    (RESOURCE["create_coupon"], {"percent_off": 25}),
    (RESOURCE["update_coupon"], {"name": "Summer"}),
    (RESOURCE["create_promotion_code"], {"promotion": {"type": "coupon", "coupon": "SUMMER"}}),
    (RESOURCE["update_promotion_code"], {"active": False}),
    (RESOURCE["create_shipping_rate"], GROUND),
    (RESOURCE["create_checkout_session"], SALE),
    (RESOURCE["update_checkout_session"], {"metadata": {"a": "b"}}),
    (RESOURCE["expire_checkout_session"], {}),
    (RESOURCE["update_shipping_rate"], {"active": False}),
    *((RESOURCE[f"create_{name}"], example.created) for name, example in EXAMPLES.items()),
    *((RESOURCE[f"update_{name}"], example.updated) for name, example in EXAMPLES.items()),
    (RESOURCE["create_product"], {"name": "Gold"}),
    (RESOURCE["update_product"], {"name": "Silver"}),
    (RESOURCE["create_price"], {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Gold"}}),
    (RESOURCE["update_price"], {"nickname": "Silver"}),
    (RESOURCE["create_stripe_customer"], {"email": "jenny@example.com"}),
    (RESOURCE["update_stripe_customer"], {"name": "Jenny Rosen"}),
    (RESOURCE["create_account"], {"type": "express"}),
    (RESOURCE["update_account"], {"email": "jenny@example.com"}),
    (RESOURCE["create_external_account"], {"external_account": "btok_us_verified"}),
    (RESOURCE["update_external_account"], {"metadata": {"a": "b"}}),
    (RESOURCE["update_capability"], {"requested": True}),
    (RESOURCE["create_login_link"], {}),
    (RESOURCE["reject_account"], {"reason": "fraud_other"}),
    (RESOURCE["create_payment_method_domain"], {"domain_name": "shop.example"}),
    (RESOURCE["update_payment_method_domain"], {"enabled": False}),
    (RESOURCE["validate_payment_method_domain"], {}),
    (RESOURCE["create_apple_pay_domain"], {"domain_name": "shop.example"}),
    (CREATE_OAUTH_TOKEN, {"grant_type": "authorization_code", "code": "{code}"}),
    (DEAUTHORIZE_ACCOUNT, {"stripe_user_id": "{account}"}),
    (
        RESOURCE["create_account_link"],
        {"account": "{account}", "type": "account_onboarding", "return_url": "https://shop.example"},
    ),
    # Refused, and the refusal is stored: a second confirmation, and a refund that succeeded.
    (CONFIRM_PAYMENT_INTENT, {}),
    (CANCEL_REFUND, {}),
    (EXPIRE_REFUND, {}),
]


def card_of(shop: StripeMerchant, route: Route) -> str | None:
    """Create a setup intent, a domain, a source or an account, if a route names one."""
    if route.path.startswith("/accounts"):
        return done(shop.post(RESOURCE["create_account"], type="express"))["id"]
    if route.path.startswith("/setup_intents"):
        return done(shop.post(RESOURCE["create_setup_intent"]))["id"]
    if route.path.startswith("/payment_method_domains/"):
        return done(shop.post(RESOURCE["create_payment_method_domain"], domain_name="shop.example"))["id"]
    return done(shop.post(CREATE_SOURCE, type="card", card=TYPED))["id"] if route is UPDATE_SOURCE else None


def of_customer_session(shop: StripeMerchant, route: Route) -> dict[str, str]:
    """Create a customer session whose page may remove a card, if a route is for one."""
    if route is not REMOVE_SAVED_METHOD:
        return {}
    jenny = customer(shop)
    secret = session(jenny, payment_method_redisplay="enabled", payment_method_remove="enabled")
    return {"{id}": shown_again(jenny), "{secret}": secret}


def held_by_account(shop: StripeMerchant, route: Route) -> tuple[str, str] | None:
    """Create an account with a capability and an external account, if a route names one of them."""
    if route not in (RESOURCE["update_capability"], RESOURCE["update_external_account"]):
        return None
    account = done(shop.post(RESOURCE["create_account"], external_account="btok_us_verified"))
    bank = account["external_accounts"]["data"][0]["id"]
    return account["id"], "transfers" if route is RESOURCE["update_capability"] else bank


def of_account_link(shop: StripeMerchant, route: Route) -> dict[str, str]:
    """Create an account that waits for its onboarding, if a route names one, or what one of OAuth names."""
    if route.path.startswith("/oauth/"):
        return {"{account}": done(shop.post(RESOURCE["create_account"]))["id"], "{code}": code()}
    if route != RESOURCE["create_account_link"]:
        return {}
    return {"{account}": done(shop.post(RESOURCE["create_account"], metadata={"sandbox_outcome": "onboarding"}))["id"]}


def of_checkout(shop: StripeMerchant, route: Route) -> str:
    """Create a coupon for a promotion code that is created, or what an update of such an object names."""
    coupon = done(shop.post(RESOURCE["create_coupon"], id="SUMMER", percent_off=25))["id"]
    if route.path == "/promotion_codes/{id}":
        promotion = {"type": "coupon", "coupon": coupon}
        return done(shop.post(RESOURCE["create_promotion_code"], promotion=promotion))["id"]
    if route.path.startswith("/checkout/sessions/{id}"):
        return done(shop.post(RESOURCE["create_checkout_session"], **SALE))["id"]
    if route.path == "/shipping_rates/{id}":
        return done(shop.post(RESOURCE["create_shipping_rate"], **GROUND))["id"]
    return coupon


def of_funds(route: Route) -> dict[str, Any]:
    """Create what a route that moves funds names, if it does: an account, a transfer, its reversal, a payout, a fee."""
    if route.path.startswith("/application_fees"):
        fee = charge_of(paid_to(connected()))["application_fee"]
        refund = fee_returned(fee, amount=1_00)["id"]
        return {"/application_fees/{id}/refunds/{refund}": (fee, refund), "/application_fees/{id}": fee}
    if not route.path.startswith(("/payouts", "/transfers")):
        return {}
    funded(100_00)
    if route.path.startswith("/payouts"):
        return {
            "/payouts/{id}": done(StripeMerchant().post(RESOURCE["create_payout"], amount=10_00, currency="usd"))["id"]
        }
    account = connected()
    transfer = sent(account)["id"]
    reversal = {"{reversal}": (transfer, taken_back(transfer)["id"])} if "{reversal}" in route.path else {}
    return {**reversal, "/transfers/{id}": transfer, "{account}": account}


def of_example(shop: StripeMerchant, route: Route) -> dict[str, Any]:
    """Create the object of an example, if it is what a route names."""
    kind = route.shows
    if kind is None or kind not in EXAMPLES:
        return {}
    return {"{id}": done(shop.post(RESOURCE[f"create_{kind}"], **EXAMPLES[kind].created))["id"]}


@pytest.mark.parametrize("route, params", UNDER_A_KEY, ids=lambda value: getattr(value, "name", ""))
def test_every_answer_under_a_key_names_the_first_request(
    shop: StripeMerchant, route: Route, params: dict[str, Any]
) -> None:
    """WooCommerce compares it with Request-Id to tell a replay."""
    paid = shop.paid()
    refund = done(shop.refund(paid["id"], amount=1_00))["id"]
    named: dict[str, Any] = {
        **of_funds(route),
        **of_account_link(shop, route),
        "{intent}": shop.incremental()["id"],
        "{charge}": paid["latest_charge"],
        "{refund}": refund,
    }
    if "{id}" in route.path:
        body = {"name": "Gold", "default_price_data": {"currency": "usd", "unit_amount": 5_00}}
        made = done(shop.post(RESOURCE["create_product"], **body))
        named["{id}"] = made["default_price"] if "prices" in route.path else made["id"]
        if "customers" in route.path:
            named["{id}"] = done(shop.post(RESOURCE["create_stripe_customer"]))["id"]
        if "payment_methods" in route.path:
            jenny = done(shop.post(RESOURCE["create_stripe_customer"], payment_method=VISA))["id"]
            params = params if route is not ATTACH_PAYMENT_METHOD else {"customer": jenny}
            attached = done(shop.get(LIST_PAYMENT_METHODS, customer=jenny))["data"][0]["id"]
            named["{id}"] = VISA if route is ATTACH_PAYMENT_METHOD else attached
        if route is RESOURCE["revoke_granted_token"]:
            limits = {"currency": "usd", "max_amount": 10_00}
            named["{id}"] = done(shop.post(RESOURCE["create_granted_token"], payment_method=VISA, usage_limits=limits))[
                "id"
            ]
        named["{id}"] = card_of(shop, route) or named["{id}"]
    named |= of_customer_session(shop, route) | of_example(shop, route)
    if route.path.startswith(OF_CHECKOUT):
        named["{id}"] = of_checkout(shop, route)
    if route is CAPTURE_CHARGE:
        held = {"amount": 10_00, "currency": "usd", "source": "tok_visa", "capture": "false"}
        named["{charge}"] = done(shop.post(CREATE_CHARGE, **held))["id"]
    if "{dispute}" in route.path:
        named["{dispute}"] = disputed()["id"]
    if route is UPDATE_CUSTOMER_SOURCE:
        card = done(shop.post(CREATE_CUSTOMER_SOURCE, named["{id}"], source="tok_visa"))["id"]
        named = {route.path.partition("customers/")[2]: (named["{id}"], card)}
    of = held_by_account(shop, route) or next((one for part, one in named.items() if part in route.path), None)
    if "customer" in params:
        named["{customer}"] = done(shop.post(RESOURCE["create_stripe_customer"]))["id"]
    named["{paid}"] = paid["id"]
    sent = {name: named.get(value, value) if isinstance(value, str) else value for name, value in params.items()}
    headers = OF_MOBILE_SDK if route is RESOURCE["create_ephemeral_key"] else {}
    _check_replay(shop, route, of, sent, headers)


OF_BILLING = [*dict.fromkeys(each.route for each in BILLING_SCENARIOS if each.route.idempotency)]


@pytest.mark.parametrize("route", OF_BILLING, ids=lambda route: route.name)
def test_every_answer_of_billing_under_a_key_names_the_first_request(shop: StripeMerchant, route: Route) -> None:
    parts = parts_of(route)
    _check_replay(shop, route, parts["of"], parts["params"], {})


def _check_replay(shop: StripeMerchant, route: Route, of: Any, sent: dict[str, Any], headers: dict[str, str]) -> None:
    first, again = (shop.ask(route, of, sent, key="k", request_id=f"request-{n}", headers=headers) for n in (1, 2))
    assert first.headers["Original-Request"] == first.headers["Request-Id"] == "req_request1"
    assert (again.headers["Original-Request"], again.headers["Request-Id"]) == ("req_request1", "req_request2")
    assert again.replayed
    assert again.text == first.text


def test_every_route_that_takes_a_key_is_among_them() -> None:
    assert {*OF_BILLING, *(route for route, _ in UNDER_A_KEY)} == {route for route in ROUTES if route.idempotency}


def test_without_a_key_there_is_no_first_request(shop: StripeMerchant) -> None:
    assert "Original-Request" not in shop.create().headers


# --- refusals that no shape makes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params, message",
    [
        ({"payment_method": "pm_nobodys"}, "No such PaymentMethod: 'pm_nobodys'"),
        ({"payment_method_data": {"type": "card", "card": {"token": "tok_nobody"}}}, "No such token: 'tok_nobody'"),
        (
            {"payment_method_data": {"type": "card", "card": {"exp_month": 1}}},
            "Missing required param: payment_method_data[card][number].",
        ),
        (
            {"payment_method_data": {"type": "card", "card": {"number": "4242424242424242"}}},
            "Missing required param: payment_method_data[card][exp_month].",
        ),
    ],
)
def test_an_error_about_a_card_names_the_parameter(shop: StripeMerchant, params: dict[str, Any], message: str) -> None:
    assert shop.create(**params).error["message"] == message


# --- refusals by the status of an intent ------------------------------------------------------------------------------

CANCEL = (
    "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the "
    "following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, "
    "requires_action, processing."
)
CAPTURE = (
    "This PaymentIntent could not be captured because it has a status of {}. Only a PaymentIntent with one of the "
    "following statuses may be captured: requires_capture."
)
CAPTURED = "This PaymentIntent could not be captured because it has already been captured."
CONFIRM = (
    "You cannot confirm this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of the "
    f"following statuses may be confirmed: {OPEN}."
)
CONFIRMED = "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed."
NO_METHOD = (
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
    "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method."
)
UPDATE = (
    "This PaymentIntent's amount could not be updated because it has a status of {}. You may only update the amount of "
    f"a PaymentIntent with one of the following statuses: {OPEN}."
)


def canceled(shop: StripeMerchant) -> dict[str, Any]:
    return done(shop.cancel(shop.held()["id"]))


@pytest.mark.parametrize(
    "of, route, params, message",
    [
        (StripeMerchant.paid, CANCEL_PAYMENT_INTENT, {}, CANCEL.format("succeeded")),
        (canceled, CANCEL_PAYMENT_INTENT, {}, CANCEL.format("canceled")),
        (StripeMerchant.paid, CAPTURE_PAYMENT_INTENT, {}, CAPTURED),
        (StripeMerchant.opened, CAPTURE_PAYMENT_INTENT, {}, CAPTURE.format("requires_confirmation")),
        (canceled, CAPTURE_PAYMENT_INTENT, {}, CAPTURE.format("canceled")),
        (StripeMerchant.paid, CONFIRM_PAYMENT_INTENT, {}, CONFIRMED),
        (canceled, CONFIRM_PAYMENT_INTENT, {}, CONFIRM.format("canceled")),
        (lambda shop: done(shop.create()), CONFIRM_PAYMENT_INTENT, {}, NO_METHOD),
        (StripeMerchant.paid, UPDATE_PAYMENT_INTENT, {"amount": 5_00}, UPDATE.format("succeeded")),
    ],
)
def test_a_refusal_by_the_status_has_stripes_words_and_the_intent(
    shop: StripeMerchant,
    of: Callable[[StripeMerchant], dict[str, Any]],
    route: Route,
    params: dict[str, Any],
    message: str,
) -> None:
    intent = of(shop)
    reply = shop.ask(route, intent["id"], params)
    assert wrong(reply)[:3] == (400, "invalid_request_error", UNEXPECTED_STATE)
    assert reply.error["message"] == message
    assert reply.error["payment_intent"] == shop.shown(intent["id"])


def test_a_refund_of_an_uncaptured_payment_is_refused_with_the_reason(shop: StripeMerchant) -> None:
    intent = shop.held()
    reply = shop.refund(intent["id"])
    assert wrong(reply)[:3] == (400, "invalid_request_error", UNEXPECTED_STATE)
    assert reply.error["message"] == f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
    assert reply.error["payment_intent"] == shop.shown(intent["id"])


def test_a_replayed_refusal_has_the_intent_of_that_time(shop: StripeMerchant) -> None:
    """Whatever became of it since: a replay is the first answer, byte for byte."""
    intent = shop.opened()["id"]
    early = shop.capture(intent, key="early")
    done(shop.confirm(intent))
    again = shop.capture(intent, key="early")
    assert early.error["payment_intent"]["status"] == "requires_confirmation"
    assert again.replayed
    assert again.text == early.text


def test_a_publishable_key_sees_as_little_of_the_intent_as_elsewhere(shop: StripeMerchant) -> None:
    intent = shop.paid(metadata={"order": "7"})
    page = StripeMerchant(kind="publishable")
    error = page.confirm(intent["id"], client_secret=intent["client_secret"]).error
    assert error["code"] == UNEXPECTED_STATE
    assert error["payment_intent"] == page.shown(intent["id"], client_secret=intent["client_secret"])
    assert "metadata" not in error["payment_intent"]


def test_a_refusal_before_there_is_an_intent_has_none(shop: StripeMerchant) -> None:
    assert "payment_intent" not in shop.create(confirm=True).error


# --- what may redirect the payer --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "methods, return_url, status",
    [
        ({"enabled": True}, None, 400),
        ({"enabled": True, "allow_redirects": "always"}, None, 400),
        ({"enabled": True, "allow_redirects": "always"}, "", 400),
        ({"enabled": True}, "https://shop.example/back", 200),
        ({"enabled": True, "allow_redirects": "never"}, None, 200),
        ({"enabled": False}, None, 200),
    ],
)
def test_methods_that_redirect_need_an_address_to_return_to(
    shop: StripeMerchant, methods: dict[str, Any], return_url: str | None, status: int
) -> None:
    """As at Stripe, or a test that passes here would fail there."""
    back = {} if return_url is None else {"return_url": return_url}
    reply = shop.create(automatic_payment_methods=methods, payment_method=VISA, confirm=True, **back)
    assert reply.status == status
    if status == 400:
        assert reply.error["message"].startswith(
            "This PaymentIntent is configured to accept payment methods enabled in"
        )
        assert reply.error["param"] == "return_url"
        opened = shop.opened(automatic_payment_methods=methods)["id"]
        assert shop.confirm(opened, key="k").error["param"] == "return_url"
        for _ in range(2):  # the key was not used up, and a replay is none of a succeeded intent
            assert shop.confirm(opened, key="k", return_url="https://shop.example/back").status == 200


# --- requests ---------------------------------------------------------------------------------------------------------


def test_the_url_of_a_post_has_parameters_too() -> None:
    """Stripe reads both, so none may be ignored for being in the URL. They are part of what a key is bound to."""
    sent = stripe_event(CREATE_PAYMENT_INTENT, {"amount": 10_00}, key="k")
    query = {"currency": "usd", "confirm": "true", "payment_method": VISA}
    paid = sent | {"multiValueQueryStringParameters": {name: [value] for name, value in query.items()}}
    other = sent | {"multiValueQueryStringParameters": {"currency": ["usd"]}}
    first, second, without = (
        json.loads(load_handler(CREATE_PAYMENT_INTENT)(event, Context())["body"]) for event in (paid, other, sent)
    )
    assert (first["status"], first["currency"]) == ("succeeded", "usd")
    assert second["error"]["type"] == "idempotency_error"
    assert without["error"]["message"] == "Missing required param: currency."


def test_the_table_of_stripes_parameters_is_loaded_by_a_refusal_only(
    shop: StripeMerchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tuple(
        f"paysandbox.stripe_api.{name}" for name in ("parameter_errors", "catalog.outline", "catalog.operations")
    )
    for name in large:
        monkeypatch.delitem(sys.modules, name, raising=False)
    shop.paid()
    assert not {*large} & sys.modules.keys()
    assert shop.create(nope="1").error["message"] == "Received unknown parameter: nope"
    assert {*large} <= sys.modules.keys()


LATER = (
    "paysandbox.payments.attempts.rules",
    "paysandbox.payments.attempts.authentication",
    "paysandbox.payments.attempts.challenge_url",
    "paysandbox.payments.bank.plan",
    "paysandbox.payments.plan_rules",
    "paysandbox.payments.simulation.planned_refund",
    "paysandbox.payments.simulation.simulation",
    "paysandbox.stripe_api.objects.fraud_warning",
    "paysandbox.stripe_api.payment_intents.open_attempt",
    "paysandbox.stripe_api.refund_end",
    "paysandbox.stripe_api.objects.three_d_secure",
)
"""What only payments need that wait, that have a plan, or to which something happens later."""


def test_a_payment_without_later_steps_loads_none_of_their_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LATER:
        monkeypatch.delitem(sys.modules, name, raising=False)
    shop = StripeMerchant()
    intent = shop.held()["id"]
    done(shop.capture(intent, amount_to_capture=4_00))
    done(shop.refund(intent))
    done(shop.confirm(shop.opened()["id"]))
    done(shop.cancel(shop.held()["id"]))
    assert not {*LATER} & sys.modules.keys()
    shop.paid(payment_method="pm_card_authenticationRequired")
    assert {
        "paysandbox.payments.attempts.authentication",
        "paysandbox.stripe_api.payment_intents.open_attempt",
    } <= sys.modules.keys()
