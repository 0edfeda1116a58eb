"""What every command does with words that no command accepts, and whether it can be for one merchant."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.connection.without_merchant import REASONS, reason_of
from tests.support.clients.program import commands, paysandbox

PROGRAM = Path(sys.executable).with_name("paysandbox")
COMMANDS = {path: command for path, command in commands() if not hasattr(command, "commands")}
NOT_UTF_8 = b"caf\xe9".decode(errors="surrogateescape")


@pytest.fixture(autouse=True)
def without_sandbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PAYSANDBOX_API_KEY", raising=False)


def arguments(command: Any) -> list[Any]:
    """Return the arguments of a command, without the one that is another program's."""
    return [each for each in command.params if each.param_type_name == "argument" and each.name != "command"]


def value_of(argument: Any) -> str:
    """Return a value that the argument's type accepts."""
    return getattr(argument.type, "choices", ["text"])[0]


def with_an_empty_argument() -> Iterator[tuple[str, list[str], str]]:
    """Iterate over each argument of each command: the command, its words, and the name of the one that is empty."""
    for path, command in COMMANDS.items():
        own = arguments(command)
        for place, argument in enumerate(own):
            for empty in ("", " "):
                yield path, [*map(value_of, own[:place]), empty, *map(value_of, own[place + 1 :])], argument.name


def test_an_empty_argument_ends_in_a_sentence(subtests: pytest.Subtests) -> None:
    for path, words, name in with_an_empty_argument():
        with subtests.test(path, argument=name, words=words):
            ran = paysandbox(*path.split()[1:], *words)
            assert (ran.exit_code, ran.stdout) == (2, "")
            assert "It is empty. Is a variable of your shell not set?" in ran.words


@pytest.mark.parametrize(
    "words",
    [
        ("pay", "list", "--merchant", ""),
        ("deliveries", "list", "--endpoint", ""),
        ("pay", "list", "--customer", " "),
        ("pay", "list", "--cursor", ""),
        ("requests", "list", "--payment", ""),
        ("settlements", "reconcile", str(Path(__file__)), "--batch", ""),
    ],
    ids=" ".join,
)
def test_an_empty_option_that_names_something_ends_in_a_sentence(words: tuple[str, ...]) -> None:
    ran = paysandbox(*words)
    assert (ran.exit_code, "It is empty." in ran.words) == (2, True)


def test_an_argument_that_is_not_utf_8_ends_in_a_sentence(subtests: pytest.Subtests) -> None:
    for path, command in COMMANDS.items():
        words = [*path.split()[1:], *[NOT_UTF_8 for _ in arguments(command) or [None]]]
        with subtests.test(path):
            ran = paysandbox(*words)
            assert (ran.exit_code, ran.stdout) == (2, "")
            assert r"is not UTF-8: 'caf\udce9'" in ran.words


def test_the_program_itself_says_so_too() -> None:
    ran = subprocess.run([PROGRAM, "pay", "show", b"caf\xe9"], capture_output=True, text=True, check=False)
    assert (ran.returncode, "is not UTF-8" in ran.stderr, "Traceback" in ran.stderr) == (2, True, False)


def test_each_command_is_for_a_merchant_or_says_why_not(subtests: pytest.Subtests) -> None:
    for path, command in COMMANDS.items():
        with subtests.test(path):
            can_be = any("--merchant" in each.opts for each in command.params)
            reason = reason_of(path)
            if not can_be:
                assert reason is not None
                ran = paysandbox(*path.split()[1:], "--merchant", "shop")
                assert (ran.exit_code, reason in ran.words) == (2, True)


def test_no_reason_is_of_a_command_that_does_not_exist() -> None:
    known = {" ".join(path.split()[1:]) for path, _ in commands()}
    assert set(REASONS) <= known
