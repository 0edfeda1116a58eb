"""`paysandbox`, run in this process: words in, exit code and the two streams out."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from typer.main import get_command
from typer.testing import CliRunner

from cli.main import app

KEY_FROM_STDIN: Final = ("--key-file", "-")
"""With `piped="sk_test_…"`: no secret is an argument."""


@dataclass(frozen=True)
class Ran:
    """How it ended and what it said."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def words(self) -> str:
        """What it said on stderr, without the frame and the line breaks of a message about misuse."""
        return " ".join(self.stderr.replace("│", " ").split())

    @property
    def problem(self) -> Any:
        """The JSON problem that ends stderr, of a command that failed with --json; nothing is on stdout."""
        assert self.exit_code == 1
        assert self.stdout == ""
        return json.loads(self.stderr.splitlines()[-1])


# Building the commands takes longer than most tests of one.
_command = cache(get_command)


def paysandbox(*words: str, piped: str = "") -> Ran:
    """Run it, with a text on its standard input. A fault of ours is raised here as it is."""
    with CliRunner().isolation(piped) as (stdout, stderr, _):
        try:
            exit_code = _command(app).main(args=list(words), prog_name="paysandbox") or 0
        except SystemExit as ended:
            exit_code = ended.code
        sys.stdout.flush()
        sys.stderr.flush()
        return Ran(int(exit_code or 0), stdout.getvalue().decode(), stderr.getvalue().decode())


def commands() -> Iterator[tuple[str, Any]]:
    """Every command and group that help shows, with the words that call it."""
    yield from _within(_command(app), "paysandbox")


def _within(command: Any, words: str) -> Iterator[tuple[str, Any]]:
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        if not inner.hidden:
            yield from _within(inner, f"{words} {name}")
