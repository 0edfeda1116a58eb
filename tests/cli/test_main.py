"""The program: its commands, exit codes and output streams."""

import fcntl
import inspect
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from cli.commands import PANELS, ListedCommand, listed_commands
from cli.main import OF_PAY, whole_program
from engine.wall import access_key
from paysandbox import VERSION
from tests.support.clients.program import commands, paysandbox
from tests.support.fakes.wire import Reply, served
from tests.support.worlds.deployed_account import deployed

PROGRAM = Path(sys.executable).with_name("paysandbox")


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    """Keep the tests from seeing or stopping the developer's own sandbox."""
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "home"))


LEAVES = sorted(words for words, command in commands() if not hasattr(command, "commands"))


def test_every_command_is_in_a_panel_in_order():
    program = whole_program()
    shown = [name for name in program.list_commands(None) if not program.commands[name].hidden]
    assert shown == [name for names in PANELS.values() for name in names]

    help_text = paysandbox("--help").stdout
    assert [panel for panel in PANELS if f"─ {panel} ─" in help_text] == [*PANELS]


def test_the_help_says_how_to_begin_while_no_sandbox_runs(home, monkeypatch):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(home.path))
    with home.engine_lock.open("w") as lock:
        assert "New here? Run paysandbox up." in paysandbox().stdout
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = paysandbox("--help")
    assert "New here?" not in said.stdout
    assert "Exit codes: 0 success" in said.stdout


def test_the_help_is_shown_although_the_sandbox_is_ambiguous(monkeypatch):
    monkeypatch.setenv("PAYSANDBOX_NAME", "../x")
    assert "New here?" in paysandbox("--help").stdout


@pytest.mark.parametrize("words", [("--help",), ("dance",)])
def test_no_color_leaves_out_every_style_of_helps_and_usage_errors(words):
    env = {"PATH": "/usr/bin:/bin", "FORCE_COLOR": "1", "NO_COLOR": "1"}
    done = subprocess.run([PROGRAM, *words], env=env, capture_output=True, text=True, check=False)
    assert "Usage" in done.stdout + done.stderr
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.full
def test_every_commands_help_has_an_example(subtests: pytest.Subtests) -> None:
    for words in LEAVES:
        with subtests.test(str(words)):
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
        ("up", "--otlp", "127.0.0.1:4318"),
        ("up", "--otlp", "grpc://127.0.0.1:4317"),
        ("up", "--otlp", "http://"),
        ("up", "--otlp", "http://127.0.0.1:port"),
        ("up", "--otlp", "http://user:secret@127.0.0.1:4318"),  # would be in the engine's log
        ("up", "--otlp", "http://127.0.0.1:4318?key=1"),
        ("up", "--watch", "--foreground"),
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
        "unsaved": None,
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


LOADED = """
import json, sys
from cli.main import app
try:
    app(sys.argv[1:], prog_name="paysandbox")
except SystemExit as ended:
    print(json.dumps({"exit_code": ended.code, "modules": sorted(sys.modules)}), file=sys.stderr)
"""
COMMAND_MODULES = {entry.module for entries in PANELS.values() for entry in entries.values()}
# Packages are listed with those that they import themselves.
ALWAYS = {"cli", "engine", "paysandbox", "typer", "annotated_doc", "shellingham"}
FOR_HELP = ALWAYS | {"rich", "pygments", "markdown_it", "mdurl", "linkify_it", "attr"}
FOR_TEXT = ALWAYS | {"rich"}
# Who reads a saved state takes the fast JSON where it is installed (engine/fast_json.py): here, and not in the wheel.
FAST_JSON = {"msgspec", "typing_extensions"}


def loaded(*words: str, exit_code: int = 0) -> set[str]:
    """Run the program in a process of its own, and return the names of all modules that it loaded."""
    done = subprocess.run([sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True)
    said = json.loads(done.stderr.splitlines()[-1])
    assert said["exit_code"] == exit_code
    return set(said["modules"])


def packages(modules: set[str]) -> set[str]:
    """Return their packages, without the standard library and what this Python loads for every program."""
    every = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, check=True)
    mine, for_every = ({name.partition(".")[0] for name in names} for names in (modules, every.stdout.decode().split()))
    # `_sysconfigdata_…` is the standard library's too, with the platform in its name.
    return {name for name in mine - for_every - sys.stdlib_module_names if not name.startswith("_sysconfigdata")}


@pytest.mark.parametrize("words, exit_code, allowed", [
    (["--version"], 0, ALWAYS),
    (["--help"], 0, FOR_HELP),
    (["payy"], 2, FOR_HELP),  # a similar name is suggested
])  # fmt: skip
def test_no_command_is_imported_to_list_them(words, exit_code, allowed):
    """A shell's completion runs the program on every Tab."""
    modules = loaded(*words, exit_code=exit_code)
    assert modules & COMMAND_MODULES == set()
    assert packages(modules) <= allowed


def test_what_is_suggested_are_commands_of_pay() -> None:
    assert whole_program().commands["pay"].commands.keys() >= OF_PAY


