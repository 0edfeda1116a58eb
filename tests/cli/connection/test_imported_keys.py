"""Keys that were issued elsewhere: imported, listed and revoked, with their digests in AWS and their texts nowhere."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.client import BaseClient

from cli.connection.imported_keys import import_key, imported_keys
from cli.connection.keys import Plan, create_key, list_keys, sync_keys
from paysandbox.http.keys.api_keys import ApiKeys, StoredKey, get_key, put_first_seen
from paysandbox.http.keys.credential import key_digest, merchant_by_account
from tests.support.clients.program import Ran, paysandbox
from tests.support.worlds import deployed_account
from tests.support.worlds.deployed_account import Account, deployed

CALL = "_make_api_call"  # botocore's method that sends a call
REST = "z" * 78
KEY = f"sk_test_51HxAbCdEfGhIjKlM{REST}wxyz"
PUBLISHABLE = f"pk_test_51HxAbCdEfGhIjKlM{REST}1234"
OLD = "sk_test_" + "a" * 20 + "last"


def run(*words: str, piped: str = "") -> Ran:
    return paysandbox("keys", *words, "--env", "dev", piped=piped)


@pytest.fixture
def account() -> Iterator[Account]:
    with deployed("dev") as account:
        yield account


def table_of(account: Account) -> ApiKeys:
    return ApiKeys(account.client("dynamodb"), "paysandbox-dev-ApiKeys")


def gateway_keys(account: Account) -> dict[str, str]:
    """Return the names of API Gateway's keys by their texts."""
    keys = account.client("apigateway").get_api_keys(includeValues=True)["items"]
    return {key["value"]: key["name"] for key in keys}


def texts_on(plan_ids: Any) -> dict[str, set[str]]:
    """Return the texts of the keys on each usage plan."""
    gateway = deployed_account._client("apigateway")
    return {
        plan: {
            gateway.get_api_key(apiKey=entry["id"], includeValue=True)["value"]
            for entry in gateway.get_usage_plan_keys(usagePlanId=plan_id)["items"]
        }
        for plan, plan_id in plan_ids.items()
    }


def everything(account: Account) -> str:
    """Return all that the account stores of keys."""
    items = account.client("dynamodb").scan(TableName=table_of(account).table)["Items"]
    return json.dumps([items, gateway_keys(account)])


def test_an_imported_key_is_known_by_its_digest_and_metered_by_it(account: Account) -> None:
    done = run("import", "--merchant", "shop", "--plan", "load", "--json", piped=f"{KEY}\n\n{PUBLISHABLE}\n")
    assert done.exit_code == 0
    secret, publishable = json.loads(done.stdout)["data"]
    assert secret == {
        "merchant": "shop",
        "plan": "load",
        "masked_key": "sk_test_…wxyz",
        "key_id": key_digest(KEY)[:10],
        "created_at": secret["created_at"],
        "kind": "secret",
        "origin": "imported",
        "changed": True,
        "previous_merchant": None,
    }
    assert (publishable["kind"], publishable["masked_key"]) == ("publishable", "pk_test_…1234")

    digests = {key_digest(KEY), key_digest(PUBLISHABLE)}
    assert texts_on(account.v1_plan_ids) == {"sandbox": set(), "load": digests, "dashboard": set()}
    assert set.union(*texts_on(account.plan_ids).values()) == set(), "they open nothing of the native API"
    stored = get_key(table_of(account), key_digest(KEY))
    assert stored is not None
    assert (stored.merchant, stored.kind, stored.first_seen) == ("shop", "secret", False)
    whole = everything(account)
    assert not any(part in whole for part in (REST, "HxAbC"))
    assert REST not in done.stdout + done.stderr


def test_without_a_merchant_a_key_is_of_its_account(account: Account) -> None:
    lines = run("import", piped=f"{KEY}\n{PUBLISHABLE}\n{OLD}\n").stdout.splitlines()
    of_account = merchant_by_account(KEY)
    assert [key.merchant for key in imported_keys(account.target)] == [of_account, of_account, "demo"]
    assert lines[0] == (
        f"Imported sk_test_…wxyz of merchant {of_account} (plan sandbox, key id {key_digest(KEY)[:10]})."
    )


def test_a_file_of_keys(account: Account, tmp_path: Any) -> None:
    file = tmp_path / "keys.txt"
    file.write_text(f"  {KEY}\n{KEY}\n", encoding="utf-8")
    assert len(json.loads(run("import", "--key-file", str(file), "--json").stdout)["data"]) == 1


def test_a_repeated_import_lists_its_changes(account: Account) -> None:
    run("import", "--merchant", "shop", piped=KEY)
    assert run("import", "--merchant", "shop", piped=KEY).stdout.startswith("Unchanged: sk_test_…wxyz of merchant shop")
    run("import", "--merchant", "shop", "--plan", "load", piped=KEY)
    assert texts_on(account.v1_plan_ids) == {"sandbox": set(), "load": {key_digest(KEY)}, "dashboard": set()}
    moved = run("import", "--merchant", "other", "--plan", "load", piped=KEY)
    assert "of merchant other, before of merchant shop" in moved.stdout
    assert [key.merchant for key in imported_keys(account.target)] == ["other"]
    assert len(gateway_keys(account)) == 1


