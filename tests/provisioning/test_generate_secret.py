"""The custom resource that makes secrets, on moto's Secrets Manager and KMS."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.client import BaseClient

from provisioning import generate_secret
from tests.support.fakes.cloudformation import CloudFormation

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

NAME = "/paysandbox/test/pepper"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-1111-1111-1111-111111111111"
AWS_KEY = "alias/aws/secretsmanager"
OTHER_KEY = "arn:aws:kms:eu-west-1:123456789012:key/22222222-2222-2222-2222-222222222222"

Event = dict[str, Any]


@pytest.fixture
def manager(aws: None, monkeypatch: pytest.MonkeyPatch) -> "SecretsManagerClient":
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return boto3.client("secretsmanager")


@pytest.fixture
def ask(cloudformation: CloudFormation, manager: "SecretsManagerClient") -> Callable[..., dict[str, Any]]:
    """Send one request as CloudFormation would; returns its answer. Every keyword is one part of the event."""

    def send(
        request: str = "Create",
        *,
        physical_id: str | None = None,
        name: str = NAME,
        key: str = KEY,
        delete_with_stack: str = "true",
        form: str = "pepper",
        before: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        event: Event = {
            "RequestType": request,
            "RequestId": "request-1",
            "StackId": "stack-1",
            "LogicalResourceId": "Pepper",
            "ResponseURL": cloudformation.url,
            # CloudFormation sends every property as text.
            "ResourceProperties": {
                "SecretName": name,
                "KeyId": key,
                "DeleteWithStack": delete_with_stack,
                "Form": form,
            },
        }
        if physical_id is not None:
            event["PhysicalResourceId"] = physical_id
        if before is not None:
            event["OldResourceProperties"] = dict(before)
        cloudformation.answers.clear()
        generate_secret.handler(event, None)
        return cloudformation.answer

    return send


def value(manager: "SecretsManagerClient", name: str = NAME) -> str:
    return manager.get_secret_value(SecretId=name)["SecretString"]


def key_of(manager: "SecretsManagerClient", name: str = NAME) -> str:
    """Return a secret's key. AWS names it only if it is not its own."""
    return manager.describe_secret(SecretId=name).get("KmsKeyId", AWS_KEY)


def put(manager: "SecretsManagerClient", text: str = "kept", *, key: str = KEY) -> None:
    manager.create_secret(Name=NAME, SecretString=text, KmsKeyId=key)


def exists(manager: "SecretsManagerClient", name: str = NAME) -> bool:
    return name in [secret.get("Name") for secret in manager.list_secrets()["SecretList"]]


def test_create_makes_two_secrets_of_256_bits_under_the_key(ask, manager) -> None:
    assert ask()["Status"] == "SUCCESS"
    secret = json.loads(value(manager))
    assert set(secret) == {"card", "body", "current"}
    assert (list(secret["body"]), secret["current"]) == (["1"], 1)
    card, body = (base64.b64decode(text, validate=True) for text in (secret["card"], secret["body"]["1"]))
    assert len(card) == len(body) == 32
    assert card != body
    assert key_of(manager) == KEY


def test_a_master_secret_is_256_bits_in_base64_and_nothing_else(ask, manager) -> None:
    assert ask(form="master")["Status"] == "SUCCESS"
    assert len(base64.b64decode(value(manager), validate=True)) == 32
    assert key_of(manager) == KEY


def test_an_unknown_form_creates_nothing(ask, manager) -> None:
    answer = ask(form="certificate")
    assert (answer["Status"], answer["Reason"]) == ("FAILED", f"{NAME}: ValueError")
    assert not exists(manager)


def test_no_two_environments_share_a_secret(ask, manager) -> None:
    ask(name="/paysandbox/one/pepper")
    ask(name="/paysandbox/two/pepper")
    assert value(manager, "/paysandbox/one/pepper") != value(manager, "/paysandbox/two/pepper")


def test_create_keeps_existing_secrets(ask, manager) -> None:
    """A second create: the stack was removed, or rolled back, and the environment keeps its secrets."""
    put(manager)
    assert ask()["Status"] == "SUCCESS"
    assert value(manager) == "kept"


def test_existing_secrets_are_reencrypted_under_the_current_key(ask, manager) -> None:
    """The stack that left it took its key's grants along: readers may use the key of this stack only."""
    put(manager, key=OTHER_KEY)
    ask()
    assert (value(manager), key_of(manager)) == ("kept", KEY)


def test_update_keeps_the_value(ask, manager) -> None:
    created = ask()
    made = value(manager)
    answer = ask("Update", physical_id=created["PhysicalResourceId"], before={"KeyId": KEY, "DeleteWithStack": "false"})
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", created["PhysicalResourceId"])
    assert value(manager) == made
    assert len(manager.list_secret_version_ids(SecretId=NAME)["Versions"]) == 1, "it was not even written again"


@pytest.mark.parametrize("before, after", [(KEY, OTHER_KEY), (KEY, AWS_KEY), (AWS_KEY, KEY)])
def test_update_to_another_key_keeps_the_value(ask, manager, before: str, after: str) -> None:
    """CloudFormation deletes a key that left the template only after this: it encrypts again while both exist."""
    created = ask(key=before)
    made = value(manager)
    answer = ask("Update", physical_id=created["PhysicalResourceId"], key=after, before={"KeyId": before})
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", created["PhysicalResourceId"])
    assert (value(manager), key_of(manager)) == (made, after)


