"""Shared by all commands that call the API: credentials, the idempotency key, and printing responses and errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connection.caller import sendable
from cli.connection.credentials import access
from cli.terminal.output import print_json_text, print_note, print_problem

if TYPE_CHECKING:
    from cli.connection.api import Answer, Api
    from cli.connection.caller import Caller
    from cli.terminal.console import Text

IdempotencyKey = Annotated[
    str | None,
    typer.Option("--idempotency-key", metavar="TEXT", callback=sendable, help="Idempotency key. Generated if omitted."),
]


def api_of(caller: Caller) -> Api:
    """Return the API that a command's options select. Retries are reported on stderr."""
    from cli.connection.api import Api

    url, api_key = access(caller)
    return Api(url, api_key, say=print_note)


@contextmanager
def refusals(as_json: bool) -> Iterator[None]:
    """With --json, print the API's problem as received. Otherwise the program's root prints it as text."""
    from cli.terminal.refusal import Refusal

    try:
        yield
    except Refusal as refusal:
        if not as_json:
            raise
        print_problem(refusal.text)
        raise typer.Exit(1) from None


def key_of(given: str | None, as_json: bool) -> str:
    """Return the idempotency key that was given, or a new one."""
    from cli.connection.api import fresh_idempotency_key

    key = fresh_idempotency_key() if given is None else given
    if as_json:  # printed before the request is sent, so that the log of a killed script contains it
        print_note(f"idempotency key: {key}")
    return key


def show_answer(answer: Answer, as_json: bool, view: Callable[[Answer], Text]) -> None:
    """Print the response: as JSON, or as text."""
    if as_json:
        print_json_text(answer.text)
        return
    from cli.terminal.console import answers

    answers().print(view(answer))


def say_next(command: str) -> None:
    """Suggest the next command, on a terminal only."""
    from cli.terminal.console import Text, answers

    console = answers()
    if console.is_terminal:
        console.print(Text(f"  next            {command}", style="dim"))


def given(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that have a value; the others are not sent."""
    return {name: value for name, value in body.items() if value is not None}
