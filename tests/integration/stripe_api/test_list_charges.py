"""GET /v1/charges: attempts, newest first; or those of one intent."""

import pytest
import stripe

from tests.support.call import Merchant
from tests.support.stripe_shop import Sdk, opened, paid, refused


def attempted(sdk: Sdk) -> tuple[str, list[str]]:
    """An intent after two declined attempts and an approved one; its charges, newest first."""
    intent = opened(sdk)
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
    sdk.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    listed = sdk.v1.charges.list({"payment_intent": intent.id})
    assert [one.status for one in listed] == ["succeeded", "failed", "failed"]
    return intent.id, [one.id for one in listed]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_both_ways_through_all_of_them(limit: int, sdk: Sdk, other: Sdk, demo: Merchant) -> None:
    paid(other)
    opened(sdk)
    _, first = attempted(sdk)
    native = "ch_" + demo.authorized().removeprefix("auth_")
    _, second = attempted(sdk)
    every = [*second, native, *first]
    assert [one.id for one in sdk.v1.charges.list({"limit": limit}).auto_paging_iter()] == every
    back = sdk.v1.charges.list({"limit": limit, "ending_before": every[-1]})
    assert [one.id for one in back.auto_paging_iter()] == every[-2::-1]


def test_of_one_intent(sdk: Sdk, other: Sdk) -> None:
    intent, charges = attempted(sdk)
    paid(sdk)
    page = sdk.v1.charges.list({"payment_intent": intent, "limit": 2})
    assert ([one.id for one in page], page.has_more) == (charges[:2], True)
    assert [one.id for one in page.auto_paging_iter()] == charges
    foreign = refused(lambda: other.v1.charges.list({"payment_intent": intent}))
    assert (foreign.code, foreign.param) == ("resource_missing", "payment_intent")
    assert sdk.v1.charges.list({"payment_intent": opened(sdk).id}).data == []
