"""`setup_future_usage`: an approved payment attaches its card to its customer, or leaves it attachable without one."""

from typing import Any

import pytest

from payments import publish_event
from paysandbox.aws import runtime
from paysandbox.aws.settings import TopicSettings
from paysandbox.stripe_api.payment_methods.refusals import USED_BEFORE
from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    DETACH_PAYMENT_METHOD,
    GET_PAYMENT_METHOD,
    LIST_CUSTOMER_PAYMENT_METHODS,
)
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import DAY
from tests.support.clients.challenges import complete
from tests.support.clients.stripe_merchant import DECLINED, TYPED, VISA, StripeMerchant, done, wrong
from tests.support.fakes import stream
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Killed, Sent, Wire
from tests.support.worlds.crash import KILLED_BEFORE
from tests.support.worlds.handlers import Clock

OFF = {"setup_future_usage": "off_session"}
OPTION = {"payment_method_options": {"card": {"setup_future_usage": "on_session"}}}
NONE = {"setup_future_usage": "on_session", "payment_method_options": {"card": {"setup_future_usage": "none"}}}


@pytest.fixture
def topic() -> None:
    """The topic that the stream's reader publishes to."""
    runtime.sns().create_topic(Name=runtime.settings_of(TopicSettings).webhook_topic.rpartition(":")[2])


def listed(shop: StripeMerchant, customer: str) -> list[str]:
    return [method["id"] for method in done(shop.get(LIST_CUSTOMER_PAYMENT_METHODS, customer))["data"]]


def card_of(shop: StripeMerchant, form: str) -> dict[str, Any]:
    """Return the parameters of a card that is named, typed, or created by itself."""
    return {
        "named": {"payment_method": VISA},
        "typed": {"payment_method_data": {"type": "card", "card": TYPED}, "payment_method": ""},
        "created": {"payment_method": shop.card()["id"] if form == "created" else ""},
    }[form]


@pytest.mark.parametrize(
    "form, usage, capture",
    [
        ("named", OFF, "automatic"),
        ("typed", OFF, "automatic"),
        ("created", OFF, "automatic"),
        ("named", OPTION, "automatic"),
        ("named", OFF, "manual"),
        ("typed", OPTION, "manual"),
    ],
)
def test_an_approved_payment_attaches_its_card(
    shop: StripeMerchant, jenny: str, form: str, usage: Any, capture: str
) -> None:
    paid = shop.paid(customer=jenny, capture_method=capture, expand=["payment_method"], **usage, **card_of(shop, form))
    method = paid["payment_method"]
    assert method["customer"] == jenny
    assert listed(shop, jenny) == [method["id"]]
    again = shop.paid(customer=jenny, payment_method=method["id"], off_session=True)
    assert (again["status"], again["payment_method"]) == ("succeeded", method["id"])


def test_a_confirmation_attaches_too_and_a_replay_once(shop: StripeMerchant, jenny: str) -> None:
    intent = done(shop.create(customer=jenny))["id"]
    for _ in range(2):
        done(shop.confirm(intent, key="k", payment_method=VISA, **OFF))
    (method,) = listed(shop, jenny)
    done(shop.post(DETACH_PAYMENT_METHOD, method))
    done(shop.confirm(intent, key="k", payment_method=VISA, **OFF))
    assert listed(shop, jenny) == []


@pytest.mark.parametrize("params", [{}, NONE, {"setup_future_usage": ""}])
def test_other_payments_save_nothing(shop: StripeMerchant, jenny: str, params: Any) -> None:
    method = shop.paid(customer=jenny, **params)["payment_method"]
    assert listed(shop, jenny) == []
    assert wrong(shop.create(customer=jenny, payment_method=method, confirm=True))[0] == 400


def test_a_declined_payment_saves_nothing(shop: StripeMerchant, jenny: str) -> None:
    assert shop.create(customer=jenny, payment_method=DECLINED, confirm=True, **OFF).status == 402
    assert listed(shop, jenny) == []


@pytest.mark.parametrize("form", ["named", "typed", "created"])
def test_without_a_customer_it_can_be_attached_afterwards(shop: StripeMerchant, jenny: str, form: str) -> None:
    method = shop.paid(**OFF, **card_of(shop, form))["payment_method"]
    refused = shop.create(payment_method=method, confirm=True)
    assert refused.error["message"] == USED_BEFORE
    assert done(shop.post(ATTACH_PAYMENT_METHOD, method, customer=jenny))["id"] == method
    assert shop.paid(customer=jenny, payment_method=method)["status"] == "succeeded"


