"""A merchant with a key, a customer with a card, and what the authorizer makes of a key that is sent."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from paysandbox.aws import runtime
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.schema import API_KEYS_KEY
from paysandbox.http.keys import known_keys
from paysandbox.http.keys.api_keys import ApiKeys, StoredKey, put_key
from paysandbox.http.keys.credential import KeyKind, key_digest
from stripe_api.authorize_v1 import handler as authorize
from tests.support.builders.build import MERCHANT
from tests.support.clients.saved_cards import customer
from tests.support.clients.stripe_merchant import StripeMerchant
from tests.support.worlds import stores

TABLE: Final = "paysandbox-test-ApiKeys"
KEY: Final = f"sk_test_{MERCHANT}_{'a' * 32}"
STAGE: Final = "arn:aws:execute-api:eu-west-1:123456789012:abc123/v1"

Authorized = dict[str, Any]


@pytest.fixture
def keys(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiKeys]:
    """Provide the table of keys, with the merchant's."""
    monkeypatch.setenv("PAYSANDBOX_API_KEYS_TABLE", TABLE)
    runtime._settings.cache_clear()
    known_keys.forget()
    store = stores.chosen()
    store.create(
        {
            "TableName": TABLE,
            "KeySchema": [{"AttributeName": API_KEYS_KEY, "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": API_KEYS_KEY, "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
    )
    table = ApiKeys(runtime.dynamodb(), TABLE)
    put_key(table, stored_key(KEY))
    yield table
    store.delete(TABLE)
    known_keys.forget()
    runtime._settings.cache_clear()


def stored_key(text: str, merchant: str = MERCHANT) -> StoredKey:
    """Return what is stored of a secret key."""
    return StoredKey(
        digest=key_digest(text), merchant=merchant, kind=KeyKind.SECRET, key_id="id1", created_at=datetime.now(UTC)
    )


@pytest.fixture
def authorized(keys: ApiKeys) -> Callable[..., Authorized]:
    """Return the authorizer, given the values of the header."""
    return sent


def sent(*secrets: str) -> Authorized:
    """Return the authorizer's answer to requests with these keys."""
    headers = {"Authorization": [f"Bearer {secret}" for secret in secrets]}
    return authorize({"methodArn": f"{STAGE}/GET/events", "multiValueHeaders": headers}, None)


@pytest.fixture
def shop(keys: ApiKeys) -> StripeMerchant:
    """The merchant `demo`."""
    return StripeMerchant()


@pytest.fixture
def jenny(shop: StripeMerchant) -> str:
    """A customer of the shop."""
    return customer(shop)
