"""`paysandbox`, the command line: its own options, and how a failure ends it. Its commands are in `cli.commands`.

Little is loaded to show help or to complete a word. A command imports what it needs when it runs.
"""

from __future__ import annotations

import atexit
import gc
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from cli.commands import ListedCommand, listed_commands
from cli.terminal.failure import Failure, from_exception, print_failure
from cli.terminal.given_words import refuse_other_bytes
from cli.terminal.options import AS_JSON
from cli.terminal.output import print_fault, print_help_plainly, print_line, replace_unencodable
from cli.terminal.sandbox_name import NAME_VARIABLE, select
from cli.terminal.visible_text import visible
from paysandbox.core.suggestion import did_you_mean

_NOT_ONE_OF: Final = re.compile(r"'(.*)' is not one of (.*)")
_QUOTED: Final = re.compile(r"'([^']+)'")
_NO_SUCH_COMMAND: Final = re.compile(r"No such command '([^']+)'\.")
OF_PAY: Final = frozenset({"authorize", "capture", "increment", "refund", "void"})
"""Commands of `pay` that somebody may look for among those of the program. None is imported to suggest one."""

# In new objects, of which a command creates some ten thousands. Python's default is 700.
_GARBAGE_EVERY: Final = 50_000


_NEW_HERE: Final = "New here? Run [bold]paysandbox up[/bold]."
_EXIT_CODES: Final = "Exit codes: 0 success, 1 failure, 2 invalid usage."


class Program(TyperGroup):
    """The root command: the one place where a failure is reported and becomes exit code 1. Typer exits 2 on misuse."""

    def __init__(self, *, commands: Mapping[str, Any], **settings: Any) -> None:
        super().__init__(commands={**listed_commands(), **commands}, **settings)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the program's own options."""
        with _visible_misuse():
            refuse_other_bytes(args)
            return super().make_context(info_name, args, parent, **extra)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, which says how to begin while no sandbox runs."""
        self.epilog = _EXIT_CODES if _has_running_sandbox() else f"{_NEW_HERE} {_EXIT_CODES}"
        super().format_help(ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        """Run the command. A failure that the user can fix is reported; a bug shows its traceback."""
        try:
            with _visible_misuse():
                return super().invoke(ctx)
        except Exception as error:
            failure = from_exception(error)
            if failure is None:
                raise
            print_failure(failure, as_json=ctx.meta.get(AS_JSON, False))
            raise typer.Exit(1) from error


def _has_running_sandbox() -> bool:
    """Whether the sandbox that commands act on runs. False if it is ambiguous which one that is."""
    from cli.state.state_dir import StateDir, is_locked

    try:
        return is_locked(StateDir.find().engine_lock)
    except (Failure, OSError):
        return False


@contextmanager
def _visible_misuse() -> Iterator[None]:
    """Typer prints its usage errors itself, and they repeat the arguments, which may hold escape sequences."""
    try:
        yield
    except TyperException as misuse:
        misuse.message = visible(_with_reason(misuse, _with_suggestion(_of_payments(misuse))))
        raise


def _of_payments(misuse: Any) -> str:
    """Return the message, with the command of payments that a root command that does not exist may stand for."""
    match = _NO_SUCH_COMMAND.match(misuse.message)
    if match is None or misuse.ctx is None or misuse.ctx.parent is not None:
        return misuse.message
    return f"{match[0]} Did you mean 'pay {match[1]}'?" if match[1] in OF_PAY else misuse.message


def _with_reason(misuse: Any, message: str) -> str:
    """Return the message with the reason, if it is about `--merchant` and a command that can have none."""
    if getattr(misuse, "option_name", None) != "--merchant" or misuse.ctx is None:
        return message
    from cli.connection.without_merchant import reason_of

    reason = reason_of(misuse.ctx.command_path)
    return f"{message}. {reason}" if reason else message


def _with_suggestion(message: str) -> str:
    """Return the message with the nearest of an option's values, if it is Typer's about a value that is none."""
    match = _NOT_ONE_OF.search(message)
    hint = did_you_mean(match[1], _QUOTED.findall(match[2])) if match else ""
    return f"{message} {hint}".rstrip()


app = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # it prints local variables, and those may hold a key
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        import platform

        from paysandbox import VERSION

        print_line(f"paysandbox {VERSION} (Python {platform.python_version()})")
        raise typer.Exit


@app.callback()
def program(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    __: Annotated[
        str | None,
        typer.Option(
            "--name",
            metavar="NAME",
            envvar=NAME_VARIABLE,
            callback=select,
            is_eager=True,
            help="Use the local sandbox with this name, beside the default one.",
        ),
    ] = None,
) -> None:
    """A payments sandbox on this machine or in your AWS account: authorize, capture, void and refund without a bank."""


def whole_program() -> Any:
    """Return the program with every command imported, for pages and tests that read all of them."""
    program: Any = get_command(app)
    for name, command in program.commands.items():
        if isinstance(command, ListedCommand):
            program.commands[name] = command.imported()
    return program


def main() -> None:
    """The entry point of the package."""
    # Python searches what is imported for garbage a hundred times, and again at the exit: half of the time that a short
    # command computes. Almost none of it is garbage.
    gc.set_threshold(_GARBAGE_EVERY)
    atexit.register(gc.freeze)
    sys.excepthook = print_fault
    replace_unencodable()
    print_help_plainly()
    # Typer reads arguments with pydantic, which would otherwise look for plugins in every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    app(prog_name="paysandbox")
