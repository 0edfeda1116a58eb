"""Parameters that ask for what happens anyway, those that are stored and shown, and the values that are refused.

Nothing is accepted and ignored: each case sends one parameter and looks for it in the answer, or for its refusal.
"""

from typing import Any

import pytest

from paysandbox.http.route import Route
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.capture import Capture
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.stripe_api.routes import (
    CONFIRM_PAYMENT_INTENT,
    CREATE_CHARGE,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    GET_PAYMENT_METHOD,
    LIST_STRIPE_EVENTS,
    UPDATE_PAYMENT_INTENT,
)
from tests.support.clients.stripe_call import BEFORE_ENDIVE
from tests.support.clients.stripe_merchant import DECLINED, TYPED, VISA, StripeMerchant, done, told, wrong

SNAPSHOT = f"rse_{'0af9' * 6}"
"""As `createRadarSession` of Stripe.js makes them (stripe_js/script/stripe.js)."""
CARD = {"type": "card", "card": TYPED}
WITH_TYPES = StripeMerchant(version=BEFORE_ENDIVE)
INVALID = "invalid_request_error"
STRIPES = " is a Stripe value of "
NOT_ALLOWED = "The PaymentMethod provided (card) is not allowed for this PaymentIntent."
CARD_OPTIONS = {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
SHIPPING = {"name": "Ada", "phone": "555", "address": {"line1": "1 Road", "line2": "", "country": "US"}}
NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
TOO_LONG = {"name": "\U0001f4b6" * 5000, "address": dict.fromkeys(("line1", "line2", "city"), "\U0001f4b6" * 5000)}
SHIPPED = {
    "name": "Ada",
    "phone": "555",
    "carrier": None,
    "tracking_number": None,
    "address": NO_ADDRESS | {"country": "US", "line1": "1 Road"},
}
SHIPPED_TO_BO = SHIPPED | {"name": "Bo", "phone": None, "address": NO_ADDRESS | {"city": "Bern"}}


def update(intent: str, **params: Any) -> Any:
    return StripeMerchant().post(UPDATE_PAYMENT_INTENT, intent, **params)


def of_card(**options: Any) -> Any:
    return {"payment_method_options": {"card": options}}


# --- what happens anyway ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        {"off_session": True},
        {"off_session": "recurring"},
        {"error_on_requires_action": True},
        {"use_stripe_sdk": True},
        {"radar_options": {"session": SNAPSHOT}},
        {"return_url": "https://example.com/back"},
        {"mandate_data": ""},
        {"mandate_data": {"customer_acceptance": {"type": "offline"}}},
        {
            "mandate_data": {
                "customer_acceptance": {
                    "type": "online",
                    "accepted_at": 1_700_000_000,
                    "online": {"ip_address": "203.0.113.7", "user_agent": "Agent"},
                }
            }
        },
        {
            "payment_method_options": {
                "klarna": {"preferred_locale": "en-US"},
                "us_bank_account": {"mandate_options": ""},
            }
        },
        {"payment_method_options": {"wechat_pay": {"client": "web"}, "klarna": ""}},
    ],
    ids=str,
)
def test_how_to_confirm_changes_nothing_where_no_action_is_required(params: dict[str, Any]) -> None:
    assert done(StripeMerchant().create(payment_method=VISA, confirm=True, **params))["status"] == "succeeded"
    opened = StripeMerchant().opened()["id"]
    assert done(StripeMerchant().confirm(opened, **params))["status"] == "succeeded"


@pytest.mark.parametrize(
    "route, params, place",
    [
        (CREATE_PAYMENT_INTENT, {"amount": 10_00, "currency": "usd"}, ""),
        (CREATE_PAYMENT_INTENT, {"amount": 10_00, "currency": "usd"}, "payment_method_data"),
        (CREATE_PAYMENT_METHOD, CARD, ""),
        (CREATE_CHARGE, {"amount": 10_00, "currency": "usd", "source": "tok_visa"}, ""),
    ],
    ids=["intent", "method of an intent", "method", "charge"],
)
def test_a_radar_session_is_checked_and_changes_nothing(route: Route, params: dict[str, Any], place: str) -> None:
    def send(session: str) -> Any:
        options: dict[str, Any] = {"radar_options": {"session": session}}
        sent: dict[str, Any] = {place: CARD | options} if place else options
        return StripeMerchant().post(route, **params, **sent)

    done(send(SNAPSHOT))
    param = f"{place}[radar_options][session]" if place else "radar_options[session]"
    for other in ("pi_1", "rse_", f"{SNAPSHOT}!"):
        assert wrong(send(other)) == (400, INVALID, None, param)