def test_keys_from_elsewhere_are_listed_without_being_shown(account: Account) -> None:
    created = create_key(account.target, "acme", "sandbox")
    run("import", "--merchant", "shop", piped=KEY)
    seen = StoredKey(
        digest=key_digest(OLD), merchant="demo", kind=get_kind(account), key_id=key_digest(OLD)[:10],
        created_at=imported_keys(account.target)[0].created_at, masked="sk_test_…last", plan="sandbox", first_seen=True,
    )  # fmt: skip
    put_first_seen(table_of(account), seen)

    listed = json.loads(run("list", "--json", "--show-secrets").stdout)["data"]
    assert [(key["merchant"], key.get("origin")) for key in listed] == [
        ("acme", None), ("demo", "first_seen"), ("shop", "imported"),
    ]  # fmt: skip
    assert [key.get("api_key") for key in listed] == [created.api_key, None, None]
    words = run("list").stdout
    assert "sk_test_…last" in words
    assert f"first seen {seen.created_at:%Y-%m-%d}" in words
    assert f"imported {seen.created_at:%Y-%m-%d}" in words
    assert REST not in words
    # The commands that look for a key to send find none of these.
    assert [key.merchant for key in list_keys(account.target)] == ["acme"]
    assert [key.merchant for key in sync_keys(account.target)] == ["acme"]


def get_kind(account: Account) -> Any:
    stored = get_key(table_of(account), key_digest(KEY))
    assert stored is not None
    return stored.kind


@pytest.mark.parametrize("by", ["key id", "key"])
def test_a_revoked_key_leaves_its_digest_alone(account: Account, by: str) -> None:
    run("import", "--merchant", "shop", piped=f"{KEY}\n{PUBLISHABLE}")
    key_id = key_digest(KEY)[:10]
    done = run("revoke", key_id) if by == "key id" else run("revoke", "--key-file", "-", piped=KEY)
    assert done.stdout == f"Revoked sk_test_…wxyz of merchant shop (key id {key_id}).\n"
    assert [key.kind for key in imported_keys(account.target)] == ["publishable"]
    assert set(gateway_keys(account)) == {key_digest(PUBLISHABLE)}
    again = run("revoke", key_id, "--json")
    assert (again.exit_code, "no such key" in again.problem["title"]) == (1, True)

    assert json.loads(run("import", "--merchant", "shop", "--json", piped=KEY).stdout)["data"][0]["changed"] is True
    assert len(imported_keys(account.target)) == 2


@pytest.mark.parametrize(
    "bad, says",
    [
        ("sk_live_51" + "q" * 97, "Line 2 is a live key"),
        ("rk_live_" + "q" * 24, "Line 2 is a live key"),
        ("pk_live_" + "q" * 24, "Line 2 is a live key"),
        ("sk_test_acme_" + "q" * 32, "Line 2 is not a Stripe test key"),
        ("STRIPE_KEY=sk_test_" + "q" * 24, "Line 2 is not a Stripe test key"),
        ("sk_test_" + "q" * 23, "Line 2 is too short"),
    ],
)
def test_one_bad_line_imports_nothing(account: Account, bad: str, says: str) -> None:
    refused = run("import", "--merchant", "shop", "--json", piped=f"{KEY}\n{bad}\n")
    assert says in refused.problem["title"]
    assert "q" * 20 not in refused.stdout + refused.stderr
    assert everything(account) == "[[], {}]"


@pytest.mark.parametrize("text", [KEY, "sk_live_51" + "q" * 97, "rk_test_123"])
@pytest.mark.parametrize("words", [["import"], ["revoke"]])
def test_a_key_is_not_accepted_as_an_argument(words: list[str], text: str) -> None:
    refused = run(*words, text)
    assert refused.exit_code == 2
    assert words == ["import"] or text not in refused.words


@pytest.mark.parametrize("piped", ["", "\n \n"])
def test_nothing_to_import_is_misuse(piped: str) -> None:
    refused = run("import", piped=piped)
    assert (refused.exit_code, "no lines" in refused.words) == (2, True)


class Killed(BaseException):
    """Raised to kill the program: no code of it runs afterwards."""


@pytest.mark.parametrize("calls", range(3))
def test_an_import_that_was_killed_opens_nothing_and_is_finished_by_the_next(
    account: Account, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    call, changes = getattr(BaseClient, CALL), list[str]()

    def take(client: Any, operation: str, parameters: Any) -> Any:
        if operation.startswith(("Create", "Put", "Delete")):
            changes.append(operation)
        if len(changes) > calls:
            raise Killed
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, take)
    with pytest.raises(Killed):
        import_key(account.target, KEY, "shop", Plan.SANDBOX)
    monkeypatch.undo()

    assert get_key(table_of(account), key_digest(KEY)) is None
    assert import_key(account.target, KEY, "shop", Plan.SANDBOX).changed
    assert texts_on(account.v1_plan_ids) == {"sandbox": {key_digest(KEY)}, "load": set(), "dashboard": set()}
    assert len(gateway_keys(account)) == 1
