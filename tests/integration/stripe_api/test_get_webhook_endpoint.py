"""GET /v1/webhook_endpoints/{endpoint}: a webhook endpoint."""

from tests.support.stripe_shop import Sdk, refused


def test_it_is_what_it_was_made_as(sdk: Sdk, other: Sdk) -> None:
    made = sdk.v1.webhook_endpoints.create({"url": "https://example.com/hooks", "enabled_events": ["*"]})
    shown = sdk.v1.webhook_endpoints.retrieve(made.id)
    assert {**shown.to_dict(), "secret": made.secret} == made.to_dict()
    assert refused(lambda: other.v1.webhook_endpoints.retrieve(made.id)).code == "resource_missing"
    assert refused(lambda: sdk.v1.webhook_endpoints.retrieve("we_nothing")).http_status == 404
