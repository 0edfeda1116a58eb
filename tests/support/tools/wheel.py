"""The wheel and the sdist, built once for the same sources, and a user who installs from them with uv."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Final, Self

from api_reference import openapi_file
from cli.connection.target import LOCAL
from cli.deploy import fingerprint
from cli.deploy.installation import ROOT
from cli.deploy.sources import EJECTED, sources
from release import files
from requirements.install import uv_settings

# What they are made of, besides the sources of a synth.
MADE_OF: Final = (
    *(source for source in EJECTED if source not in fingerprint.SOURCES),
    *("README.md", "packages/paysandbox-client", "packages/pytest-paysandbox", "release"),
    openapi_file.FILE.relative_to(ROOT).as_posix(),
)
BASH: Final = "/bin/bash"
UV: Final = str(Path(sys.executable).with_name("uv"))
BUILD_S: Final = 400
START_S: Final = 240
STOP_S: Final = 20


def wheel() -> Path:
    """Return the wheel of these sources."""
    return packages() / files.package_files("paysandbox")[0]


def packages() -> Path:
    """Return the folder of these sources' packages. Concurrent processes wait for the first, which builds them."""
    folder = ROOT / ".cache" / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        to = folder / _digest()
        if not to.is_dir():
            for older in folder.glob("*/"):
                shutil.rmtree(older)
            part = to.with_suffix(".part")
            for project in files.PROJECTS.values():
                files.build(project, part)
            part.rename(to)
    return to


def _digest() -> str:
    whole = hashlib.sha256(sources().fingerprint(LOCAL).whole.encode())
    for file in sorted(file for name in MADE_OF for file in _files(ROOT / name)):
        whole.update(f"{file.relative_to(ROOT)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()[:16]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    yield from (file for file in path.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


@dataclass(frozen=True)
class Installed:
    """The wheel, for a user with nothing else: an empty home, and no other program than uv."""

    folder: Path

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """Return an empty folder's home, with the wheel as `make wheel` leaves it, to be installed by uv."""
        it = cls.with_uv(folder)
        (it.home / "dist").mkdir()
        (it.home / "dist" / wheel().name).symlink_to(wheel())
        return it

    @classmethod
    def with_uv(cls, folder: Path) -> Self:
        """Return an empty folder's home, without a package."""
        it = cls(folder)
        it.programs.mkdir(parents=True)
        it.home.mkdir()
        for name in ("uv", "uvx"):
            (it.programs / name).symlink_to(Path(UV).with_name(name))
        return it

    @property
    def tools(self) -> Path:
        """The folder in which uv makes a virtual environment for each program that it installs."""
        return self.folder / "tools"

    @property
    def home(self) -> Path:
        """The user's home."""
        return self.folder / "home"

    @property
    def programs(self) -> Path:
        """The only folder on the PATH."""
        return self.folder / "programs"

    def variables(self) -> dict[str, str]:
        """The user's environment variables."""
        return {
            "HOME": str(self.home),
            "PATH": str(self.programs),
            "UV_CACHE_DIR": _uv_cache(),
            "UV_PYTHON": sys.executable,
            "UV_TOOL_BIN_DIR": str(self.programs),
            "UV_TOOL_DIR": str(self.tools),
            **uv_settings(),
        }

    def type(self, text: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Type text into a shell in the user's home, and return its output."""
        return self._run([BASH, "-e", "-c", text], env)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, and return its output."""
        return self._run(self._command(words), {})

    @contextmanager
    def running(self, *words: str) -> "Iterator[subprocess.Popen[str]]":
        """Run one of its programs until the block ends. Its output is one stream. SIGTERM must end it in order."""
        process = subprocess.Popen(
            self._command(words), cwd=self.home, env=self.variables(), text=True, stdout=PIPE, stderr=STDOUT
        )
        try:
            yield process
            process.terminate()
            said, _ = process.communicate(timeout=STOP_S)
            assert process.returncode == 0, said
        finally:
            process.kill()
            process.communicate()

    def _command(self, words: Sequence[str]) -> list[str]:
        return [str(self.programs / words[0]), *words[1:]]

    def _run(self, command: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=self.home,
            env={**self.variables(), **env},
            text=True,
            capture_output=True,
            timeout=START_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done


@cache
def _uv_cache() -> str:
    return subprocess.check_output([UV, "cache", "dir"], text=True).strip()
