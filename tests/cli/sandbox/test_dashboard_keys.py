"""The merchants' keys for the dashboard: created on demand, as `paysandbox keys create` creates them."""

import json
import os
import subprocess
import sys

import pytest

from cli.connection.keys import MerchantKey, create_key, list_keys
from cli.sandbox import dashboard_keys
from cli.sandbox.dashboard_keys import all_merchants, one_merchant
from engine.wall import merchant_keys
from engine.wall.merchant_keys import COMMAND
from engine.wall.own_program import ProgramError
from paysandbox.core.merchant import is_dashboard_key
from paysandbox.http.keys.credential import publishable_key
from tests.support.worlds.deployed_account import deployed


@pytest.fixture
def account(monkeypatch):
    with deployed("dev") as there:
        # Without boto3, the keys of a local sandbox are listed through its engine: connection/test_local_keys.py.
        monkeypatch.setattr(
            dashboard_keys,
            "local_keys",
            lambda target, merchant="": [key for key in list_keys(target) if merchant in {"", key.merchant}],
        )
        yield there


def keys_of(account, merchant) -> list[MerchantKey]:
    return [key for key in list_keys(account.target) if key.merchant == merchant]


def test_every_merchant_has_a_key_for_the_page_and_one_to_copy(account):
    acme, demo = create_key(account.target, "acme", "load"), create_key(account.target, "demo", "sandbox")
    shown = all_merchants(account.target)["merchants"]

    assert [entry["merchant"] for entry in shown] == ["demo", "acme"], "demo first"
    for entry, key in zip(shown, (demo, acme), strict=True):
        assert is_dashboard_key(entry["api_key"])
        assert (entry["secret_key"], entry["publishable_key"]) == (key.api_key, publishable_key(key.api_key))
    assert [key.plan for key in keys_of(account, "demo")] == ["sandbox", "dashboard"]


def test_keys_are_created_once(account):
    create_key(account.target, "demo", "sandbox")
    assert all_merchants(account.target) == all_merchants(account.target)
    assert len(keys_of(account, "demo")) == 2


def test_many_merchants_get_their_keys_in_several_calls(account, monkeypatch):
    monkeypatch.setattr(dashboard_keys, "AT_ONCE_MAX", 2)
    for name in ("aa", "bb", "demo"):
        create_key(account.target, name, "sandbox")
    first, second = ([entry["merchant"] for entry in all_merchants(account.target)["merchants"]] for _ in range(2))
    assert (first, second) == (["demo", "aa"], ["demo", "aa", "bb"])


def test_a_merchant_is_created_with_both_keys(account):
    made, again = (one_merchant(account.target, "acme") for _ in range(2))

    assert (made["created"], again["created"]) == (True, False)
    assert made["merchants"] == again["merchants"]
    assert [key.plan for key in keys_of(account, "acme")] == ["sandbox", "dashboard"]


@pytest.mark.parametrize("there", ["sandbox", "dashboard"])
def test_a_creation_that_was_interrupted_is_completed(account, there):
    create_key(account.target, "acme", there)
    made = one_merchant(account.target, "acme")
    assert made["created"] is False
    assert [key.plan for key in keys_of(account, "acme")] == ["sandbox", "dashboard"]


# --- the program that the engine runs ---------------------------------------------------------------------------------


def test_without_a_running_sandbox_the_program_says_so(tmp_path):
    done = subprocess.run(
        [sys.executable, *COMMAND],
        input=json.dumps({"merchant": None}),
        env={"PAYSANDBOX_HOME": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "The sandbox is not running. Start it with `paysandbox up`.\n"


def test_a_failure_of_the_program_has_its_reason(tmp_path):
    with pytest.raises(ProgramError, match="The sandbox is not running"):
        merchant_keys.ask(sys.executable, tmp_path, os.environ)


@pytest.mark.parametrize("python", [None, "/nowhere/python"])
def test_a_missing_program_is_an_error_with_a_remedy(tmp_path, python):
    with pytest.raises(ProgramError, match="Run paysandbox up"):
        merchant_keys.ask(python, tmp_path, {})


def program(folder, code):
    """Return a program that runs this Python code in place of the real module."""
    file = folder / "python"
    file.write_text(f"#!{sys.executable} -I\nimport json, os, sys\nsent = json.load(sys.stdin)\n{code}\n")
    file.chmod(0o700)
    return str(file)


def test_the_program_gets_no_secret(tmp_path):
    """Arguments and the environment of a process are visible to other programs of the user."""
    shows = program(tmp_path, "print(json.dumps({'argv': sys.argv[1:], 'env': dict(os.environ), 'sent': sent}))")
    shown = merchant_keys.ask(shows, tmp_path, {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "s", "X": "y"}, "acme")
    assert shown["argv"] == [*COMMAND]
    assert {name for name in shown["env"] if name != "LC_CTYPE"} == {"PATH", "PAYSANDBOX_HOME"}
    assert shown["sent"] == {"merchant": "acme"}


@pytest.mark.parametrize("code", ["sys.exit(3)", "os.kill(os.getpid(), 9)"])
def test_a_program_that_ends_without_a_reason_is_an_error(tmp_path, code):
    with pytest.raises(ProgramError, match="doctor"):
        merchant_keys.ask(program(tmp_path, code), tmp_path, {})


def test_a_program_that_hangs_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(merchant_keys, "PATIENCE_S", 0.2)
    with pytest.raises(ProgramError, match="TimeoutExpired"):
        merchant_keys.ask(program(tmp_path, "import time; time.sleep(60)"), tmp_path, {})
