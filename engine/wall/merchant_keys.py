"""The merchants and their keys, listed and created by the program that started the engine.

Each call runs the code of `paysandbox keys create` (cli/sandbox/dashboard_keys.py).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.wall.own_program import ask_program, command_of

COMMAND: Final = command_of("cli.sandbox.dashboard_keys")
PATIENCE_S: Final = 60.0


def ask(python: str | None, home: Path, environment: Mapping[str, str], merchant: str | None = None) -> dict[str, Any]:
    """Return `merchants` with their keys and `clock_key`; with `merchant`, of that one, which is created if need be.

    `python` is the interpreter that ran the last `paysandbox up`. Waits up to a minute. Raises ProgramError.
    """
    return ask_program(
        python, COMMAND, {"merchant": merchant}, home=home, environment=environment, patience_s=PATIENCE_S
    )
