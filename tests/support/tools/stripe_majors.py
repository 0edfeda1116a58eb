"""Majors of Stripe's SDKs, of the loader of its browser library and of its React components, installed on first use.

They are pinned by hash in tests/stripe_majors.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from requirements import install

ROOT: Final = Path(__file__).resolve().parents[3]
PACKAGE: Final = ROOT / "tests" / "stripe_majors"
CACHE: Final = ROOT / ".cache" / "stripe_majors"
"""A folder by lock. `make clean` removes it."""

PYTHON: Final[dict[str, str]] = dict(
    re.findall(r"^(stripe==\S+) (--hash=\S+)$", (PACKAGE / "python.txt").read_text(encoding="utf-8"), re.MULTILINE)
)
"""The packages of stripe-python, and the hash of each."""

_NPM: Final[dict[str, str]] = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))["dependencies"]

NODE: Final = {name: what for name, what in _NPM.items() if what.startswith("npm:stripe@")}
"""The names of the packages of stripe-node, and what each is."""

STRIPE_JS: Final = {int(name.rpartition("-")[2]): name for name in _NPM if name.startswith("stripe-js-")}
"""The names of the packages with the loader of Stripe's browser library and its types, by their majors."""

REACT_STRIPE_JS: Final = {int(name.rpartition("-")[2]): name for name in _NPM if name.startswith("react-stripe-js-")}
"""The names of the packages with Stripe's React components, by their majors."""

_BIN: Final = Path(sys.executable).parent
_WITHIN_S: Final = 240


def run_python(package: str, *words: str) -> str:
    """Run the flow with one package of `PYTHON`, and return its output."""

    def fill(folder: Path) -> None:
        lock = folder / "lock.txt"
        lock.write_text(f"{package} {PYTHON[package]}\n", encoding="utf-8")
        install.uv("install", "--target", str(folder), "--no-deps", "--require-hashes", "-r", str(lock))

    folder = _kept(package, PYTHON[package].encode(), fill)
    # What it requires (requests, typing_extensions) is in .venv, at other versions than it may name.
    return _run([sys.executable, str(PACKAGE / "flow.py"), *words], PYTHONPATH=str(folder))


def run_node(*words: str) -> str:
    """Run the flow with every package of `NODE` in one process, and return its output."""
    return _run([str(_BIN / "node"), str(_npm_packages() / "flow.mjs"), *words, *NODE])


def stripe_js(major: int) -> Path:
    """Return the folder of a package of `STRIPE_JS`."""
    return npm_package(STRIPE_JS[major])


def npm_package(name: str) -> Path:
    """Return the folder of a package of tests/stripe_majors/package.json."""
    return _npm_packages() / "node_modules" / name


def _npm_packages() -> Path:
    """Return a folder with every package from npm, and the flow."""
    files = ("package.json", "package-lock.json", ".npmrc", "flow.mjs")

    def fill(folder: Path) -> None:
        for name in files:
            shutil.copy(PACKAGE / name, folder)
        _run([str(_BIN / "npm"), "ci", "--loglevel=error"], cwd=folder)

    return _kept("node", b"".join((PACKAGE / name).read_bytes() for name in files), fill)


def _kept(name: str, lock: bytes, fill: Callable[[Path], None]) -> Path:
    """Return the folder of a lock, filled by at most one process."""
    folder = CACHE / f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.is_dir():
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            fill(part)
            part.rename(folder)
    return folder


def _run(words: list[str], cwd: Path | None = None, **env: str) -> str:
    path = os.pathsep.join([str(_BIN), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        words,
        cwd=cwd,
        env=os.environ | {"PATH": path} | env,
        text=True,
        capture_output=True,
        timeout=_WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
