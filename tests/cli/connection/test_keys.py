"""API keys: created, listed and revoked in API Gateway, with nothing left behind by a failure."""

import json
import re
from contextlib import suppress
from datetime import UTC

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from cli.connection.keys import MerchantKey, create_key, find_key, list_keys, sync_keys
from cli.connection.operator_keys import ensure_operator_key
from cli.connection.revocation import revoke_key
from cli.terminal.failure import Failure
from paysandbox.core.merchant import is_dashboard_key, merchant_of
from paysandbox.http.keys.api_keys import ApiKeys, get_key
from paysandbox.http.keys.credential import KeyKind, key_digest, publishable_key
from tests.support.clients.program import paysandbox
from tests.support.worlds import deployed_account
from tests.support.worlds.deployed_account import deployed

KEY = re.compile(r"sk_test_acme_[a-z2-7]{32}")
CALL = "_make_api_call"  # botocore's method that sends a call


def run(*words, piped=""):
    return paysandbox("keys", *words, "--env", "dev", piped=piped)


@pytest.fixture
def account():
    with deployed("dev") as account:
        yield account


def names_of_keys(account):
    return [key["name"] for key in account.client("apigateway").get_api_keys()["items"]]


def digests_kept(account):
    """Return the digests of keys. That a merchant once had some stays known."""
    items = account.client("dynamodb").scan(TableName="paysandbox-dev-ApiKeys")["Items"]
    return {item["key_digest"]["S"] for item in items if "merchant" in item}


def keys_on(plan_ids):
    """Return the texts of the keys on each usage plan."""
    gateway = deployed_account._client("apigateway")
    return {
        plan: {
            gateway.get_api_key(apiKey=entry["id"], includeValue=True)["value"]
            for entry in gateway.get_usage_plan_keys(usagePlanId=plan_id)["items"]
        }
        for plan, plan_id in plan_ids.items()
    }


def digests_of(*keys):
    return {digest for key in keys for digest in key.digests}


def test_a_key_has_a_merchant_and_a_plan(account):
    key = create_key(account.target, "acme", "load")

    assert KEY.fullmatch(key.api_key)
    assert merchant_of(key.api_key) == key.merchant == "acme"
    gateway = account.client("apigateway")
    stored = gateway.get_api_key(apiKey=key.key_id, includeValue=True)
    assert (stored["value"], stored["enabled"]) == (key.api_key, True)
    assert re.fullmatch(r"paysandbox-dev-acme-load-[a-z2-7]{8}", stored["name"])
    assert keys_on(account.plan_ids) == {"operator": set(), "sandbox": set(), "load": {key.api_key}, "dashboard": set()}


def test_a_dashboards_key_is_recognizable_and_on_a_plan_of_its_own(account):
    key = create_key(account.target, "acme", "dashboard")

    assert is_dashboard_key(key.api_key)
    assert (key.merchant, merchant_of(key.api_key)) == ("acme", "acme")
    assert keys_on(account.plan_ids) == {"operator": set(), "sandbox": set(), "load": set(), "dashboard": {key.api_key}}
    assert keys_on(account.v1_plan_ids)["dashboard"] == {key.api_key, key.publishable}


def test_an_ordinary_key_is_never_taken_for_a_dashboards(account):
    assert not is_dashboard_key(create_key(account.target, "acme", "sandbox").api_key)


@pytest.mark.parametrize("mode", ["manual", "automatic"])
def test_a_key_can_set_the_simulation_of_its_merchant(account, mode):
    made = run("create", "--merchant", "acme", "--simulation", mode)
    assert made.exit_code == 0, made.stderr
    items = account.client("dynamodb").scan(TableName="paysandbox-dev-MerchantSettings")["Items"]
    assert items == [{"merchant": {"S": "acme"}, "simulation": {"S": mode}}]


@pytest.mark.parametrize("destination", ["bank", "balance"])
def test_a_key_can_set_the_destination_of_its_merchants_payouts(account, destination):
    made = run("create", "--merchant", "acme", "--payout-destination", destination)
    assert made.exit_code == 0, made.stderr
    items = account.client("dynamodb").scan(TableName="paysandbox-dev-MerchantSettings")["Items"]
    assert items == [{"merchant": {"S": "acme"}, "payout_destination": {"S": destination}}]


