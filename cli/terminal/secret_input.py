"""How the program is given a secret: by a file, by standard input, at a prompt or in a variable, never as an argument.

Arguments are read by every user of the machine (`ps`), and kept by the shell's history.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import typer

from cli.terminal.output import ask_secret

STDIN: Final = "-"

# Of a file that somebody names by mistake, no more is read.
_LONGEST: Final = 4_096


def secret_option(
    name: str,
    what: str,
    default: str = "",
    *,
    variable: str | None = None,
    check: Callable[[str | None], str | None] = lambda text: text,
    panel: str | None = None,
) -> Any:
    """The option `--NAME-file`, whose value is the secret itself: the file's first line, else the variable's value.

    `default` says, for help, what holds without it; `check` refuses what cannot be meant.
    """

    def read(context: typer.Context, source: str | None) -> str | None:
        if context.resilient_parsing:  # a shell completes a word
            return None
        if source is not None:
            return check(read_secret(source, what, hint=f"--{name}-file"))
        return check(os.environ.get(variable) or None) if variable is not None else None

    return typer.Option(
        f"--{name}-file",
        metavar="FILE",
        callback=read,
        rich_help_panel=panel,
        help=f"{what}: the first line of this file, or with - of the standard input."
        # A name of a variable that is cut helps nobody, and with a full stop the longest one is.
        + (f" Default: {default}" if default else ""),
    )


def read_secret(source: str, what: str, *, hint: str) -> str:
    """The first line of the file, or of the standard input for `-`, without blanks around it.

    At a terminal `-` asks for it, without echo. What cannot be read, or is empty, is misuse of the option `hint`.
    """
    try:
        text = _from_stdin(what) if source == STDIN else _from_file(Path(source))
    except OSError as error:
        raise typer.BadParameter(f"{source} cannot be read: {error.strerror}.", param_hint=hint) from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{source} is no text.", param_hint=hint) from None
    if not text:
        where = "the standard input" if source == STDIN else source
        raise typer.BadParameter(f"There is nothing in the first line of {where}.", param_hint=hint)
    return text


def _from_stdin(what: str) -> str:
    return (ask_secret(f"{what}, not shown") if sys.stdin.isatty() else sys.stdin.readline(_LONGEST)).strip()


def _from_file(file: Path) -> str:
    with file.open(encoding="utf-8") as opened:
        return opened.readline(_LONGEST).strip()
