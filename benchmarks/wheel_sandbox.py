"""A sandbox of the wheel, as a user has it: installed by uv into empty folders, with no checkout and no Node.js.

Packages come from uv's cache if they are there. Nothing is shared between two users but that cache.
"""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from benchmarks.deployed import free_port
from cli.sandbox.state_dir import StateDir
from tests.support.wheel import Installed, wheel

_COMMAND_S: Final = 900


@dataclass(frozen=True)
class WheelSandbox:
    """The program of one user, and the port of that user's sandbox. `installed_s`: how long uv took to install it."""

    user: Installed
    variables: Mapping[str, str]
    port: int
    installed_s: float

    @property
    def home(self) -> StateDir:
        """The folder of the sandbox's state."""
        return StateDir(self.user.home / ".paysandbox")

    @property
    def cache(self) -> Path:
        """The folder of what is made at the first start: the engine's environment, layers and images."""
        return self.user.home / ".cache" / "paysandbox"

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that may have files after `down`."""
        return (self.home.path, self.cache, self.user.tools, self.user.programs, self.user.home / "dist")

    def run(self, *words: str) -> str:
        """Run `paysandbox` as the user does, and return what it prints. Raises CalledProcessError."""
        done = subprocess.run(
            [str(self.user.programs / "paysandbox"), *words],
            cwd=self.user.home,
            env=self.variables,
            check=True,
            capture_output=True,
            text=True,
            timeout=_COMMAND_S,
        )
        return done.stdout

    def timed(self, *words: str) -> tuple[float, str]:
        """Run `paysandbox`. Return the seconds of the whole command, and what it prints."""
        began = time.monotonic()
        printed = self.run(*words)
        return time.monotonic() - began, printed

    def processes(self) -> list[psutil.Process]:
        """Return the processes that have a path of this user among their words or variables."""
        return [process for process in psutil.process_iter() if _names(process, str(self.user.folder))]

    def files_left(self) -> list[Path]:
        """Return the files outside the folders that may have some, and the sandbox's temporary files."""
        found = (path for path in self.user.folder.rglob("*") if not path.is_dir())
        return [
            path
            for path in found
            if path.is_relative_to(self.home.tmp) or not any(path.is_relative_to(each) for each in self.folders)
        ]


@contextmanager
def installed(folder: Path) -> Iterator[WheelSandbox]:
    """Install the wheel for a user with an empty home. At the end, stop the sandbox and end what it left running."""
    user = Installed.in_folder(folder)
    temporary = user.folder / "tmp"
    temporary.mkdir()
    variables = user.variables() | {"TMPDIR": str(temporary)}
    install = [str(user.programs / "uv"), "tool", "install", "--quiet", f"./dist/{wheel().name}"]
    began = time.monotonic()
    subprocess.run(
        install,
        cwd=user.home,
        env=variables,
        check=True,
        capture_output=True,
        timeout=_COMMAND_S,
    )
    sandbox = WheelSandbox(user, variables, free_port(), time.monotonic() - began)
    try:
        yield sandbox
        sandbox.run("down")
    finally:
        for process in sandbox.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _names(process: psutil.Process, folder: str) -> bool:
    try:
        return any(folder in text for text in (*process.cmdline(), *process.environ().values()))
    except psutil.Error:  # it has ended, or is another user's
        return False