def test_a_payment_without_future_usage_leaves_nothing_to_attach(shop: StripeMerchant, jenny: str) -> None:
    method = shop.paid()["payment_method"]
    assert shop.post(ATTACH_PAYMENT_METHOD, method, customer=jenny).error["message"] == USED_BEFORE


def test_a_saved_card_outlives_its_answer(shop: StripeMerchant, jenny: str) -> None:
    method = shop.paid(customer=jenny, **OFF)["payment_method"]
    assert done(shop.get(GET_PAYMENT_METHOD, method))["customer"] == jenny


@pytest.mark.parametrize(
    "card, attached, status",
    [
        ("pm_card_authenticationRequired", True, 402),
        ("pm_card_authenticationRequiredOnSetup", True, 402),
        ("pm_card_authenticationRequiredSetupForOffSession", True, 200),
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", True, 402),
        ("pm_card_chargeCustomerFail", True, 402),
    ],
)
def test_off_session(shop: StripeMerchant, jenny: str, card: str, attached: bool, status: int) -> None:
    method = done(shop.post(ATTACH_PAYMENT_METHOD, card, customer=jenny))["id"]
    reply = shop.create(customer=jenny, payment_method=method, off_session=True, confirm=True)
    assert (reply.status, listed(shop, jenny) == [method]) == (status, attached)
    if status == 402:
        intent = reply.error["payment_intent"]
        assert intent["status"] == "requires_payment_method"
        expected = {"0341": "generic_decline", "3178": "insufficient_funds"}
        last4 = reply.error["payment_method"]["card"]["last4"]
        assert reply.error["decline_code"] == expected.get(last4, "authentication_required")


@pytest.mark.usefixtures("topic")
@pytest.mark.parametrize(
    "card, status", [("pm_card_threeDSecure2Required", 402), ("pm_card_authenticationRequiredOnSetup", 200)]
)
def test_after_a_challenge_the_ledgers_stream_saves_the_card(
    shop: StripeMerchant, jenny: str, card: str, status: int
) -> None:
    intent = shop.paid(customer=jenny, payment_method=card, return_url="https://shop.example/", **OFF)
    assert (intent["status"], listed(shop, jenny)) == ("requires_action", [])
    complete(intent["next_action"]["redirect_to_url"]["url"])
    published = stream.of_images({"NewImage": tables.items(runtime.ledger())[intent["id"].replace("pi_", "auth_")]})
    for _ in range(2):
        assert publish_event.handler({"Records": [published]}, None) == {"batchItemFailures": []}
    (method,) = listed(shop, jenny)
    assert method == shop.shown(intent["id"])["payment_method"]
    assert shop.create(customer=jenny, payment_method=method, off_session=True, confirm=True).status == status


@pytest.mark.usefixtures("topic")
def test_a_killed_function_leaves_the_card_to_the_stream(shop: StripeMerchant, jenny: str, wire: Wire) -> None:
    with wire.broken(KILLED_BEFORE.fault, when=_is_transaction), pytest.raises(Killed):
        shop.create(key="k", customer=jenny, payment_method=VISA, confirm=True, **OFF)
    assert listed(shop, jenny) == []
    (payment,) = (item for item in tables.items(runtime.ledger()).values() if "operations" in item)
    publish_event.handler({"Records": [stream.of_images({"NewImage": payment})]}, None)
    (method,) = listed(shop, jenny)
    repeated = shop.create(key="k", customer=jenny, payment_method=VISA, confirm=True, **OFF)
    assert (repeated.replayed, repeated.json["payment_method"], listed(shop, jenny)) == (True, method, [method])


def _is_transaction(sent: Sent) -> bool:
    return sent.operation == "TransactWriteItems"


def publish(intent: str) -> None:
    """Read the record of an intent in the ledger's stream, as its reader does."""
    item = tables.items(runtime.ledger())[intent.replace("pi_", "auth_")]
    publish_event.handler({"Records": [stream.of_images({"NewImage": item})]}, None)


