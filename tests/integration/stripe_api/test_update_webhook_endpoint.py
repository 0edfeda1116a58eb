"""POST /v1/webhook_endpoints/{endpoint}: change it, disable or enable it."""

from typing import Any

import pytest

from tests.support.stripe_shop import Sdk, refused


@pytest.mark.parametrize(
    "params, shown",
    [
        ({"url": "https://example.com/other"}, {"url": "https://example.com/other"}),
        ({"enabled_events": ["charge.failed"]}, {"enabled_events": ["charge.failed"]}),
        ({"description": "Other"}, {"description": "Other"}),
        ({"description": ""}, {"description": None}),
        ({"disabled": True}, {"status": "disabled"}),
        ({"disabled": False}, {}),
        ({}, {}),
    ],
)
def test_what_is_named_changes_and_the_rest_stays(params: dict[str, Any], shown: dict[str, Any], sdk: Sdk) -> None:
    hook = {"url": "https://example.com/hooks", "enabled_events": ["*"], "description": "Shop"}
    made = sdk.v1.webhook_endpoints.create(hook).id
    before = sdk.v1.webhook_endpoints.retrieve(made).to_dict()
    changed = sdk.v1.webhook_endpoints.update(made, params).to_dict()
    assert changed == {**before, **shown}
    assert sdk.v1.webhook_endpoints.retrieve(made).to_dict() == changed


def test_what_is_refused(sdk: Sdk, other: Sdk) -> None:
    made = sdk.v1.webhook_endpoints.create({"url": "https://example.com/hooks", "enabled_events": ["*"]}).id
    update = sdk.v1.webhook_endpoints.update
    assert refused(lambda: update(made, {"url": "https://localhost/"})).param == "url"
    assert refused(lambda: update(made, {"enabled_events": ["customer.created"]})).param == "enabled_events[0]"
    assert refused(lambda: other.v1.webhook_endpoints.update(made, {"disabled": True})).code == "resource_missing"
