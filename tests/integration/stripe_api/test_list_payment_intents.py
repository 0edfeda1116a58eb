"""GET /v1/payment_intents: payments as intents, newest first, around one that the caller names."""

from typing import Any

import pytest

from tests.support.call import Merchant
from tests.support.stripe_shop import Sdk, opened, refused


def names(page: Any) -> list[str]:
    """The ids of a page."""
    return [one.id for one in page]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_both_ways_through_all_of_them(limit: int, sdk: Sdk, other: Sdk, demo: Merchant) -> None:
    opened(other)
    made = [opened(sdk).id for _ in range(4)]
    made.append(demo.authorized().replace("auth_", "pi_"))
    newest_first = made[::-1]
    page = sdk.v1.payment_intents.list({"limit": limit})
    assert names(page.auto_paging_iter()) == newest_first
    assert page.has_more is (limit < len(made))
    back = sdk.v1.payment_intents.list({"limit": limit, "ending_before": made[0]})
    assert names(back.auto_paging_iter()) == made[1:]


def test_by_when_they_were_made(sdk: Sdk) -> None:
    intent = opened(sdk)
    at = intent.created
    for created, found in (
        ({"gte": at, "lte": at}, True),
        ({"gt": at}, False),
        ({"lt": at}, False),
        ({"gt": at - 1, "lt": at + 1}, True),
        (at, True),
        (at - 5, False),
    ):
        assert names(sdk.v1.payment_intents.list({"created": created})) == ([intent.id] if found else []), created


def test_beside_what(sdk: Sdk, other: Sdk) -> None:
    mine, foreign = opened(sdk).id, opened(other).id
    both = {"starting_after": mine, "ending_before": mine}
    assert refused(lambda: sdk.v1.payment_intents.list(both)).param == "ending_before"
    assert refused(lambda: sdk.v1.payment_intents.list({"starting_after": foreign})).code == "resource_missing"
    assert sdk.v1.payment_intents.list({"starting_after": mine}).data == []


def test_expanded_in_the_list(sdk: Sdk) -> None:
    opened(sdk, payment_method="pm_card_visa", confirm=True)
    (shown,) = sdk.v1.payment_intents.list({"expand": ["data.latest_charge"]}).data
    assert shown.latest_charge.object == "charge"
    assert refused(lambda: sdk.v1.payment_intents.list({"expand": ["latest_charge"]})).param == "expand"
