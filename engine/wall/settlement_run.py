"""A settlement up to now, run by the program that started the engine (cli/sandbox/dashboard_settlement.py)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.wall.own_program import ask_program, command_of

COMMAND: Final = command_of("cli.sandbox.dashboard_settlement")
PATIENCE_S: Final = 300.0


def settle(python: str | None, home: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Settle everything captured and refunded so far, of all merchants. Return the `batch`, once it is closed.

    `python` is the interpreter that ran the last `paysandbox up`. Waits up to five minutes. Raises ProgramError.
    """
    return ask_program(python, COMMAND, {}, home=home, environment=environment, patience_s=PATIENCE_S)