def test_update_to_another_name_creates_the_new_one(ask, manager) -> None:
    """CloudFormation sees another physical id, and asks to delete the old one afterwards."""
    created = ask()
    answer = ask("Update", physical_id=created["PhysicalResourceId"], name=NAME + "-2", before={"KeyId": KEY})
    assert answer["PhysicalResourceId"] != created["PhysicalResourceId"]
    assert exists(manager, NAME + "-2")
    assert exists(manager), "the old one waits for its own delete"


@pytest.mark.full
@pytest.mark.parametrize(
    "found, delete_with_stack, remains",
    [
        (False, "true", False),  # made by this resource, in an environment that keeps nothing
        (False, "false", True),  # the environment keeps its secrets
        (True, "true", True),  # found there: it belongs to somebody else
        (True, "false", True),
    ],
)
def test_delete(ask, manager, found: bool, delete_with_stack: str, remains: bool) -> None:
    if found:
        put(manager)
    created = ask()
    answer = ask("Delete", physical_id=created["PhysicalResourceId"], delete_with_stack=delete_with_stack)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert exists(manager) is remains


@pytest.mark.full
@pytest.mark.parametrize("physical_id", ["none", "paysandbox-test-secrets-Pepper-ABC", NAME, NAME + "-2#created"])
def test_delete_of_foreign_secrets(ask, manager, physical_id: str) -> None:
    """After a create that failed, CloudFormation deletes under the id that the failure gave, or one of its own."""
    put(manager)
    assert ask("Delete", physical_id=physical_id)["Status"] == "SUCCESS"
    assert exists(manager)


def test_delete_of_missing_secrets(ask, manager) -> None:
    created = ask()
    manager.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    assert ask("Delete", physical_id=created["PhysicalResourceId"])["Status"] == "SUCCESS"


def test_failures_report_the_error_name(ask, manager) -> None:
    """A secret that somebody deleted waits for its end, and its name with it. It stands for every refusal."""
    put(manager)
    manager.delete_secret(SecretId=NAME)
    answer = ask()
    assert answer["Status"] == "FAILED"
    # AWS refuses CreateSecret, moto the next call.
    assert answer["Reason"] in {f"{NAME}: {call}: InvalidRequestException" for call in ("CreateSecret", "UpdateSecret")}


def test_a_secret_that_is_being_deleted_is_refused_with_the_command_that_restores_it(
    ask, manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets Manager gives its name to no other meanwhile. Restored, it is used again."""
    put(manager)
    with monkeypatch.context() as patched:
        # moto refuses the next call only. In AWS's words, by the title of cdk-ec2-key-pair's issue 2.
        said = "You can't create this secret because a secret with this name is already scheduled for deletion."
        patched.setattr(BaseClient, "_make_api_call", refusing("InvalidRequestException", said))
        answer = ask()
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].endswith(f": aws secretsmanager restore-secret --secret-id {NAME}")
    assert ask()["Status"] == "SUCCESS"
    assert value(manager) == "kept"


def refusing(code: str, message: str) -> Any:
    def refuse(client: Any, operation: str, _: dict[str, Any]) -> Any:
        raise client.exceptions.from_code(code)({"Error": {"Code": code, "Message": message}}, operation)

    return refuse


def test_a_failed_create_leaves_an_id_that_deletes_nothing(ask, manager) -> None:
    answer = ask(form="certificate")
    put(manager)
    assert ask("Delete", physical_id=answer["PhysicalResourceId"])["Status"] == "SUCCESS"
    assert exists(manager)


def test_a_new_secret_does_not_name_awss_own_key(ask, manager, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a new Region it does not exist yet, and a call that names none creates it."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(BaseClient, "_make_api_call", recorded(calls))
    assert ask(key=generate_secret.AWS_KEY)["Status"] == "SUCCESS"
    assert ["KmsKeyId" in call for call in calls] == [False]
    assert key_of(manager) == AWS_KEY


def recorded(calls: list[dict[str, Any]]) -> Any:
    call = getattr(BaseClient, "_make_api_call")  # noqa: B009 - private

    def record(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.append(parameters)
        return call(client, operation, parameters)

    return record


@pytest.mark.parametrize("missing", ["SecretName", "KeyId"])
def test_invalid_requests_get_a_response(cloudformation, manager, missing: str) -> None:
    properties = {"SecretName": NAME, "KeyId": KEY}
    del properties[missing]
    event = {
        "RequestType": "Create",
        "RequestId": "r",
        "StackId": "s",
        "LogicalResourceId": "l",
        "ResponseURL": cloudformation.url,
        "ResourceProperties": properties,
    }
    generate_secret.handler(event, None)
    assert cloudformation.answer["Status"] == "FAILED"
    assert "KeyError" in cloudformation.answer["Reason"]


@pytest.mark.full
@pytest.mark.parametrize("case", ["create", "found", "update", "delete", "failure"])
def test_values_and_response_urls_are_not_logged(
    ask, manager, cloudformation, case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    seen = []
    match case:
        case "found":
            put(manager, "the-value-that-was-kept", key=OTHER_KEY)
            seen.append(ask())
        case "failure":
            seen.append(ask(form="certificate"))
        case _:
            seen.append(ask())
            if case != "create":
                seen.append(ask(case.capitalize(), physical_id=seen[0]["PhysicalResourceId"], key=OTHER_KEY))
    secrets = ["the-value-that-was-kept", "Signature="]
    if exists(manager):
        made = value(manager)
        secrets.append(made)
        if made.startswith("{"):
            secrets += [json.loads(made)["card"], json.loads(made)["body"]["1"]]
    out, err = capfd.readouterr()
    told = json.dumps(seen) + out + err
    assert '"request": ' in out, "there is a line to look at"
    assert [secret for secret in secrets if secret in told] == []