@pytest.mark.parametrize(
    "name, value",
    [
        ("off_session", True),
        ("off_session", "one_off"),
        ("off_session", "recurring"),
        ("error_on_requires_action", True),
        ("return_url", "https://example.com/back"),
        ("mandate_data", {"customer_acceptance": {"type": "offline"}}),
    ],
)
def test_how_to_confirm_is_refused_without_a_confirmation(name: str, value: Any) -> None:
    sent: Any = {name: value}
    refused = StripeMerchant().create(**sent)
    assert wrong(refused) == (400, INVALID, None, name)
    assert refused.error["message"].startswith(f"The parameter {name} cannot be passed when creating a PaymentIntent ")


@pytest.mark.parametrize("value", ["false", "False"])
def test_on_session_needs_no_confirmation(value: str) -> None:
    """trytond-account-payment-stripe sends `off_session=False` with every intent, Omnipay `false` with a purchase."""
    intent = done(StripeMerchant().create(off_session=value, payment_method=VISA))
    assert intent["status"] == "requires_confirmation"
    assert done(StripeMerchant().confirm(intent["id"], off_session=value))["status"] == "succeeded"


def test_a_card_that_is_sent_with_an_intent_says_more_of_itself() -> None:
    """Hyperswitch, WooCommerce and Stripe.js send these."""
    sent: Any = {"type": "card", "card": {"token": "tok_visa"}, "ip": "203.0.113.7", "user_agent": "Agent"}
    shown = done(StripeMerchant().create(payment_method_data=sent | {"allow_redisplay": "always"}))
    method = done(StripeMerchant().get(GET_PAYMENT_METHOD, shown["payment_method"]))
    assert method["allow_redisplay"] == "always"
    opened = StripeMerchant().opened()["id"]
    assert done(StripeMerchant().confirm(opened, payment_method_data=sent))["status"] == "succeeded"
    assert StripeMerchant().card(type="card", card=TYPED, allow_redisplay="limited")["allow_redisplay"] == "limited"


def test_no_fee_and_no_transfer_of_a_refund_are_given_back() -> None:
    intent = StripeMerchant().paid()["id"]
    refund = done(StripeMerchant().refund(intent, refund_application_fee=False, reverse_transfer=False, metadata=""))
    assert (refund["status"], refund["metadata"]) == ("succeeded", {})


# --- stored and shown -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params, shown",
    [
        (
            {},
            {
                "confirmation_method": "automatic",
                "capture_method": "automatic_async",
                "automatic_payment_methods": None,
            },
        ),
        ({"confirmation_method": "automatic"}, {"confirmation_method": "automatic"}),
        ({"confirmation_method": "manual"}, {"confirmation_method": "manual"}),
        ({"capture_method": "automatic_async"}, {"capture_method": "automatic_async"}),
        ({"capture_method": "manual"}, {"capture_method": "manual"}),
        (
            {"automatic_payment_methods": {"enabled": True}},
            {"automatic_payment_methods": {"enabled": True, "allow_redirects": "always"}},
        ),
        (
            {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}},
            {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}},
        ),
        ({"automatic_payment_methods": {"enabled": False}}, {"automatic_payment_methods": None}),
        ({"shipping": SHIPPING}, {"shipping": SHIPPED}),
        ({"transfer_group": "order-7"}, {"transfer_group": "order-7"}),
        ({"setup_future_usage": "off_session"}, {"setup_future_usage": "off_session"}),
        ({"description": "d" * 1000}, {"description": "d" * 1000}),
        ({"payment_method_types": ["card", "link"]}, {"payment_method_types": ["card", "link"]}),
        ({"payment_method_types": ["us_bank_account"]}, {"payment_method_types": ["us_bank_account"]}),
        (
            {"allowed_payment_method_types": ["card", "klarna"]},
            {"payment_method_types": ["card", "klarna"], "allowed_payment_method_types": ["card", "klarna"]},
        ),
        (
            {"payment_method_types": ["card", "klarna"], "excluded_payment_method_types": ["klarna"]},
            {"payment_method_types": ["card"], "excluded_payment_method_types": ["klarna"]},
        ),
        (
            {"payment_method_types": ["us_bank_account"], "statement_descriptor": "TEA"},
            {"statement_descriptor": "TEA"},
        ),
        (of_card(request_three_d_secure="automatic"), {"payment_method_options": {"card": CARD_OPTIONS}}),
        *(
            (of_card(**{name: value}), {"payment_method_options": {"card": CARD_OPTIONS | {name: value}}})
            for name, value in {
                "capture_method": "manual",
                "request_extended_authorization": "if_available",
                "request_incremental_authorization": "never",
                "request_multicapture": "if_available",
                "request_overcapture": "never",
                "setup_future_usage": "on_session",
                "statement_descriptor_suffix_kana": "kana",
                "statement_descriptor_suffix_kanji": "kanji",
            }.items()
        ),
        (
            {
                "payment_method_types": ["card", "link"],
                "payment_method_options": {"link": {"capture_method": "manual"}},
            },
            {
                "payment_method_options": {
                    "card": CARD_OPTIONS,
                    "link": {"persistent_token": None, "capture_method": "manual"},
                }
            },
        ),
    ],
    ids=str,
)
def test_parameters_of_a_new_intent_are_shown(params: dict[str, Any], shown: dict[str, Any]) -> None:
    intent = done(WITH_TYPES.create(**params))
    assert {name: intent[name] for name in shown} == shown
    assert WITH_TYPES.shown(intent["id"]) == intent


