"""GET /v1/balance_transactions/{balance_transaction}, and where charges, refunds and disputes have theirs."""

import pytest

from paysandbox.stripe_api.routes import (
    CREATE_REFUND,
    GET_BALANCE_TRANSACTION,
    GET_CHARGE,
    GET_PAYMENT_INTENT,
    GET_REFUND,
    GET_STRIPE_DISPUTE,
    LIST_CHARGES,
    SEARCH_CHARGES,
)
from tests.stripe_api.handlers.pages import Object, listed
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.call import Merchant
from tests.support.clients.disputed import disputed
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

EXPANDED = "latest_charge.balance_transaction"


def shown(name: str) -> Object:
    return done(StripeMerchant().get(GET_BALANCE_TRANSACTION, name))


@pytest.mark.parametrize(
    "capture_method, at_once", [("automatic", True), ("automatic_async", False), ("manual", False), (None, False)]
)
def test_when_a_charge_has_it(capture_method: str | None, *, at_once: bool) -> None:
    """With `automatic_async`, the default, it is not in the answer, also if the request is repeated, and later."""
    shop, sent = StripeMerchant(), {"payment_method": "pm_card_visa", "confirm": True, "expand": [EXPANDED]}
    sent |= {"capture_method": capture_method} if capture_method else {}
    replies = [shop.create(key="k", **sent) for _ in range(2)]
    charge = done(replies[0])["latest_charge"]
    assert replies[0].text == replies[1].text
    assert (charge["balance_transaction"] is not None) is at_once
    later = done(shop.get(GET_CHARGE, charge["id"]))["balance_transaction"]
    assert (later is not None) is (capture_method != "manual")
    assert not at_once or charge["balance_transaction"] == shown(later)
    if capture_method == "manual":
        captured = done(shop.capture(replies[0].json["id"], expand=[EXPANDED]))
        assert captured["latest_charge"]["balance_transaction"]["type"] == "charge"


def test_of_a_charge_wherever_it_is_expanded() -> None:
    shop = StripeMerchant()
    intent = shop.paid()
    charge = intent["latest_charge"]
    moved = shown(done(shop.get(GET_CHARGE, charge))["balance_transaction"])
    assert (moved["amount"], moved["fee"], moved["net"], moved["source"]) == (10_00, 59, 9_41, charge)
    found = [
        done(shop.get(GET_CHARGE, charge, expand=["balance_transaction"])),
        done(shop.get(GET_PAYMENT_INTENT, intent["id"], expand=[EXPANDED]))["latest_charge"],
        *listed(LIST_CHARGES, expand=["data.balance_transaction"]),
        *done(shop.get(SEARCH_CHARGES, query="amount:1000", expand=["data.balance_transaction"]))["data"],
    ]
    assert [one["balance_transaction"] for one in found] == [moved] * 4
    whole = done(shop.get(GET_CHARGE, charge, expand=["balance_transaction.source.payment_intent"]))
    assert whole["balance_transaction"]["source"]["payment_intent"]["id"] == intent["id"]


def test_of_a_refund_and_of_its_failure() -> None:
    shop = StripeMerchant()
    paid = shop.paid()
    made = done(shop.post(CREATE_REFUND, payment_intent=paid["id"], expand=["balance_transaction"]))
    assert (made["balance_transaction"]["type"], made["balance_transaction"]["net"]) == ("refund", -10_00)
    assert done(shop.get(GET_REFUND, made["id"]))["balance_transaction"] == made["balance_transaction"]["id"]
    assert simulate(made["id"], "fail").status == 200
    failed = done(shop.get(GET_REFUND, made["id"], expand=["failure_balance_transaction"]))
    gone = failed["failure_balance_transaction"]
    assert (gone["type"], gone["net"], gone["source"]) == ("refund_failure", 10_00, made["id"])


def test_of_a_dispute(demo: Merchant) -> None:
    name = disputed(demo)
    (taken,) = done(StripeMerchant().get(GET_STRIPE_DISPUTE, name))["balance_transactions"]
    assert shown(taken["id"]) == taken
    assert (taken["source"], taken["status"]) == (name, "pending")
    whole = done(StripeMerchant().get(GET_BALANCE_TRANSACTION, taken["id"], expand=["source"]))
    assert whole["source"] == done(StripeMerchant().get(GET_STRIPE_DISPUTE, name))


@pytest.mark.parametrize("name", ["txn_x", "txn_" + "a" * 36, "txn_20261120usd", "txn_20269999usd", "ch_1"])
def test_an_unknown_one_is_not_found(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_BALANCE_TRANSACTION, name)) == missing("id")


def test_another_merchants_is_not_found() -> None:
    charge = StripeMerchant().paid()["latest_charge"]
    name = done(StripeMerchant().get(GET_CHARGE, charge))["balance_transaction"]
    assert wrong(StripeMerchant(OTHER_MERCHANT).get(GET_BALANCE_TRANSACTION, name)) == missing("id")


def test_only_its_source_is_expanded() -> None:
    refused = StripeMerchant().get(GET_BALANCE_TRANSACTION, "txn_x", expand=["fee"])
    assert wrong(refused) == (400, "invalid_request_error", None, "expand")
