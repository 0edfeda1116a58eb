"""The KMS key of the secrets, and the custom resources that generate the pepper and the webhook secret."""

import re

from cli.diagnose.account import secret_names
from tests.infra.templates import Synthesized, statements, text

SECRET = "Custom::GeneratedSecret"
FORMS = {"pepper": "pepper", "webhooks": "master"}
"""The kind of generated secret, by the last part of its name."""
KEY = "AWS::KMS::Key"


AWS_KEY = "alias/aws/secretsmanager"
AWS_KEY_OF_PARAMETERS = "alias/aws/ssm"


def secrets_keys(synthesized: Synthesized):
    return [key for key in synthesized.all(KEY) if key.stack.endswith("-secrets")]


def test_every_key_is_rotated(synthesized: Synthesized) -> None:
    for key in synthesized.all(KEY):
        assert key.properties["EnableKeyRotation"] is True, key


def test_keys_are_retained_with_their_data(synthesized: Synthesized) -> None:
    """The secrets' key also after a creation that failed: it may encrypt secrets of an earlier deployment by then."""
    for key in synthesized.all(KEY):
        kept = "Retain" if key.stack.endswith("-secrets") else "RetainExceptOnCreate"
        assert key.whole["DeletionPolicy"] == (kept if synthesized.environment.keep_data else "Delete"), key


def test_key_policies_delegate_to_iam(synthesized: Synthesized) -> None:
    """The key policy names only the account, so that every right to the key is in a role."""
    for key in synthesized.all(KEY):
        for statement in statements(key):
            assert text(statement["Principal"]["AWS"]).endswith(":root"), key


def test_each_secret_uses_the_secrets_key(synthesized: Synthesized) -> None:
    secrets = [secret.properties for secret in synthesized.all(SECRET)]
    assert {secret["SecretName"]: secret["Form"] for secret in secrets} == {
        f"/paysandbox/{synthesized.environment.name}/{name}": form for name, form in FORMS.items()
    }
    keys = secrets_keys(synthesized)
    assert len(keys) == (0 if synthesized.environment.name == "dev" else 1), "a key costs a dollar a month"
    for secret in secrets:
        assert secret["KeyId"] == ({"Fn::GetAtt": [keys[0].id, "Arn"]} if keys else AWS_KEY)


def test_doctor_asks_for_each_secret(synthesized: Synthesized) -> None:
    made = {secret.properties["SecretName"] for secret in synthesized.all("Custom::GeneratedSecret")}
    assert made == {*secret_names(synthesized.environment.name)}


def test_no_name_ends_like_an_arn(synthesized: Synthesized) -> None:
    """Secrets Manager finds a secret by its ARN without the hyphen and the six characters at its end."""
    for secret in synthesized.all(SECRET):
        assert re.search(r"-\w{6}$", secret.properties["SecretName"]) is None, secret


def test_secrets_are_deleted_only_with_the_ledger(synthesized: Synthesized) -> None:
    """Without its pepper a ledger cannot recognize any card or body; without their secret, endpoints cannot verify."""
    for secret in synthesized.all(SECRET):
        assert secret.properties["DeleteWithStack"] is (not synthesized.environment.keep_data), secret


def test_custom_resource_timeout_is_short(synthesized: Synthesized) -> None:
    """The function has time for every try before the timeout."""
    (generator,) = (f for f in synthesized.all("AWS::Lambda::Function") if "generate_secret" in f.properties["Handler"])
    for secret in synthesized.all(SECRET):
        assert int(secret.properties["ServiceTimeout"]) == 60 > generator.properties["Timeout"]
        assert secret.properties["ServiceToken"] == {"Fn::GetAtt": [generator.id, "Arn"]}


def test_generators_rights_outlive_the_secrets(synthesized: Synthesized) -> None:
    """CloudFormation deletes in reverse order: without the dependency, the role could be deleted first."""
    (generator,) = (f for f in synthesized.all("AWS::Lambda::Function") if "generate_secret" in f.properties["Handler"])
    rights = [p.id for p in synthesized.policies() if p.stack.endswith("-secrets")]
    assert rights
    for secret in synthesized.all(SECRET):
        assert generator.id in secret.whole["DependsOn"]
    for policy in rights:
        assert policy in generator.whole["DependsOn"]


def test_outputs(synthesized: Synthesized) -> None:
    outputs = synthesized.template("secrets")["Outputs"]
    told = {name: output["Value"] for name, output in outputs.items() if "Export" not in output}
    keys = secrets_keys(synthesized)
    assert told == {"ParameterKey": {"Fn::GetAtt": [keys[0].id, "Arn"]} if keys else AWS_KEY_OF_PARAMETERS}
