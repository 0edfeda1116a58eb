"""Versions of a package from PyPI, each in a folder, and one environment with what they need. Installed on first use.

A folder of the tests has them pinned by hash: `lock.txt` is what they need, and `versions.txt` the versions.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from requirements import install

ROOT: Final = Path(__file__).resolve().parents[3]
CACHE: Final = ROOT / ".cache"
"""A folder by package, with a folder by lock. `make clean` removes it."""


@dataclass(frozen=True)
class Pinned:
    """A version: the Python of the environment, and the folder that is its PYTHONPATH."""

    python: Path
    folder: Path


def pinned(package: Path, version: str, prepare: Callable[[Pinned], None] = lambda _: None) -> Pinned:
    """Return a version of what a folder pins, installed by at most one process, which calls `prepare` then."""
    lock = package / "lock.txt"
    lines = (package / "versions.txt").read_text(encoding="utf-8").splitlines()
    [wanted] = [line for line in lines if re.match(rf"[\w-]+=={re.escape(version)} ", line)]

    def make_environment(folder: Path) -> None:
        run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
        python = str(folder / "bin" / "python")
        install.uv("install", "--python", python, "--no-deps", "--require-hashes", "-r", str(lock))

    cache = CACHE / package.name
    python = _filled(cache, "environment", lock.read_bytes(), make_environment) / "bin" / "python"

    def fill(folder: Path) -> None:
        line = folder / "wanted.txt"
        line.write_text(wanted + "\n", encoding="utf-8")
        # A source distribution is built by the setuptools of the lock.
        install.uv(
            *("install", "--python", str(python), "--target", str(folder), "--no-deps", "--no-build-isolation"),
            *("--require-hashes", "-r", str(line)),
        )
        prepare(Pinned(python, folder))

    return Pinned(python, _filled(cache, version, f"{wanted}\n".encode() + lock.read_bytes(), fill))


def run(words: list[str], **env: str) -> None:
    """Run a program, with these environment variables too."""
    done = subprocess.run(words, env=os.environ | env, text=True, capture_output=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def _filled(cache: Path, name: str, lock: bytes, fill: Callable[[Path], None]) -> Path:
    folder = cache / f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    ready = folder / ".ready"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not ready.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            fill(folder)
            ready.touch()
    return folder
