"""Which charge a refund is of: an intent has one for each attempt, and only the approved one can be refunded."""

from collections.abc import Callable

import pytest
import stripe

from tests.support.call import Merchant
from tests.support.stripe_shop import UNEXPECTED, Sdk, native, opened, paid, refused


def test_the_charge_of_a_declined_attempt(sdk: Sdk) -> None:
    intent = opened(sdk)
    with pytest.raises(stripe.CardError) as declined:
        sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
    failed = declined.value.error and declined.value.error.charge
    approved = sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).latest_charge
    assert refused(lambda: sdk.v1.refunds.create({"charge": failed})).code == UNEXPECTED
    assert sdk.v1.charges.retrieve(approved).amount_refunded == 0
    assert sdk.v1.refunds.create({"charge": approved}).amount == 10_00


@pytest.mark.parametrize("spoil", [lambda charge: charge[:-1] + "7", lambda charge: charge[:-10]])
def test_a_charge_that_the_intent_never_had(spoil: Callable[[str], str], sdk: Sdk) -> None:
    intent = paid(sdk)
    charge = spoil(intent.latest_charge)
    for call in (lambda: sdk.v1.refunds.create({"charge": charge}), lambda: sdk.v1.charges.retrieve(charge)):
        assert refused(call).http_status == 404
    assert sdk.v1.refunds.list({"payment_intent": intent.id}).data == []


def test_the_charge_of_another_merchant(sdk: Sdk, other: Sdk) -> None:
    charge = paid(other).latest_charge
    assert refused(lambda: sdk.v1.refunds.create({"charge": charge})).code == "resource_missing"


def test_a_native_payments_charge(sdk: Sdk, demo: Merchant) -> None:
    auth = demo.authorized(10_00)
    demo.captured(10_00, of=auth)
    intent = sdk.v1.payment_intents.retrieve(auth.replace("auth_", "pi_"))
    assert sdk.v1.refunds.create({"charge": intent.latest_charge, "amount": 4_00}).amount == 4_00
    assert demo.payment(native(intent.id)).json["refunded"] == 4_00