@pytest.mark.parametrize(
    "params, changed",
    [
        ({"shipping": {"name": "Bo", "address": {"city": "Bern"}}}, {"shipping": SHIPPED_TO_BO}),
        ({"shipping": ""}, {"shipping": None}),
        ({"setup_future_usage": ""}, {"setup_future_usage": None}),
        ({"setup_future_usage": "on_session"}, {"setup_future_usage": "on_session"}),
        ({"payment_method_types": ["card"]}, {"payment_method_types": ["card"]}),
        ({"excluded_payment_method_types": ["klarna"]}, {"payment_method_types": ["card", "link"]}),
        (
            of_card(setup_future_usage="", statement_descriptor_suffix_kana="b"),
            {
                "payment_method_options": {
                    "card": CARD_OPTIONS | {"statement_descriptor_suffix_kana": "b"},
                    "link": {"persistent_token": None},
                }
            },
        ),
        ({"receipt_email": "a@example.com"}, {"receipt_email": "a@example.com"}),
    ],
    ids=str,
)
@pytest.mark.parametrize("by", ["update", "confirm"])
def test_parameters_changed_by_an_update_or_a_confirmation(
    by: str, params: dict[str, Any], changed: dict[str, Any]
) -> None:
    intent = WITH_TYPES.opened(
        shipping=SHIPPING,
        setup_future_usage="off_session",
        payment_method_types=["card", "klarna", "link"],
        description="Tea",
        **of_card(setup_future_usage="on_session", statement_descriptor_suffix_kana="a"),
    )["id"]
    route = UPDATE_PAYMENT_INTENT if by == "update" else CONFIRM_PAYMENT_INTENT
    after = done(WITH_TYPES.post(route, intent, **params))
    assert {name: after[name] for name in changed} == changed
    assert after["description"] == "Tea"
    assert StripeMerchant().shown(intent) == after


def test_a_charge_shows_the_terms_of_its_confirmation() -> None:
    intent = StripeMerchant().opened(payment_method=DECLINED, transfer_group="g")["id"]
    assert StripeMerchant().confirm(intent, shipping=SHIPPING).status == 402
    declined = StripeMerchant().shown(intent, expand=["latest_charge"])["latest_charge"]
    paid = done(StripeMerchant().confirm(intent, payment_method=VISA, shipping="", expand=["latest_charge"]))

    assert (declined["shipping"], declined["transfer_group"]) == (SHIPPED, "g")
    assert (paid["shipping"], paid["latest_charge"]["shipping"]) == (None, None)
    assert done(StripeMerchant().get(GET_CHARGE, declined["id"])) == declined


def test_a_card_that_is_held_by_its_own_option_can_be_captured() -> None:
    held = StripeMerchant().paid(**of_card(capture_method="manual"))
    assert (held["status"], held["capture_method"]) == ("requires_capture", "automatic_async")
    assert done(StripeMerchant().capture(held["id"]))["status"] == "succeeded"


def test_events_show_the_stored_state() -> None:
    StripeMerchant().paid(shipping=SHIPPING, transfer_group="g", capture_method="automatic_async")
    told()
    objects = [event["data"]["object"] for event in done(StripeMerchant().get(LIST_STRIPE_EVENTS))["data"]]
    assert {one["object"] for one in objects} == {"payment_intent", "charge"}
    assert all((one["shipping"], one["transfer_group"]) == (SHIPPED, "g") for one in objects)