def test_another_key_leaves_the_settings_of_its_merchant(account):
    run("create", "--merchant", "acme", "--simulation", "manual", "--payout-destination", "balance")
    run("create", "--merchant", "acme")
    (item,) = account.client("dynamodb").scan(TableName="paysandbox-dev-MerchantSettings")["Items"]
    assert (item["simulation"], item["payout_destination"]) == ({"S": "manual"}, {"S": "balance"})


def test_publishable_key_is_only_on_a_plan_of_stripes_api(account):
    """It is in web pages: on a plan of the native API it would open that one."""
    key = create_key(account.target, "acme", "sandbox")
    assert keys_on(account.v1_plan_ids) == {
        "sandbox": {key.api_key, key.publishable},
        "load": set(),
        "dashboard": set(),
    }
    assert keys_on(account.plan_ids) == {"operator": set(), "sandbox": {key.api_key}, "load": set(), "dashboard": set()}
    made = account.client("apigateway").get_api_key(apiKey=key.publishable_id, includeValue=True)
    assert (made["value"], made["enabled"]) == (key.publishable, True)
    assert made["name"].endswith("-publishable")
    assert list_keys(account.target)[0].publishable_id == key.publishable_id


def test_keys_are_unique(account):
    made = [create_key(account.target, "acme", "sandbox") for _ in range(3)]
    assert len({key.api_key for key in made}) == len({key.key_id for key in made}) == 3
    assert len(set(names_of_keys(account))) == 6


@pytest.mark.parametrize("merchant", ["a", "x" * 33, "Acme", "ac me", "ac_me", "café", "", "acme\n", "connected-acme"])
def test_invalid_merchant_names_are_refused_before_any_call(account, merchant):
    with pytest.raises(Failure, match="not a valid merchant name"):
        create_key(account.target, merchant, "sandbox")
    refused = run("create", "--merchant", merchant)

    assert refused.exit_code == 2
    assert "2 to 32 characters: a-z, 0-9 and hyphen" in refused.words
    assert names_of_keys(account) == []


@pytest.mark.parametrize("merchant", ["ab", "x" * 32, "a-1", "--", "0-9"])
def test_valid_merchant_names(account, merchant):
    assert merchant_of(create_key(account.target, merchant, "sandbox").api_key) == merchant


def test_a_key_without_a_plan_is_removed(account, monkeypatch):
    call = getattr(BaseClient, CALL)
    refusal = ClientError({"Error": {"Code": "LimitExceededException", "Message": "enough"}}, "CreateUsagePlanKey")

    def refuse_to_attach(client, operation, parameters):
        if operation == "CreateUsagePlanKey":
            assert len(names_of_keys(account)) == 2
            raise refusal
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, refuse_to_attach)
    failed = run("create", "--merchant", "acme")

    assert failed.exit_code == 1
    assert "LimitExceededException" in failed.stderr
    assert names_of_keys(account) == []
    assert digests_kept(account) == set()


@pytest.mark.parametrize("stopped_by", [ReadTimeoutError(endpoint_url="https://example.test"), KeyboardInterrupt()])
@pytest.mark.parametrize("after", ["CreateApiKey", "PutItem", "CreateUsagePlanKey"])
def test_a_key_whose_creation_was_not_acknowledged_is_removed(account, monkeypatch, after, stopped_by):
    call = getattr(BaseClient, CALL)

    def call_and_lose_the_answer(client, operation, parameters):
        answer = call(client, operation, parameters)
        if operation == after:
            raise stopped_by
        return answer

    monkeypatch.setattr(BaseClient, CALL, call_and_lose_the_answer)
    with pytest.raises(type(stopped_by)):
        create_key(account.target, "acme", "sandbox")
    monkeypatch.undo()

    assert names_of_keys(account) == []
    assert digests_kept(account) == set()


