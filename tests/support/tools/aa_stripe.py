"""Versions of aa-stripe, a Django application with its own books, installed from PyPI on first use.

They and all that they need are pinned by hash in tests/e2e/lose/aa_stripe.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from requirements import install

ROOT: Final = Path(__file__).resolve().parents[3]
PACKAGE: Final = ROOT / "tests" / "e2e" / "lose" / "aa_stripe"
CACHE: Final = ROOT / ".cache" / "aa_stripe"
"""A folder by lock. `make clean` removes it."""

_LOCK: Final = PACKAGE / "lock.txt"
_VERSIONS: Final[dict[str, str]] = {
    version: line
    for line, version in re.findall(
        r"^(aa-stripe==(\S+) .+)$", (PACKAGE / "versions.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
}


@dataclass(frozen=True)
class Shop:
    """The shop with one version: its Python, its environment variables, and the file with its empty database."""

    python: Path
    variables: Mapping[str, str]
    database: Path

    def words(self, command: str) -> list[str]:
        """Return the words that run a command of the shop."""
        return [
            str(self.python),
            str(PACKAGE / "shop.py"),
            command,
            *([str(self.database)] if command == "reset" else ()),
        ]


def shop(version: str) -> Shop:
    """Return the shop with a version of aa-stripe, installed by at most one process."""
    environment = _filled("environment", _LOCK.read_bytes(), _make_environment)
    python = environment / "bin" / "python"

    def fill(folder: Path) -> None:
        wanted = folder / "wanted.txt"
        wanted.write_text(_VERSIONS[version] + "\n", encoding="utf-8")
        # The source distribution is built by the setuptools of the lock.
        install.uv(
            *("install", "--python", str(python), "--target", str(folder), "--no-deps", "--no-build-isolation"),
            *("--require-hashes", "-r", str(wanted)),
        )
        _run([str(python), str(PACKAGE / "shop.py"), "migrate", str(folder / "empty.sqlite3")], PYTHONPATH=str(folder))

    folder = _filled(version, f"{_VERSIONS[version]}\n{_LOCK.read_text(encoding='utf-8')}".encode(), fill)
    return Shop(python, {"PYTHONPATH": str(folder)}, folder / "empty.sqlite3")


def _make_environment(folder: Path) -> None:
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    python = str(folder / "bin" / "python")
    install.uv("install", "--python", python, "--no-deps", "--require-hashes", "-r", str(_LOCK))


def _filled(name: str, lock: bytes, fill: Callable[[Path], None]) -> Path:
    folder = CACHE / f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    ready = folder / ".ready"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not ready.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            fill(folder)
            ready.touch()
    return folder


def _run(words: list[str], **env: str) -> None:
    done = subprocess.run(words, env=os.environ | env, text=True, capture_output=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