@pytest.mark.usefixtures("topic")
def test_a_saved_card_that_is_attached_already_is_set_up(shop: StripeMerchant, jenny: str) -> None:
    card = done(shop.post(ATTACH_PAYMENT_METHOD, "pm_card_authenticationRequiredOnSetup", customer=jenny))["id"]
    unattended = {"customer": jenny, "payment_method": card, "off_session": True, "confirm": True}
    assert shop.create(**unattended).status == 402
    intent = shop.paid(customer=jenny, payment_method=card, return_url="https://shop.example/", **OFF)
    complete(intent["next_action"]["redirect_to_url"]["url"])
    for _ in range(2):
        publish(intent["id"])
    assert (shop.create(**unattended).status, listed(shop, jenny)) == (200, [card])


@pytest.mark.usefixtures("topic")
def test_the_stream_does_not_attach_again_what_was_detached(shop: StripeMerchant, jenny: str) -> None:
    card = shop.card()["id"]
    first, second = (shop.opened(customer=jenny, payment_method=card, **OFF)["id"] for _ in range(2))
    done(shop.confirm(first))
    done(shop.confirm(second))
    done(shop.post(DETACH_PAYMENT_METHOD, card))
    for intent in (first, second):
        publish(intent)
    assert listed(shop, jenny) == []


@pytest.mark.usefixtures("topic")
def test_a_customer_that_was_deleted_keeps_the_payment_and_gets_no_card(shop: StripeMerchant, jenny: str) -> None:
    intent = shop.paid(
        customer=jenny, payment_method="pm_card_threeDSecure2Required", return_url="https://shop.example/", **OFF
    )
    done(shop.ask(RESOURCE["delete_stripe_customer"], jenny))
    complete(intent["next_action"]["redirect_to_url"]["url"])
    publish(intent["id"])
    assert shop.shown(intent["id"])["status"] == "succeeded"
    assert done(shop.get(GET_PAYMENT_METHOD, shop.shown(intent["id"])["payment_method"]))["id"]


@pytest.mark.usefixtures("topic")
def test_the_stream_saves_no_card_that_is_not_to_be_saved(shop: StripeMerchant, jenny: str) -> None:
    publish(shop.paid(customer=jenny)["id"])
    assert listed(shop, jenny) == []


@pytest.mark.usefixtures("topic")
@pytest.mark.parametrize("set_up, status", [(True, 200), (False, 402)])
def test_a_clone_is_set_up_as_its_original_is(shop: StripeMerchant, jenny: str, set_up: bool, status: int) -> None:
    """Stripe, "Share payment methods across multiple accounts": one setup, on the platform, serves every account."""
    card = done(shop.post(ATTACH_PAYMENT_METHOD, "pm_card_authenticationRequiredOnSetup", customer=jenny))["id"]
    if set_up:
        intent = shop.paid(customer=jenny, payment_method=card, return_url="https://shop.example/", **OFF)
        complete(intent["next_action"]["redirect_to_url"]["url"])
        publish(intent["id"])
    on_account = {"Stripe-Account": done(shop.post(RESOURCE["create_account"]))["id"]}
    sent = {"customer": jenny, "payment_method": card}
    clone = done(shop.ask(CREATE_PAYMENT_METHOD, None, sent, headers=on_account))["id"]
    unattended = {"amount": 10_00, "currency": "usd", "payment_method": clone, "off_session": True, "confirm": True}
    assert shop.ask(CREATE_PAYMENT_INTENT, None, unattended, headers=on_account).status == status


def test_a_stored_card_is_accepted_after_its_expiration_date(shop: StripeMerchant, jenny: str, clock: Clock) -> None:
    """Issuers renew the cards that merchants store. One that is sent must be valid."""
    card = {**TYPED, "exp_year": runtime.now().year + 1}
    saved = shop.card(card=card)["id"]
    done(shop.post(ATTACH_PAYMENT_METHOD, saved, customer=jenny))
    clock.advance(800 * DAY)
    paid = {"customer": jenny, "confirm": True, "off_session": True}
    assert done(shop.create(payment_method=saved, **paid))["status"] == "succeeded"
    refused = shop.post(CREATE_PAYMENT_METHOD, type="card", card=card)
    assert refused.json["error"]["code"] == "invalid_expiry_year"
