"""API keys: made, listed and revoked in API Gateway, and nothing left behind by a failure."""

import json
import re
from datetime import UTC

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from cli.failure import Failure
from cli.keys import MerchantKey, create_key, find_key, list_keys, revoke_key
from paysandbox.domain.merchant import merchant_of
from tests.support.deployed_account import deployed
from tests.support.program import paysandbox

KEY = re.compile(r"sk_test_acme_[a-z2-7]{32}")
CALL = "_make_api_call"  # botocore's way to the wire


def run(*words):
    return paysandbox("keys", *words, "--env", "dev")


@pytest.fixture
def account():
    with deployed("dev") as account:
        yield account


def names_of_keys(account):
    return [key["name"] for key in account.client("apigateway").get_api_keys()["items"]]


def test_a_key_names_its_merchant_and_is_metered_by_its_plan(account):
    key = create_key(account.target, "acme", "load")

    assert KEY.fullmatch(key.api_key)
    assert merchant_of(key.api_key) == key.merchant == "acme"
    gateway = account.client("apigateway")
    stored = gateway.get_api_key(apiKey=key.key_id, includeValue=True)
    assert (stored["value"], stored["enabled"]) == (key.api_key, True)
    assert re.fullmatch(r"paysandbox-dev-acme-load-[a-z2-7]{8}", stored["name"])
    on_plan = {plan: gateway.get_usage_plan_keys(usagePlanId=id_)["items"] for plan, id_ in account.plan_ids.items()}
    assert [entry["id"] for entry in on_plan["load"]] == [key.key_id]
    assert on_plan["sandbox"] == []


def test_no_two_keys_are_alike(account):
    made = [create_key(account.target, "acme", "sandbox") for _ in range(3)]
    assert (
        len({key.api_key for key in made}) == len({key.key_id for key in made}) == len(set(names_of_keys(account))) == 3
    )


@pytest.mark.parametrize("merchant", ["a", "x" * 33, "Acme", "ac me", "ac_me", "café", "", "acme\n"])
def test_a_name_that_no_key_can_carry_is_refused_before_anything_is_made(account, merchant):
    with pytest.raises(Failure, match="not a merchant's name"):
        create_key(account.target, merchant, "sandbox")
    refused = run("create", "--merchant", merchant)

    assert refused.exit_code == 2
    assert "2 to 32 of a-z, 0-9 and hyphen" in refused.words
    assert names_of_keys(account) == []


@pytest.mark.parametrize("merchant", ["ab", "x" * 32, "a-1", "--", "0-9"])
def test_names_that_a_key_can_carry(account, merchant):
    assert merchant_of(create_key(account.target, merchant, "sandbox").api_key) == merchant


def test_a_key_that_could_not_be_attached_is_not_left_behind(account, monkeypatch):
    call = getattr(BaseClient, CALL)
    refusal = ClientError({"Error": {"Code": "LimitExceededException", "Message": "enough"}}, "CreateUsagePlanKey")

    def refuse_to_attach(client, operation, parameters):
        if operation == "CreateUsagePlanKey":
            assert len(names_of_keys(account)) == 1
            raise refusal
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, refuse_to_attach)
    failed = run("create", "--merchant", "acme")

    assert failed.exit_code == 1
    assert "LimitExceededException" in failed.stderr
    assert names_of_keys(account) == []


@pytest.mark.parametrize("stopped_by", [ReadTimeoutError(endpoint_url="https://example.test"), KeyboardInterrupt()])
@pytest.mark.parametrize("after", ["CreateApiKey", "CreateUsagePlanKey"])
def test_a_key_whose_making_was_not_acknowledged_is_not_left_behind(account, monkeypatch, after, stopped_by):
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


def test_a_key_that_could_neither_be_attached_nor_removed_is_named(account, monkeypatch):
    call = getattr(BaseClient, CALL)

    def only_create(client, operation, parameters):
        if operation in {"CreateUsagePlanKey", "DeleteApiKey"}:
            raise ReadTimeoutError(endpoint_url="https://example.test")
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, CALL, only_create)
    with pytest.raises(Failure, match="not be removed either") as told:
        create_key(account.target, "acme", "sandbox")

    assert names_of_keys(account)[0] in told.value.advice


