"""Runs a team's command in a process group of its own, which ends with it."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event
from typing import Final

from cli.terminal.failure import Failure

_TAIL_BYTES: Final = 4_000
_TAIL_LINES: Final = 12
_LISTENS_WITHIN_S: Final = 30.0
_STOPPED_WITHIN_S: Final = 0.5
_POLL_S: Final = 0.02
_NOT_EPHEMERAL: Final = range(20_000, 32_000)


@dataclass(frozen=True)
class Ran:
    """A command that ended: its exit code, None if it was stopped after the limit, and the end of its output."""

    exit_code: int | None
    took_s: float
    stdout: bytes
    tail: str

    @property
    def succeeded(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == 0

    @property
    def ending(self) -> str:
        """How it ended: `exit code 1`, or that it was stopped."""
        return f"stopped after {self.took_s:.0f} s" if self.exit_code is None else f"exit code {self.exit_code}"


def run_command(words: Sequence[str], env: Mapping[str, str], limit_s: float, stopped: Event) -> Ran:
    """Run it for `limit_s` at most, or until it is `stopped`. What it leaves running is killed.

    Raises Failure if it cannot be started.
    """
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = subprocess.Popen(
                [*words], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )
        except OSError as error:
            raise Failure(f"{words[0]} cannot be run: {error.strerror}.", "Check the command after --.") from error
        try:
            exit_code = _exit_code(process, started + limit_s, stopped)
        finally:
            kill_group(process)
        took_s = time.monotonic() - started
        out.seek(0)
        err.seek(0)
        stdout, stderr = out.read(), err.read()
    tail = (stdout + stderr)[-_TAIL_BYTES:].decode("utf-8", "replace")
    return Ran(exit_code, took_s, stdout, tail)


def _exit_code(process: subprocess.Popen[bytes], until: float, stopped: Event) -> int | None:
    """Return the exit code of a process, or None for one that runs on."""
    while (left_s := until - time.monotonic()) > 0 and not stopped.is_set():
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=min(left_s, _STOPPED_WITHIN_S))
    return None


@contextmanager
def running(words: Sequence[str], env: Mapping[str, str], port: int) -> Iterator[None]:
    """Run a server until the block ends. It is entered once the server listens. Raises Failure if it does not."""
    with tempfile.TemporaryFile() as out:
        try:
            process = subprocess.Popen(
                [*words], env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
        except OSError as error:
            raise Failure(f"{words[0]} cannot be run: {error.strerror}.", "Check --server.") from error
        try:
            if not _listens(process, port):
                out.seek(0)
                tail = out.read()[-_TAIL_BYTES:].decode("utf-8", "replace").splitlines()
                raise Failure(
                    [f"The server does not listen on port {port} of 127.0.0.1.", *tail[-_TAIL_LINES:]],
                    "It gets the port in PORT.",
                )
            yield
        finally:
            kill_group(process)


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether a server accepts connections, within half a minute."""
    until = time.monotonic() + _LISTENS_WITHIN_S
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(_POLL_S)
    return False


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens on, and that no outgoing connection is given."""
    while True:
        port = secrets.choice(_NOT_EPHEMERAL)
        with suppress(OSError), socket.socket() as free:
            free.bind(("127.0.0.1", port))
            return port


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process, and what it started in its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
