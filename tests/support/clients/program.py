"""Run `paysandbox` in this process, and return its exit code, stdout and stderr."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from typer.main import get_command
from typer.testing import CliRunner

from cli.main import app, whole_program

KEY_FROM_STDIN: Final = ("--key-file", "-")
"""For use with `piped="sk_test_…"`, so that no secret is an argument."""


@dataclass(frozen=True)
class Ran:
    """Exit code and output of a run."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def words(self) -> str:
        """Text of stderr, without the frame and line breaks of a usage error."""
        return " ".join(self.stderr.replace("│", " ").split())

    @property
    def problem(self) -> Any:
        """JSON problem in the last line of stderr of a command that failed with --json. stdout must be empty."""
        assert self.exit_code == 1
        assert self.stdout == ""
        return json.loads(self.stderr.splitlines()[-1])


# Building the commands takes longer than most tests of a command.
_command = cache(get_command)


def paysandbox(*words: str, piped: str = "", program: Any = None) -> Ran:
    """Run the program with `piped` as standard input. Unexpected exceptions are raised unchanged."""
    with CliRunner().isolation(piped) as (stdout, stderr, _):
        try:
            exit_code = (program or _command(app)).main(args=list(words), prog_name="paysandbox") or 0
        except SystemExit as ended:
            exit_code = ended.code
        sys.stdout.flush()
        sys.stderr.flush()
        return Ran(int(exit_code or 0), stdout.getvalue().decode(), stderr.getvalue().decode())


def commands() -> Iterator[tuple[str, Any]]:
    """Iterate over every command and group that help shows, with its full name."""
    yield from _within(whole_program(), "paysandbox")


def _within(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from _within(inner, f"{words} {name}")
