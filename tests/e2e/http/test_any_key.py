"""A key that Stripe issued, or that somebody invented, works on a laptop without being made first."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import stripe

from paysandbox.http.keys.credential import key_digest, merchant_by_account
from tests.e2e.conftest import Sandbox
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.clients.stripe_sdk_calls import Sdk, is_about, native, opened, paid
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

ACCOUNT = "E2eAnyKeyAbCdEf"
OTHER_ACCOUNT = "E2eOtherAbCdEfG"
LIVE = "_live_51" + "LiveKeyOfNobody" + "Q" * 60


def key_of(account: str, kind: str = "sk", rest: str = "r" * 60) -> str:
    return f"{kind}_test_51{account}{rest}"


@pytest.fixture
def sdks(sandbox: Sandbox) -> Iterator[Any]:
    """Provide a function that returns the SDK with a key."""
    with ExitStack() as open_sdks:
        yield lambda key: open_sdks.enter_context(sdk_on(sandbox.base_url, key))


def is_refused(sdk: Sdk) -> bool:
    try:
        sdk.v1.payment_intents.list()
    except stripe.AuthenticationError:
        return True
    return False


def seen(sandbox: Sandbox, key: str) -> dict[str, Any]:
    """Return what `keys list` shows of a key."""
    (found,) = [one for one in sandbox.json("keys", "list")["data"] if one["key_id"] == key_digest(key)[:10]]
    return found


@pytest.mark.full
def test_an_unknown_key_pays_and_gets_only_its_own_webhooks(sandbox: Sandbox, sdks: Any) -> None:
    mine: Sdk = sdks(key_of(ACCOUNT))
    theirs: Sdk = sdks(key_of(OTHER_ACCOUNT))
    with receiver() as shop:
        endpoint = mine.v1.webhook_endpoints.create({"url": shop.url, "enabled_events": ["*"]})
        foreign, intent = paid(theirs, 20_00), paid(mine, 10_00)

        def heard() -> list[Any]:
            return [
                stripe.Webhook.construct_event(one.body, one.headers["stripe-signature"], endpoint.secret)
                for one in list(shop.received)
            ]

        until(lambda: any(is_about(event, intent.id) for event in heard()), f"an event about {intent.id}")
        assert not any(is_about(event, foreign.id) for event in heard())
        assert list(theirs.v1.webhook_endpoints.list()) == []
        mine.v1.webhook_endpoints.delete(endpoint.id)
    with pytest.raises(stripe.InvalidRequestError):
        mine.v1.payment_intents.retrieve(foreign.id)
    shown = seen(sandbox, key_of(ACCOUNT))
    assert (shown["merchant"], shown["origin"]) == (merchant_by_account(key_of(ACCOUNT)), "first_seen")
    assert (shown["masked_key"], shown["plan"]) == ("sk_test_…rrrr", "sandbox")
    # A key of the sandbox's own opens the same merchant on the native API.
    made = sandbox.json("keys", "create", "--merchant", shown["merchant"])
    found = httpx.get(f"{sandbox.base_url}/payments/{native(intent.id)}", headers={"X-Api-Key": made["api_key"]})
    assert found.json()["amount"] == 10_00


def test_all_keys_of_an_account_open_one_merchant(sdks: Any) -> None:
    intent = opened(sdks(key_of(ACCOUNT)), payment_method="pm_card_visa")
    assert sdks(key_of(ACCOUNT, "rk", "other")).v1.payment_intents.retrieve(intent.id).id == intent.id
    page: Sdk = sdks(key_of(ACCOUNT, "pk", "third"))
    done = page.v1.payment_intents.confirm(intent.id, {"client_secret": intent.client_secret})
    assert done.status == "succeeded"
    with pytest.raises(stripe.PermissionError):
        page.v1.payment_intents.list()


@pytest.mark.parametrize("key", ["sk_test_123", "sk_test_your-own-key", "rk_test_" + "b" * 24])
def test_a_key_without_an_account_is_demos(sandbox: Sandbox, sdks: Any, key: str) -> None:
    intent = opened(sdks(key))
    assert seen(sandbox, key)["merchant"] == "demo"
    (native_key,) = [
        one["api_key"] for one in sandbox.json("status", "-o", "json")["merchants"]
        if (one["merchant"], one["plan"]) == ("demo", "sandbox")
    ]  # fmt: skip
    assert sdks(native_key).v1.payment_intents.retrieve(intent.id).id == intent.id


def test_fifty_first_requests_at_once(sandbox: Sandbox) -> None:
    key = key_of("E2eFiftyAtOnceA")
    with httpx.Client(base_url=sandbox.base_url, timeout=120) as client, ThreadPoolExecutor(50) as at_once:
        answers = list(at_once.map(lambda _: client.get("/v1/payment_intents", auth=(key, "")), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert seen(sandbox, key)["merchant"] == merchant_by_account(key)


def test_a_usage_plan_limits_each_key_separately(sandbox: Sandbox) -> None:
    """As a key of the plan `sandbox`: 100 requests at once. `keys import` puts it on another plan."""
    hasty, other = key_of("E2eHastyAbCdEfG"), key_of("E2eHastyAbCdEfG", rest="other")
    with httpx.Client(base_url=sandbox.base_url, timeout=60, trust_env=False) as client:

        def ask(key: str) -> int:
            return client.get("/v1/payment_intents/pi_" + "a" * 26, auth=(key, "")).status_code

        statuses = [ask(hasty) for _ in range(130)]
        assert statuses[:100] == [404] * 100
        assert 429 in statuses
        assert ask(other) == 404
        sandbox.run("keys", "import", "--plan", "load", piped=hasty)
        assert [ask(hasty) for _ in range(30)] == [404] * 30
    assert (seen(sandbox, hasty)["plan"], seen(sandbox, hasty)["origin"]) == ("load", "imported")


def test_a_digest_is_not_accepted_as_a_key(sandbox: Sandbox, sdks: Any) -> None:
    opened(sdks(key_of(ACCOUNT)))
    digest = key_digest(key_of(ACCOUNT))
    with httpx.Client(base_url=sandbox.base_url, trust_env=False) as client:
        assert client.get("/payments", headers={"X-Api-Key": digest}).status_code == 401
        assert client.get("/v1/payment_intents", auth=(digest, "")).status_code == 401


@pytest.mark.parametrize("kind", ["sk", "rk", "pk"])
def test_a_live_key_is_refused_with_the_reason(sdks: Any, kind: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as refused:
        opened(sdks(kind + LIVE))
    assert refused.value.http_status == 401
    assert "A live key (sk_live_, rk_live_, pk_live_) is refused" in str(refused.value)
    assert LIVE not in str(refused.value.http_body)


def test_a_part_of_an_own_key_is_refused(sandbox: Sandbox) -> None:
    key = sandbox.json("keys", "create", "--merchant", "e2e-cut-off")["api_key"]
    with httpx.Client(base_url=sandbox.base_url, trust_env=False) as client:
        parts = (key, key[:-20], "sk_test_e2e-cut-off_x", key + "_x", "sk_test_my_key")
        statuses = [client.get("/v1/payment_intents", auth=(text, "")).status_code for text in parts]
    assert statuses == [200, 401, 401, 401, 200]
