"""The command for the next page of a list."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cli.connection.credentials import repeated
from cli.terminal.output import print_note

if TYPE_CHECKING:
    from cli.connection.api import Answer
    from cli.connection.caller import Caller


def print_next_page(command: str, options: Mapping[str, Any], answer: Answer, caller: Caller) -> None:
    """Print the command for the next page on stderr, unless the output is JSON or there is no next page.

    Times are the ones that were sent: a cursor is valid only for its filters, and a span such as 2h means another time
    later.
    """
    if caller.as_json or not answer.body["next_cursor"]:
        return
    given = {**options, "cursor": answer.body["next_cursor"]}
    words = [
        f"--{name}" if value is True else f"--{name} {shlex.quote(str(value))}"
        for name, value in given.items()
        if value is not None
    ]
    print_note(f"Next page: paysandbox {command} {' '.join(words)}{repeated(caller)}")
