"""Runs commands of this program in this process, one at a time, and returns what they print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import typer
from typer.exceptions import TyperException

from cli.commands import ListedCommand
from cli.terminal.output import captured


@dataclass(frozen=True)
class Ended:
    """A command that ended: exit code and output. `misuse` says what is wrong with the option `param`, if any is."""

    exit_code: int
    stdout: str = ""
    stderr: str = ""
    misuse: str = ""
    param: str = ""


@dataclass(frozen=True)
class Program:
    """The program: its root command, and the values of --env and --merchant that the server was started with."""

    root: Any
    connection: Mapping[str, str] = field(default_factory=dict[str, str])

    def command(self, words: str) -> Any:
        """Return the command of these words, imported: `pay authorize`."""
        found = self.root
        for word in words.split():
            found = found.commands[word]
            if isinstance(found, ListedCommand):
                found = found.imported()
        return found

    def run(self, words: Sequence[str]) -> Ended:
        """Run a command as `paysandbox` would. It reads nothing from stdin, since that is the client's.

        Raises KeyboardInterrupt for Ctrl-C, and whatever is a fault of the command's.
        """
        with captured() as printed:
            misuse, param = "", ""
            try:
                exit_code = self.root.main(args=[*words], prog_name="paysandbox", standalone_mode=False) or 0
            except TyperException as wrong:
                exit_code, misuse, param = 2, wrong.format_message(), _param(wrong)
            except typer.Abort:
                exit_code = 1
            except SystemExit as ended:
                exit_code = ended.code if isinstance(ended.code, int) else 1
        if exit_code == _INTERRUPTED:
            raise KeyboardInterrupt
        return Ended(exit_code, printed.stdout, printed.stderr, misuse, param)


_INTERRUPTED = 130
"""The exit code that Typer makes of Ctrl-C."""


def _param(wrong: TyperException) -> str:
    """Return the name of the option or argument that a usage error is about, or ""."""
    hint: Any = getattr(wrong, "param_hint", None) or getattr(wrong, "option_name", None)
    parameter: Any = getattr(wrong, "param", None)
    name = hint if isinstance(hint, str) else getattr(parameter, "name", None) or ""
    return str(name).strip("'-").lower().replace("-", "_")