def test_a_command_is_listed_as_it_describes_itself(subtests: pytest.Subtests) -> None:
    """The table repeats the summary of each command, so that help needs none of them."""
    for name, listed in listed_commands().items():
        with subtests.test(f"{name} {listed}"):
            command = listed.imported()
            assert (command.name, listed.name) == (name, name)
            assert listed.help == inspect.cleandoc(command.help).partition("\n\n")[0]
            assert not command.hidden


def test_help_is_that_of_the_imported_commands():
    imported = whole_program()
    assert not [name for name, command in imported.commands.items() if isinstance(command, ListedCommand)]
    assert paysandbox("--help").stdout == paysandbox("--help", program=imported).stdout


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
        case "/events":
            return Reply(body={"data": [], "next_cursor": None})
    card = {"brand": "visa", "last4": "4242"}
    facts = {"auth_id": "auth_1", "transaction_id": "auth_1", "currency": "USD", "amount": 1000, "card": card}
    more = {"status": "approved", "capture_method": "manual", "expires_at": "2030-01-14T09:00:00Z"}
    return Reply(body=facts | more)


@pytest.mark.full
@pytest.mark.parametrize("words, sent, commands, allowed", [
    (("pay", "authorize", "10.00"), "/payments/authorize", {"payments.pay", "payments.cards"}, FOR_TEXT),
    (("pay", "authorize", "10.00", "--json"), "/payments/authorize", {"payments.pay", "payments.cards"}, FOR_TEXT),
    (("events", "list", "--limit", "3"), "/events", {"webhooks.events"}, FOR_TEXT),
    (("get", "/payments"), "/payments", {"connection.raw_request"}, ALWAYS),
])  # fmt: skip
def test_a_local_request_loads_its_command_alone(words, sent, commands, allowed, home, monkeypatch):
    monkeypatch.setenv("PAYSANDBOX_HOME", str(home.path))
    with served(local_engine) as wire, home.engine_lock.open("w") as lock:
        port = int(wire.base_url.rpartition(":")[2])
        access_key.make(home.path)
        home.change(port=port)
        lock.write(json.dumps({"pid": os.getpid(), "port": port, "bind": "127.0.0.1", "started_at": ""}))
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        modules = loaded(*words)

    assert [request.path for request in wire.requests][-1] == sent
    # The help of `pay` lists cards.
    assert modules & COMMAND_MODULES == {f"cli.{name}" for name in commands}
    assert packages(modules) <= allowed | FAST_JSON
    # They take longer to import than a local request takes. The first one makes servers, the other one loads models.
    assert modules & {"asyncio", "paysandbox.http.route"} == set()


def test_little_is_collected_while_a_command_runs_and_nothing_at_its_end():
    """Otherwise half of a short command's time."""
    counts = "atexit.register(lambda: print(len(gc.get_objects()), gc.get_freeze_count() > 10_000))"
    ran = subprocess.run(
        [sys.executable, "-c", f"import atexit, gc\n{counts}\nfrom cli.main import main\nmain()", "--version"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    left, frozen = ran.stdout.splitlines()[-1].split()
    assert (int(left) < 1_000, frozen) == (True, "True")


@pytest.mark.parametrize("words", [("--version",), ("version",)])
def test_version(words):
    said = paysandbox(*words)
    assert (said.exit_code, said.stdout) == (0, f"paysandbox {VERSION} (Python {platform.python_version()})\n")


@pytest.mark.parametrize("words", [(), ("pay",), ("pay", "authorize"), ("disbursements", "customers", "create")])
def test_help_shows_the_help_of_a_command(words):
    said = paysandbox("help", *words)
    assert (said.exit_code, said.stdout) == (0, paysandbox(*words, "--help").stdout)


@pytest.mark.parametrize("words, shown", [
    (("refund", "pi_1"), "No such command 'refund'. Did you mean 'pay refund'?"),
    (("void",), "No such command 'void'. Did you mean 'pay void'?"),
    (("payy",), "No such command 'payy'. Did you mean 'pay'?"),
    (("disbursement",), "No such command 'disbursement'. Did you mean 'disbursements'?"),
    (("pay", "authorise"), "No such command 'authorise'. Did you mean 'authorize'?"),
])  # fmt: skip
def test_help_of_an_unknown_command(words, shown):
    said = paysandbox("help", *words)
    assert (said.exit_code, said.stdout) == (2, "")
    assert shown in said.words


def test_completion_prints_a_script_that_the_shell_reads():
    read = 'source <("$0" completion bash) && complete -p paysandbox'
    done = subprocess.run(["bash", "-c", read, PROGRAM], capture_output=True, text=True, check=False)
    assert (done.stderr, "paysandbox_completion" in done.stdout) == ("", True)
    assert [paysandbox("completion", shell).exit_code for shell in ("zsh", "fish", "powershell", "tcsh")] == [
        0,
        0,
        0,
        2,
    ]


def test_open_opens_or_prints_the_api_reference(monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    with deployed("dev") as account:
        url = f"{account.target.base_url}/docs\n"
        assert paysandbox("open", "--docs", "--print", "--env", "dev").stdout == url
        assert opened == []
        assert json.loads(paysandbox("open", "--docs", "--print", "--json", "--env", "dev").stdout) == {
            "docs_url": url.strip()
        }
        assert paysandbox("open", "--docs", "--env", "dev").stdout == url
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