def test_a_key_that_cannot_be_removed_is_named(account, monkeypatch):
    call = getattr(BaseClient, CALL)

    def only_create(client, operation, parameters):
        if operation in {"CreateUsagePlanKey", "DeleteApiKey"}:
            raise ReadTimeoutError(endpoint_url="https://example.test")
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, only_create)
    with pytest.raises(Failure, match="could not be removed") as told:
        create_key(account.target, "acme", "sandbox")

    assert names_of_keys(account)[0] in told.value.advice
    assert digests_kept(account) == set()


class Killed(BaseException):
    """Raised to kill the program: no code of it runs afterwards."""


def killed_at(monkeypatch, call_number):
    """Let AWS accept this many mutating calls, and then no call at all."""
    call, changes = getattr(BaseClient, CALL), []

    def take(client, operation, parameters):
        if operation.startswith(("Create", "Put", "Delete")):
            changes.append(operation)
        if len(changes) > call_number:
            raise Killed
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, take)
    return changes


@pytest.mark.full
@pytest.mark.parametrize("calls", range(7))
def test_a_killed_creation_leaves_no_listed_key(account, monkeypatch, calls):
    """The key is added to its plan last: a key left earlier was never shown."""
    killed_at(monkeypatch, calls)
    with pytest.raises((Killed, Failure)):
        create_key(account.target, "acme", "sandbox")
    monkeypatch.undo()

    assert list_keys(account.target) == []


def test_stripe_records_exist_before_the_key_is_listed(account, monkeypatch):
    call, order = getattr(BaseClient, CALL), []

    def note(client, operation, parameters):
        order.append(operation)
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, note)
    create_key(account.target, "acme", "sandbox")
    assert order[-8:] == [
        "CreateApiKey", "CreateApiKey", "CreateUsagePlanKey", "CreateUsagePlanKey", "PutItem", "PutItem", "PutItem",
        "CreateUsagePlanKey",
    ]  # fmt: skip


@pytest.mark.parametrize("calls", range(6))
def test_a_killed_revocation_is_completed_by_the_next(account, monkeypatch, calls):
    """A key is listed as long as anything accepts it, so it can be revoked."""
    key = create_key(account.target, "acme", "sandbox")
    killed_at(monkeypatch, calls)
    with pytest.raises(Killed):
        revoke_key(account.target, key.key_id)
    monkeypatch.undo()

    if list_keys(account.target):
        revoke_key(account.target, key.key_id)
    assert names_of_keys(account) == []
    assert digests_kept(account) == set()


def test_table_of_keys_stores_digests_and_merchants(account):
    key = create_key(account.target, "acme", "load")

    assert re.fullmatch(r"pk_test_acme_[a-z2-7]{32}", key.publishable)
    assert digests_kept(account) == digests_of(key) == {key_digest(key.api_key), key_digest(key.publishable)}
    table = ApiKeys(account.client("dynamodb"), "paysandbox-dev-ApiKeys")
    for text, kind in ((key.api_key, KeyKind.SECRET), (key.publishable, KeyKind.PUBLISHABLE)):
        kept = get_key(table, key_digest(text))
        assert kept is not None
        assert (kept.merchant, kept.kind, kept.key_id) == ("acme", kind, key.key_id)
        assert kept.created_at.tzinfo is UTC
    whole = json.dumps(account.client("dynamodb").scan(TableName=table.table)["Items"])
    assert not any(text.rpartition("_")[2] in whole for text in (key.api_key, key.publishable))


def test_keys_whose_creation_was_interrupted_are_completed(account):
    gateway = account.client("apigateway")
    old = gateway.create_api_key(name="paysandbox-dev-acme-load-x", value="sk_test_acme_" + "a" * 32, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=account.plan_ids["load"], keyId=old["id"], keyType="API_KEY")
    gateway.create_api_key(name="on no plan", value="sk_test_other_" + "a" * 32, enabled=True)

    sync_keys(account.target)
    (key,) = sync_keys(account.target)

    assert digests_kept(account) == digests_of(*list_keys(account.target))
    assert key_digest("sk_test_acme_" + "a" * 32) in digests_kept(account)
    assert keys_on(account.v1_plan_ids) == {
        "sandbox": set(),
        "load": {key.api_key, key.publishable},
        "dashboard": set(),
    }
    assert keys_on(account.plan_ids) == {"operator": set(), "sandbox": set(), "load": {key.api_key}, "dashboard": set()}


