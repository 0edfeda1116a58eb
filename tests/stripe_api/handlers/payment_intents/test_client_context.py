"""What a page declared to elements({mode}) before its intent existed, and the intent that is confirmed then.

The sentence on the currency is from gumroad#6437, that on setup_future_usage from odoo#138987. That an intent which is
confirmed already is never compared is from stripe-ios#2640.
"""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import (
    CONFIRM_PAYMENT_INTENT,
    CONFIRM_SETUP_INTENT,
    CREATE_CONFIRMATION_TOKEN_OF_PAGE,
    GET_PAYMENT_INTENT,
    RESOURCE_ROUTE as RESOURCE,
)
from tests.support.clients.saved_cards import customer
from tests.support.clients.stripe_merchant import (
    DECLINED,
    TYPED,
    UNEXPECTED_STATE,
    VISA,
    StripeMerchant,
    StripeReply,
    done,
    told,
    wrong,
)

PAGE = StripeMerchant(kind="publishable")
SHOP = StripeMerchant()
DATA = {"type": "card", "card": TYPED}
USD: dict[str, Any] = {"mode": "payment", "currency": "usd"}
SAVED: dict[str, Any] = {**USD, "setup_future_usage": "off_session"}

CURRENCY = "The provided currency (eur) does not match the expected currency (usd)."
USAGE = (
    "The provided setup_future_usage ({}) does not match the expected setup_future_usage ({}). Try confirming with a "
    "Payment Intent that is configured to use the same parameters as the Stripe Elements."
)

# What the page declared, how its server created the intent, and the parameter and sentence of the refusal.
REFUSED: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (USD, {"currency": "eur"}, "currency", CURRENCY),
    ({**USD, "mode": "subscription"}, {"currency": "eur"}, "currency", CURRENCY),
    (USD, {"setup_future_usage": "off_session"}, "setup_future_usage", USAGE.format("off_session", "null")),
    (SAVED, {}, "setup_future_usage", USAGE.format("null", "off_session")),
    (SAVED, {"setup_future_usage": "on_session"}, "setup_future_usage", USAGE.format("on_session", "off_session")),
    ({"mode": "setup", "currency": "usd"}, {}, "mode", "The page declared the mode setup, and confirms a"),
]

PAID: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (USD, {}),
    (SAVED, {"setup_future_usage": "off_session"}),
    # An option of one type is not compared.
    (USD, {"payment_method_options": {"card": {"setup_future_usage": "off_session"}}}),
    # The intent of a subscription has a value that no page declares.
    ({**USD, "mode": "subscription"}, {"setup_future_usage": "off_session"}),
    ({**USD, "capture_method": "manual", "payment_method_types": ["card", "link"]}, {}),
]


def confirmed(intent: dict[str, Any], context: dict[str, Any] | None, **params: Any) -> StripeReply:
    sent = {"payment_method_data": DATA, "client_secret": intent["client_secret"], **params}
    return PAGE.ask(CONFIRM_PAYMENT_INTENT, intent["id"], sent | ({"client_context": context} if context else {}))


def token_of(context: dict[str, Any], **params: Any) -> str:
    sent = {"payment_method_data": DATA, "client_context": context, **params}
    return done(PAGE.post(CREATE_CONFIRMATION_TOKEN_OF_PAGE, **sent))["id"]


def unpaid(intent: str) -> bool:
    """Whether an intent is as it was created, and no event says that a payment failed."""
    now = done(SHOP.get(GET_PAYMENT_INTENT, intent))
    state = now["status"], now["latest_charge"], now["last_payment_error"]
    failed = [event for event in told() if event.type.endswith("failed")]
    return state == ("requires_payment_method", None, None) and not failed


@pytest.mark.parametrize("context, opening, param, sentence", REFUSED)
def test_a_page_confirms_another_intent_than_it_declared(
    context: dict[str, Any], opening: dict[str, Any], param: str, sentence: str
) -> None:
    intent = done(SHOP.create(**opening))
    reply = confirmed(intent, context)
    assert wrong(reply) == (400, "invalid_request_error", None, f"client_context[{param}]")
    assert reply.error["message"].startswith(sentence)
    assert unpaid(intent["id"])
    assert done(confirmed(intent, None))["status"] == "succeeded"


@pytest.mark.parametrize("context, opening", PAID)
def test_a_page_confirms_what_it_declared(context: dict[str, Any], opening: dict[str, Any]) -> None:
    assert done(confirmed(done(SHOP.create(**opening)), context))["status"] == "succeeded"
    token = token_of(context)
    assert done(SHOP.create(confirmation_token=token, confirm=True, **opening))["status"] == "succeeded"