def test_the_list_is_of_keys_that_work(account):
    made = [create_key(account.target, *row) for row in [("zoo", "load"), ("acme", "load"), ("acme", "sandbox")]]
    gateway = account.client("apigateway")
    gateway.create_api_key(name="on no plan", value="sk_test_other_" + "a" * 32, enabled=True)
    stranger = gateway.create_api_key(name="of no merchant", value="b" * 40, enabled=True)
    gateway.create_usage_plan_key(usagePlanId=account.plan_ids["sandbox"], keyId=stranger["id"], keyType="API_KEY")

    listed = list_keys(account.target)

    assert [(key.merchant, key.plan) for key in listed] == [("acme", "sandbox"), ("acme", "load"), ("zoo", "load")]
    assert {(key.api_key, key.key_id) for key in listed} == {(key.api_key, key.key_id) for key in made}
    assert all(key.created_at is not None and key.created_at.tzinfo is UTC for key in listed)


def test_a_key_is_found_by_its_merchant(account):
    create_key(account.target, "acme", "load")
    create_key(account.target, "acme-2", "sandbox")
    assert find_key(account.target, "acme").plan == "load"
    create_key(account.target, "acme", "sandbox")
    assert find_key(account.target, "acme").plan == "sandbox"
    with pytest.raises(Failure, match="no key in dev") as told:
        find_key(account.target, "nobody")
    assert "keys create --merchant nobody --env dev" in told.value.advice


@pytest.mark.parametrize("by", ["api_key", "key_id"])
def test_a_revoked_key_is_gone(account, by):
    kept, revoked = (create_key(account.target, "acme", "sandbox") for _ in range(2))

    assert revoke_key(account.target, getattr(revoked, by)).key_id == revoked.key_id

    assert [key.key_id for key in list_keys(account.target)] == [kept.key_id]
    with pytest.raises(Failure, match="no such key"):
        revoke_key(account.target, getattr(revoked, by))


def test_a_key_of_somebody_else_cannot_be_revoked(account):
    other = account.client("apigateway").create_api_key(name="billing", value="c" * 40, enabled=True)

    with pytest.raises(Failure, match="no such key"):
        revoke_key(account.target, other["id"])

    assert names_of_keys(account) == ["billing"]


def test_the_commands_for_a_script(account):
    created = run("create", "--merchant", "acme", "--plan", "load", "--json")
    made = json.loads(created.stdout)
    assert created.exit_code == 0
    assert made.keys() == {"merchant", "plan", "api_key"}
    assert (made["merchant"], made["plan"]) == ("acme", "load")

    [listed] = json.loads(run("list", "--json").stdout)
    assert listed.keys() == {"merchant", "plan", "api_key", "key_id", "created_at"}
    assert listed["api_key"] == made["api_key"]

    revoked = run("revoke", made["api_key"], "--json")
    assert json.loads(revoked.stdout) == {"merchant": "acme", "plan": "load", "revoked": listed["key_id"]}
    assert json.loads(run("list", "--json").stdout) == []

    again = run("revoke", made["api_key"], "--json")
    assert again.exit_code == 1
    assert "no such key" in json.loads(again.stdout)["error"]


def test_the_commands_for_a_person(account):
    created = run("create", "--merchant", "acme")
    key = created.stdout.strip()
    assert KEY.fullmatch(key)  # alone on stdout, to be caught by $(…)
    assert "plan sandbox" in created.stderr

    masked = run("list").stdout
    assert key not in masked
    assert f"sk_test_acme_…{key[-4:]}" in masked
    assert key in run("list", "--show").stdout

    assert f"sk_test_acme_…{key[-4:]}" in run("revoke", key).stdout
    assert "keys create" in run("list").stderr


@pytest.mark.parametrize(
    "words", [["create"], ["create", "--merchant", "acme", "--plan", "gold"], ["revoke"], ["make"]]
)
def test_misuse_is_exit_code_2(words):
    assert run(*words).exit_code == 2


def test_an_environment_without_plans_says_so():
    with deployed("dev") as account:
        account.client("cloudformation").delete_stack(StackName="paysandbox-dev-api")
        assert "no stack paysandbox-dev-api" in run("list").stderr
        account.deploy_api({"BaseUrl": "https://api.example.test"})
        failed = run("list")
        assert failed.exit_code == 1
        assert "UsagePlanSandboxId" in failed.stderr


def test_a_key_does_not_show_its_secret_by_accident():
    key = MerchantKey("acme", "sandbox", "sk_test_acme_" + "a" * 32, "id1")
    assert "a" * 32 not in repr(key)
