"""The authorizer: the callers it admits, the context it returns, and the data it never returns."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from paysandbox.aws import runtime
from paysandbox.aws.schema import API_KEYS_KEY
from paysandbox.http.keys import api_keys, known_keys
from paysandbox.http.keys.api_keys import (
    ApiKeys,
    StoredKey,
    delete_keys,
    keys_issued_elsewhere,
    put_imported,
    put_key,
    put_merchant,
    revoke_issued_elsewhere,
)
from paysandbox.http.keys.credential import (
    WRONG_KEY,
    KeyKind,
    key_digest,
    masked_key,
    masked_wrong_key,
    merchant_by_account,
    publishable_key,
)
from paysandbox.http.route import Access, Route
from paysandbox.stripe_api.routes import ROUTES
from stripe_api.authorize_v1 import ON_NO_PLAN, UnauthorizedError, handler
from tests.support.worlds.moto_store import MOTO
from tests.support.worlds.stores import answering

KEY = "sk_test_acme_" + "a" * 32
PUBLISHABLE = publishable_key(KEY)
STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc123/v1"
TABLE = "paysandbox-test-ApiKeys"


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
        put_merchant(table, "acme")
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


def is_unknown(answer: dict[str, Any]) -> bool:
    """Whether nobody's key was sent: API Gateway finds it on no usage plan, and no handler serves it."""
    return (answer["context"].keys(), answer["usageIdentifierKey"]) == ({WRONG_KEY}, ON_NO_PLAN)


