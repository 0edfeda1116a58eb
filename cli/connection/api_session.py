"""What all commands that ask the API have in common: who asks, under which key, how an answer or a refusal is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connection.caller import sendable
from cli.connection.credentials import access
from cli.terminal.output import print_json_text, print_note

if TYPE_CHECKING:
    from cli.connection.api import Answer, Api
    from cli.connection.caller import Caller
    from cli.terminal.console import Text

IdempotencyKey = Annotated[
    str | None,
    typer.Option("--idempotency-key", metavar="TEXT", callback=sendable, help="Idempotency key. Generated if omitted."),
]


def api_of(caller: Caller) -> Api:
    """The API that a command's options name; what it retries is told on stderr."""
    from cli.connection.api import Api

    url, api_key = access(caller)
    return Api(url, api_key, say=print_note)


@contextmanager
def refusals(as_json: bool) -> Iterator[None]:
    """With --json a refusal is the API's own body, as an answer is; else the program's root tells it."""
    from cli.terminal.refusal import Refusal

    try:
        yield
    except Refusal as refusal:
        if not as_json:
            raise
        print_json_text(refusal.text)
        raise typer.Exit(1) from None


def key_of(given: str | None, as_json: bool) -> str:
    """The idempotency key: the one that was given, or a fresh one."""
    from cli.connection.api import fresh_idempotency_key

    key = fresh_idempotency_key() if given is None else given
    if as_json:  # said before it is sent, so that a script that is killed still has it in its log
        print_note(f"idempotency key: {key}")
    return key


def show_answer(answer: Answer, as_json: bool, view: Callable[[Answer], Text]) -> None:
    """The answer: as it came for a script, else as a person reads it."""
    if as_json:
        print_json_text(answer.text)
        return
    from cli.terminal.console import answers

    answers().print(view(answer))


def say_next(command: str) -> None:
    """What to try next, for a person only."""
    from cli.terminal.console import Text, answers

    console = answers()
    if console.is_terminal:
        console.print(Text(f"  next            {command}", style="dim"))


def given(body: dict[str, Any]) -> dict[str, Any]:
    """What was said: the rest is not sent."""
    return {name: value for name, value in body.items() if value is not None}
