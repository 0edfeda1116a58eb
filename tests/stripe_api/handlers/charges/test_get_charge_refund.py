"""GET /v1/charges/{charge}/refunds/{refund}: the refund, at its own charge only."""

import pytest

from paysandbox.stripe_api.routes import GET_CHARGE_REFUND, GET_REFUND, LIST_CHARGE_REFUNDS
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

shop = StripeMerchant()


def refunded() -> tuple[str, str]:
    """Return a charge that was refunded, and the refund."""
    intent = shop.paid()
    return intent["latest_charge"], done(shop.refund(intent["id"], amount=1_00))["id"]


def test_it_is_the_refund_of_that_id() -> None:
    charge, refund = refunded()
    assert done(shop.get(GET_CHARGE_REFUND, (charge, refund))) == done(shop.get(GET_REFUND, refund))
    assert done(shop.get(GET_CHARGE_REFUND, (charge, refund), expand=["charge"]))["charge"]["id"] == charge


def test_what_was_released_is_a_refund_in_earlier_versions() -> None:
    intent = shop.held()
    done(shop.cancel(intent["id"]))
    earlier = StripeMerchant(version=BEFORE_BASIL)
    (refund,) = done(earlier.get(LIST_CHARGE_REFUNDS, intent["latest_charge"]))["data"]
    named = (intent["latest_charge"], refund["id"])
    assert done(earlier.get(GET_CHARGE_REFUND, named)) == refund
    assert wrong(shop.get(GET_CHARGE_REFUND, named)) == missing("id")


@pytest.mark.parametrize("merchant", [shop.name, OTHER_MERCHANT])
def test_it_is_found_at_its_own_charge_only(merchant: str) -> None:
    (_, refund), (other, _) = refunded(), refunded()
    for charge in ("ch_" + "q" * 36, other):
        assert wrong(StripeMerchant(merchant).get(GET_CHARGE_REFUND, (charge, refund))) == missing("id")