def test_complete_keys_are_unchanged(account, monkeypatch):
    create_key(account.target, "acme", "sandbox")
    before = sorted(names_of_keys(account))
    changes = killed_at(monkeypatch, 99)
    sync_keys(account.target)
    monkeypatch.undo()
    assert {change for change in changes if change.startswith("Create")} == set()
    assert sorted(names_of_keys(account)) == before


@pytest.mark.full
@pytest.mark.parametrize("before", ["PutItem", "GetApiKeys"])
def test_a_concurrently_revoked_key_is_not_added(account, monkeypatch, before):
    """Another program revokes it, while `up` is between its reading and its last call."""
    key, call, seen = create_key(account.target, "acme", "sandbox"), getattr(BaseClient, CALL), []

    def revoke_in_between(client, operation, parameters):
        seen.append(operation)
        if operation == before and seen.count(before) == 2:
            seen.clear()
            monkeypatch.setattr(BaseClient, CALL, call)
            revoke_key(account.target, key.key_id)
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, revoke_in_between)
    sync_keys(account.target)

    assert list_keys(account.target) == []
    assert digests_kept(account) == set()
    assert names_of_keys(account) == []


@pytest.mark.parametrize("before", ["CreateApiKey", "CreateUsagePlanKey"])
def test_a_concurrently_revoked_key_leaves_no_publishable_key(account, monkeypatch, before):
    gateway, call = account.client("apigateway"), getattr(BaseClient, CALL)
    old = gateway.create_api_key(name="paysandbox-dev-acme-load-x", value="sk_test_acme_" + "a" * 32, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=account.plan_ids["load"], keyId=old["id"], keyType="API_KEY")

    def revoke_before(client, operation, parameters):
        if operation == before:
            monkeypatch.setattr(BaseClient, CALL, call)
            revoke_key(account.target, old["id"])
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, revoke_before)
    with suppress(ClientError):  # AWS refuses to add a deleted key to a plan, and the next run finds nothing to do
        sync_keys(account.target)
    sync_keys(account.target)

    assert names_of_keys(account) == []
    assert digests_kept(account) == set()


def test_list_has_only_working_keys(account):
    made = [create_key(account.target, *row) for row in [("zoo", "load"), ("acme", "load"), ("acme", "sandbox")]]
    gateway = account.client("apigateway")
    gateway.create_api_key(name="on no plan", value="sk_test_other_" + "a" * 32, enabled=True)
    stranger = gateway.create_api_key(name="of no merchant", value="b" * 40, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=account.plan_ids["sandbox"], keyId=stranger["id"], keyType="API_KEY")

    listed = list_keys(account.target)

    assert [(key.merchant, key.plan) for key in listed] == [("acme", "sandbox"), ("acme", "load"), ("zoo", "load")]
    assert {(key.api_key, key.key_id) for key in listed} == {(key.api_key, key.key_id) for key in made}
    assert all(key.created_at is not None and key.created_at.tzinfo is UTC for key in listed)


def test_list_can_be_of_one_merchant(account):
    for name in ("zoo", "acme"):
        create_key(account.target, name, "load")
    assert [key["merchant"] for key in json.loads(run("list", "--merchant", "zoo", "--json").stdout)["data"]] == ["zoo"]
    assert "keys create --merchant nobody" in run("list", "--merchant", "nobody").stderr


def test_a_key_is_found_by_its_merchant(account):
    create_key(account.target, "acme", "load")
    create_key(account.target, "acme-2", "sandbox")
    assert find_key(account.target, "acme").plan == "load"
    create_key(account.target, "acme", "sandbox")
    assert find_key(account.target, "acme").plan == "sandbox"
    create_key(account.target, "page", "dashboard")
    with pytest.raises(Failure, match="no API key in dev"):
        find_key(account.target, "page")
    with pytest.raises(Failure, match="no API key in dev") as told:
        find_key(account.target, "nobody")
    assert "keys create --merchant nobody --env dev" in told.value.advice


