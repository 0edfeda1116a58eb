"""Revocation of a key that Stripe's SDK has used: it is refused within the stated time."""

import time

import pytest
import stripe

from tests.e2e.conftest import Sandbox
from tests.support.clients.stripe_sdk import sdk_on


@pytest.mark.full
def test_a_revoked_key_is_refused_within_its_time(sandbox: Sandbox) -> None:
    """The key is not refused at once: the authorizer's answer is cached for that time."""
    gateway = sandbox.target.client("apigateway")
    [api_id] = [one["id"] for one in gateway.get_rest_apis()["items"] if one["name"] == "paysandbox-local-v1"]
    [authorizer] = gateway.get_authorizers(restApiId=api_id)["items"]
    made = sandbox.json("keys", "create", "--merchant", "stripe-revoked")
    key = made["api_key"]
    with sdk_on(sandbox.base_url, key) as known:
        known.v1.payment_intents.list()
        sandbox.run("keys", "revoke", made["key_id"])
        time.sleep(authorizer["authorizerResultTtlInSeconds"])
        with pytest.raises(stripe.AuthenticationError):
            known.v1.payment_intents.list()
