"""GET /v1/charges/{charge}/refunds, the `url` of the list in a charge."""

from typing import Any

from paysandbox.stripe_api.routes import GET_CHARGE, LIST_CHARGE_REFUNDS, LIST_CHARGES
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.stripe_call import BEFORE_BASIL
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

shop = StripeMerchant()


def refunded(times: int = 3) -> tuple[str, list[str]]:
    """Return a charge that was refunded several times, and its refunds, newest first."""
    intent = shop.paid()
    return intent["latest_charge"], [done(shop.refund(intent["id"], amount=1_00))["id"] for _ in range(times)][::-1]


def page(charge: str, **params: Any) -> tuple[list[str], bool]:
    shown = done(shop.get(LIST_CHARGE_REFUNDS, charge, **params))
    assert (shown["object"], shown["url"]) == ("list", f"/v1/charges/{charge}/refunds")
    return [one["id"] for one in shown["data"]], shown["has_more"]


def test_the_list_in_a_charge_answers_at_its_url() -> None:
    charge, refunds = refunded()
    shown = done(shop.get(GET_CHARGE, charge, expand=["refunds"]))["refunds"]
    assert done(shop.get(LIST_CHARGE_REFUNDS, charge)) == shown
    assert [one["id"] for one in shown["data"]] == refunds
    (one, *_) = done(shop.get(LIST_CHARGE_REFUNDS, charge, expand=["data.payment_intent"]))["data"]
    assert one["payment_intent"]["latest_charge"] == charge


def test_pages() -> None:
    charge, (newest, middle, oldest) = refunded()
    assert page(charge, limit=2) == ([newest, middle], True)
    assert page(charge, limit=2, starting_after=middle) == ([oldest], False)
    assert page(charge, limit=1, ending_before=oldest) == ([middle], True)
    assert page(charge, ending_before=newest) == ([], False)


def test_a_charge_without_refunds() -> None:
    assert page(shop.paid()["latest_charge"]) == ([], False)
    declined = shop.declined()
    (failed,) = done(shop.get(LIST_CHARGES, payment_intent=declined["id"]))["data"]
    assert page(failed["id"]) == ([], False)


def test_what_was_released_is_a_refund_in_earlier_versions() -> None:
    intent = shop.held()
    done(shop.cancel(intent["id"]))
    assert page(intent["latest_charge"]) == ([], False)
    earlier = StripeMerchant(version=BEFORE_BASIL)
    (refund,) = done(earlier.get(LIST_CHARGE_REFUNDS, intent["latest_charge"]))["data"]
    assert refund["amount"] == intent["amount"]


def test_an_unknown_charge_and_another_merchants_are_missing() -> None:
    charge, _ = refunded(1)
    assert wrong(shop.get(LIST_CHARGE_REFUNDS, "ch_" + "q" * 36)) == missing("id")
    assert wrong(StripeMerchant(OTHER_MERCHANT).get(LIST_CHARGE_REFUNDS, charge)) == missing("id")


def test_parameters_of_other_lists_are_refused() -> None:
    charge, _ = refunded(1)
    assert wrong(shop.get(LIST_CHARGE_REFUNDS, charge, starting_after="re_x"))[3] == "starting_after"
    assert wrong(shop.get(LIST_CHARGE_REFUNDS, charge, payment_intent="pi_x"))[0] == 400
