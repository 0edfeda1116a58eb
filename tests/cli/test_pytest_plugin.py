"""The pytest plugin in another project: the fixtures for its tests, and the messages without a sandbox."""

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from paysandbox.http.credential import key_digest, publishable_key
from tests.support.wire import Reply, served

API_KEY = re.compile(r"sk_test_test-[a-z2-7]{12}_[a-z2-7]{32}")

TWO_TESTS = """
    seen = []

    def test_one(paysandbox_api):
        seen.append(paysandbox_api)

    def test_two(paysandbox_api, paysandbox_merchants):
        other = paysandbox_merchants()
        assert len({api.api_key for api in [*seen, paysandbox_api, other]}) == 3
        assert len({api.merchant for api in [*seen, paysandbox_api, other]}) == 3
        assert paysandbox_api.merchant in paysandbox_api.api_key
        assert paysandbox_api.api_key not in repr(paysandbox_api)
        print("BASE", paysandbox_api.base_url)
"""


@pytest.fixture
def project(tmp_path):
    """Return a function that runs pytest on a test file, with the installed plugin and warnings as errors."""

    def run(tests: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_shop.py").write_text(textwrap.dedent(tests))
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "pytest", "-s", "-p", "no:cacheprovider", *words, tmp_path],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PAYSANDBOX_HOME": str(tmp_path / "home")} | env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def shell(base_url):
    """Return the variables that `paysandbox status -o env` sets."""
    return {
        "PAYSANDBOX_BASE_URL": base_url,
        "PAYSANDBOX_AWS_ENDPOINT_URL": base_url,
        "PAYSANDBOX_AWS_ACCESS_KEY_ID": "PAYSANDBOXTESTTEST12",
        "PAYSANDBOX_AWS_SECRET_ACCESS_KEY": "a secret",
    }


def engine(request):
    """Provide the parts of the engine that the plugin calls."""
    if request.path == "/usageplans":
        plans = {"p1": "other", "p2": "paysandbox-local-load", "p3": "paysandbox-local-v1-load"}
        return Reply(body={"item": [{"id": plan_id, "name": name} for plan_id, name in plans.items()]})
    if request.path == "/apikeys" and request.method == "POST":
        return Reply(201, {"id": f"id-of-{request.body['value']}"})
    if request.path == "/apikeys":  # the search for a publishable key, by the name that this engine gives
        text = request.query["name"].removesuffix("-publishable").removeprefix("name-of-")
        return Reply(body={"item": [{"id": f"id-of-{publishable_key(text)}"}]})
    if request.method == "GET" and "/apikeys/id-of-" in request.path:
        text = request.path.partition("id-of-")[2]
        return Reply(body={"value": text, "name": f"name-of-{text}"})
    return Reply(200)


def keys_made(wire):
    """Return the secret keys that were created, each followed by its publishable key."""
    made = [r.body["value"] for r in wire.requests if r.path == "/apikeys" and r.method == "POST"]
    assert made[1::2] == [publishable_key(key) for key in made[::2]]
    return made[::2]


def digests(wire, operation):
    """Return the key digests sent to DynamoDB by `PutItem` or `DeleteItem`."""
    told = [r.body for r in wire.requests if r.headers.get("x-amz-target") == f"DynamoDB_20120810.{operation}"]
    assert {body["TableName"] for body in told} <= {"paysandbox-local-ApiKeys"}
    return [body.get("Item", body.get("Key"))["key_digest"]["S"] for body in told]


def digests_of(keys):
    return sorted(key_digest(each) for key in keys for each in (key, publishable_key(key)))


def revoked(wire):
    return [request.path.removeprefix("/apikeys/id-of-") for request in wire.requests if request.method == "DELETE"]


