"""GET /v1/disputes/{dispute}: a dispute, and what it does to its charge and its refunds."""

import pytest

from paysandbox.stripe_api.routes import (
    CREATE_CHARGE_REFUND,
    GET_CHARGE,
    GET_STRIPE_DISPUTE,
    SEARCH_CHARGES,
)
from tests.stripe_api.handlers.disputes.stripe_disputes import (
    NOT_THERE,
    SHOP,
    close,
    disputed,
    events,
    shown,
)
from tests.stripe_api.handlers.pages import ids_of, listed
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong


@pytest.mark.full
def test_a_charge_is_disputed_from_then_on_and_cannot_be_refunded_meanwhile() -> None:
    dispute = disputed(amount=4_00)
    charge = dispute["charge"]
    assert done(SHOP.get(GET_CHARGE, charge))["disputed"]
    assert ids_of(listed(SEARCH_CHARGES, query="disputed:'true'")) == [charge]
    for refused in (SHOP.refund(dispute["payment_intent"]), SHOP.post(CREATE_CHARGE_REFUND, charge, amount=1_00)):
        assert wrong(refused)[:3] == (400, "invalid_request_error", "charge_disputed")
    done(close(dispute["id"]))
    charge_now = done(SHOP.get(GET_CHARGE, charge))
    assert (charge_now["disputed"], charge_now["refunded"], charge_now["amount_refunded"]) == (True, False, 0)
    assert shown(dispute["id"])["is_charge_refundable"]
    assert done(SHOP.refund(dispute["payment_intent"]))["amount"] == 6_00


def test_a_refund_of_everything_ends_an_inquiry() -> None:
    dispute = disputed(kind="inquiry")
    assert dispute["is_charge_refundable"]
    done(SHOP.refund(dispute["payment_intent"]))
    assert shown(dispute["id"])["status"] == "warning_closed"
    assert events() == ["charge.dispute.created", "charge.dispute.closed"]


@pytest.mark.parametrize("name", NOT_THERE)
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(SHOP.ask(GET_STRIPE_DISPUTE, name)) == missing("dispute")


def test_another_merchants_is_not_there() -> None:
    dispute = disputed()["id"]
    assert wrong(StripeMerchant(OTHER_MERCHANT).ask(GET_STRIPE_DISPUTE, dispute)) == missing("dispute")
