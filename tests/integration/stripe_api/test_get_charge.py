"""GET /v1/charges/{charge}: an attempt, promised or declined, and what became of it."""

import pytest
import stripe

from tests.support.stripe_shop import Sdk, held, opened, paid, refused


def test_what_became_of_it(sdk: Sdk) -> None:
    intent = held(sdk)
    charge = sdk.v1.charges.retrieve(intent.latest_charge)
    assert (charge.captured, charge.amount_captured, charge.paid) == (False, 0, True)
    sdk.v1.payment_intents.capture(intent.id, {"amount_to_capture": 6_00})
    sdk.v1.refunds.create({"charge": charge.id})
    charge = sdk.v1.charges.retrieve(charge.id, {"expand": ["payment_intent", "refunds"]})
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 6_00, 6_00)
    assert charge.payment_intent.to_dict() == sdk.v1.payment_intents.retrieve(intent.id).to_dict()
    assert [one.amount for one in charge.refunds] == [6_00]


def test_a_declined_one(sdk: Sdk) -> None:
    intent = opened(sdk, payment_method="pm_card_chargeDeclined")
    with pytest.raises(stripe.CardError) as declined:
        sdk.v1.payment_intents.confirm(intent.id)
    charge = sdk.v1.charges.retrieve(declined.value.error and declined.value.error.charge)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "card_declined")


def test_what_is_none(sdk: Sdk, other: Sdk) -> None:
    charge = paid(sdk).latest_charge
    for name in ("ch_nothing", charge[:-10], charge[:-1] + "7", f"ch_{'a' * 26}"):
        assert refused(lambda name=name: sdk.v1.charges.retrieve(name)).code == "resource_missing"
    assert refused(lambda: other.v1.charges.retrieve(charge)).code == "resource_missing"