@pytest.mark.parametrize("by", ["api_key", "key_id"])
def test_revoked_keys_are_not_listed(account, by):
    kept, revoked = (create_key(account.target, "acme", "sandbox") for _ in range(2))

    assert revoke_key(account.target, getattr(revoked, by)).key_id == revoked.key_id

    assert [key.key_id for key in list_keys(account.target)] == [kept.key_id]
    assert digests_kept(account) == digests_of(kept)
    with pytest.raises(Failure, match="no such key"):
        revoke_key(account.target, getattr(revoked, by))


def test_other_api_keys_cannot_be_revoked(account):
    other = account.client("apigateway").create_api_key(name="billing", value="c" * 40, enabled=True)

    with pytest.raises(Failure, match="no such key"):
        revoke_key(account.target, other["id"])

    assert names_of_keys(account) == ["billing"]


def test_commands_with_json(account):
    created = run("create", "--merchant", "acme", "--plan", "load", "--json")
    made = json.loads(created.stdout)
    assert created.exit_code == 0
    assert made.keys() == {"merchant", "plan", "key_id", "api_key", "publishable_key"}
    assert (made["merchant"], made["plan"]) == ("acme", "load")
    assert made["publishable_key"] == publishable_key(made["api_key"])

    [listed] = json.loads(run("list", "--json").stdout)["data"]
    assert listed.keys() == {"merchant", "plan", "masked_key", "key_id", "created_at"}
    assert listed["key_id"] == made["key_id"]
    assert made["api_key"] not in json.dumps(listed)
    [whole] = json.loads(run("list", "--json", "--show-secrets").stdout)["data"]
    assert whole == listed | {"api_key": made["api_key"]}

    assert json.loads(run("sync", "--json").stdout) == {"data": [listed]}
    revoked = run("revoke", made["key_id"], "--json")
    assert json.loads(revoked.stdout) == {"merchant": "acme", "plan": "load", "revoked": listed["key_id"]}
    assert json.loads(run("list", "--json").stdout) == {"data": []}

    again = run("revoke", "--key-file", "-", "--json", piped=made["api_key"])
    assert again.exit_code == 1
    assert "no such key" in again.problem["title"]


def test_commands_with_text(account):
    created = run("create", "--merchant", "acme")
    key = created.stdout.strip()
    assert KEY.fullmatch(key)  # alone on stdout, for $(…)
    assert "plan sandbox" in created.stderr
    assert publishable_key(key) in created.stderr

    masked = run("list").stdout
    assert key not in masked
    assert f"sk_test_acme_…{key[-4:]}" in masked
    assert key in run("list", "--show-secrets").stdout

    assert "Keys known to both APIs: 1." in run("sync").stdout
    assert f"sk_test_acme_…{key[-4:]}" in run("revoke", "--key-file", "-", piped=key).stdout
    assert "keys create" in run("list").stderr


@pytest.mark.parametrize(
    "words",
    [
        ["create"],
        ["create", "--merchant", "acme", "--plan", "gold"],
        ["revoke"],
        ["make"],
        ["revoke", "abc", "--key-file", __file__],
    ],
)
def test_usage_errors_exit_2(words):
    assert run(*words).exit_code == 2


def test_keys_are_not_accepted_as_arguments():
    key = f"sk_test_acme_{'a' * 32}"
    said = run("revoke", key)
    assert (said.exit_code, "use --key-file" in said.words) == (2, True)
    assert key not in said.words


def test_an_environment_without_plans_says_so():
    with deployed("dev") as account:
        account.client("cloudformation").delete_stack(StackName="paysandbox-dev-api")
        assert "no stack paysandbox-dev-api" in run("list").stderr
        account.deploy_api({"BaseUrl": "https://api.example.test"})
        failed = run("list")
        assert failed.exit_code == 1
        assert "UsagePlanSandboxId" in failed.stderr


