"""Runs modules of the program that started the engine, for pages of the sandbox.

The engine's environment has none of the program's libraries. So each call runs the program's Python once.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[2]

# The rest of the engine's environment is for its functions, and contains its access key.
_INHERITED: Final = ("PATH", "LANG", "TMPDIR", "HOME")


class ProgramError(Exception):
    """The program did not answer, with its reason."""


def command_of(module: str) -> tuple[str, ...]:
    """Return the arguments with which Python runs a module of the program."""
    return (
        # -I keeps the current folder and the environment's Python settings out of it.
        "-I",
        "-c",
        # First on the path, since an installed package may be named like one of the program's, such as `cli`.
        f"import sys; sys.path[:0] = sys.argv[1:]; from {module} import main; sys.exit(main())",
        str(_ROOT),
        str(_ROOT / "layers" / "shared" / "python"),
    )


def ask_program(
    python: str | None,
    command: Sequence[str],
    request: Mapping[str, Any],
    *,
    home: Path,
    environment: Mapping[str, str],
    patience_s: float,
) -> dict[str, Any]:
    """Run a command of the program for a home, with `request` as JSON on its standard input, and return its answer.

    `python` is the interpreter that ran the last `paysandbox up`. Raises ProgramError, after `patience_s` too.
    """
    if python is None:
        raise ProgramError("Run paysandbox up.")
    try:
        done = subprocess.run(
            [python, *command],
            input=json.dumps(request),
            env={name: environment[name] for name in _INHERITED if name in environment}
            | {"PAYSANDBOX_HOME": str(home)},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=patience_s,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ProgramError(f"{type(error).__name__}. Run paysandbox up.") from error
    if done.returncode != 0:
        # The program prints a failure as its last line. It contains no key.
        raise ProgramError((done.stderr.strip().splitlines() or ["Run paysandbox doctor."])[-1][:300])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
