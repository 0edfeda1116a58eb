"""The program: its commands, its exit codes, and what goes to which stream."""

import json
import subprocess
import sys
from typing import Any

import pytest
from typer.main import get_command

from cli.main import PANELS, app
from tests.support.program import commands, paysandbox


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """No test here may see, or stop, the sandbox of whoever runs it."""
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "home"))


LEAVES = sorted(words for words, command in commands() if not hasattr(command, "commands"))


def test_every_command_is_in_a_panel_and_listed_in_its_order():
    program: Any = get_command(app)
    shown = [name for name in program.list_commands(None) if not program.commands[name].hidden]
    in_order = [name for names in PANELS.values() for name in names]
    assert shown == [name for name in in_order if name in shown]

    help_text = paysandbox("--help").stdout
    assert [panel for panel in PANELS if f"─ {panel} ─" in help_text] == [*PANELS]


@pytest.mark.parametrize("words", LEAVES)
def test_every_command_explains_itself_with_an_example(words):
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
def test_misuse_is_2_and_says_so_on_stderr(words):
    said = paysandbox(*words)

    assert said.exit_code == 2
    assert said.stdout == ""
    assert said.words


def test_down_when_nothing_runs_is_no_failure():
    assert paysandbox("down").exit_code == 0
    assert json.loads(paysandbox("down", "--json").stdout)["was_running"] is False


def test_status_when_nothing_runs_is_1_and_says_what_to_do():
    said = paysandbox("status")

    assert (said.exit_code, said.stdout) == (1, "")
    assert "paysandbox up" in said.stderr


def test_status_for_a_script_has_the_same_facts_when_nothing_runs():
    said = paysandbox("status", "--json")

    assert said.exit_code == 1
    assert json.loads(said.stdout) == {
        "environment": "local",
        "healthy": False,
        "base_url": "http://127.0.0.1:4566",
        "aws_endpoint_url": "http://localhost:4566",
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

    assert said.exit_code == 1
    told = json.loads(said.stdout)
    assert "not running" in told["error"]
    assert "paysandbox up" in told["advice"]


def test_help_is_quick():
    """Nothing that only a command needs is loaded for it: a shell's completion runs the program at every tab."""
    probe = "import sys; import cli.main; print([name for name in {names!r} if name in sys.modules])"
    heavy = ("boto3", "botocore", "httpx", "pydantic", "aws_cdk")
    done = subprocess.run([sys.executable, "-c", probe.format(names=heavy)], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