def allowed(answer: dict[str, Any], method: str, path: str) -> bool:
    """Return whether the policy allows this. IAM's `*` matches slashes too."""
    (statement,) = answer["policyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "execute-api:Invoke")
    patterns = [re.escape(resource).replace(r"\*", ".*") for resource in statement["Resource"]]
    return any(re.fullmatch(pattern, f"{STAGE}/{method}{path}") for pattern in patterns)


@pytest.mark.full
@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("key, kind", [(KEY, "secret"), (PUBLISHABLE, "publishable")])
def test_a_known_key_is_accepted_as_bearer_and_basic(keys: ApiKeys, key: str, kind: str, name: str) -> None:
    basic = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    for sent in (f"Bearer {key}", basic):
        answer = handler(asked(sent, name=name), None)
        assert answer["principalId"] == "id1"
        shown = {WRONG_KEY: masked_wrong_key(key)}
        assert answer["context"] == {"merchant": "acme", "kind": kind} | shown
        # API Gateway meters by this key. It does not pass it on to the functions.
        assert answer["usageIdentifierKey"] == key


def test_a_secret_key_opens_every_route_of_its_stage_alone(keys: ApiKeys) -> None:
    answer = handler(asked(f"Bearer {KEY}"), None)
    assert all(allowed(answer, route.method, re.sub(r"{\w+}", "pi_1", route.path)) for route in ROUTES)
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Resource"] == [f"{STAGE}/*"]


def path_of(route: Route) -> str:
    """Return the path of a route's request about an intent, or a session."""
    names = {"setup_intents": "seti_1", "payment_pages": "cs_1", "sources": "src_1", "elements": "pm_1"}
    name = names.get(route.path.split("/")[1], "pi_1")
    return re.sub(r"{\w+}", name, route.path)


def test_a_publishable_key_works_on_client_routes_only(keys: ApiKeys) -> None:
    answer = handler(asked(f"Bearer {PUBLISHABLE}"), None)
    opened = {route.name for route in ROUTES if allowed(answer, route.method, path_of(route))}
    assert opened == {route.name for route in ROUTES if route.access in (Access.V1_KEY_OR_CLIENT, Access.V1_ANY_KEY)}
    of_setups = {"get_setup_intent", "confirm_setup_intent"}
    of_cards = {"create_payment_method", "create_token", "create_source", "create_confirmation_token_of_page"}
    assert opened == {
        "get_payment_intent",
        "confirm_payment_intent",
        "get_payment_page",
        "get_elements_session",
        "remove_saved_method",
        "get_source",
        *of_cards,
        *of_setups,
    }


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
        ("Bearer",),
        ("Bearer ",),
        ("Basic Og==",),  # `:`
        ("Basic x",),
        (KEY,),
        (f"Token {KEY}",),
    ],
)
def test_a_caller_without_a_key_gets_a_401(keys: ApiKeys, authorization: tuple[str, ...]) -> None:
    """API Gateway returns a 401 for exactly this word."""
    with pytest.raises(UnauthorizedError) as told:
        handler(asked(*authorization), None)
    assert str(told.value) == "Unauthorized"


@pytest.mark.full
@pytest.mark.parametrize(
    "authorization",
    [
        (f"Bearer {KEY[:-1]}b",),
        (f"Bearer {key_digest(KEY)}",),
        (f"Bearer {KEY}", f"Bearer {KEY}"),
        ("Bearer null",),
        ("Bearer sk_live_x",),
        ("Basic eDo=",),  # `x:`
    ],
)
def test_a_caller_with_another_key_has_no_merchant(keys: ApiKeys, authorization: tuple[str, ...]) -> None:
    assert is_unknown(handler(asked(*authorization), None))


@pytest.mark.parametrize(
    "authorization, shown",
    [
        (("Bearer sk_test_dummy",), "sk_test_*ummy"),
        (("Basic c2tfdGVzdF9kdW1teTo=",), "sk_test_*ummy"),  # `sk_test_dummy:`
        (("Basic OnNlY3JldA==",), "**cret"),  # `:secret`
        (("", "Bearer undefined"), "*****ined"),
    ],
)
def test_a_refusal_can_show_the_masked_key(keys: ApiKeys, authorization: tuple[str, ...], shown: str) -> None:
    assert handler(asked(*authorization), None)["context"] == {WRONG_KEY: shown}


def test_a_revoked_key_is_rejected(keys: ApiKeys) -> None:
    handler(asked(f"Bearer {KEY}"), None)
    delete_keys(keys, [key_digest(KEY)])
    assert is_unknown(handler(asked(f"Bearer {KEY}"), None))
    handler(asked(f"Bearer {PUBLISHABLE}"), None)


def test_a_failing_table_is_not_a_401(keys: ApiKeys) -> None:
    """A 401 would suggest that the merchant's key is wrong."""
    keys.client.delete_table(TableName=TABLE)
    with pytest.raises(ClientError):
        handler(asked(f"Bearer {KEY}"), None)


def test_the_answer_does_not_contain_the_key(keys: ApiKeys, capfd: pytest.CaptureFixture[str]) -> None:
    answer = handler(asked(f"Bearer {KEY}"), None)
    del answer["usageIdentifierKey"]  # for the gateway alone
    unknown = handler(asked("Bearer sk_test_acme_" + "z" * 32), None)
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    for said in (repr(answer), repr(unknown)):
        assert "a" * 32 not in said
        assert "z" * 32 not in said
        assert key_digest(KEY) not in said


def test_a_key_costs_one_read_and_malformed_text_none(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, Any]] = []
    client: Any = runtime.dynamodb()
    client.meta.events.register("before-call.dynamodb", lambda model, params, **_: calls.append((model.name, params)))
    handler(asked(f"Bearer {KEY}"), None)
    assert [name for name, _ in calls] == ["GetItem"]
    # Anybody may send keys that do not exist, and API Gateway caches the answer for longer than such a read is behind.
    assert b'"ConsistentRead": false' in calls[0][1]["body"]
    calls.clear()
    for nonsense in ("Bearer x", "Basic eDo="):
        assert is_unknown(handler(asked(nonsense), None))
    assert calls == []


# --- keys that were issued elsewhere ----------------------------------------------------------------------------------

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def of_account(kind: str = "sk", account: str = "HxAbCdEfGhIjKlM", rest: str = "z" * 78 + "wxyz") -> str:
    return f"{kind}_test_51{account}{rest}"


@pytest.fixture
def laptop(keys: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> ApiKeys:
    """Provide the table in the environment that accepts keys at first sight."""
    monkeypatch.setenv("PAYSANDBOX_ACCEPT_UNKNOWN_KEYS", "true")
    return keys


def imported(key: str, merchant: str = "shop", plan: str = "load") -> StoredKey:
    return StoredKey(
        digest=key_digest(key),
        merchant=merchant,
        kind=KeyKind.SECRET,
        key_id=key_digest(key)[:10],
        created_at=NOW,
        masked=masked_key(key),
        plan=plan,
    )


def items_of(table: ApiKeys) -> dict[str, Any]:
    client: Any = table.client
    return {item[API_KEYS_KEY]["S"]: item for item in client.scan(TableName=table.table)["Items"]}


@pytest.mark.parametrize(
    "key, merchant, kind",
    [
        (of_account("sk"), merchant_by_account(of_account()), "secret"),
        (of_account("rk", rest="1"), merchant_by_account(of_account()), "secret"),
        (of_account("pk", rest="2"), merchant_by_account(of_account()), "publishable"),
        ("sk_test_123", "demo", "secret"),
        ("pk_test_" + "a" * 24, "demo", "publishable"),
        ("sk_test_dummy-key", "demo", "secret"),
    ],
)
def test_any_test_key_is_accepted_when_it_is_first_used(laptop: ApiKeys, key: str, merchant: str, kind: str) -> None:
    for _ in range(2):
        answer = handler(asked(f"Bearer {key}"), None)
        assert answer["context"] == {"merchant": merchant, "kind": kind, WRONG_KEY: masked_wrong_key(key)}
        assert answer["principalId"] == key_digest(key)[:10]
        assert answer["usageIdentifierKey"] == key_digest(key), "the text is stored nowhere, nor in API Gateway"
        assert allowed(answer, "POST", "/payment_intents") is (kind == "secret")
        assert allowed(answer, "GET", "/payment_intents/pi_1")


@pytest.mark.full
@pytest.mark.parametrize(
    "key",
    [
        pytest.param(KEY[:-20], id="cut off"),
        pytest.param("sk_test_acme_x", id="one character of it"),
        pytest.param("sk_test_acme_", id="none of it"),
        pytest.param(KEY + "_a", id="extended"),
        pytest.param(KEY + KEY, id="twice"),
        pytest.param(PUBLISHABLE[:-5], id="publishable"),
        pytest.param(KEY.replace("sk_", "rk_"), id="restricted"),
    ],
)
def test_a_part_of_a_merchants_key_opens_no_other_merchant(laptop: ApiKeys, key: str) -> None:
    before = items_of(laptop)
    assert is_unknown(handler(asked(f"Bearer {key}"), None))
    assert items_of(laptop) == before


@pytest.mark.parametrize("key", ["sk_test_your_key", "sk_test_fake_secret_key", "sk_test_acmes_x", "sk_test_acme"])
def test_invented_keys_may_have_underscores(laptop: ApiKeys, key: str) -> None:
    assert handler(asked(f"Bearer {key}"), None)["context"]["merchant"] == "demo"


def test_of_a_key_seen_first_its_digest_is_stored_and_never_its_text(laptop: ApiKeys) -> None:
    before = items_of(laptop)
    handler(asked(f"Bearer {of_account()}"), None)
    digest = key_digest(of_account())
    (new,) = items_of(laptop).keys() - before.keys() - {"first-seen"}
    assert new == digest
    item = items_of(laptop)[digest]
    assert item.pop("created_at")["S"].endswith("Z")
    assert item == {
        API_KEYS_KEY: {"S": digest},
        "merchant": {"S": merchant_by_account(of_account())},
        "kind": {"S": "secret"},
        "key_id": {"S": digest[:10]},
        "masked": {"S": "sk_test_…wxyz"},
        "plan": {"S": "sandbox"},
        "first_seen": {"BOOL": True},
    }
    whole = json.dumps(items_of(laptop))
    assert "HxAbC" not in whole
    assert "zwxyz" not in whole


@pytest.mark.parametrize(
    "key", ["sk_live_x", "sk_live_51" + "a" * 97, "rk_live_x", "pk_live_x", KEY[:-1] + "b", PUBLISHABLE[:-1] + "1", "x"]
)
def test_live_keys_and_the_sandboxs_own_keys_are_not_imported(laptop: ApiKeys, key: str) -> None:
    before = items_of(laptop)
    assert is_unknown(handler(asked(f"Bearer {key}"), None))
    assert items_of(laptop) == before


def test_outside_the_local_environment_an_unknown_key_is_a_401(keys: ApiKeys) -> None:
    before = items_of(keys)
    assert is_unknown(handler(asked(f"Bearer {of_account()}"), None))
    assert items_of(keys) == before


def test_an_imported_key_is_accepted_until_it_is_revoked(keys: ApiKeys) -> None:
    put_imported(keys, imported(of_account()))
    answer = handler(asked(f"Bearer {of_account()}"), None)
    assert (answer["context"]["merchant"], answer["usageIdentifierKey"]) == ("shop", key_digest(of_account()))
    assert revoke_issued_elsewhere(keys, key_digest(of_account()), NOW) == imported(of_account())
    assert is_unknown(handler(asked(f"Bearer {of_account()}"), None))


@pytest.mark.parametrize("key", [of_account(), "sk_test_123"])
def test_a_revoked_key_does_not_come_back_by_being_used(laptop: ApiKeys, key: str) -> None:
    handler(asked(f"Bearer {key}"), None)
    assert revoke_issued_elsewhere(laptop, key_digest(key), NOW) is not None
    for _ in range(2):
        assert is_unknown(handler(asked(f"Bearer {key}"), None))
    assert list(keys_issued_elsewhere(laptop)) == []
    assert revoke_issued_elsewhere(laptop, key_digest(key), NOW) is None, "revoked once"
    # Its merchant, kind and last characters are gone; importing it makes it known again.
    assert items_of(laptop)[key_digest(key)].keys() == {API_KEYS_KEY, "revoked_at"}
    put_imported(laptop, imported(key))
    assert handler(asked(f"Bearer {key}"), None)["context"]["merchant"] == "shop"


def test_a_key_of_the_sandbox_is_not_revoked_as_an_imported_key(keys: ApiKeys) -> None:
    assert revoke_issued_elsewhere(keys, key_digest(KEY), NOW) is None
    handler(asked(f"Bearer {KEY}"), None)


def test_an_import_lists_its_changes(laptop: ApiKeys) -> None:
    key = of_account()
    assert put_imported(laptop, imported(key)) == (True, None)
    assert put_imported(laptop, imported(key)) == (False, imported(key))
    changed, previous = put_imported(laptop, imported(key, plan="sandbox"))
    assert (changed, previous) == (True, imported(key))
    changed, previous = put_imported(laptop, imported(key, "other", "sandbox"))
    assert (changed, previous) == (True, imported(key, plan="sandbox"))
    # A key seen first becomes an imported one.
    handler(asked("Bearer sk_test_123"), None)
    changed, previous = put_imported(laptop, imported("sk_test_123", "demo", "sandbox"))
    assert changed
    assert previous is not None
    assert previous.first_seen
    assert not any(key.first_seen for key in keys_issued_elsewhere(laptop))


@pytest.mark.full
def test_fifty_at_once_store_one_key_of_one_merchant(laptop: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    """All have read that there is none before one of them writes."""
    all_read, written = threading.Barrier(50), list[str]()
    read: Callable[..., Any] = known_keys.get_key

    def read_with_the_others(*arguments: Any, **named: Any) -> Any:
        found = read(*arguments, **named)
        all_read.wait(timeout=60)
        return found

    monkeypatch.setattr(known_keys, "get_key", read_with_the_others)
    client: Any = runtime.dynamodb()
    client.meta.events.register(
        "after-call.dynamodb.PutItem", lambda http_response, **_: written.append(str(http_response.status_code))
    )
    with answering(MOTO), ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: handler(asked(f"Bearer {of_account()}"), None), range(50)))

    assert len({json.dumps(answer) for answer in answers}) == 1
    assert (written.count("200"), len(written)) == (1, 50)
    assert [key.digest for key in keys_issued_elsewhere(laptop)] == [key_digest(of_account())]
    seen = items_of(laptop)["first-seen"]
    assert seen["merchants"] == {"SS": [merchant_by_account(of_account())]}
    assert seen["seen"] == {"SS": [key_digest(of_account())[:10]]}


def test_the_number_of_merchants_created_by_keys_is_limited(laptop: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api_keys.MOST_MERCHANTS == 1_000
    monkeypatch.setattr(api_keys, "MOST_MERCHANTS", 3)
    accounts = [str(number) * 15 for number in range(3)]
    for account in accounts:
        handler(asked(f"Bearer {of_account('sk', account)}"), None)
    one_too_many = asked(f"Bearer {of_account('sk', 'n' * 15)}")
    for _ in range(2):
        assert is_unknown(handler(one_too_many, None))
    # Known accounts have further keys, and `demo` is made by no key.
    for key in (of_account("pk", accounts[0]), "sk_test_123", "sk_test_456"):
        handler(asked(f"Bearer {key}"), None)
    assert {key.merchant for key in keys_issued_elsewhere(laptop)} == {
        "demo",
        *(merchant_by_account(of_account("sk", account)) for account in accounts),
    }


def test_the_number_of_accepted_keys_is_limited(laptop: ApiKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "MOST_SEEN", 2)
    for key in ("sk_test_1", "sk_test_2", "sk_test_1"):
        handler(asked(f"Bearer {key}"), None)
    assert is_unknown(handler(asked("Bearer sk_test_3"), None))


def test_a_key_whose_storing_was_interrupted_is_stored_by_the_next_request(
    laptop: ApiKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    client: Any = runtime.dynamodb()

    class Lost(Exception):  # noqa: N818 - no error of ours
        pass

    def lose(**_: Any) -> None:
        raise Lost

    client.meta.events.register("before-call.dynamodb.PutItem", lose, unique_id="lose")
    with pytest.raises(Lost):
        handler(asked(f"Bearer {of_account()}"), None)
    client.meta.events.unregister("before-call.dynamodb.PutItem", lose, unique_id="lose")
    handler(asked(f"Bearer {of_account()}"), None)
    assert items_of(laptop)["first-seen"]["merchants"] == {"SS": [merchant_by_account(of_account())]}


@pytest.mark.parametrize("key", ["sk_live_51" + "q" * 97, of_account(rest="q" * 80)])
def test_the_answer_does_not_contain_an_imported_key(
    laptop: ApiKeys, key: str, capfd: pytest.CaptureFixture[str]
) -> None:
    said = repr(handler(asked(f"Bearer {key}"), None))
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    assert "q" * 20 not in said
