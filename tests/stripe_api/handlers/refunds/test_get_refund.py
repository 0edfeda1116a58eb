"""GET /v1/refunds/{refund}: retrieve a refund."""

from typing import Any

import pytest

from paysandbox.payments.answers import render_payment
from paysandbox.payments.ledger.items import payment_from
from paysandbox.stripe_api.routes import GET_REFUND
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong
from tests.support.worlds import table_snapshot


def test_it_is_shown_with_its_object() -> None:
    intent = StripeMerchant().paid()
    made = done(StripeMerchant().refund(intent["id"], amount=3_00))
    assert done(StripeMerchant().get(GET_REFUND, made["id"])) == made
    StripeMerchant().refund(intent["id"], amount=2_00)
    shown = done(StripeMerchant().get(GET_REFUND, made["id"], expand=["charge.refunds", "payment_intent"]))
    assert [one["amount"] for one in shown["charge"]["refunds"]["data"]] == [2_00, 3_00]
    assert shown["payment_intent"]["id"] == intent["id"]


def test_a_native_refund_is_shown(demo: Merchant) -> None:
    refund_id = demo.refunded(demo.captured(10_00), 4_00)
    assert done(StripeMerchant().get(GET_REFUND, refund_id.replace("ref_", "re_")))["amount"] == 4_00


@pytest.mark.parametrize("name", [f"re_{PAYMENT_ID[5:]}{'q' * 10}", "re_" + "q" * 26, "re_x", PAYMENT_ID, "x" * 200])
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(StripeMerchant().get(GET_REFUND, name)) == missing("id")


def test_a_capture_is_not_a_refund(demo: Merchant) -> None:
    capture_id = demo.captured(10_00)
    assert wrong(StripeMerchant().get(GET_REFUND, capture_id.replace("cap_", "re_"))) == missing("id")


@pytest.mark.parametrize("final", [True, False])
def test_before_basil_a_release_by_a_final_capture_is_a_refund(final: bool) -> None:
    intent = StripeMerchant().held()["id"]
    StripeMerchant().capture(intent, amount_to_capture=4_00, final_capture=final)
    capture_id = next(one["transaction_id"] for one in operations() if one["type"] == "capture")
    name = f"{capture_id.replace('cap_', 're_')}c"
    reply = StripeMerchant(version=BEFORE_BASIL).get(GET_REFUND, name)
    assert (done(reply)["amount"] == 6_00) if final else (wrong(reply) == missing("id"))
    assert wrong(StripeMerchant().get(GET_REFUND, name)) == missing("id")


def operations() -> list[dict[str, Any]]:
    """Return the operations of the only payment, as the native API shows them."""
    (item,) = [item for item in table_snapshot.items() if "operations" in item]
    return render_payment(payment_from(item))["operations"]


def test_an_empty_void_is_not_a_refund() -> None:
    StripeMerchant().cancel(StripeMerchant().opened()["id"])
    void_id = operations()[-1]["transaction_id"]
    assert wrong(StripeMerchant().get(GET_REFUND, f"{void_id.replace('void_', 're_')}v")) == missing("id")


def test_another_merchants_is_not_there() -> None:
    shop = StripeMerchant(OTHER_MERCHANT)
    theirs = done(shop.refund(shop.paid()["id"]))["id"]
    assert wrong(StripeMerchant().get(GET_REFUND, theirs)) == missing("id")


def test_a_field_that_cannot_be_expanded_is_refused() -> None:
    made = done(StripeMerchant().refund(StripeMerchant().paid()["id"]))["id"]
    assert wrong(StripeMerchant().get(GET_REFUND, made, expand=["metadata"]))[3] == "expand"