@pytest.mark.full
def test_each_test_has_its_own_merchant_and_leaves_no_key(project):
    with served(engine) as wire:
        done = project(TWO_TESTS, **shell(wire.base_url))

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"BASE {wire.base_url}" in done.stdout
    made = keys_made(wire)
    assert len(set(made)) == 3
    assert all(API_KEY.fullmatch(key) for key in made)
    assert sorted(revoked(wire)) == sorted(each for key in made for each in (key, publishable_key(key)))
    assert sorted(digests(wire, "PutItem")) == sorted(digests(wire, "DeleteItem")) == digests_of(made)
    attached = [request for request in wire.requests if request.path == "/usageplans/p2/keys"]
    assert [request.body["keyId"] for request in attached] == [f"id-of-{key}" for key in made]
    on_v1 = [request.body["keyId"] for request in wire.requests if request.path == "/usageplans/p3/keys"]
    assert sorted(on_v1) == sorted(f"id-of-{each}" for key in made for each in (key, publishable_key(key)))
    assert [request.path for request in wire.requests].count("/usageplans") == 1, "found once for all tests"


@pytest.mark.full
def test_the_sandbox_is_found_by_its_state_folder(project, tmp_path):
    with served(engine) as wire:
        (tmp_path / "home").mkdir()
        record = {"base_url": wire.base_url, "aws_endpoint_url": wire.base_url}
        (tmp_path / "home" / "sandbox.json").write_text(json.dumps(record))
        (tmp_path / "home" / "access-key.json").write_text(json.dumps({"id": "PAYSANDBOX0", "secret": "a secret"}))
        done = project(TWO_TESTS)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.full
def test_a_key_that_could_not_be_attached_is_revoked(project):
    def refuse(request):
        return Reply(500) if request.path.endswith("/keys") else engine(request)

    with served(refuse) as wire:
        done = project("def test_it(paysandbox_api): pass", **shell(wire.base_url))

    assert done.returncode == 1
    assert sorted(revoked(wire)) == sorted(each for key in keys_made(wire) for each in (key, publishable_key(key)))
    assert sorted(digests(wire, "DeleteItem")) == digests_of(keys_made(wire))


@pytest.mark.full
@pytest.mark.parametrize(
    "env, said",
    [
        ({}, "There is no payments sandbox in"),
        (
            shell("http://127.0.0.1:9"),
            "responds at http://127.0.0.1:9",
        ),
    ],
)
def test_without_a_sandbox_the_remedy_is_shown(project, env, said):
    done = project("def test_it(paysandbox_api): pass", **env)

    assert done.returncode == 1
    assert said in done.stdout
    assert "paysandbox up" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.full
def test_an_incomplete_address_is_an_error(project):
    done = project("def test_it(paysandbox_api): pass", PAYSANDBOX_BASE_URL="https://api.example.test")

    assert done.returncode == 1
    assert "PAYSANDBOX_AWS_ENDPOINT_URL is not set" in done.stdout
    assert "paysandbox status -o env" in done.stdout


@pytest.mark.full
def test_an_incomplete_sandbox_is_reported(project):
    with served(lambda _: Reply(body={})) as wire:
        done = project("def test_it(paysandbox_api): pass", **shell(wire.base_url))
    assert "no usage plan paysandbox-local-load" in done.stdout


@pytest.mark.full
def test_unused_fixture_costs_nothing(project):
    """The plugin is loaded in every project that this one is installed in, including this one."""
    loaded = (
        'import sys; print("LOADED", sorted({"boto3", "httpx", "typer", "pydantic", "paysandbox"} & set(sys.modules)))'
    )
    done = project(f"def test_it():\n        {loaded}\n")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "paysandbox" in done.stdout.split("plugins:")[1].splitlines()[0]
    assert "LOADED []" in done.stdout


def test_plugin_names_do_not_collide():
    """A fixture of a plugin and one of a test file may share a name: the file's wins, and nobody notices."""
    ours = {
        name
        for file in (Path(__file__).parents[1]).rglob("*.py")
        for name in re.findall(r"^@pytest\.fixture.*\ndef (\w+)", file.read_text(), re.MULTILINE)
    }
    plugin = Path(__file__).parents[2] / "cli" / "pytest_plugin.py"
    its = set(re.findall(r"^@pytest\.fixture.*\ndef (\w+)", plugin.read_text(), re.MULTILINE))

    assert its == {"paysandbox_engine", "paysandbox_merchants", "paysandbox_api"}
    assert its & ours == set()
