"""A program of own_code: with an installed package, against the sandbox. It prints what has worked."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integrations.flow import FlowStep, Worked

PROGRAMS: Final = Path(__file__).with_name("own_code")

_REDIRECT: Final = Path(__file__).with_name("redirect.cjs")
_BIN: Final = Path(sys.executable).parent
_WITHIN_S: Final = 600
_WORKED: Final = "worked: "
_DONE: Final = "done: "
_LONGEST_REASON: Final = 300


@dataclass(frozen=True)
class Ran:
    """What worked, and the last words of a program that failed."""

    worked: list[Worked]
    fault: str


def command(program: Path, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Return the words and the environment that run a program, in the folder, with the packages there."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    if program.suffix == ".py":
        return [str(folder / "bin" / "python"), str(program)], env
    return [str(_BIN / "node"), "--no-deprecation", str(program)], env


def run_program(program: str, folder: Path, api: str) -> Ran:
    """Run a program whose calls of Stripe go to `api`, with a key as Stripe gives it: dj-stripe takes no other."""
    words, env = command(PROGRAMS / program, folder)
    env |= _settings(api)
    if program.endswith(".cjs"):
        words[1:1] = ["--require", str(_REDIRECT)]
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=_WITHIN_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        errors = f"it took longer than {_WITHIN_S} s"
    fault = "" if process.returncode == 0 else reason(errors) or f"it ended with {process.returncode}"
    return Ran([*worked_in(output)], fault)


def worked_in(output: str) -> Iterator[Worked]:
    """Yield what a program's output reports: a line `worked: WHAT`, and before it `done: STEP` if a step is done."""
    does = None
    for line in output.splitlines():
        if line.startswith(_DONE):
            does = FlowStep(line.removeprefix(_DONE))
        elif line.startswith(_WORKED):
            yield Worked(line.removeprefix(_WORKED), does)
            does = None


def reason(errors: str) -> str:
    """Return the line of a program's errors that says why, which Node follows by its version."""
    said = [line for line in errors.strip().splitlines() if line and not line.startswith("Node.js v")]
    named = [line for line in said if "Error" in line]
    return ([*said[-1:], *named[-1:]][-1].strip() if said else "")[:_LONGEST_REASON]


def _settings(api: str) -> Mapping[str, str]:
    key = f"51{secrets.token_hex(16)}"
    return {
        "API": api,
        "SECRET_KEY": f"sk_test_{key}",
        "PUBLISHABLE_KEY": f"pk_test_{key}",
        "REDIRECT_STRIPE_TO": api,
    }
