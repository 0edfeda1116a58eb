"""`paysandbox version`, `paysandbox help` and `paysandbox completion`: the program's options, as commands."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated, Any, Final, NoReturn

import typer

from cli.commands import PANELS

app = typer.Typer()

EXAMPLES_HELP: Final = """[bold]Examples[/bold]
  paysandbox help                    all commands
  paysandbox help pay authorize      the same as: paysandbox pay authorize --help
"""

EXAMPLES_COMPLETION: Final = """[bold]Examples[/bold]
  source <(paysandbox completion bash)                                  in this shell
  paysandbox completion zsh > ~/.zfunc/_paysandbox                      for zsh
  paysandbox completion fish > ~/.config/fish/completions/paysandbox.fish
"""


_COMPLETE: Final = "_PAYSANDBOX_COMPLETE"
"""The variable by which a completion script asks the program, and by which the program is asked for a script."""


class Shell(StrEnum):
    """The shells that commands and values are completed in."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def _complete_command(incomplete: str) -> list[tuple[str, str]]:
    entries = {name: entry for commands in PANELS.values() for name, entry in commands.items()}
    return [(name, entry.summary) for name, entry in entries.items() if name.startswith(incomplete)]


@app.command(epilog="[bold]Example[/bold]\n  paysandbox version")
def version(context: typer.Context) -> None:
    """Print the version, as --version does."""
    _run(context, "--version")


@app.command("help", epilog=EXAMPLES_HELP)
def help_command(
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[COMMAND]...", autocompletion=_complete_command, help="The command, for example: pay authorize."
        ),
    ] = None,
) -> None:
    """Show the help of a command, or list all commands."""
    _run(context, *(words or []), "--help")


@app.command(epilog=EXAMPLES_COMPLETION)
def completion(
    context: typer.Context,
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
) -> None:
    """Print a shell's completion script. --install-completion installs it for the current shell."""
    os.environ[_COMPLETE] = f"source_{shell}"
    try:
        _run(context)
    finally:
        del os.environ[_COMPLETE]


def _run(context: Any, *arguments: str) -> NoReturn:
    """Run the program with other arguments, and exit."""
    root = context.find_root()
    root.command.main(args=list(arguments), prog_name=root.info_name)
    raise typer.Exit
