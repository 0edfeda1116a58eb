"""GET /v1/refunds/{refund}: a refund."""

from tests.support.call import Merchant
from tests.support.stripe_shop import Sdk, paid, refused


def test_it_is_what_it_was_answered_as(sdk: Sdk, other: Sdk) -> None:
    intent = paid(sdk)
    made = sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1_00, "metadata": {"a": "b"}})
    assert sdk.v1.refunds.retrieve(made.id).to_dict() == made.to_dict()
    shown = sdk.v1.refunds.retrieve(made.id, {"expand": ["charge", "payment_intent"]})
    assert (shown.charge.amount_refunded, shown.payment_intent.id) == (1_00, intent.id)
    for call in (lambda: other.v1.refunds.retrieve(made.id), lambda: sdk.v1.refunds.retrieve(made.id[:-1] + "7")):
        assert refused(call).code == "resource_missing"


def test_one_that_was_made_natively(sdk: Sdk, demo: Merchant) -> None:
    refund = demo.refunded(demo.captured(10_00), 3_00)
    shown = sdk.v1.refunds.retrieve(refund.replace("ref_", "re_"))
    assert (shown.amount, shown.status, shown.reason) == (3_00, "succeeded", None)
