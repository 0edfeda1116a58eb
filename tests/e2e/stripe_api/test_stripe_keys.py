"""Keys as Stripe's SDKs and pages send them: secret, publishable, and none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
import stripe

from tests.e2e.conftest import Sandbox
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.clients.stripe_sdk_calls import CARD, Sdk, opened, paid


@dataclass(frozen=True)
class Keys:
    """A merchant's keys, as `keys create` prints them."""

    secret: str
    publishable: str


@pytest.fixture(scope="module")
def keys(sandbox: Sandbox) -> Keys:
    """Create the keys of this file's own merchant."""
    made = sandbox.json("keys", "create", "--merchant", "stripe-keys", "--plan", "load")
    return Keys(made["api_key"], made["publishable_key"])


@pytest.fixture(scope="module")
def sdk(sandbox: Sandbox, keys: Keys) -> Iterator[Sdk]:
    """Provide the SDK with the secret key."""
    with sdk_on(sandbox.base_url, keys.secret) as it:
        yield it


@pytest.fixture(scope="module")
def page(sandbox: Sandbox, keys: Keys) -> Iterator[Sdk]:
    """Provide the SDK with the publishable key, as a page uses it."""
    with sdk_on(sandbox.base_url, keys.publishable) as it:
        yield it


def test_a_page_retrieves_and_confirms_one_intent(sdk: Sdk, page: Sdk) -> None:
    intent = opened(sdk)
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    shown = page.v1.payment_intents.retrieve(intent.id, {"client_secret": intent.client_secret})
    assert (shown.id, shown.status) == (intent.id, "requires_payment_method")
    done = page.v1.payment_intents.confirm(
        intent.id,
        {"client_secret": intent.client_secret, "payment_method_data": {"type": "card", "card": CARD}},
    )
    assert done.status == "succeeded"
    assert sdk.v1.payment_intents.retrieve(intent.id).amount_received == 10_00


@pytest.mark.parametrize("given", ["none", "another intent's", "one letter off"])
def test_a_page_without_the_intents_own_secret(given: str, sdk: Sdk, page: Sdk) -> None:
    intent = opened(sdk, payment_method="pm_card_visa")
    last = "b" if intent.client_secret[-1] == "a" else "a"
    params = {
        "none": {},
        "another intent's": {"client_secret": opened(sdk).client_secret},
        "one letter off": {"client_secret": intent.client_secret[:-1] + last},
    }[given]
    for call in (page.v1.payment_intents.retrieve, page.v1.payment_intents.confirm):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            call(intent.id, params)
        assert intent.client_secret not in str(refused.value.http_body)
    assert sdk.v1.payment_intents.retrieve(intent.id).status == "requires_confirmation"


def test_a_publishable_key_can_do_nothing_else(sdk: Sdk, page: Sdk) -> None:
    intent = paid(sdk)
    secret = {"client_secret": intent.client_secret}
    calls: list[Callable[[], object]] = [
        lambda: opened(page),
        page.v1.payment_intents.list,
        lambda: page.v1.payment_intents.update(intent.id, {"description": "mine", **secret}),
        lambda: page.v1.payment_intents.capture(intent.id, secret),
        lambda: page.v1.payment_intents.cancel(intent.id, secret),
        lambda: page.v1.refunds.create({"payment_intent": intent.id}),
        lambda: page.v1.charges.retrieve(intent.latest_charge),
        page.v1.events.list,
        page.v1.webhook_endpoints.list,
    ]
    for call in calls:
        with pytest.raises(stripe.PermissionError) as refused:
            call()
        assert refused.value.http_status == 403
    assert sdk.v1.charges.retrieve(intent.latest_charge).amount_refunded == 0


@pytest.mark.parametrize(
    "spoil",
    [lambda key: key[:-1] + ("x" if key[-1] == "y" else "y"), lambda _: "sk_prod_nobody", lambda _: "sk_live_x"],
)
def test_an_invalid_key(spoil: Callable[[str], str], keys: Keys, sandbox: Sandbox) -> None:
    with (
        sdk_on(sandbox.base_url, spoil(keys.secret)) as stranger,
        pytest.raises(stripe.AuthenticationError) as refused,
    ):
        stranger.v1.payment_intents.list()
    assert refused.value.http_status == 401
    assert refused.value.error is not None
    assert refused.value.error.type == "invalid_request_error"
    assert keys.secret[:-1] not in str(refused.value.http_body)


def test_as_basic_user_name_and_without_any(keys: Keys, sandbox: Sandbox) -> None:
    address = f"{sandbox.base_url}/v1/payment_intents"
    with httpx.Client(trust_env=False) as client:
        assert client.get(address, auth=(keys.secret, "")).json()["object"] == "list"
        nobody = client.get(address)
        assert (nobody.status_code, nobody.json()["error"]["type"]) == (401, "invalid_request_error")
        assert nobody.headers["Request-Id"]  # no function made this answer
        assert client.get(address, headers={"X-Api-Key": keys.secret}).status_code == 401


def test_response_headers_of_a_request(keys: Keys, sandbox: Sandbox) -> None:
    """Check the headers that the SDKs read, and a JSON body, which they do not send."""
    address, bearer = f"{sandbox.base_url}/v1/payment_intents", {"Authorization": f"Bearer {keys.secret}"}
    with httpx.Client(trust_env=False) as client:
        sent = bearer | {"Stripe-Version": "2024-06-20", "Idempotency-Key": "said"}
        made = client.post(address, data={"amount": "100", "currency": "usd", "metadata[a]": "b"}, headers=sent)
        assert made.json()["metadata"] == {"a": "b"}
        assert (made.headers["Stripe-Version"], made.headers["Idempotency-Key"]) == ("2024-06-20", "said")
        assert made.headers["Request-Id"].startswith("req_")
        assert made.headers["Content-Type"] == "application/json"
        as_json = client.post(address, json={"amount": 100, "currency": "usd"}, headers=bearer)
        assert (as_json.status_code, as_json.json()["error"]["type"]) == (400, "invalid_request_error")
