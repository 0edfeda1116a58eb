"""The target of commands; the local one never reaches the caller's AWS account."""

from concurrent.futures import ThreadPoolExecutor
from functools import partialmethod

import boto3
import pytest
from botocore.credentials import AssumeRoleProvider

from cli.connection.target import LOCAL, Target, local_target, resolve
from cli.state.state_dir import StateDir
from cli.terminal.failure import Failure
from engine.wall import access_key
from tests.support.clients.program import paysandbox
from tests.support.worlds.deployed_account import deployed


def test_local_clients_ignore_the_callers_aws_settings(home, monkeypatch):
    for name, value in {
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_ENDPOINT_URL": "https://dynamodb.eu-central-1.amazonaws.com",
        "AWS_ENDPOINT_URL_DYNAMODB": "https://elsewhere",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "HTTP_PROXY": "http://proxy:3128",
    }.items():
        monkeypatch.setenv(name, value)
    key = access_key.make(home.path)
    client = local_target(home, 4600, "us-east-1").client("dynamodb")

    assert client.meta.endpoint_url == "http://localhost:4600"
    assert client.meta.region_name == "us-east-1"
    credentials = client._request_signer._credentials
    assert (credentials.access_key, credentials.secret_key, credentials.token) == (key.id, key.secret, None)
    assert client._endpoint.http_session._proxy_config.proxy_url_for("http://localhost:4600") is None


def test_clients_of_a_sandbox_share_what_botocore_reads(home):
    """Each session reads the list of all endpoints again. Another access key is another sandbox."""
    key = access_key.make(home.path)
    target = local_target(home, 4600, "us-east-1")
    clients = [target.client(service) for service in ("dynamodb", "sqs")]
    access_key.discard(home.path)
    access_key.make(home.path)
    other = local_target(home, 4600, "us-east-1").client("dynamodb")

    of_session, of_other = ({id(client._request_signer._credentials) for client in some} for some in (clients, [other]))
    assert len(of_session) == 1
    assert of_session.isdisjoint(of_other)
    assert other._request_signer._credentials.access_key != key.id


def test_api_and_aws_have_separate_addresses(home):
    target = local_target(home, 4600, "us-east-1")

    assert target == Target(LOCAL, "us-east-1", "http://127.0.0.1:4600", "http://localhost:4600")
    assert target.is_local


def test_a_sandbox_that_does_not_run_says_how_to_start_it(tmp_path):
    with pytest.raises(Failure, match="not running") as failed:
        resolve(LOCAL, StateDir(tmp_path))

    assert "paysandbox up" in failed.value.advice


def test_a_deployed_environment_is_found_by_its_outputs(tmp_path):
    with deployed("dev") as account:
        target = resolve("dev", StateDir(tmp_path))

        assert (target.environment, target.region, target.aws_endpoint_url) == ("dev", account.target.region, None)
        assert target.base_url == account.target.base_url
        assert set(target.outputs("api")) >= {"BaseUrl", "UsagePlanSandboxId", "UsagePlanLoadId"}


def test_an_environment_that_is_not_deployed_says_how_to_deploy_it(tmp_path):
    with deployed("dev"), pytest.raises(Failure, match="no stack paysandbox-prod-api") as failed:
        resolve("prod", StateDir(tmp_path))

    assert "-c env=prod" in failed.value.advice


def test_mfa_is_prompted_once(tmp_path):
    """A role that requires MFA: each session would ask for a code, and a code is accepted once."""
    config = tmp_path / "config"
    config.write_text(
        "[profile operator]\nrole_arn = arn:aws:iam::123456789012:role/operator\nsource_profile = person\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/person\n"
        "[profile person]\naws_access_key_id = AKIAPERSON\naws_secret_access_key = secret\n"
    )
    asked = []
    prompting = partialmethod(AssumeRoleProvider.__init__, prompter=lambda prompt: asked.append(prompt) or "123456")
    with deployed("dev"), pytest.MonkeyPatch.context() as shell:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"):
            shell.delenv(name, raising=False)
        shell.setenv("AWS_CONFIG_FILE", str(config))
        shell.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
        shell.setenv("AWS_PROFILE", "operator")
        shell.setattr(AssumeRoleProvider, "__init__", prompting)
        target = resolve("dev", StateDir(tmp_path))
        operations = {
            "sts": "get_caller_identity",
            "sqs": "list_queues",
            "lambda": "list_functions",
            "logs": "describe_log_groups",
        }
        with ThreadPoolExecutor(len(operations)) as pool:
            sts, *_ = pool.map(lambda service: getattr(target.client(service), operations[service])(), operations)

    assert ":assumed-role/operator/" in sts["Arn"]
    assert len(asked) == 1


def test_clients_slow_down_when_throttled():
    with deployed("dev") as account:
        assert account.target.client("logs").meta.config.retries["mode"] == "adaptive"


def test_a_missing_region_is_explained(tmp_path, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(Failure, match="region") as failed:
        resolve("dev", StateDir(tmp_path))

    assert "AWS_REGION" in failed.value.advice


def test_an_unknown_environment_is_refused_before_any_aws_call(tmp_path):
    with pytest.raises(Failure, match="There is no environment `nope`") as failed:
        resolve("nope", StateDir(tmp_path))

    assert failed.value.advice == "Known environments: local, dev, staging, prod."


@pytest.mark.parametrize("words", [("status",), ("pay", "list"), ("keys", "list"), ("logs",), ("verify",)])
def test_every_command_refuses_an_unknown_environment(words):
    said = paysandbox(*words, "--env", "nope")
    assert (said.exit_code, said.stdout) == (2, "")
    assert "There is no environment `nope`. Known environments: local, dev, staging, prod." in said.words
