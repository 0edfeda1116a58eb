"""Refusals that programs match, against Stripe's own words: each with where they are published.

`OURS` marks words that have no source. Words of parameters are in test_parameter_errors.py, those of API Gateway in
tests/infra/api/test_v1.py.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from paysandbox.stripe_api.routes import (
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    CREATE_REFUND,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    GET_PAYMENT_METHOD,
    GET_REFUND,
    LIST_CHARGES,
    LIST_PAYMENT_INTENTS,
    LIST_REFUNDS,
    UPDATE_PAYMENT_INTENT,
)
from tests.stripe_api.handlers.disputes.stripe_disputes import disputed
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant, done
from tests.support.worlds import aws_transport as on_the_wire, table_snapshot
from tests.support.worlds.aws_transport import Wire

OURS = "no source"
SHOP = StripeMerchant()
STATE = "payment_intent_unexpected_state"
LOCKED = (
    "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. "
    "If you see this error intermittently, retry the request. If you see this error frequently and are making multiple "
    "concurrent requests to a single object, make your requests serially or at a lower rate."
)
NO_METHOD = (
    "A token may not be passed in as a PaymentMethod. Instead, create a PaymentMethod or convert your token to a "
    "PaymentMethod by setting the `card[token]` parameter to tok_visa."
)
SAME = "Keys for idempotent requests can only be used"
OTHERWISE = "Try using a key other than 'the-key' if you meant to execute a different request."


class Words(NamedTuple):
    """A refusal: HTTP status, code, parameter, message, and its source. `{…}` is filled in by the case."""

    status: int
    code: str | None
    param: str | None
    message: str
    source: str
    type: str = "invalid_request_error"


Case = Callable[[], tuple[StripeReply, dict[str, str]]]


def refund(**params: Any) -> StripeReply:
    return SHOP.post(CREATE_REFUND, **params)


def of_paid(*refunds: int | None, by: str = "charge", **params: Any) -> Case:
    """Refund a charge of 10.00 in these amounts, the last of which is refused."""

    def ask() -> tuple[StripeReply, dict[str, str]]:
        paid = SHOP.paid(**params)
        names = {"charge": paid["latest_charge"], "payment_intent": paid["id"]}
        replies = [refund(**{by: names[by]}, **({"amount": one} if one else {})) for one in refunds]
        assert all(reply.status == 200 for reply in replies[:-1])
        return replies[-1], names

    return ask


def of_capture() -> tuple[StripeReply, dict[str, str]]:
    return SHOP.capture(SHOP.held()["id"], amount_to_capture=10_01), {}


def of_held(by: str) -> Case:
    def ask() -> tuple[StripeReply, dict[str, str]]:
        held = SHOP.held()
        names = {"charge": held["latest_charge"], "payment_intent": held["id"]}
        return refund(**{by: names[by]}), names

    return ask


def of_declined() -> tuple[StripeReply, dict[str, str]]:
    declined = SHOP.declined()
    return refund(charge=declined["latest_charge"]), {"payment_intent": declined["id"]}


def of_disputed() -> tuple[StripeReply, dict[str, str]]:
    dispute = disputed()
    return refund(payment_intent=dispute["payment_intent"]), {"charge": dispute["charge"]}


def plain(route: Any, name: str | None = None, **params: Any) -> Case:
    def ask() -> tuple[StripeReply, dict[str, str]]:
        reply = SHOP.get(route, *([name] if name else []), **params) if route.method == "GET" else None
        return reply or SHOP.post(route, *([name] if name else []), **params), {}

    return ask


def under_a_key(*asks: Callable[[], StripeReply]) -> Case:
    return lambda: ([ask() for ask in asks][-1], {})


def create(**params: Any) -> StripeReply:
    return SHOP.create(key="the-key", **params)


def both_cursors() -> tuple[StripeReply, dict[str, str]]:
    mine = SHOP.opened()["id"]
    return SHOP.get(LIST_PAYMENT_INTENTS, starting_after=mine, ending_before=mine), {}


def by_publishable_key() -> tuple[StripeReply, dict[str, str]]:
    intent, page = SHOP.opened(confirmation_method="manual"), StripeMerchant(kind="publishable")
    return page.confirm(intent["id"], client_secret=intent["client_secret"]), {"payment_intent": intent["id"]}


def update_under_a_key() -> StripeReply:
    return SHOP.post(UPDATE_PAYMENT_INTENT, SHOP.opened()["id"], key="the-key", description="Tea")


NOTHING = "pi_none"
CASES: list[tuple[str, Case, Words]] = [
    (
        "more than is left",
        of_paid(4_00, 7_00),
        Words(400, None, "amount", "Refund amount ($7.00) is greater than unrefunded amount on charge ($6.00)",
              "reaction#3704, edx/commerce-coordinator#360"),
    ),
    (
        "more than the charge",
        of_paid(10_01, by="payment_intent"),
        Words(400, None, "amount", "Refund amount ($10.01) is greater than charge amount ($10.00)",
              "woocommerce-gateway-stripe#1315"),
    ),
    (
        "of another currency",
        of_paid(10_01, currency="chf"),
        Words(400, None, "amount", "Refund amount (CHF 10.01) is greater than charge amount (CHF 10.00)",
              f"{OURS} for how a currency without a sign is shown"),
    ),
    (
        "refunded already",
        of_paid(None, 1),
        Words(400, "charge_already_refunded", None, "Charge {charge} has already been refunded.",
              "Sylius/StripePlugin#120"),
    ),
    (
        "disputed",
        of_disputed,
        Words(400, "charge_disputed", None, "Charge {charge} has been charged back; cannot issue a refund.",
              "Sylius/StripePlugin#120"),
    ),
    (
        "uncaptured charge",
        of_held("charge"),
        Words(400, STATE, None, "This uncaptured Charge was created by a PaymentIntent ({payment_intent}). You must "
              "cancel the PaymentIntent to reverse the authorization instead of refunding the Charge directly. For "
              "more information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method",
              f"a recording of 2026-08-26.dahlia in a public mock; {OURS} for the code"),
    ),
    (
        "uncaptured intent",
        of_held("payment_intent"),
        Words(400, STATE, None, "This PaymentIntent ({payment_intent}) does not have a successful charge to refund.",
              "the same recording"),
    ),
    (
        "failed charge",
        of_declined,
        Words(400, STATE, "charge",
              "This PaymentIntent ({payment_intent}) does not have a successful charge to refund.",
              "the same recording"),
    ),
    (
        "refund of nothing",
        plain(CREATE_REFUND, amount=1),
        Words(400, None, None,
              "One of the following params should be provided for this request: payment_intent or charge.",
              "the same recording"),
    ),
    (
        "refund of both",
        plain(CREATE_REFUND, charge="ch_x", payment_intent="pi_x"),
        Words(400, None, None, "You may only specify one of these parameters: charge, payment_intent.", OURS),
    ),
    (
        "capture of more than is held",
        of_capture,
        Words(400, "amount_too_large", "amount_to_capture", "The payment could not be captured because the requested "
              "capture amount is greater than the authorized amount.", "the tests of WooCommerce Stripe"),
    ),
    (
        "card that is no test card",
        plain(CREATE_PAYMENT_METHOD, type="card", card=TYPED | {"number": "4539578763621486"}),
        Words(402, "card_declined", "card[number]", "Your card was declined. Your request was in test mode, but used a "
              "non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.",
              "a test of a public client; Decline codes: test_mode_live_card", "card_error"),
    ),
    (
        "payment method twice",
        plain(CREATE_PAYMENT_INTENT, amount=1_00, currency="usd", payment_method="pm_card_visa",
              payment_method_data={"type": "card", "card": TYPED}),
        Words(400, None, "payment_method_data", "You may only specify one of these parameters: payment_method, "
              "payment_method_data.", f"{OURS} for these two"),
    ),
    (
        "suffix of a descriptor without a letter",
        plain(CREATE_PAYMENT_INTENT, amount=1_00, currency="usd", statement_descriptor_suffix="1234"),
        Words(400, None, "statement_descriptor_suffix",
              "The statement descriptor must contain at least one Latin character.",
              f"a test of a public .NET shop, which quotes the refusal of an order number; {OURS} for the parameter"),
    ),
    (
        "publishable key for a manual intent",
        by_publishable_key,
        Words(400, None, None, "This PaymentIntent {payment_intent} cannot be confirmed using your publishable key "
              "because its `confirmation_method` is set to `manual`. Please use your secret key instead, or create a "
              "PaymentIntent with `confirmation_method` set to `automatic`.", f"stripe-php#1109; {OURS} for the code"),
    ),
    (
        "both cursors",
        both_cursors,
        Words(400, None, None,
              "Received both starting_after and ending_before parameters. Please pass in only one.",
              "stripe-python#585, stripe-dotnet#1848"),
    ),
    (
        "limit above 100",
        plain(LIST_CHARGES, limit=101),
        Words(400, "parameter_invalid_integer", "limit",
              "This value must be less than or equal to 100 (it currently is '101').",
              f"the form of stripe-node's test of a year of birth; {OURS} for a limit"),
    ),
    (
        "token as payment method",
        plain(CREATE_PAYMENT_INTENT, amount=1_00, currency="usd", payment_method="tok_visa"),
        Words(400, None, "payment_method", NO_METHOD, "stripe-android#2146, solidus_stripe#53"),
    ),
    (
        "unknown token",
        plain(CREATE_PAYMENT_METHOD, type="card", card={"token": "tok_x"}),
        Words(400, "resource_missing", "card[token]", "No such token: 'tok_x'", f"{OURS} for the parameter"),
    ),
    (
        "unknown customer",
        plain(RESOURCE["get_stripe_customer"], "cus_x"),
        Words(404, "resource_missing", "id", "No such customer: 'cus_x'", "Error codes: resource_missing"),
    ),
    (
        "unknown customer of a payment",
        plain(CREATE_PAYMENT_INTENT, amount=1_00, currency="usd", customer="cus_x"),
        Words(400, "resource_missing", "customer", "No such customer: 'cus_x'", "Error codes: resource_missing"),
    ),
    (
        "e-mail address of a customer",
        plain(RESOURCE["create_stripe_customer"], email="jenny"),
        Words(400, "email_invalid", "email", "Invalid email address: jenny", "Error codes: email_invalid"),
    ),
    (
        "unknown payment method",
        plain(CREATE_PAYMENT_INTENT, amount=1_00, currency="usd", payment_method="pm_none"),
        Words(400, "resource_missing", "payment_method", "No such PaymentMethod: 'pm_none'", "stripe-php#977"),
    ),
    (
        "unknown cursor",
        plain(LIST_REFUNDS, starting_after="re_none"),
        Words(400, "resource_missing", "starting_after", "No such refund: 're_none'", f"{OURS} for a cursor"),
    ),
    (
        "unknown intent in the path",
        plain(GET_PAYMENT_INTENT, NOTHING),
        Words(404, "resource_missing", "intent", f"No such payment_intent: '{NOTHING}'", "Error codes"),
    ),
    (
        "unknown charge in the path",
        plain(GET_CHARGE, "ch_none"),
        Words(404, "resource_missing", "id", "No such charge: 'ch_none'", "Error codes: resource_missing"),
    ),
    (
        "unknown refund in the path",
        plain(GET_REFUND, "re_none"),
        Words(404, "resource_missing", "id", "No such refund: 're_none'", f"{OURS} for the parameter"),
    ),
    (
        "unknown payment method in the path",
        plain(GET_PAYMENT_METHOD, "pm_none"),
        Words(404, "resource_missing", "id", "No such PaymentMethod: 'pm_none'", f"{OURS} for the parameter"),
    ),
    (
        "key with other parameters",
        under_a_key(create, lambda: create(description="Tea")),
        Words(400, None, None, f"{SAME} with the same parameters they were first used with. {OTHERWISE}",
              "stripe-ruby#503", "idempotency_error"),
    ),
    (
        "key of a created intent at another endpoint",
        under_a_key(create, lambda: refund(key="the-key", charge=SHOP.paid()["latest_charge"])),
        Words(400, None, None, f"{SAME} for the same endpoint they were first used for ('/v1/refunds' vs "
              f"'/v1/payment_intents'). {OTHERWISE}", "stripe-ruby#598", "idempotency_error"),
    ),
    (
        "key of another endpoint at the creation of an intent",
        under_a_key(lambda: SHOP.endpoint(key="the-key"), create),
        Words(400, None, None, f"{SAME} for the same endpoint they were first used for ('/v1/payment_intents' vs "
              f"'/v1/webhook_endpoints'). {OTHERWISE}", "stripe-ruby#598", "idempotency_error"),
    ),
    (
        "key of another endpoint at an operation",
        under_a_key(
            lambda: SHOP.endpoint(key="the-key"),
            lambda: refund(key="the-key", charge=SHOP.paid()["latest_charge"]),
        ),
        Words(400, None, None, f"{SAME} for the same endpoint they were first used for ('/v1/refunds' vs "
              f"'/v1/webhook_endpoints'). {OTHERWISE}", "stripe-ruby#598", "idempotency_error"),
    ),
]  # fmt: skip


def test_refusals_have_stripes_words(subtests: pytest.Subtests) -> None:
    empty = table_snapshot.take()
    for name, case, words in CASES:
        with subtests.test(name):
            table_snapshot.put_back(empty)  # the key of the case before is free
            reply, names = case()
            error = reply.error
            assert (reply.status, error["type"], error.get("code"), error.get("param")) == (
                words.status,
                words.type,
                words.code,
                words.param,
            )
            assert error["message"] == words.message.format(**names)


def test_a_key_at_another_object_of_the_same_endpoint_is_of_another_endpoint() -> None:
    first, other = SHOP.paid(capture_method="manual")["id"], SHOP.paid(capture_method="manual")["id"]
    done(SHOP.capture(first, key="the-key"))
    assert SHOP.capture(other, key="the-key").error["message"] == (
        f"{SAME} for the same endpoint they were first used for ('/v1/payment_intents/{other}/capture' vs "
        f"'/v1/payment_intents/{first}/capture'). {OTHERWISE}"
    )


CONFLICT = on_the_wire.refused_with(400, "TransactionConflictException")


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda _: create(), id="creation"),
        pytest.param(lambda intent: SHOP.capture(intent, key="the-key"), id="operation"),
    ],
)
def test_a_key_in_use(ask: Callable[[str], StripeReply], wire: Wire) -> None:
    """Words and type are those of a response of 2018-08-04 in a public log of stripe-go."""
    intent = SHOP.held()["id"]
    with wire.broken(CONFLICT, when=lambda sent: sent.operation == "PutItem"):
        reply = ask(intent)
    assert (reply.status, reply.error["type"], reply.error["code"]) == (
        409,
        "invalid_request_error",
        "idempotency_key_in_use",
    )
    assert reply.error["message"] == (
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        "twice, and the other request is still going through): the-key. Please try again later."
    )
    assert reply.headers["Stripe-Should-Retry"] == "true"
    assert ask(intent).status == 200


def test_an_object_that_others_are_changing(wire: Wire) -> None:
    """dj-stripe#1917, stripe-node#2056."""
    intent = SHOP.held()["id"]
    with wire.broken(CONFLICT, when=lambda sent: sent.operation == "UpdateItem"):
        reply = SHOP.capture(intent, key="the-key")
    assert (reply.status, reply.error["type"], reply.error["code"]) == (429, "invalid_request_error", "lock_timeout")
    assert reply.error["message"] == LOCKED
    assert reply.headers["Stripe-Should-Retry"] == "true"
    assert done(SHOP.capture(intent, key="the-key"))["status"] == "succeeded"
