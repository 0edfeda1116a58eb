"""pytest-paysandbox and its client, built and installed into an environment with pytest or what a lock file names."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from requirements import install

ROOT: Final = Path(__file__).resolve().parents[3]
PAYSANDBOX_CLIENT: Final = ROOT / "packages" / "paysandbox-client"
PYTEST_PAYSANDBOX: Final = ROOT / "packages" / "pytest-paysandbox"
PLAYWRIGHT: Final = ROOT / "requirements" / "playwright.txt"
"""The lock file of pytest-playwright, with pytest and all that it requires."""

_LOCK: Final = ROOT / "requirements" / "dev.txt"
_NEEDED: Final = ("pytest", "iniconfig", "packaging", "pluggy", "pygments")
"""pytest and what it requires on the systems that the tests run on."""


def empty_environment(folder: Path, lock: Path | None = None) -> Path:
    """Create the environment in the folder, with what a lock file names, or else pytest, and return its Python."""
    wheels = [build_wheel(folder / project.name, project) for project in (PAYSANDBOX_CLIENT, PYTEST_PAYSANDBOX)]
    if lock is None:
        lock = folder / "lock.txt"
        lock.write_text("".join(_locked(name) for name in _NEEDED))
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    install.uv("install", "--python", str(python), "--no-deps", "--require-hashes", "-r", str(lock))
    install.uv("install", "--python", str(python), "--no-deps", "--offline", *map(str, wheels))
    return python


def build_wheel(folder: Path, project: Path) -> Path:
    """Build the wheel of a package into the folder, and return it."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=project,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=True,
    )
    [wheel] = folder.glob("*.whl")
    return wheel


def _locked(name: str) -> str:
    """Return the entry of a package in the lock file, with its hashes."""
    [entry] = re.findall(rf"^{name}==.*\n(?: .*\n)*", _LOCK.read_text(), re.MULTILINE)
    return entry
