"""Packages from PyPI and npm, in environments of their own in .cache/integrations: own code, and SDKs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from integrations.listed import Package
from integrations.sources import CACHE
from requirements import install

_BIN: Final = Path(sys.executable).parent
_INSTALL_S: Final = 1200


class PackageError(Exception):
    """It could not be installed, and why."""


def installed(package: Package, cache: Path = CACHE) -> Path:
    """Return the folder of an environment with the package. One that is there already is used again.

    For PyPI it has `bin/python`, for npm `node_modules`. Scripts of npm's packages do not run. Raises PackageError.
    """
    folder = cache / "packages" / f"{package.registry}-{package.name}-{package.version}".replace("/", "+")
    ready = folder / ".ready"
    if not ready.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (_from_pypi if package.registry == "pypi" else _from_npm)(package, folder)
        ready.touch()
    return folder


def _from_pypi(package: Package, folder: Path) -> None:
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    words = [f"{package.name}=={package.version}", *package.beside]
    _run([str(_BIN / "uv"), "pip", "install", "--quiet", "--python", str(folder / "bin/python"), *words])


def _from_npm(package: Package, folder: Path) -> None:
    npm = [str(_BIN / "npm"), "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
    to_install = [*npm, "install", "--omit=dev", "--omit=optional", "--legacy-peer-deps"]
    name = f"{package.name}@{package.version}"
    if package.brings_its_own:
        # Its dependencies are files of its own archive, which npm finds only from within.
        _run([*npm, "pack", name], folder)
        [archive] = folder.glob("*.tgz")
        _run(["tar", "-xzf", archive.name], folder)
        archive.unlink()
        unpacked = folder / "package"
        _run(to_install, unpacked)
        (unpacked / "node_modules" / package.name).symlink_to("..")
        (folder / "node_modules").symlink_to("package/node_modules")
    else:
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        _run([*to_install, name, *package.beside], folder)


def _run(words: list[str], folder: Path | None = None) -> None:
    path = os.pathsep.join([str(_BIN), os.environ.get("PATH", os.defpath)])
    env = os.environ | {"PATH": path} | install.uv_settings()
    try:
        done = subprocess.run(
            words, cwd=folder, env=env, text=True, capture_output=True, timeout=_INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise PackageError(f"{Path(words[0]).name} took longer than {_INSTALL_S} s") from None
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines() or [f"it ended with {done.returncode}"]
        raise PackageError(f"{Path(words[0]).name}: {reason[0]}")