# --- captures that say something --------------------------------------------------------------------------------------


def test_a_capture_merges_metadata_and_is_replayed() -> None:
    intent = StripeMerchant().held(metadata={"a": "1", "b": "2"})["id"]
    said = {"metadata": {"a": "", "c": "3"}, "statement_descriptor_suffix": "TEA", "amount_to_capture": 4_00}
    captured = done(StripeMerchant().capture(intent, key="k", **said, final_capture=False, expand=["latest_charge"]))

    assert (captured["metadata"], captured["amount_received"]) == ({"b": "2", "c": "3"}, 4_00)
    assert captured["statement_descriptor_suffix"] == captured["latest_charge"]["statement_descriptor_suffix"] == "TEA"
    update(intent, metadata="")
    again = StripeMerchant().capture(intent, key="k", **said, final_capture=False, expand=["latest_charge"])
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == captured
    assert done(StripeMerchant().capture(intent, metadata={"d": "4"}))["metadata"] == {"d": "4"}


@pytest.mark.parametrize(
    "suffix, taken",
    [("A1", True), ("7 - b", True), ("", True), ("42", False), ("#1042", False), (" ", False), ("Ä", False)],
)
def test_a_suffix_of_the_statement_has_a_letter(suffix: str, taken: bool) -> None:
    intent, held = StripeMerchant().opened(), StripeMerchant().held()
    said = {"statement_descriptor_suffix": suffix}
    for reply in (
        StripeMerchant().create(**said),
        StripeMerchant().post(UPDATE_PAYMENT_INTENT, intent["id"], **said),
        StripeMerchant().capture(held["id"], **said),
    ):
        if taken:
            assert done(reply)["statement_descriptor_suffix"] == (suffix or None)
        else:
            assert wrong(reply) == (400, INVALID, None, "statement_descriptor_suffix")


