"""How a program that the engine runs for the dashboard answers its request (engine/wall/own_program.py)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cli.terminal.failure import from_exception
from cli.terminal.output import print_json, print_note

if TYPE_CHECKING:
    from cli.connection.target import Target


def answer(work: Callable[[Target, Mapping[str, Any]], Mapping[str, Any]]) -> int:
    """Do the work that the request on standard input asks for, and print its answer as JSON. Return the exit code.

    A failure is one line on standard error.
    """
    from cli.connection.target import LOCAL, resolve
    from cli.state.state_dir import StateDir

    request = json.load(sys.stdin)
    try:
        done = work(resolve(LOCAL, StateDir.find()), request)
    except Exception as error:
        failure = from_exception(error)
        if failure is None:
            raise
        print_note(f"{failure.message} {failure.advice}".replace("\n", " "))
        return 1
    print_json(done)
    return 0