@pytest.mark.parametrize("context, opening, param, sentence", REFUSED)
def test_a_confirmation_token_carries_what_its_page_declared(
    context: dict[str, Any], opening: dict[str, Any], param: str, sentence: str
) -> None:
    token = token_of(context)
    refused = [SHOP.create(confirmation_token=token, confirm=True, **opening)]
    intent = done(SHOP.create(**opening))["id"]
    refused.append(SHOP.confirm(intent, confirmation_token=token))
    for reply in refused:
        assert wrong(reply) == (400, "invalid_request_error", None, "confirmation_token"), param
        assert reply.error["message"].startswith(sentence)
    assert unpaid(intent)


def test_a_refused_token_is_not_used_up() -> None:
    token = token_of(USD)
    assert SHOP.create(confirmation_token=token, confirm=True, currency="eur").status == 400
    assert done(SHOP.create(confirmation_token=token, confirm=True))["status"] == "succeeded"


def test_what_a_token_saves_is_written_to_an_intent_that_says_nothing() -> None:
    token = token_of(SAVED, setup_future_usage="off_session")
    paid = done(SHOP.create(confirmation_token=token, confirm=True, customer=customer(SHOP)))
    assert (paid["status"], paid["setup_future_usage"]) == ("succeeded", "off_session")


def test_a_payer_saves_a_card_although_the_page_declared_nothing() -> None:
    paid = done(confirmed(done(SHOP.create(customer=customer(SHOP))), USD, setup_future_usage="off_session"))
    assert (paid["status"], paid["setup_future_usage"]) == ("succeeded", "off_session")


@pytest.mark.parametrize("opening", [{}, {"capture_method": "manual"}])
def test_an_intent_that_is_confirmed_already_is_not_compared(opening: dict[str, Any]) -> None:
    intent = done(SHOP.create(payment_method=VISA, confirm=True, currency="eur", **opening))
    reply = confirmed(intent, USD)
    assert reply.error["code"] == UNEXPECTED_STATE
    assert reply.error["payment_intent"]["status"] in {"succeeded", "requires_capture"}


def test_an_intent_that_waits_for_its_cardholder_is_not_compared() -> None:
    data = {"type": "card", "card": TYPED | {"number": "4000000000003220"}}
    intent = done(SHOP.create(currency="eur"))
    assert done(confirmed(intent, None, payment_method_data=data))["status"] == "requires_action"
    assert done(confirmed(intent, USD))["status"] == "succeeded"


def test_a_declined_intent_is_compared_again() -> None:
    intent = SHOP.declined(currency="eur")
    assert confirmed(intent, USD).error["message"] == CURRENCY
    assert SHOP.confirm(intent["id"], payment_method=DECLINED).status == 402


@pytest.mark.parametrize("mode, status", [("setup", 200), ("subscription", 200), ("payment", 400)])
def test_the_mode_of_a_setup_intent(mode: str, status: int) -> None:
    context = {"mode": mode, "currency": "usd"}
    intent, another = (
        done(SHOP.post(RESOURCE["create_setup_intent"])),
        done(SHOP.post(RESOURCE["create_setup_intent"]))["id"],
    )
    of_page = {"client_secret": intent["client_secret"], "client_context": context, "payment_method_data": DATA}
    replies = [
        PAGE.post(CONFIRM_SETUP_INTENT, intent["id"], **of_page),
        SHOP.post(RESOURCE["create_setup_intent"], confirm=True, confirmation_token=token_of(context)),
        SHOP.post(CONFIRM_SETUP_INTENT, another, confirmation_token=token_of(context)),
    ]
    assert [reply.status for reply in replies] == [status] * 3
    if status == 400:
        params = ["client_context[mode]", "confirmation_token", "confirmation_token"]
        assert [reply.error["param"] for reply in replies] == params


def test_a_setup_intent_that_has_succeeded_is_not_compared() -> None:
    intent = done(SHOP.post(RESOURCE["create_setup_intent"], payment_method=VISA, confirm=True))
    sent = {"client_secret": intent["client_secret"], "client_context": USD, "payment_method_data": DATA}
    assert PAGE.post(CONFIRM_SETUP_INTENT, intent["id"], **sent).error["code"] == "setup_intent_unexpected_state"


@pytest.mark.parametrize(
    "context, param",
    [
        ({"currency": "usd"}, "client_context[mode]"),
        ({"mode": "donation"}, "client_context[mode]"),
        ({"mode": "payment", "currency": "US Dollar"}, "client_context[currency]"),
        ({**USD, "amount": 1}, "client_context[amount]"),
    ],
)
def test_a_context_that_stripe_js_does_not_send(context: dict[str, Any], param: str) -> None:
    reply = confirmed(done(SHOP.create()), context)
    assert (reply.status, reply.error["param"]) == (400, param)