def test_an_event_of_a_capture_shows_its_metadata() -> None:
    intent = StripeMerchant().held()["id"]
    StripeMerchant().capture(intent, metadata={"a": "1"})
    told()
    events = {event["type"]: event for event in done(StripeMerchant().get(LIST_STRIPE_EVENTS))["data"]}
    assert events["payment_intent.succeeded"]["data"]["object"]["metadata"] == {"a": "1"}


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"amount_to_capture": 99_00, "metadata": {"a": "1"}}, (400, INVALID, "amount_too_large", "amount_to_capture")),
        ({"metadata": {f"k{n}": "v" for n in range(50)}}, (400, INVALID, None, "metadata")),
        ({"statement_descriptor": "TEA"}, (400, INVALID, None, "statement_descriptor")),
    ],
    ids=str,
)
def test_a_capture_that_is_refused_changes_nothing(params: dict[str, Any], expected: tuple[Any, ...]) -> None:
    held = StripeMerchant().held(metadata={"a": "0"})
    refused = StripeMerchant().capture(held["id"], **params)
    assert wrong(refused)[:3] == expected[:3]
    assert StripeMerchant().shown(held["id"]) == held


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params, param, message",
    [
        (of_card(request_multicapture="never"), "payment_method_options[card][request_multicapture]", "`never` is a"),
        (
            {"payment_method_data": {"type": "link"}},
            "payment_method_data[type]",
            "`link` is a Stripe value",
        ),
        ({"payment_method_types": ["card", "barter"]}, "payment_method_types[1]", "Invalid payment_m"),
        ({"payment_method_types": ["card", "card"]}, "payment_method_types", "a payment method type is repeated"),
        (
            {"payment_method_types": ["card"], "automatic_payment_methods": {"enabled": True}},
            None,
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
        ),
        (
            {"statement_descriptor": "TEA"},
            "statement_descriptor",
            "The statement_descriptor parameter is not supported for the payment_method_type `card`.",
        ),
        (
            {"payment_method_types": ["link", "klarna"], "payment_method": VISA, "confirm": True},
            "payment_method",
            NOT_ALLOWED + " Please attach a PaymentMethod of one of the following types: link, klarna.",
        ),
        (
            {"excluded_payment_method_types": ["card"], "payment_method": VISA, "confirm": True},
            "payment_method",
            NOT_ALLOWED,
        ),
        ({"shipping": {"name": "Ada"}}, "shipping[address]", ""),
        ({"metadata": {f"k{n}": "é" * 500 for n in range(40)}}, "metadata", "Metadata can have at most 32,000 bytes"),
        ({"shipping": TOO_LONG}, None, "The texts of an intent can have at most 64,000 bytes"),
        ({"excluded_payment_method_types": ["link"]}, "excluded_payment_method_types[0]", "Invalid excluded_payme"),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_parameters_that_would_change_the_behavior_are_refused_by_name(
    params: dict[str, Any], param: str | None, message: str
) -> None:
    refused = WITH_TYPES.create(**params)
    assert wrong(refused)[:2] == (400, INVALID)
    assert refused.error.get("param") == param
    assert message in refused.error["message"]


@pytest.mark.parametrize(
    "redirects, back, status",
    [
        ({}, None, 400),
        ({"allow_redirects": "always"}, None, 400),
        ({"allow_redirects": "never"}, None, 200),
        ({}, "https://example.com/back", 200),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_methods_that_may_redirect_need_an_address_to_return_to(
    at_once: bool, redirects: dict[str, str], back: str | None, status: int
) -> None:
    shop, methods = StripeMerchant(), {"enabled": True, **redirects}
    sent: Any = {} if back is None else {"return_url": back}
    if at_once:
        reply = shop.create(payment_method=VISA, confirm=True, automatic_payment_methods=methods, **sent)
    else:
        reply = shop.confirm(shop.opened(automatic_payment_methods=methods)["id"], **sent)
    assert reply.status == status
    assert reply.error.get("param") == (None if status == 200 else "return_url")


@pytest.mark.parametrize("name", ["refund_application_fee", "reverse_transfer"])
def test_refund_parameters_that_are_not_simulated_are_refused(name: str) -> None:
    intent = StripeMerchant().paid()["id"]
    sent: Any = {name: True}
    assert wrong(StripeMerchant().refund(intent, **sent)) == (400, INVALID, None, name)


def test_a_payment_method_of_another_type_is_not_made() -> None:
    with pytest.raises(AssertionError, match="does not simulate yet"):
        StripeMerchant().card(type="sepa_debit", card=TYPED)


def test_a_transfer_group_is_set_once() -> None:
    intent = StripeMerchant().opened()["id"]
    assert done(update(intent, transfer_group="a"))["transfer_group"] == "a"
    assert done(update(intent, transfer_group="a"))["transfer_group"] == "a"
    assert wrong(update(intent, transfer_group="b")) == (400, INVALID, None, "transfer_group")


def test_an_intent_that_is_confirmed_manually_needs_the_secret_key() -> None:
    intent = StripeMerchant().opened(confirmation_method="manual")
    page = StripeMerchant(kind="publishable")
    assert page.confirm(intent["id"], client_secret=intent["client_secret"]).status == 400  # test_published_texts.py
    assert page.get(GET_PAYMENT_INTENT, intent["id"], client_secret=intent["client_secret"]).status == 200
    assert done(StripeMerchant().confirm(intent["id"]))["status"] == "succeeded"


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_metadata_is_as_large_as_at_stripe() -> None:
    largest = {f"{n:02}".ljust(40, "k"): "v" * 500 for n in range(50)}
    intent = StripeMerchant().held(metadata=largest, description="d" * 1000)
    assert intent["metadata"] == largest
    assert done(update(intent["id"], metadata={next(iter(largest)): "w"}))["metadata"] != largest
    assert done(StripeMerchant().capture(intent["id"]))["status"] == "succeeded"


def test_a_capture_beyond_all_texts_of_an_intent_is_refused() -> None:
    largest = {f"{n:02}".ljust(40, "k"): "v" * 500 for n in range(50)}
    intent = StripeMerchant().held(metadata=largest)["id"]
    assert update(intent, metadata={"00".ljust(40, "k"): "w"}).status == 200
    refused = StripeMerchant().capture(intent, metadata={"00".ljust(40, "k"): "x"})
    assert wrong(refused)[:2] == (400, INVALID)
    assert "64,000 bytes in total" in refused.error["message"]
    assert done(StripeMerchant().capture(intent))["status"] == "succeeded"


def test_only_given_fields_are_stored(ledger: Any) -> None:
    """An intent as it was always stored has no attribute for what can be said of it now."""
    intent = StripeMerchant().paid(description="Tea", automatic_payment_methods={"enabled": False})["id"]
    stored = get_payment(ledger, intent.replace("pi_", "auth_"))
    assert stored is not None
    opening, attempt, capture = stored.operations
    assert isinstance(opening, IntentCreated)
    assert isinstance(attempt, Authorization)
    assert isinstance(capture, Capture)
    assert opening.terms.texts() == {"description": "Tea", "capture_method": "automatic_async"}
    assert (attempt.terms, capture.terms) == (None, None)
