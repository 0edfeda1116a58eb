"""The version that a request names, or the account's default, decides what it can send and what it is shown."""

from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api.routes import (
    CAPTURE_PAYMENT_INTENT,
    CONFIRM_PAYMENT_INTENT,
    CREATE_PAYMENT_INTENT,
    CREATE_REFUND,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    GET_REFUND,
    LIST_CHARGES,
    LIST_PAYMENT_INTENTS,
    LIST_REFUNDS,
    REFUND_CHARGE,
    SEARCH_CHARGES,
    SEARCH_PAYMENT_INTENTS,
    UPDATE_CHARGE,
    UPDATE_PAYMENT_INTENT,
    UPDATE_REFUND,
)
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.support.clients.stripe_call import BEFORE_BASIL, BEFORE_ENDIVE, StripeReply
from tests.support.clients.stripe_merchant import DECLINED, VISA, StripeMerchant, done, wrong
from tests.support.worlds.handlers import Told

Parts = dict[str, Any]
Ask = Callable[[StripeMerchant, dict[str, str]], StripeReply]

LATEST: Parts = {"expand": ["latest_charge"]}
OF_EACH: Parts = {"expand": ["data.latest_charge"]}
CHARGE: Parts = {"expand": ["charge"]}
PART: Parts = {"amount_to_capture": 4_00}

ANSWERS: dict[str, Ask] = {
    "capture": lambda shop, ids: shop.post(CAPTURE_PAYMENT_INTENT, ids["intent"], key="capture", **LATEST, **PART),
    "intent": lambda shop, ids: shop.get(GET_PAYMENT_INTENT, ids["intent"], **LATEST),
    "intent, updated": lambda shop, ids: shop.post(UPDATE_PAYMENT_INTENT, ids["intent"], description="x", **LATEST),
    "intents": lambda shop, _: shop.get(LIST_PAYMENT_INTENTS, **OF_EACH),
    "intents, found": lambda shop, _: shop.get(SEARCH_PAYMENT_INTENTS, query="amount:1000", **OF_EACH),
    "charge": lambda shop, ids: shop.get(GET_CHARGE, ids["charge"]),
    "charge, updated": lambda shop, ids: shop.post(UPDATE_CHARGE, ids["charge"], description="x"),
    "charge, refunded": lambda shop, ids: shop.post(REFUND_CHARGE, ids["charge"], key="refund", amount=1_00),
    "charges": lambda shop, _: shop.get(LIST_CHARGES),
    "charges, found": lambda shop, _: shop.get(SEARCH_CHARGES, query="amount:1000"),
    "refund, made": lambda shop, ids: shop.post(
        CREATE_REFUND, key="refund", payment_intent=ids["intent"], amount=1_00, **CHARGE
    ),
    "refund": lambda shop, ids: shop.get(GET_REFUND, ids["refund"], **CHARGE),
    "refund, updated": lambda shop, ids: shop.post(UPDATE_REFUND, ids["refund"], metadata={"a": "b"}, **CHARGE),
    "refunds": lambda shop, ids: shop.get(LIST_REFUNDS, payment_intent=ids["intent"], expand=["data.charge"]),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_each_answer_shows_a_charge_in_its_version(answer: str) -> None:
    shop = StripeMerchant()
    held = shop.held()
    done(shop.post(CAPTURE_PAYMENT_INTENT, held["id"], key="capture", **LATEST, **PART))
    refund = done(shop.post(CREATE_REFUND, key="refund 1", payment_intent=held["id"], amount=2_00))
    ids = {"intent": held["id"], "charge": held["latest_charge"], "refund": refund["id"]}
    shops = (StripeMerchant(version=version) for version in (STRIPE_VERSION, BEFORE_BASIL))
    now, before = (refunded(done(ANSWERS[answer](shop, ids))) for shop in shops)
    assert before == now + 6_00


@pytest.mark.parametrize("version", [None, STRIPE_VERSION, "2025-03-31.basil"])
def test_without_a_version_it_is_the_newest(version: str | None) -> None:
    held = StripeMerchant().held()
    StripeMerchant().cancel(held["id"])
    assert refunded(done(StripeMerchant(version=version).get(GET_CHARGE, held["latest_charge"]))) == 0


@pytest.mark.parametrize(
    "version, shown",
    [
        ("2023-10-16", "automatic"),
        ("2024-04-10", "automatic_async"),
        (STRIPE_VERSION, "automatic_async"),
    ],
)
def test_how_an_intent_captures_depends_on_the_version_that_creates_it(version: str, shown: str) -> None:
    shop = StripeMerchant(version=version)
    made = shop.paid()
    assert (made["capture_method"], made["status"]) == (shown, "succeeded")
    assert StripeMerchant(version="2020-08-27").shown(made["id"])["capture_method"] == shown
    assert shop.held()["capture_method"] == "manual"


@pytest.mark.parametrize("route", [CREATE_PAYMENT_INTENT, UPDATE_PAYMENT_INTENT, CONFIRM_PAYMENT_INTENT])
def test_an_intents_types_can_be_sent_before_endive_only(route: Route) -> None:
    opened = StripeMerchant().opened()["id"] if "{intent}" in route.path else None
    sent: Parts = {"payment_method_types": ["card", "link"], **({} if opened else {"amount": 10_00, "currency": "usd"})}
    refused = StripeMerchant().post(route, opened, **sent)
    code = "payment_method_types_no_longer_supported"
    assert wrong(refused) == (400, "invalid_request_error", code, "payment_method_types")
    shown = done(StripeMerchant(version=BEFORE_ENDIVE).post(route, opened, **sent))
    assert shown["payment_method_types"] == ["card", "link"]
    assert StripeMerchant().shown(shown["id"])["payment_method_types"] == ["card", "link"]


def test_without_a_header_the_accounts_default_applies(told: Told) -> None:
    told(stripe_version="2022-08-01")
    shop = StripeMerchant()
    reply = shop.create(payment_method=VISA, confirm=True, payment_method_types=["card"])
    assert (reply.headers["Stripe-Version"], done(reply)["capture_method"]) == ("2022-08-01", "automatic")
    (charge,) = reply.json["charges"]["data"]
    assert (charge["id"], charge["refunds"]["data"]) == (reply.json["latest_charge"], [])
    assert "charges" not in StripeMerchant(version=STRIPE_VERSION).shown(reply.json["id"])
    assert shop.create(amount=-1).headers["Stripe-Version"] == "2022-08-01"


def test_a_declined_intent_is_in_the_version_too() -> None:
    shop = StripeMerchant(version="2022-08-01")
    refused = shop.create(payment_method=DECLINED, confirm=True, payment_method_types=["card"])
    assert [one["status"] for one in refused.error["payment_intent"]["charges"]["data"]] == ["failed"]


def refunded(body: Any) -> int:
    """Return `amount_refunded` of the charge in an answer, at any depth."""
    if isinstance(body, list):
        return refunded(body[0])
    if "amount_refunded" in body:
        return body["amount_refunded"]
    parts = [body.get(name) for name in ("data", "latest_charge", "charge")]
    within = next(part for part in parts if isinstance(part, (dict, list)))
    return refunded(within)
