"""Reads secrets from a file, standard input, a prompt or an environment variable, never from an argument.

Every user of the machine can read arguments (`ps`), and the shell keeps them in its history.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import typer

from cli.terminal.output import ask_secret
from cli.terminal.written_files import WRITTEN, without_mark

STDIN: Final = "-"

# The most that is read of a file that is named by mistake.
_LONGEST: Final = 4_096
_LONGEST_OF_SEVERAL: Final = 262_144


def secret_option(
    name: str,
    what: str,
    default: str = "",
    *,
    variable: str | None = None,
    check: Callable[[str | None], str | None] = lambda text: text,
    panel: str | None = None,
) -> Any:
    """The option `--NAME-file`. Its value is the secret: the file's first line, or the variable's value.

    `default` describes the default, for help; `check` rejects invalid values.
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
        help=f"{what}, read from the first line of this file, or of standard input (-)."
        # No full stop: with one, the longest variable name is cut.
        + (f" Default: {default}" if default else ""),
    )


def read_secret(source: str, what: str, *, hint: str) -> str:
    """The first line of the file, or of standard input for `-`, without surrounding whitespace.

    On a terminal, `-` prompts for it without echo. A file that is unreadable or empty is misuse of the option `hint`.
    """
    try:
        text = _from_stdin(what) if source == STDIN else _from_file(Path(source))
    except OSError as error:
        raise typer.BadParameter(f"Cannot read {source}: {error.strerror}.", param_hint=hint) from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{source} is not a text file.", param_hint=hint) from None
    if not text:
        where = "standard input" if source == STDIN else source
        raise typer.BadParameter(f"The first line of {where} is empty.", param_hint=hint)
    return text


def read_secrets(source: str, what: str, *, hint: str) -> list[str]:
    """The lines of the file, or of standard input for `-`, without surrounding whitespace and empty lines.

    Like `read_secret` otherwise: on a terminal, `-` prompts for one secret.
    """
    if source == STDIN and sys.stdin.isatty():
        return [read_secret(source, what, hint=hint)]
    try:
        text = without_mark(sys.stdin.read(_LONGEST_OF_SEVERAL)) if source == STDIN else _whole_file(Path(source))
    except OSError as error:
        raise typer.BadParameter(f"Cannot read {source}: {error.strerror}.", param_hint=hint) from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{source} is not a text file.", param_hint=hint) from None
    secrets = [line.strip() for line in text.splitlines() if line.strip()]
    if not secrets:
        where = "Standard input" if source == STDIN else source
        raise typer.BadParameter(f"{where} has no lines.", param_hint=hint)
    return secrets


def _from_stdin(what: str) -> str:
    if sys.stdin.isatty():
        return ask_secret(f"{what} (not shown)").strip()
    return without_mark(sys.stdin.readline(_LONGEST)).strip()


def _from_file(file: Path) -> str:
    with file.open(encoding=WRITTEN) as opened:
        return opened.readline(_LONGEST).strip()


def _whole_file(file: Path) -> str:
    with file.open(encoding=WRITTEN) as opened:
        return opened.read(_LONGEST_OF_SEVERAL)