def test_no_key_is_created_without_a_table_of_keys():
    """A key would be incomplete."""
    with deployed("dev") as account:
        account.client("cloudformation").delete_stack(StackName="paysandbox-dev-api")
        account.deploy_api({"BaseUrl": "https://api.example.test", **deployed_account.plan_outputs(account.plan_ids)})
        failed = run("create", "--merchant", "acme")
        assert failed.exit_code == 1
        assert "ApiKeysTable" in failed.stderr
        assert names_of_keys(account) == []


def test_without_plans_of_stripes_api_keys_can_only_be_revoked():
    """The stack v1 of another version, whose keys were on no plan."""
    with deployed("dev") as account:
        key = create_key(account.target, "acme", "sandbox")
        account.client("cloudformation").delete_stack(StackName="paysandbox-dev-v1")
        account.deploy_stack("v1", {"StripeApiBase": "https://api.example.test"})
        for words in (["create", "--merchant", "acme"], ["sync"]):
            failed = run(*words)
            assert failed.exit_code == 1
            assert "v1 stack" in failed.stderr
            assert "Deploy it with" in failed.stderr
        revoke_key(account.target, key.key_id)
        assert names_of_keys(account) == []


def test_repr_of_a_key_has_no_secret():
    key = MerchantKey("acme", "sandbox", "sk_test_acme_" + "a" * 32, "id1")
    assert "a" * 32 not in repr(key)


# --- operators' keys --------------------------------------------------------------------------------------------------

OPERATOR_KEY = re.compile(r"ok_test_[a-z2-7]{32}")


def test_an_operators_key_is_on_a_plan_of_its_own_and_of_no_merchant(account):
    made = json.loads(run("create", "--operator", "--json").stdout)
    assert OPERATOR_KEY.fullmatch(made["operator_key"])
    assert merchant_of(made["operator_key"]) is None
    others = {"sandbox": set(), "load": set(), "dashboard": set()}
    assert keys_on(account.plan_ids) == {"operator": {made["operator_key"]}} | others
    assert keys_on(account.v1_plan_ids) == others
    assert digests_kept(account) == set()
    assert list_keys(account.target) == []


def test_operators_keys_are_listed_masked_and_revoked_by_id(account):
    made = json.loads(run("create", "--operator", "--json").stdout)
    (listed,) = json.loads(run("list", "--json").stdout)["data"]
    assert (listed["merchant"], listed["plan"], listed["key_id"]) == (None, "operator", made["key_id"])
    assert listed["masked_key"] == f"ok_test_…{made['operator_key'][-4:]}"
    assert made["operator_key"] not in run("list").stdout
    assert made["operator_key"] in run("list", "--show-secrets").stdout

    assert "an operator's key" in run("revoke", made["key_id"]).stdout
    assert names_of_keys(account) == []
    assert run("revoke", made["key_id"]).exit_code == 1


def test_an_operators_key_can_be_revoked_by_itself_from_a_file(account):
    made = json.loads(run("create", "--operator", "--json").stdout)
    assert run("revoke", made["operator_key"]).exit_code == 2, "a key is no argument"
    assert run("revoke", "--key-file", "-", piped=made["operator_key"]).exit_code == 0
    assert names_of_keys(account) == []


def test_an_operators_key_is_made_once(account):
    assert ensure_operator_key(account.target) == ensure_operator_key(account.target)


@pytest.mark.parametrize("words", [["create"], ["create", "--operator", "--merchant", "acme"]])
def test_a_key_is_a_merchants_or_an_operators(account, words):
    refused = run(*words)
    assert refused.exit_code == 2
    assert "either --merchant NAME or --operator" in refused.words


def test_an_operators_key_that_is_on_no_plan_is_deleted(account, monkeypatch):
    call = getattr(BaseClient, CALL)

    def fails(client, operation, parameters):
        if operation == "CreateUsagePlanKey":
            raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "later"}}, operation)
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, fails)
    assert run("create", "--operator").exit_code == 1
    monkeypatch.undo()
    assert names_of_keys(account) == []
