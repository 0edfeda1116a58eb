"""GET /v1/refunds: refunds, newest first; or those of one charge or intent."""

import pytest

from tests.integration.stripe_api.conftest import Publish
from tests.support.call import Merchant
from tests.support.stripe_shop import Sdk, opened, paid, refused


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_both_ways_through_all_that_was_told(
    limit: int, sdk: Sdk, other: Sdk, demo: Merchant, publish: Publish
) -> None:
    other.v1.refunds.create({"payment_intent": paid(other).id})
    intent = paid(sdk).id
    made = [sdk.v1.refunds.create({"payment_intent": intent, "amount": 1_00}).id for _ in range(3)]
    made.append(demo.refunded(demo.captured(10_00), 1_00).replace("ref_", "re_"))
    assert sdk.v1.refunds.list().data == []
    publish()
    assert [one.id for one in sdk.v1.refunds.list({"limit": limit}).auto_paging_iter()] == made[::-1]
    back = sdk.v1.refunds.list({"limit": limit, "ending_before": made[0]})
    assert [one.id for one in back.auto_paging_iter()] == made[1:]


def test_of_one_payment(sdk: Sdk, other: Sdk) -> None:
    intent = paid(sdk)
    sdk.v1.refunds.create({"payment_intent": paid(sdk).id})
    made = [sdk.v1.refunds.create({"charge": intent.latest_charge, "amount": 1_00}).id for _ in range(3)]
    for of in ({"payment_intent": intent.id}, {"charge": intent.latest_charge}):
        page = sdk.v1.refunds.list({**of, "limit": 2, "expand": ["data.charge"]})
        assert ([one.id for one in page], page.has_more) == (made[:0:-1], True)
        assert {one.charge.id for one in page} == {intent.latest_charge}
        assert [one.id for one in sdk.v1.refunds.list({**of, "limit": 2}).auto_paging_iter()] == made[::-1]
        assert refused(lambda of=of: other.v1.refunds.list(of)).http_status == 404
    assert sdk.v1.refunds.list({"payment_intent": opened(sdk).id}).data == []
