"""The program: its commands, exit codes and output streams."""

import fcntl
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli.engine_process import access_key
from cli.main import PANELS, app
from paysandbox import VERSION
from tests.support.deployed_account import deployed
from tests.support.program import commands, paysandbox
from tests.support.wire import Reply, served

PROGRAM = Path(sys.executable).with_name("paysandbox")


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """Keep the tests from seeing or stopping the developer's own sandbox."""
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "home"))


LEAVES = sorted(words for words, command in commands() if not hasattr(command, "commands"))


def test_every_command_is_in_a_panel_in_order():
    program: Any = get_command(app)
    shown = [name for name in program.list_commands(None) if not program.commands[name].hidden]
    in_order = [name for names in PANELS.values() for name in names]
    assert shown == [name for name in in_order if name in shown]

    help_text = paysandbox("--help").stdout
    assert [panel for panel in PANELS if f"─ {panel} ─" in help_text] == [*PANELS]


@pytest.mark.parametrize("words", LEAVES)
def test_every_commands_help_has_an_example(words):
    said = paysandbox(*words.split()[1:], "--help")

    assert said.exit_code == 0
    explained, _, examples = said.stdout.partition("Example")
    assert f"Usage: {words}" in explained
    assert words in examples


@pytest.mark.parametrize(
    "words",
    [
        ("dance",),
        ("up", "--port", "many"),
        ("up", "--port", "80"),
        ("up", "--port", "70000"),
        ("up", "--bind", "192.0.2.7"),
        ("up", "--bind", "localhost"),
        ("down", "now"),
        ("status", "-o", "xml"),
        ("doctor", "--help-me"),
    ],
)
def test_usage_errors_exit_2_on_stderr(words):
    said = paysandbox(*words)

    assert said.exit_code == 2
    assert said.stdout == ""
    assert said.words


def test_down_succeeds_if_nothing_runs():
    assert paysandbox("down").exit_code == 0
    assert json.loads(paysandbox("down", "--json").stdout)["was_running"] is False


def test_status_without_a_sandbox_exits_1_with_a_remedy():
    said = paysandbox("status")

    assert (said.exit_code, said.stdout) == (1, "")
    assert "paysandbox up" in said.stderr


def test_status_json_without_a_sandbox():
    said = paysandbox("status", "--json")

    assert said.exit_code == 1
    assert json.loads(said.stdout) == {
        "environment": "local",
        "healthy": False,
        "base_url": "http://127.0.0.1:4610",
        "aws_endpoint_url": "http://localhost:4610",
        "region": "us-east-1",
        "merchants": [],
        "donations": None,
    }
    assert paysandbox("status", "-o", "json").stdout == said.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "list"),
        ("logs",),
        ("pay", "list"),
        ("clock", "show"),
        ("events", "list"),
        ("listen",),
        ("trigger", "payment_captured"),
        ("redrive", "webhooks"),
        ("redrive", "receipts"),
        ("endpoints", "list"),
        ("deliveries", "list"),
        ("settlements", "list"),
    ],
)
def test_a_command_that_needs_the_sandbox_says_how_to_start_it(words):
    said = paysandbox(*words, "--json")

    assert "not running" in said.problem["title"]
    assert "paysandbox up" in said.problem["detail"]


def test_help_is_fast():
    """Help loads no module that only a command needs: a shell's completion runs the program on every Tab."""
    probe = "import sys; import cli.main; print([name for name in {names!r} if name in sys.modules])"
    heavy = ("boto3", "botocore", "httpx", "pydantic", "aws_cdk")
    done = subprocess.run([sys.executable, "-c", probe.format(names=heavy)], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


LOADED = """
import json, sys
from cli.main import app
try:
    app(sys.argv[1:], prog_name="paysandbox")
except SystemExit as ended:
    print(json.dumps({"exit_code": ended.code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""
# Each of them takes longer to import than a local request takes. Typer itself loads pydantic for its parameters.
SLOW = ("boto3", "botocore", "httpx", "httpcore", "anyio", "aws_cdk", "paysandbox.payments.routes", "api_reference")


def local_engine(request):
    """Provide the parts of a sandbox that an authorization needs: the lists of keys and plans, and the payment."""
    key = {"id": "k1", "name": "paysandbox-local-demo-sandbox-x", "value": f"sk_test_demo_{'a' * 32}"}
    match request.path:
        case "/usageplans":
            return Reply(body={"item": [{"id": "p1", "name": "paysandbox-local-sandbox"}]})
        case "/usageplans/p1/keys":
            return Reply(body={"item": [{"id": "k1"}]})
        case "/apikeys":
            return Reply(body={"item": [key | {"createdDate": 1}]})
    card = {"brand": "visa", "last4": "4242"}
    facts = {"auth_id": "auth_1", "transaction_id": "auth_1", "currency": "USD", "amount": 1000, "card": card}
    more = {"status": "approved", "capture_method": "manual", "expires_at": "2030-01-14T09:00:00Z"}
    return Reply(body=facts | more)


@pytest.mark.parametrize("words, sent", [
    (("pay", "authorize", "10.00"), "/payments/authorize"),
    (("pay", "authorize", "10.00", "--json"), "/payments/authorize"),
    (("get", "/payments"), "/payments"),
])  # fmt: skip
def test_a_local_request_loads_no_slow_module(words, sent, home):
    with served(local_engine) as wire, home.engine_lock.open("w") as lock:
        port = int(wire.base_url.rpartition(":")[2])
        access_key.make(home.path)
        home.change(port=port)
        lock.write(json.dumps({"pid": os.getpid(), "port": port, "started_at": ""}))
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, "-c", LOADED, *words],
            env=os.environ | {"PAYSANDBOX_HOME": str(home.path)},
            capture_output=True,
            text=True,
            check=True,
        )
    said = json.loads(done.stderr.splitlines()[-1])

    assert said["exit_code"] == 0
    assert [request.path for request in wire.requests][-1] == sent
    assert [name for name in SLOW if name in said["modules"]] == []


def test_version_option():
    said = paysandbox("--version")
    assert (said.exit_code, said.stdout) == (0, f"paysandbox {VERSION} (Python {platform.python_version()})\n")


def test_open_opens_or_prints_the_api_reference(monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    with deployed("dev") as account:
        url = f"{account.target.base_url}/docs\n"
        assert paysandbox("open", "--print", "--env", "dev").stdout == url
        assert opened == []
        assert json.loads(paysandbox("open", "--print", "--json", "--env", "dev").stdout) == {"docs_url": url.strip()}
        assert paysandbox("open", "--env", "dev").stdout == url
        assert opened == [url.strip()]


def test_shell_completion():
    done = subprocess.run(
        [PROGRAM],
        env={
            "PATH": "/usr/bin:/bin",
            "_PAYSANDBOX_COMPLETE": "complete_bash",
            "COMP_WORDS": "paysandbox ",
            "COMP_CWORD": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert {name for names in PANELS.values() for name in names} <= set(done.stdout.split())
