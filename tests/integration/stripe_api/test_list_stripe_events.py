"""GET /v1/events: events in Stripe's shape, newest first, by type and time."""

from typing import Any

import pytest

from tests.integration.stripe_api.conftest import Publish
from tests.support.stripe_shop import Sdk, opened, refused

TOLD = [
    "refund.created",
    "charge.refunded",
    "payment_intent.succeeded",
    "charge.captured",
    "payment_intent.amount_capturable_updated",
    "charge.succeeded",
    "payment_intent.created",
]


@pytest.fixture
def intent(sdk: Sdk, other: Sdk, publish: Publish) -> str:
    """One whose life was told, and nobody else's of this merchant."""
    opened(other)
    intent = opened(sdk, capture_method="manual", payment_method="pm_card_visa").id
    sdk.v1.payment_intents.confirm(intent)
    sdk.v1.payment_intents.update(intent, {"description": "Nobody hears of this"})
    sdk.v1.payment_intents.capture(intent)
    sdk.v1.refunds.create({"payment_intent": intent})
    publish()
    return intent


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_both_ways_through_all_of_them(limit: int, intent: str, sdk: Sdk) -> None:
    every = list(sdk.v1.events.list({"limit": limit}).auto_paging_iter())
    assert [one.type for one in every] == TOLD
    back = sdk.v1.events.list({"limit": limit, "ending_before": every[-1].id})
    assert [one.id for one in back.auto_paging_iter()] == [one.id for one in every[-2::-1]]


@pytest.mark.parametrize(
    "wanted, found",
    [
        ({"type": "charge.captured"}, ["charge.captured"]),
        ({"type": "charge.*"}, ["charge.refunded", "charge.captured", "charge.succeeded"]),
        ({"types": ["refund.created", "charge.succeeded"]}, ["refund.created", "charge.succeeded"]),
        ({"type": "customer.created"}, []),
        ({"created": {"gt": 4_000_000_000}}, []),
    ],
)
def test_by_type_and_time(wanted: dict[str, Any], found: list[str], intent: str, sdk: Sdk) -> None:
    assert [one.type for one in sdk.v1.events.list(wanted)] == found


def test_what_cannot_be_asked(intent: str, sdk: Sdk) -> None:
    both = {"type": "charge.captured", "types": ["charge.captured"]}
    assert refused(lambda: sdk.v1.events.list(both)).param == "types"
    assert refused(lambda: sdk.v1.events.list({"starting_after": "evt_nothing"})).code == "resource_missing"
