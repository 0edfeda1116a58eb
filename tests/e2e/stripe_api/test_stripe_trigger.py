"""`paysandbox trigger` with Stripe's event types, on the deployed sandbox: each event happens to its payment."""

import json

import pytest

from cli.webhooks.event_types import OBJECT_EVENTS, STRIPE_EVENTS
from cli.webhooks.object_trigger import UNLISTED
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.stripe_sdk_calls import Sdk, is_about
from tests.support.tools.tiers import full_but

# An expiry moves the clock, which all tests here share.
HAPPEN_AT_ONCE = sorted(STRIPE_EVENTS.keys() - {"charge.expired"})


@pytest.mark.parametrize("event", full_but(HAPPEN_AT_ONCE, keep=lambda event: event == "payment_intent.succeeded"))
def test_the_event_happens(event: str, sandbox: Sandbox, api: Api, sdk: Sdk) -> None:
    words = ["trigger", event, "--base-url", sandbox.base_url, "--key-file", "-", "--override", "amount=500", "--json"]
    facts = json.loads(sandbox.run(*words, piped=f"{api.api_key}\n").stdout)
    found = sdk.v1.events.retrieve(facts["event_id"])
    assert (found.type, facts["happened"]) == (event, True)
    assert is_about(found, facts["payment_intent"])
    assert sdk.v1.payment_intents.retrieve(facts["payment_intent"]).amount == 500


@pytest.mark.parametrize("event", full_but(sorted(OBJECT_EVENTS), keep=lambda event: event == "setup_intent.succeeded"))
def test_the_event_of_an_object_happens(event: str, sandbox: Sandbox, api: Api, sdk: Sdk) -> None:
    words = ["trigger", event, "--base-url", sandbox.base_url, "--key-file", "-", "--json"]
    facts = json.loads(sandbox.run(*words, piped=f"{api.api_key}\n").stdout)
    assert (facts["happened"], "event_id" in facts) == (True, event not in UNLISTED)
    if "event_id" not in facts:
        return
    account = next(
        (each["transaction_id"] for each in facts["operations"] if each["operation"] == "create_account"), None
    )
    found = sdk.v1.events.retrieve(facts["event_id"], options={"stripe_account": account} if account else {})
    assert (found.type, found.data.object.id) == (event, facts["object"])


def test_an_expiry_is_only_held_until_the_clock_is_moved(sandbox: Sandbox, api: Api, sdk: Sdk) -> None:
    words = ["trigger", "charge.expired", "--base-url", sandbox.base_url, "--key-file", "-", "--json"]
    facts = json.loads(sandbox.run(*words, piped=f"{api.api_key}\n").stdout)
    assert (facts["happened"], "event_id" in facts) == (False, False)
    assert sdk.v1.payment_intents.retrieve(facts["payment_intent"]).status == "requires_capture"
