"""DELETE /v1/webhook_endpoints/{endpoint}: send nothing to it any longer, and forget it."""

from tests.support.stripe_shop import Sdk, refused


def test_it_is_gone(sdk: Sdk, other: Sdk) -> None:
    made = sdk.v1.webhook_endpoints.create({"url": "https://example.com/hooks", "enabled_events": ["*"]}).id
    assert refused(lambda: other.v1.webhook_endpoints.delete(made)).code == "resource_missing"
    gone = sdk.v1.webhook_endpoints.delete(made)
    assert (gone.id, gone.deleted) == (made, True)
    # Again it makes no difference: the SDK sends no key with it, and may repeat it.
    assert sdk.v1.webhook_endpoints.delete(made).to_dict() == gone.to_dict()
    assert refused(lambda: sdk.v1.webhook_endpoints.retrieve(made)).code == "resource_missing"
    assert refused(lambda: sdk.v1.webhook_endpoints.delete("we_nothing")).code == "resource_missing"
    assert sdk.v1.webhook_endpoints.list().data == []
