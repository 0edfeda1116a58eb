"""The authorizer: the callers it admits, the context it returns, and the data it never returns."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from paysandbox.aws import runtime
from paysandbox.aws.schema import API_KEYS_KEY
from paysandbox.http import known_keys
from paysandbox.http.api_keys import ApiKeys, StoredKey, delete_keys, put_key
from paysandbox.http.credential import KeyKind, key_digest, publishable_key
from paysandbox.http.route import Access
from paysandbox.stripe_api.routes import ROUTES
from stripe_api.authorize_v1 import UnauthorizedError, handler

KEY = "sk_test_acme_" + "a" * 32
PUBLISHABLE = publishable_key(KEY)
STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc123/v1"
TABLE = "keys"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiKeys]:
    """Provide a table that holds KEY and its publishable key."""
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "PAYSANDBOX_API_KEYS_TABLE": TABLE,
    }.items():
        monkeypatch.setenv(name, value)
    for cached in (runtime.dynamodb, runtime._settings):
        cached.cache_clear()
    known_keys.forget()
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": API_KEYS_KEY, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": API_KEYS_KEY, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        table = ApiKeys(client, TABLE)
        for kind, text in ((KeyKind.SECRET, KEY), (KeyKind.PUBLISHABLE, PUBLISHABLE)):
            put_key(
                table,
                StoredKey(
                    digest=key_digest(text), merchant="acme", kind=kind, key_id="id1", created_at=datetime.now(UTC)
                ),
            )
        yield table
    for cached in (runtime.dynamodb, runtime._settings):
        cached.cache_clear()
    known_keys.forget()


def asked(*authorization: str, name: str = "Authorization") -> dict[str, Any]:
    """Return a request with these values of the header."""
    headers = {name: [*authorization]} if authorization else {}
    return {
        "type": "REQUEST",
        "methodArn": f"{STAGE}/POST/payment_intents/pi_1/confirm",
        "multiValueHeaders": {"Accept": ["*/*"]} | headers,
    }


def allowed(answer: dict[str, Any], method: str, path: str) -> bool:
    """Return whether the policy allows this. IAM's `*` matches slashes too."""
    (statement,) = answer["policyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    patterns = [re.escape(resource).replace(r"\*", ".*") for resource in statement["Resource"]]
    return any(re.fullmatch(pattern, f"{STAGE}/{method}{path}") for pattern in patterns)


@pytest.mark.full
@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("key, kind", [(KEY, "secret"), (PUBLISHABLE, "publishable")])
def test_a_known_key_is_let_in_however_it_is_sent(keys: ApiKeys, key: str, kind: str, name: str) -> None:
    basic = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    for sent in (f"Bearer {key}", basic):
        answer = handler(asked(sent, name=name), None)
        assert answer["principalId"] == "id1"
        assert answer["context"] == {"merchant": "acme", "kind": kind}
        # API Gateway meters by this key. It does not pass it on to the functions.
        assert answer["usageIdentifierKey"] == key


def test_a_secret_key_opens_every_route_of_its_stage_alone(keys: ApiKeys) -> None:
    answer = handler(asked(f"Bearer {KEY}"), None)
    assert all(allowed(answer, route.method, re.sub(r"{\w+}", "x_1", route.path)) for route in ROUTES)
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Resource"] == [f"{STAGE}/*"]


def test_a_publishable_key_opens_what_the_rows_open_to_clients(keys: ApiKeys) -> None:
    answer = handler(asked(f"Bearer {PUBLISHABLE}"), None)
    opened = {route.name for route in ROUTES if allowed(answer, route.method, re.sub(r"{\w+}", "x_1", route.path))}
    assert opened == {route.name for route in ROUTES if route.access is Access.V1_KEY_OR_CLIENT}
    assert opened == {"get_payment_intent", "confirm_payment_intent"}


def test_an_answer_is_the_same_for_every_method(keys: ApiKeys) -> None:
    """API Gateway caches the answer by the header, whatever the first request was."""
    first = asked(f"Bearer {KEY}")
    other = first | {"methodArn": f"{STAGE}/GET/events"}
    assert handler(first, None) == handler(other, None)


@pytest.mark.full
@pytest.mark.parametrize(
    "authorization",
    [
        (),
        ("",),
        (f"Bearer {KEY[:-1]}b",),
        (f"Bearer {key_digest(KEY)}",),
        (KEY,),
        (f"Bearer {KEY}", f"Bearer {KEY}"),
        (f"Token {KEY}",),
    ],
)
def test_everybody_else_is_a_401(keys: ApiKeys, authorization: tuple[str, ...]) -> None:
    """API Gateway returns a 401 for exactly this word."""
    with pytest.raises(UnauthorizedError) as told:
        handler(asked(*authorization), None)
    assert str(told.value) == "Unauthorized"


def test_a_revoked_key_is_let_in_no_more(keys: ApiKeys) -> None:
    handler(asked(f"Bearer {KEY}"), None)
    delete_keys(keys, [key_digest(KEY)])
    with pytest.raises(UnauthorizedError):
        handler(asked(f"Bearer {KEY}"), None)
    handler(asked(f"Bearer {PUBLISHABLE}"), None)


def test_trouble_is_not_a_401(keys: ApiKeys) -> None:
    """A 401 would suggest that the merchant's key is wrong."""
    keys.client.delete_table(TableName=TABLE)
    with pytest.raises(ClientError):
        handler(asked(f"Bearer {KEY}"), None)


def test_nothing_is_said_of_a_key(keys: ApiKeys, capfd: pytest.CaptureFixture[str]) -> None:
    answer = handler(asked(f"Bearer {KEY}"), None)
    del answer["usageIdentifierKey"]  # for the gateway alone
    with pytest.raises(UnauthorizedError) as told:
        handler(asked("Bearer sk_test_acme_" + "z" * 32), None)
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    for said in (repr(answer), repr(told.value)):
        assert "a" * 32 not in said
        assert "z" * 32 not in said
        assert key_digest(KEY) not in said


def test_a_key_costs_one_read_and_what_cannot_be_one_costs_none(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, Any]] = []
    client: Any = runtime.dynamodb()
    client.meta.events.register("before-call.dynamodb", lambda model, params, **_: calls.append((model.name, params)))
    handler(asked(f"Bearer {KEY}"), None)
    assert [name for name, _ in calls] == ["GetItem"]
    assert b'"ConsistentRead": true' in calls[0][1]["body"]
    calls.clear()
    for nonsense in ("Bearer x", "Basic x", "x"):
        with pytest.raises(UnauthorizedError):
            handler(asked(nonsense), None)
    assert calls == []
