"""Finds the running sandbox, by the environment variables or the program `paysandbox`, or starts one."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from paysandbox_client import Sandbox

from pytest_paysandbox.engine import PaysandboxEngine
from pytest_paysandbox.local_aws import LocalAws

_URL: Final = "PAYSANDBOX_BASE_URL"
_OF_AWS: Final = ("PAYSANDBOX_AWS_ENDPOINT_URL", "PAYSANDBOX_AWS_ACCESS_KEY_ID", "PAYSANDBOX_AWS_SECRET_ACCESS_KEY")
_TAIL_LINES: Final = 10


class SandboxError(Exception):
    """No sandbox was found or started. The message has the reason and the remedy."""


def find_or_start(lock_file: Path | None) -> PaysandboxEngine:
    """Return the sandbox of the environment variables, or else of the program, started if it is not running.

    Processes that share `lock_file` start one sandbox between them. Raises SandboxError and RequestError.
    """
    if os.environ.get(_URL):
        return _connect(os.environ)
    program = _program()
    with _held(lock_file):
        variables = _status(program)
        if variables is None:
            _up(program)
            variables = _status(program)
    if variables is None:
        raise SandboxError(
            "`paysandbox up` ended without an error, but the sandbox is not running. Run `paysandbox doctor`."
        )
    return _connect(variables)


def _connect(variables: Mapping[str, str]) -> PaysandboxEngine:
    base_url = variables[_URL]
    unset = [name for name in _OF_AWS if not variables.get(name)]
    if unset:
        raise SandboxError(
            f"{_URL} is {base_url}, but {unset[0]} is not set; it is needed to create merchants. "
            'Set all variables with eval "$(paysandbox status -o env)", or none of them.'
        )
    Sandbox(base_url, max_retries=0).get_health()
    return PaysandboxEngine.connect(base_url, LocalAws(*(variables[name] for name in _OF_AWS)))


def _program() -> str:
    # An environment that is not activated has its programs next to its Python.
    program = shutil.which("paysandbox") or shutil.which("paysandbox", path=str(Path(sys.executable).parent))
    if program is None:
        raise SandboxError(
            f"There is no payments sandbox: {_URL} is not set, and the program `paysandbox` is not on the PATH. "
            "Put it on the PATH, or start a sandbox with `paysandbox up` and set the variables with "
            'eval "$(paysandbox status -o env)".'
        )
    return program


def _status(program: str) -> dict[str, str] | None:
    """Return the variables that `status -o env` exports, or None if no healthy sandbox is running."""
    done = _run(program, "status", "-o", "env")
    if done.returncode != 0:
        return None
    words = shlex.split(done.stdout)
    return dict(word.split("=", 1) for word in words if "=" in word)


def _up(program: str) -> None:
    done = _run(program, "up")
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_TAIL_LINES:])
        raise SandboxError(f"`paysandbox up` failed:\n{tail}")


def _run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)  # noqa: S603 - no shell


@contextmanager
def _held(lock_file: Path | None) -> Generator[None]:
    if lock_file is None:
        yield
        return
    import fcntl  # not on Windows, where a sandbox can be used by its URL

    with lock_file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
