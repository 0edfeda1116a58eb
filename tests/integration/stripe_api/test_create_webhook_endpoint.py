"""POST /v1/webhook_endpoints: have events sent to a URL, as Stripe sends them."""

from typing import Any

import pytest

from tests.support.call import Merchant
from tests.support.endpoints import Subscriber
from tests.support.stripe_shop import Sdk, refused

HOOK = {"url": "https://example.com/hooks", "enabled_events": ["charge.refunded"]}


def test_an_endpoint_is_made_and_its_secret_shown_once(sdk: Sdk) -> None:
    made = sdk.v1.webhook_endpoints.create({**HOOK, "description": "Shop", "metadata": {"a": "b"}})
    assert (made.url, made.enabled_events, made.status) == (HOOK["url"], HOOK["enabled_events"], "enabled")
    assert (made.description, made.metadata.to_dict()) == ("Shop", {"a": "b"})
    assert made.secret.startswith("whsec_")
    assert "secret" not in sdk.v1.webhook_endpoints.retrieve(made.id).to_dict()


@pytest.mark.parametrize(
    "params, code, param",
    [
        ({"url": "https://169.254.169.254/"}, "url_invalid", "url"),
        ({"url": "no address"}, "url_invalid", "url"),
        ({"enabled_events": ["customer.created"]}, None, "enabled_events[0]"),
        ({"enabled_events": ["charge.refunded", "charge.refunded"]}, None, "enabled_events[1]"),
        ({"connect": True}, "parameter_unknown", "connect"),
    ],
)
def test_what_is_refused(params: dict[str, Any], code: str | None, param: str, sdk: Sdk) -> None:
    error = refused(lambda: sdk.v1.webhook_endpoints.create({**HOOK, **params}))
    assert (error.code, error.param) == (code, param)
    assert sdk.v1.webhook_endpoints.list().data == []


def test_under_its_key_it_is_answered_as_it_was_asked_for(sdk: Sdk) -> None:
    key = {"idempotency_key": "an endpoint"}
    made = sdk.v1.webhook_endpoints.create(HOOK, key)
    sdk.v1.webhook_endpoints.update(made.id, {"enabled_events": ["*"], "disabled": True})
    again = sdk.v1.webhook_endpoints.create(HOOK, key)
    assert again.last_response.body == made.last_response.body
    assert again.last_response.headers["Idempotent-Replayed"] == "true"


def test_each_api_shows_its_own_kind(sdk: Sdk, demo: Merchant) -> None:
    made, native = sdk.v1.webhook_endpoints.create(HOOK), Subscriber().create().json["endpoint_id"]
    assert [one.id for one in sdk.v1.webhook_endpoints.list()] == [made.id]
    assert refused(lambda: sdk.v1.webhook_endpoints.retrieve(native)).code == "resource_missing"
