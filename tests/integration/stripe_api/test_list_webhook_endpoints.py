"""GET /v1/webhook_endpoints: endpoints, newest first."""

import pytest

from tests.support.stripe_shop import Sdk


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_both_ways_through_all_of_them(limit: int, sdk: Sdk, other: Sdk) -> None:
    hook = {"url": "https://example.com/hooks", "enabled_events": ["*"]}
    other.v1.webhook_endpoints.create(hook)
    made = [sdk.v1.webhook_endpoints.create(hook).id for _ in range(3)]
    assert [one.id for one in sdk.v1.webhook_endpoints.list({"limit": limit}).auto_paging_iter()] == made[::-1]
    back = sdk.v1.webhook_endpoints.list({"limit": limit, "ending_before": made[0]})
    assert [one.id for one in back.auto_paging_iter()] == made[1:]
